import { type ApiError, type DroppedWorkflows, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const define = (...names: string[]) =>
  `import { workflow } from 'bifrost'\n${names.map((name) => `export const ${name} = workflow(async () => '${name}')\n`).join('')}`

const server = useServer({
  files: {
    'beside.ts': `import { dataProvider, graph, tool, workflow } from 'bifrost'
const nothing = undefined as never
export const twice = graph('twice').step('x', () => 1).step('x' as string, () => 2).step('y', () => 3)
export const inside = graph('inside').if(() => true, (then) => then.step('z', () => 1).step('z' as string, () => 2))
export const noWork = graph('no-work').step('x', nothing)
export const badEach = graph('bad-each').forEach('all', () => [1], (each) => each.step('x', () => 1), { concurrency: 0 })
export const elseFirst = (graph('else-first') as never as { else(part: unknown): unknown }).else(() => 1)
export const unnamed = graph(nothing)
export const noFunction = workflow({ timeoutSeconds: 5 }, nothing)
export const noTool = tool(nothing, nothing)
export const noProvider = dataProvider({}, nothing)
export const good = graph('good').step('x', () => 1)
export const plain = workflow(async () => 'plain')
export const named = workflow(async () => [plain.name, good.name, named.name])
`,
    'put.ts': define('kept', 'first'),
  },
})

describe('what is wrong with one executable costs no other one of its file', () => {
  test('the others run', async () => {
    expect(await server().execute('plain')).toMatchObject({ status: 'SUCCESS', result: 'plain' })
    expect(await server().execute('good')).toMatchObject({ status: 'SUCCESS', result: 1 })
  })

  test.each(['twice', 'inside', 'noFunction'])('%s is listed with what is wrong', async (id) => {
    const { status, error } = await server().api(routes.getWorkflow, { params: { id } })
    expect([status, error?.path]).toEqual(['error', 'beside.ts'])
    await expect(server().execute(id)).rejects.toMatchObject({ code: 'workflow_broken' })
  })

  test.each([
    ['no-work', 'needs a function as its last argument'],
    ['bad-each', 'must be a whole number of at least 1'],
  ])('what only its code can tell is the error of the run of %s', async (id, message) => {
    const { status, error } = await server().execute(id)
    expect(status).toBe('FAILED')
    expect(error?.message).toContain(message)
  })

  test('a callable has the name of its constant (8)', async () => {
    expect((await server().execute('named')).result).toEqual(['plain', 'good', 'named'])
  })
})

describe('PUT /api/workflows/{id} with code that drops a workflow (70)', () => {
  const put = async (
    name: string,
    code: string,
    more: { force?: boolean; replacements?: Record<string, string> } = {},
  ) => {
    const { id } = await server().api(routes.getWorkflow, { params: { id: name } })
    return server().api(routes.updateWorkflow, { params: { id }, body: { code, ...more } })
  }

  test('says which, and what may take its place; the mapping keeps the id, and force goes ahead', async () => {
    const { id } = await server().api(routes.getWorkflow, { params: { id: 'first' } })
    const refused = (await put('first', define('kept', 'second')).catch(
      (error: unknown) => error,
    )) as ApiError
    expect([refused.status, refused.code]).toEqual([409, 'workflow_dropped'])
    expect(refused.details as DroppedWorkflows).toEqual({
      workflows: [{ id, name: 'first' }],
      candidates: ['second'],
    })
    expect((await server().execute('first')).result).toBe('first')
    const renamed = await put('first', define('kept', 'second'), { replacements: { [id]: 'second' } })
    expect([renamed.id, renamed.name]).toEqual([id, 'second'])
    expect((await server().execute('second')).result).toBe('second')
    expect((await put('second', define('kept'), { force: true })).status).toBe('missing')
  })
})
