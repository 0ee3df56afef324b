import { type ApiError, limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'counter.ts': `import { workflow } from 'bifrost'
let count = 0
const global = globalThis as { seen?: number }
export const counter = workflow(async () => { global.seen = (global.seen ?? 0) + 1; return { count: ++count, seen: global.seen } })
`,
    'uses-helper.ts': `import { workflow } from 'bifrost'
import { greeting } from './lib/greeting.ts'
export const usesHelper = workflow(async () => greeting())
export const waits = workflow(async () => { await new Promise((r) => setTimeout(r, 1500)); return (await import('./lib/greeting.ts')).greeting() })
`,
    'lib/greeting.ts': `import { name } from './deep/name.ts'\nexport const greeting = () => 'Hello ' + name`,
    'lib/deep/name.ts': `export const name = 'one'`,
  },
})

const list = async () => server().api(routes.listWorkflows, { query: {} })
const named = async (name: string, status?: 'missing') =>
  (await server().api(routes.listWorkflows, { query: status ? { status } : {} })).items.find(
    (item) => item.name === name,
  )

describe('the next run uses what was saved (24)', () => {
  const source = (value: string) =>
    `import { workflow } from 'bifrost'\nexport const saved = workflow(async () => '${value}')\n`

  test('a new file is there at once, an edit too, of the same size as well', async () => {
    server().write('saved.ts', source('a'))
    expect(await server().execute('saved')).toMatchObject({ result: 'a' })
    server().write('saved.ts', source('b'))
    expect(
      await until('the edit is used', async () => (await server().execute('saved')).result === 'b'),
    ).toBe(true)
  })

  test('an imported helper, and what it imports', async () => {
    expect((await server().execute('usesHelper')).result).toBe('Hello one')
    server().write('lib/deep/name.ts', `export const name = 'two!'`)
    await until(
      'the helper is used',
      async () => (await server().execute('usesHelper')).result === 'Hello two!',
    )
    server().write(
      'lib/greeting.ts',
      `import { name } from './deep/name.ts'\nexport const greeting = () => 'Bye ' + name`,
    )
    await until(
      'the helper is used',
      async () => (await server().execute('usesHelper')).result === 'Bye two!',
    )
  })

  test('a run in flight keeps the code that it began with', async () => {
    server().write('lib/greeting.ts', `export const greeting = () => 'old'`)
    await until('the helper is used', async () => (await server().execute('usesHelper')).result === 'old')
    const id = await server().run('waits')
    await server().reaches(id, (status) => status === 'RUNNING')
    server().write('lib/greeting.ts', `export const greeting = () => 'brand new'`)
    await until(
      'the helper is used',
      async () => (await server().execute('usesHelper')).result === 'brand new',
    )
    expect((await server().ended(id)).result).toBe('old')
  })

  test('an installed package becomes importable', async () => {
    server().write(
      'uses-package.ts',
      `import { workflow } from 'bifrost'\nimport { double } from 'tiny-double'\nexport const usesPackage = workflow(async () => double(21))\n`,
    )
    await expect(server().execute('usesPackage')).rejects.toMatchObject({ code: 'workflow_broken' })
    server().write(
      'node_modules/tiny-double/package.json',
      `{"name":"tiny-double","version":"1.0.0","main":"main.js"}`,
    )
    server().write('node_modules/tiny-double/main.js', `exports.double = (n) => n * 2`)
    expect(await server().execute('usesPackage')).toMatchObject({ status: 'SUCCESS', result: 42 })
  })

  test('a file that moves keeps the id of its workflow, and so does a new name in its place (72)', async () => {
    server().write(
      'move-a.ts',
      `import { workflow } from 'bifrost'\nexport const mover = workflow(async () => 1)\n`,
    )
    await server().execute('mover')
    const before = await named('mover')
    server().remove('move-a.ts')
    server().write(
      'moved/b.ts',
      `import { workflow } from 'bifrost'\nexport const mover = workflow(async () => 2)\n`,
    )
    await until('the move is seen', async () => (await named('mover'))?.path === 'moved/b.ts')
    expect((await named('mover'))?.id).toBe(before?.id)
    expect(await server().execute('mover')).toMatchObject({ result: 2 })
  })

  test('a function that vanished is missing, is not run, and has its id again when it is back (71)', async () => {
    server().write('ghost.ts', source('x').replaceAll('saved', 'ghost'))
    await server().execute('ghost')
    const before = await named('ghost')
    server().remove('ghost.ts')
    await until('it is missing', async () => named('ghost', 'missing'))
    expect(await named('ghost')).toBeUndefined()
    await expect(server().execute('ghost')).rejects.toMatchObject({ status: 409, code: 'workflow_broken' })
    server().write('ghost.ts', source('y').replaceAll('saved', 'ghost'))
    expect(await server().execute('ghost')).toMatchObject({ result: 'y' })
    expect((await named('ghost'))?.id).toBe(before?.id)
  })

  test('ids and definitions survive a restart, and edits that were made meanwhile are seen', async () => {
    const before = await list()
    await server().stop()
    server().write('saved.ts', source('after the restart'))
    await server().start()
    expect(await server().execute('saved')).toMatchObject({ result: 'after the restart' })
    const after = await list()
    expect(after.items.map(({ id, name }) => ({ id, name }))).toEqual(
      before.items.map(({ id, name }) => ({ id, name })),
    )
  })
})

describe('state of modules (23)', () => {
  test('is kept between runs of one organization, and never seen by another', async () => {
    const first = (await server().execute('counter')).result as { count: number; seen: number }
    const second = (await server().execute('counter')).result as { count: number; seen: number }
    expect(second.count).toBe(first.count + 1)
    const stranger = await server().person('developer', await server().organization())
    const theirs = await stranger.api(routes.executeWorkflow, { params: { id: 'counter' }, body: {} })
    expect(theirs.result).toEqual({ count: 1, seen: 1 })
  })

  test('is not seen by a run of another code version', async () => {
    await server().execute('counter')
    server().write(
      'counter.ts',
      `import { workflow } from 'bifrost'
const global = globalThis as { seen?: number }
export const counter = workflow(async () => 'new ' + (global.seen ?? 'nothing'))
`,
    )
    await until('the edit is used', async () => (await server().execute('counter')).result === 'new nothing')
  })
})

describe('workflows through the API', () => {
  test('a workflow is created from a name, runs, is replaced, and goes', async () => {
    const created = await server().api(routes.createWorkflow, {
      body: { name: 'madeHere', description: 'Says hello.', category: 'Demo' },
    })
    expect(created).toMatchObject({
      name: 'madeHere',
      path: 'made-here.ts',
      category: 'Demo',
      description: 'Says hello.',
      status: 'active',
      parameters: [{ name: 'name', type: 'string', label: 'Name', required: true }],
    })
    expect(await server().execute('madeHere', { name: 'Ada' })).toMatchObject({
      result: { greeting: 'Hello Ada' },
    })
    const params = { id: 'madeHere' }
    const source = await server().api(routes.getWorkflowSource, { params })
    expect(source.content).toContain('export const madeHere')
    const updated = await server().api(routes.updateWorkflow, {
      params,
      body: { code: source.content.replaceAll('Hello', 'Good day') },
    })
    expect(updated.id).toBe(created.id)
    expect((await server().execute('madeHere', { name: 'Ada' })).result).toEqual({ greeting: 'Good day Ada' })
    await server().api(routes.deleteWorkflow, { params })
    await expect(server().api(routes.getWorkflow, { params })).rejects.toMatchObject({ status: 404 })
  })

  test('code that does not parse or defines something else is refused, and the file stays (70)', async () => {
    await server().api(routes.createWorkflow, { body: { name: 'kept' } })
    const params = { id: 'kept' }
    const before = await server().api(routes.getWorkflowSource, { params })
    const put = (code: string) => server().api(routes.updateWorkflow, { params, body: { code } })
    await expect(put('export const = 5')).rejects.toMatchObject({ status: 409, code: 'workflow_broken' })
    await expect(put('export const other = 5')).rejects.toMatchObject({
      status: 409,
      code: 'workflow_dropped',
    })
    expect(await server().api(routes.getWorkflowSource, { params })).toEqual(before)
    expect((await server().execute('kept', { name: 'A' })).status).toBe('SUCCESS')
  })

  test('a taken name, a taken file and broken code are refused, and no file is left', async () => {
    const create = (body: { name: string; path?: string; code?: string }) =>
      server().api(routes.createWorkflow, { body })
    await expect(create({ name: 'counter' })).rejects.toMatchObject({ status: 409 })
    await expect(create({ name: 'fresh', path: 'counter.ts' })).rejects.toMatchObject({ status: 409 })
    const broken = (await create({ name: 'fresh', code: 'let x = (' }).catch(
      (error: unknown) => error,
    )) as ApiError
    expect(broken).toMatchObject({ status: 400, message: expect.stringMatching(/line 1/) })
    await expect(create({ name: 'fresh', code: 'export const other = 1' })).rejects.toMatchObject({
      status: 400,
    })
    await expect(create({ name: 'fresh', path: '../outside.ts' })).rejects.toMatchObject({ status: 400 })
    await expect(create({ name: 'fresh', path: 'fresh.txt' })).rejects.toMatchObject({ status: 400 })
    await expect(create({ name: 'not a name' })).rejects.toMatchObject({ status: 422 })
    const tree = await server().api(routes.listFiles, { body: { recursive: true } })
    expect(tree.items.filter(({ path }) => /fresh|outside/.test(path))).toEqual([])
  })

  test('one that was written, and not read in time, is created when the caller tries again', async () => {
    const create = () =>
      // Not through the client of the tests, which would try again by itself.
      fetch(`${server().url}/api/workflows`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server().admin.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'twice' }),
      })
    const usual = limits.sourceWaitTimeoutMs
    Object.assign(limits, { sourceWaitTimeoutMs: 0 })
    const first = await create()
    Object.assign(limits, { sourceWaitTimeoutMs: usual })
    expect(first.status).toBe(503)
    expect(await first.json()).toMatchObject({ error: { details: { still_reading: true } } })
    expect((await create()).status).toBe(201)
  })

  test('a file of two workflows is not deleted with one of them', async () => {
    server().write(
      'two.ts',
      `import { workflow } from 'bifrost'\nexport const one = workflow(async () => 1)\nexport const two = workflow(async () => 2)\n`,
    )
    await server().execute('one')
    await expect(server().api(routes.deleteWorkflow, { params: { id: 'one' } })).rejects.toMatchObject({
      status: 409,
      details: { others: ['two'] },
    })
  })

  test('lists filter, search and page without losing or doubling one', async () => {
    server().write(
      'many.ts',
      `import { workflow, tool } from 'bifrost'
${Array.from({ length: 25 }, (_, n) => `export const many${String(n).padStart(2, '0')} = workflow({ category: 'Many', tags: ['t${n % 2}'] }, async () => ${n})`).join('\n')}
export const manyTool = tool({ description: 'Does many things.' }, async () => 1)
export const manyEndpoint = workflow({ endpointEnabled: true }, async () => 1)
`,
    )
    await server().execute('many00')
    const get = (query: object) => server().api(routes.listWorkflows, { query })
    const names = async (query: object) => (await get(query)).items.map((item) => item.name)
    expect(await names({ category: 'Many' })).toHaveLength(25)
    expect(await names({ category: 'Many', tag: 't1' })).toHaveLength(12)
    expect(await names({ type: 'tool' })).toEqual(['manyTool'])
    expect(await names({ is_tool: true })).toEqual(['manyTool'])
    expect(await names({ endpoint: true })).toEqual(['manyEndpoint'])
    expect(await names({ search: 'MANY things' })).toEqual(['manyTool'])
    expect(await names({ search: '%' })).toEqual([])
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<typeof get>> = await get({
        category: 'Many',
        limit: 4,
        ...(cursor ? { cursor } : {}),
      })
      seen.push(...page.items.map((item) => item.name))
      cursor = page.next_cursor
    } while (cursor)
    expect(seen).toEqual(await names({ category: 'Many' }))
    await expect(get({ limit: 201 })).rejects.toMatchObject({ status: 422 })
    await expect(get({ unknown: 1 })).rejects.toMatchObject({ status: 422 })
    await expect(get({ type: 'robot' })).rejects.toMatchObject({ status: 422 })
  })

  test('the last run of a workflow is in its row, a test run is not, and leaves nothing in history', async () => {
    const { execution_id: id } = await server().execute('many01')
    expect((await named('many01'))?.last_execution).toMatchObject({ id, status: 'SUCCESS' })
    const tested = await server().api(routes.testWorkflow, { params: { id: 'many01' }, body: {} })
    expect(tested).toMatchObject({ status: 'SUCCESS', result: 1, logs: [], variables: {} })
    expect((await named('many01'))?.last_execution?.id).toBe(id)
    await expect(
      server().api(routes.getExecution, { params: { id: tested.execution_id } }),
    ).rejects.toMatchObject({ status: 404 })
    const rows = await server().db.query('select from execution_logs where execution_id = $1', [
      tested.execution_id,
    ])
    expect(rows).toEqual([])
  })
})

test('a link out of the workspace is no workflow, and no helper', async () => {
  server().link('/etc', 'etc')
  server().link('/etc/hostname', 'hostname.ts')
  server().write(
    'reads-link.ts',
    `import { workflow } from 'bifrost'\nimport text from './hostname.ts'\nexport const readsLink = workflow(async () => text)\n`,
  )
  await expect(server().execute('readsLink')).rejects.toMatchObject({ status: 409, code: 'workflow_broken' })
  server().write(
    'reads-outside.ts',
    `import { workflow } from 'bifrost'\nimport * as text from '../../../../../../etc/passwd.json'\nexport const readsOutside = workflow(async () => text)\n`,
  )
  await expect(server().execute('readsOutside')).rejects.toMatchObject({
    status: 409,
    code: 'workflow_broken',
  })
})
