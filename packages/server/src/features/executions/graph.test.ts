import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const LATER = `import { graph } from 'bifrost'
export const later = graph('later').step('one', () => 1).step('two', () => 2)
`
const server = useServer({
  files: {
    'graphs.ts': `import { FatalError, graph, logger, type StartEvent, step, tables, UserError, workflows } from 'bifrost'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
interface Order { id: string; total: number; lines: { sku: string; count: number }[] }

export const order = graph<{ orderId: string; total: number; count?: number }>('order', { timeoutSeconds: 60 })
  .step('fetch-order', { retries: 1, backoffSeconds: 0 }, (ctx): Order => {
    if (ctx.attempt === 1) throw new Error('busy')
    const lines = Array.from({ length: ctx.input.count ?? 3 }, (_, i) => ({ sku: 's' + (i + 1), count: i + 1 }))
    return { id: ctx.input.orderId, total: ctx.input.total, lines }
  })
  .if((ctx) => ctx.results['fetch-order'].total > 1000, (then) => then.step('approve', () => 'by hand'))
  .elseIf((ctx) => ctx.results['fetch-order'].total > 100, (then) => then.step('look', () => 'looked'))
  .else((otherwise) => otherwise.step('note', () => 'small'))
  .forEach('lines', (ctx) => ctx.results['fetch-order'].lines, (line) => line
    .step('reserve', (ctx) => ctx.item.sku + ':' + ctx.index)
    .step('label', (ctx) => ({ label: ctx.results.reserve })), { concurrency: 2, key: (line) => line.sku })
  .sleep('50ms')
  .parallel('prepare', {
    stock: (branch) => branch.step('weigh', () => pause(20).then(() => 2.5)),
    money: (branch) => branch.sleep('30ms').step('charge', (ctx) => ctx.results['fetch-order'].total),
  })
  .step('ship', (ctx) => ({ ...ctx.results, org: ctx.orgName === context.orgName, key: ctx.idempotencyKey === ctx.executionId + '/ship#1' }))
import { context } from 'bifrost'

export const skipped = graph<{ enter: boolean }>('skipped')
  .step('first', () => 1)
  .if((ctx) => ctx.input.enter, (then) => then.step('inside', () => 2))
  .sleep('10ms')

export const empty = graph('empty').forEach('none', () => [] as number[], (each) => each.step('never', () => 1))

let reads = 0
export const moody = graph<{ rounds: number }>('moody')
  .if(() => reads++ % 2 === 0, (then) => then.step('even', () => 'even'), (otherwise) => otherwise.step('odd', () => 'odd'))
  .forEach('drawn', () => [Math.random(), Math.random()], (each) => each.sleep('30ms').step('keep', (ctx) => ctx.item), { concurrency: 2, key: () => String(Math.random()) })
  .sleep('30ms')
  .step('end', (ctx) => [ctx.results.even ?? ctx.results.odd, ctx.results.drawn.length])

export const saga = graph<{ log?: string }>('saga')
  .step('book-flight', { undo: (id: string, ctx) => logger.info('cancel ' + id + ' of ' + ctx.results['book-flight']) }, () => 'LH-400')
  .parallel({
    hotel: (branch) => branch.step('book-hotel', { undo: (id: string) => logger.info('cancel ' + id) }, () => pause(150).then(() => 'Ritz')).step('tell-hotel', () => 1),
    car: (branch) => branch.step('book-car', () => pause(50).then(() => { throw new FatalError('no car left') })),
    rest: (branch) => branch.sleep('1 hour').step('late', () => 1),
  })
export const duplicates = graph('duplicates').forEach('orders', () => ['a', 'b', 'a'], (each) => each.step('x', () => 1), { key: (item) => item })
export const badKey = graph('bad-key').forEach('orders', () => ['a', ''], (each) => each.step('x', () => 1), { key: (item) => item })
export const noList = graph('no-list').forEach('orders', () => ({ length: 1 }) as never, (each) => each.step('x', () => 1))
export const rescued = graph('rescued').step('fails', { onFailure: (error, ctx) => error.message + ' in ' + ctx.workflowName }, (): string => { throw new Error('it') })
export const mutates = graph<{ tags: string[] }>('mutates').step('make', () => ({ list: [3, 1] })).step('sort', (ctx) => ctx.results.make.list.sort())
export const failing = graph('failing').step('tell', () => { throw new UserError('The shop is closed.') })
export const nested = graph('nested')
  .forEach('outer', () => [[1, 2], [3]], (list) => list
    .forEach('inner', (ctx) => ctx.item, (one) => one.step('double', (ctx) => ctx.item * 2), { concurrency: 5 })
    .step('sum', (ctx) => ctx.results.inner.reduce((a, b) => a + b, 0)), { concurrency: 2 })
export const many = graph<{ count: number }>('many')
  .forEach('items', (ctx) => Array.from({ length: ctx.input.count }, (_, i) => i), (each) => each
    .if((ctx) => ctx.item % 2 === 0, (then) => then.step('even', () => pause(20).then(() => 'e')), (o) => o.parallel({ a: (b) => b.step('a', () => pause(10)), b: (b) => b.step('b', () => pause(5)) }))
    .step('last', (ctx) => pause(10).then(() => ctx.item)), { concurrency: 4 })
export const reviewed = graph<{ total: number }>('reviewed')
  .step('price', (ctx) => ctx.input.total * 2)
  .screen('review', { title: (ctx) => 'Check ' + ctx.results.price, props: (ctx) => ({ price: ctx.results.price }), fields: { approved: 'boolean' } })
  .do('sum', async (ctx) => {
    const parts = await Promise.all([1, 2].map((part) => step('part', () => part * ctx.results.price)))
    return { parts, approved: ctx.results.review.approved, child: await workflows.run(checkOrder, { id: 'c' }) }
  })
export const paid = graph<{ orderId: string }>('paid', { startOn: { event: 'order.created', map: (event: StartEvent<{ id: string }>) => event.payload.id === 'no' ? null : { orderId: event.payload.id } } })
  .waitForEvent('order.paid', { match: (ctx) => ({ orderId: ctx.input.orderId }), parse: (payload) => (payload as { amount: number }).amount })
  .waitForEvent('order.paid', { as: 'tip', match: { orderId: 'unknown' }, timeout: '1s' })
  .step('sum', (ctx) => ({ amount: ctx.results['order.paid'], tip: ctx.results.tip ?? 'none' }))
export const looked = graph<{ claim: string }>('looked', { columns: { Claim: 'input.claim', Price: (run) => run.steps.price } })
  .step('price', () => 12)
  .if(() => true, (then) => then.screen('look', { component: './_look.tsx', props: (ctx) => ({ price: ctx.results.price }), output: { ok: 'boolean' } }))
  .step('end', (ctx) => ctx.results.look?.ok ?? 'no look')
export const booked = graph<{ id: string }>('booked')
  .step('table', async () => { await tables.create('bookings'); return 1 })
  .tx('book', async (tx, ctx) => { tx.upsert('bookings', { id: ctx.input.id, seats: 2 }); return 2 })
  .step('read', async (ctx) => [(await tables.get('bookings', ctx.input.id))?.seats, ctx.results.book])
export const asks = graph('asks').step('first', () => 'a')
  .step('ask', (ctx) => ctx.isResuming ? [ctx.resumeData, ctx.results.first] : ctx.suspend({ reason: 'for you' }))
export const checkOrder = graph<{ id: string }>('check-order', { isTool: true, toolDescription: 'Checks.' }).step('check', (ctx) => ctx.input.id)
`,
    '_look.tsx': `import { useScreen } from 'bifrost/screen'
export default function Look() {
  return <p>{String(useScreen().title)}</p>
}
`,
    'later.ts': LATER,
    'twice.ts': `import { graph } from 'bifrost'
export const twice = graph('twice')
  .step('send', () => 1)
  .step('send' as 'again', () => 2)
`,
  },
})

const execute = (id: string, input: Record<string, unknown> = {}) => server().execute(id, input)
const stepsOf = async (id: string) =>
  (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items

describe('a graph runs', () => {
  test.each([
    [2000, 'approve', 'by hand'],
    [500, 'look', 'looked'],
    [5, 'note', 'small'],
  ])('from step to step, with a total of %i by way of %s', async (total, arm, said) => {
    const answer = await execute('order', { orderId: 'o-1', total })
    expect(answer).toMatchObject({ status: 'SUCCESS', error: null })
    expect(answer.result).toEqual({
      'fetch-order': { id: 'o-1', total, lines: [1, 2, 3].map((count) => ({ sku: `s${count}`, count })) },
      [arm]: said,
      lines: [{ label: 's1:0' }, { label: 's2:1' }, { label: 's3:2' }],
      weigh: 2.5,
      charge: total,
      prepare: { stock: 2.5, money: total },
      org: true,
      key: true,
    })
    const keys = (await stepsOf(answer.execution_id)).map(({ key, status }) => `${key} ${status}`).sort()
    expect(keys).toEqual(
      [
        'fetch-order#1',
        'if#1',
        `${arm}#1`,
        'lines#1',
        ...['s1', 's2', 's3'].flatMap((sku) => [`lines[${sku}]/reserve#1`, `lines[${sku}]/label#1`]),
        'sleep#1',
        'prepare/stock/weigh#1',
        'prepare/money/sleep 2#1',
        'prepare/money/charge#1',
        'ship#1',
      ]
        .map((key) => `${key} completed`)
        .sort(),
    )
  })

  test('the result is that of the last step that ran', async () => {
    expect((await execute('skipped', { enter: true })).result).toBe(2)
    expect((await execute('skipped', { enter: false })).result).toBe(1)
    expect((await execute('empty')).result).toEqual([])
    expect((await execute('nested')).result).toEqual([6, 6])
    expect((await execute('rescued')).result).toBe('it in rescued')
  })

  test('conditions and lists are asked once, whatever they would say the next time', async () => {
    for (let round = 0; round < 3; round++) {
      const { status, result, execution_id, error } = await execute('moody', { rounds: round })
      expect([status, error]).toEqual(['SUCCESS', null])
      const names = (await stepsOf(execution_id)).map((one) => one.name)
      expect(result).toEqual([names.includes('even') ? 'even' : 'odd', 2])
      expect(names.includes('even')).not.toBe(names.includes('odd'))
      expect(names.filter((name) => name === 'keep')).toHaveLength(2)
    }
  })

  test('its input is checked like that of any workflow', async () => {
    await expect(execute('order', { orderId: 'o-1' })).rejects.toMatchObject({ code: 'validation_failed' })
    await expect(execute('order', { orderId: 'o-1', total: 1, totl: 1 })).rejects.toMatchObject({
      details: [{ field: 'totl' }],
    })
  })

  test('a killed child: it continues where it was, and no finished step runs again', async () => {
    const id = await server().run('many', { count: 24 })
    await until('some items are done', async () => (await stepsOf(id)).length >= 12)
    const finished = (await stepsOf(id)).filter((one) => one.status === 'completed')
    for (const pid of server().childPids()) process.kill(pid, 'SIGKILL')
    const run = await server().ended(id)
    expect([run.status, run.result]).toEqual(['SUCCESS', Array.from({ length: 24 }, (_, i) => i)])
    const after = new Map((await stepsOf(id)).map((one) => [one.key, one]))
    for (const one of finished) expect(after.get(one.key)).toEqual(one)
    expect(after.size).toBe(1 + 24 * 2 + 12 * 2 + 12)
  })
})

test('a body that asks from outside is called again with the answer', async () => {
  const id = await server().run('asks')
  await server().reaches(id, (status) => status === 'SUSPENDED')
  await server().api(routes.resumeExecution, { params: { id }, body: { data: false } })
  expect((await server().ended(id)).result).toEqual([false, 'a'])
})

test('events start a graph, and a graph waits for events', async () => {
  const emit = (name: string, payload: unknown) =>
    server().api(routes.emitEvent, { body: { name, payload: payload as never } })
  expect((await emit('order.created', { id: 'no' })).started).toEqual([])
  const { started } = await emit('order.created', { id: 'o-9' })
  const id = await until('a run is started', async () => {
    const { items } = await server().api(routes.listExecutions, { query: { workflow: 'paid' } })
    return started[0] ?? items[0]?.id
  })
  await server().reaches(id, (status) => status === 'SUSPENDED')
  await emit('order.paid', { orderId: 'o-8', amount: 1 })
  await emit('order.paid', { orderId: 'o-9', amount: 7 })
  expect((await server().ended(id)).result).toEqual({ amount: 7, tip: 'none' })
  expect((await stepsOf(id)).map(({ key, kind }) => `${kind} ${key}`)).toEqual([
    'event order.paid#1',
    'event tip#1',
    'step sum#1',
  ])
})

test('a screen shows what the steps before gave, and durable calls of its own stand in .do', async () => {
  const id = await server().run('reviewed', { total: 21 })
  await server().reaches(id, (status) => status === 'SUSPENDED')
  const { items } = await server().api(routes.listTasks, { query: { execution: id } })
  expect(items).toMatchObject([{ title: 'Check 42' }])
  const task = await server().api(routes.getTask, { params: { id: items[0]?.id ?? '' } })
  expect(task.props).toEqual({ price: 42 })
  await server().api(routes.completeTask, { params: { id: task.id }, body: { output: { approved: true } } })
  expect((await server().ended(id)).result).toEqual({ parts: [42, 84], approved: true, child: 'c' })
  expect((await stepsOf(id)).map(({ key, kind }) => `${kind} ${key}`)).toEqual([
    'step price#1',
    'screen review#1',
    'step sum/part#1',
    'step sum/part#2',
    'run sum/check-order#1',
  ])
})

test('a transaction with tables is a node of its own', async () => {
  const { result, error, execution_id } = await execute('booked', { id: 'b-1' })
  expect([error, result]).toEqual([null, [2, 2]])
  expect((await stepsOf(execution_id)).map((one) => one.key)).toContain('book#1')
})

test('a screen may be a component of the workspace, and columns are filled from steps', async () => {
  const id = await server().run('looked', { claim: 'C-7' })
  await server().reaches(id, (status) => status === 'SUSPENDED')
  const { items } = await server().api(routes.listTasks, { query: { execution: id } })
  const task = await server().api(routes.getTask, { params: { id: items[0]?.id ?? '' } })
  expect(task).toMatchObject({ component: '_look.tsx', props: { price: 12 } })
  expect((await server().fetch(`/api/tasks/${task.id}/screen`)).status).toBe(200)
  await server().api(routes.completeTask, { params: { id: task.id }, body: { output: { ok: false } } })
  const run = await server().ended(id)
  expect(run.result).toBe(false)
  expect(run.columns).toEqual({ Claim: 'C-7', Price: 12 })
})

describe('when a step fails', () => {
  test('branches beside it finish their step and begin no other, and all that was done is undone', async () => {
    const { execution_id, status, error } = await execute('saga')
    expect([status, error?.message]).toEqual(['FAILED', 'no car left'])
    expect((await server().logs(execution_id)).map((line) => line.message)).toEqual([
      'cancel Ritz',
      'cancel LH-400 of undefined',
    ])
    const steps = await stepsOf(execution_id)
    expect(steps.map((one) => one.name)).not.toContain('tell-hotel')
    expect(steps.find((one) => one.name === 'book-hotel')).toMatchObject({ status: 'completed' })
    expect(steps.filter((one) => one.kind === 'undo')).toHaveLength(2)
    expect(await server().db.query('select from waits where execution_id = $1', [execution_id])).toEqual([])
  })

  test.each([
    [
      'duplicates',
      'Items 0 and 2 of forEach "orders" have the same key "a". Each item needs a key of its own.',
    ],
    [
      'bad-key',
      'The key of item 1 of forEach "orders" must be a number, or text of 1 to 100 characters; it is "".',
    ],
    ['no-list', 'forEach "orders" needs a list of items; it got object.'],
    ['failing', 'The shop is closed.'],
  ])('%s says why', async (name, message) => {
    expect((await execute(name)).error?.message).toBe(message)
  })

  test('results are frozen, so that no code relies on a change that a replay would lose', async () => {
    expect((await execute('mutates', { tags: [] })).error?.message).toMatch(/read only property/)
  })
})

describe('a graph is known', () => {
  test('to the API with its outline; a function has none', async () => {
    const workflow = await server().api(routes.getWorkflow, { params: { id: 'skipped' } })
    expect(workflow.graph?.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'step first',
      'if if',
      'sleep sleep',
    ])
    expect(workflow.graph?.[1]?.lanes).toEqual([
      { label: 'enter', nodes: [expect.objectContaining({ kind: 'step', name: 'inside' })] },
    ])
    expect((await server().api(routes.getWorkflow, { params: { id: 'check-order' } })).is_tool).toBe(true)
  })

  test('to the page of each run as it was when the run began, and only to those who may see the run', async () => {
    const { execution_id } = await execute('later')
    const graphOf = async (id: string) => {
      const { graph, is_current } = await server().api(routes.getExecutionGraph, { params: { id } })
      return [graph?.map(({ name }) => name), is_current]
    }
    server().write('later.ts', LATER.replace(".step('two'", ".step('between', () => 1).step('two'"))
    await until('the file is read again', async () => {
      const { graph } = await server().api(routes.getWorkflow, { params: { id: 'later' } })
      return graph?.length === 3
    })
    expect(await graphOf(execution_id)).toEqual([['one', 'two'], false])
    const again = await execute('later')
    expect(await graphOf(again.execution_id)).toEqual([['one', 'between', 'two'], false])

    await server().db.query(
      'delete from code_versions where version = (select code_version from executions where id = $1)',
      [execution_id],
    )
    expect(await graphOf(execution_id)).toEqual([['one', 'between', 'two'], true])
    const stranger = await server().person('org_admin', await server().organization())
    expect((await stranger.fetch(`/api/executions/${execution_id}/graph`)).status).toBe(404)
  })

  test('and refused with both places when two steps have one name', async () => {
    const { status, error } = await server().api(routes.getWorkflow, { params: { id: 'twice' } })
    expect(status).toBe('error')
    expect(error).toMatchObject({ path: 'twice.ts', line: 4 })
    expect(error?.message).toContain('"send": at twice.ts:3 and at twice.ts:4')
    await expect(execute('twice')).rejects.toMatchObject({ code: 'workflow_broken' })
  })
})
