import { type ApiError, type DroppedWorkflows, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const define = (...names: string[]) =>
  `import { workflow } from 'bifrost'\n${names.map((name) => `export const ${name} = workflow(async () => '${name}')\n`).join('')}`

const server = useServer({ files: { 'flows/one.ts': define('alpha', 'beta'), 'flows/_helper.ts': '' } })

const idOf = async (name: string) => (await server().api(routes.getWorkflow, { params: { id: name } })).id
const save = async (
  path: string,
  content: string,
  more: { force?: boolean; replacements?: Record<string, string> } = {},
) => {
  const { etag } = await server()
    .api(routes.editorReadFile, { query: { path } })
    .catch(() => ({ etag: undefined }))
  return server().api(routes.editorSaveFile, { body: { path, content, ...(etag ? { etag } : {}), ...more } })
}
const refusal = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    (value) => {
      throw new Error(`It was not refused: ${JSON.stringify(value)}`)
    },
    (error: ApiError) => error,
  )

describe('a change that would lose a workflow (70)', () => {
  test('new files, added workflows, renamed options and syntax errors never ask', async () => {
    await save('flows/new.ts', define('fresh'))
    await save('flows/one.ts', define('alpha', 'beta', 'gamma'))
    const id = await idOf('gamma')
    const named = `${define('alpha', 'beta')}export const gamma = workflow({ name: 'delta' }, async () => 'delta')\n`
    await save('flows/one.ts', named)
    expect(await idOf('delta')).toBe(id)
    await save('flows/new.ts', 'export const fresh = workflow(')
    await until('the mistake is found', async () => {
      const { status } = await server().api(routes.getWorkflow, { params: { id: 'fresh' } })
      return status === 'error' ? true : null
    })
    await save('flows/new.ts', define('fresh'))
    await save('flows/one.ts', define('alpha', 'beta'), { force: true })
  })

  test('is refused with what may take its place; a mapping proceeds and keeps the id', async () => {
    const id = await idOf('beta')
    const renamed = define('alpha', 'betaTwo')
    const error = await refusal(save('flows/one.ts', renamed))
    expect(error).toMatchObject({ status: 409, code: 'workflow_dropped' })
    expect(error.details as DroppedWorkflows).toEqual({
      workflows: [{ id, name: 'beta' }],
      candidates: ['betaTwo'],
    })
    expect((await server().execute('beta')).result).toBe('beta')
    for (const replacements of [{ [id]: 'alpha' }, { [id]: 'nothing' }, { [await idOf('alpha')]: 'betaTwo' }])
      expect((await refusal(save('flows/one.ts', renamed, { replacements }))).status).toBe(422)
    await save('flows/one.ts', renamed, { replacements: { [id]: 'betaTwo' } })
    expect(await idOf('betaTwo')).toBe(id)
    expect((await server().execute('betaTwo')).result).toBe('betaTwo')
    expect((await refusal(server().execute('beta'))).status).toBe(404)
  })

  test('two that change names at once take the names that they are given', async () => {
    await save('flows/two.ts', define('first', 'second'))
    const [first, second] = [await idOf('first'), await idOf('second')]
    const next = define('third', 'fourth')
    const same = { [first]: 'third', [second]: 'third' }
    expect((await refusal(save('flows/two.ts', next, { replacements: same }))).status).toBe(422)
    const half = await refusal(save('flows/two.ts', next, { replacements: { [first]: 'fourth' } }))
    expect((half.details as DroppedWorkflows).workflows).toEqual([{ id: second, name: 'second' }])
    await save('flows/two.ts', next, { replacements: { [first]: 'fourth', [second]: 'third' } })
    expect([await idOf('fourth'), await idOf('third')]).toEqual([first, second])
  })

  test('deleting and moving out of sight ask, too; force goes ahead; the name brings the id back', async () => {
    await save('flows/three.ts', define('kept'))
    const id = await idOf('kept')
    const path = 'flows/three.ts'
    const { api } = server()
    const calls = [
      api(routes.editorDeleteFile, { query: { path } }),
      api(routes.editorDeleteFile, { query: { path: 'flows' } }),
      api(routes.deleteFile, { body: { path } }),
      api(routes.writeFile, { body: { path, content: '// nothing' } }),
      api(routes.putFile, { query: { path }, body: new Blob(['// nothing']) }),
      api(routes.editorRename, { body: { from: path, to: 'flows/_three.ts' } }),
      api(routes.editorRename, { body: { from: 'flows', to: '.flows' } }),
    ]
    for (const error of await Promise.all(calls.map(refusal)))
      expect(error).toMatchObject({ status: 409, code: 'workflow_dropped' })
    await api(routes.editorRename, { body: { from: path, to: 'flows/moved.ts' } })
    expect(await idOf('kept')).toBe(id)
    await api(routes.editorDeleteFile, { query: { path: 'flows/moved.ts', force: true } })
    expect((await refusal(server().execute('kept'))).status).toBe(409)
    await save('flows/again.ts', define('kept'))
    expect((await server().execute('kept')).result).toBe('kept')
    expect(await idOf('kept')).toBe(id)
  })

  test('of several saves at once on one version one wins', async () => {
    const { etag } = await save('notes.txt', 'start')
    const saves = await Promise.allSettled(
      ['a', 'b', 'c'].map((content) =>
        server().api(routes.editorSaveFile, { body: { path: 'notes.txt', content, etag } }),
      ),
    )
    expect(saves.filter((one) => one.status === 'fulfilled')).toHaveLength(1)
  })

  test('replacing the file of one workflow does not lose another one of it', async () => {
    await save('flows/pair.ts', define('left', 'right'))
    const [left, right] = [await idOf('left'), await idOf('right')]
    const update = (code: string, more: { replacements?: Record<string, string> } = {}) =>
      server().api(routes.updateWorkflow, { params: { id: left }, body: { code, ...more } })
    const error = await refusal(update(define('left', 'other')))
    expect(error).toMatchObject({ code: 'workflow_dropped', details: { workflows: [{ id: right }] } })
    await update(define('left', 'other'), { replacements: { [right]: 'other' } })
    expect(await idOf('other')).toBe(right)
    expect(await idOf('left')).toBe(left)
  })
})
