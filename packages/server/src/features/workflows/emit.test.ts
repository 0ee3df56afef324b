import { routes } from '@bifrost/contract'
import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const SOURCE = `
import { cursor, step, workflow, workflows, type ExecutionContext } from 'bifrost'
export const processOrder = workflow(async (id: number, customer?: string) => {
  if (id < 0) throw new Error('No such order: ' + id)
  return id
})
export const slowly = workflow({ concurrency: { limit: 2, key: 'input.customer' } }, async (id: number, customer: string) => id)
export const newest = workflow({ singleton: { key: 'input.customer' } }, async (customer: string) => {
  await new Promise((go) => setTimeout(go, 200))
  return customer
})
const orders = (from: number, count: number) => Array.from({ length: count }, (_, n) => ({ id: from + n }))
export const emit = workflow(async (from: number, count: number, keys = true) =>
  workflows.startMany(processOrder, orders(from, count), keys ? { key: (order) => 'order-' + order.id } : {}))
export const twice = workflow(async (id: number) => workflows.startMany(processOrder,
  [{ id }, { id: id + 1 }, { id, customer: 'again' }], { key: (order) => order.id, executionIds: true }))
export const bad = workflow(async (what: string) => {
  if (what === 'record') return workflows.startMany('processOrder', [{ id: 1 }, { id: 'two' }, { ID: 3 }], { key: (_, n) => 'bad-' + n })
  if (what === 'key') return workflows.startMany('processOrder', [{ id: 1 }], { key: () => '' })
  if (what === 'list') return workflows.startMany('processOrder', { id: 1 } as never)
  if (what === 'json') return workflows.startMany('processOrder', [{ id: 1, customer: new Date(0) }])
  if (what === 'large') return workflows.startMany('processOrder', Array.from({ length: 3 }, (_, n) => ({ id: n === 2 ? 'x' : n, customer: 'c'.repeat(3_000_000) })), { key: (_, n) => 'large-' + n })
  if (what === 'step') return step('all', async () => workflows.startMany('processOrder', [{ id: 1 }]))
  return workflows.startMany('nothing', [{ id: 1 }])
})
export const large = workflow(async () => workflows.startMany(processOrder,
  Array.from({ length: 4 }, (_, n) => ({ id: 50_000 + n, customer: 'c'.repeat(2_500_000) })), { key: (order) => order.id, executionIds: true }))
export const limited = workflow(async () => workflows.startMany(slowly,
  Array.from({ length: 40 }, (_, n) => ({ id: n, customer: 'C' + (n % 3) }))))
export const singles = workflow(async () => workflows.startMany(newest,
  [{ customer: 'A' }, { customer: 'A' }, { customer: 'B' }], { executionIds: true }))
export const onceOnly = workflow({ idempotency: { key: 'input.id' } }, async (id: number) => id)
export const optionKeys = workflow(async () => workflows.startMany(onceOnly, [{ id: 1 }, { id: 2 }, { id: 1 }], { executionIds: true }))
export const mixed = workflow(async () => workflows.startMany(processOrder, [{ id: 1 }, { id: -1 }, { id: 2 }, { id: -2 }]))
export const incremental = workflow(async (fail: boolean, clear = false) => {
  const place = cursor<number>('orders')
  if (clear) await place.clear()
  const since = (await place.get()) ?? 0
  const { started } = await workflows.startMany(processOrder, orders(since + 70_000, 3), { key: (order) => order.id })
  if (fail) throw new Error('not yet')
  await place.set(since + 3)
  return { since, started, now: await place.get() }
})
export const look = workflow(async () => {
  const all = await workflows.list()
  const one = await workflows.get('processOrder')
  return { names: all.map((item) => item.name), one: one?.name, parameters: one?.parameters.length, none: await workflows.get('unknown') ?? null }
})
export const stop = workflow(async (executionId: string) => workflows.cancel(executionId))
export const forever = workflow(async () => new Promise((go) => setTimeout(go, 100_000)))
`
const server = useServer({ files: { 'emit.ts': SOURCE } })
const children = (id: string, query: object = {}) =>
  server().api(routes.listExecutionChildren, { params: { id }, query })
const allEnded = (id: string) =>
  until('all children have ended', async () => {
    const { counts, total } = await children(id)
    const ended = (counts.SUCCESS ?? 0) + (counts.FAILED ?? 0)
    return total > 0 && ended === total ? counts : null
  })

describe('workflows.startMany', () => {
  test('starts a run per record; the same keys start nothing in the next run', async () => {
    const first = await server().execute('emit', { from: 1000, count: 300 })
    expect(first).toMatchObject({ status: 'SUCCESS', result: { started: 300, duplicates: 0, repeated: 0 } })
    const second = await server().execute('emit', { from: 1100, count: 300 })
    expect(second.result).toEqual({ started: 100, duplicates: 200, repeated: 0 })
    expect(await allEnded(first.execution_id)).toEqual({ SUCCESS: 300 })
    expect(await allEnded(second.execution_id)).toEqual({ SUCCESS: 100 })
    const [step] = (
      await server().api(routes.listExecutionSteps, { params: { id: first.execution_id }, query: {} })
    ).items
    expect(step).toMatchObject({ kind: 'fan_out', name: 'processOrder', status: 'completed' })
  })

  test('a key that comes twice in one call is processed once, and the answer says so', async () => {
    const { result } = await server().execute('twice', { id: 2000 })
    const { executionIds, ...counts } = result as { executionIds: string[] }
    expect(counts).toEqual({ started: 2, duplicates: 1, repeated: 1 })
    expect(executionIds[2]).toBe(executionIds[0])
    expect(new Set(executionIds).size).toBe(2)
    const again = (await server().execute('twice', { id: 2000 })).result as { executionIds: string[] }
    expect(again).toEqual({ started: 0, duplicates: 3, repeated: 1, executionIds })
  })

  test('without keys each call starts all of its records', async () => {
    for (let n = 0; n < 2; n++)
      expect((await server().execute('emit', { from: 1000, count: 5, keys: false })).result).toMatchObject({
        started: 5,
        duplicates: 0,
      })
  })

  test('records of many megabytes go in several messages', async () => {
    const first = await server().execute('large')
    expect(first.result).toMatchObject({ started: 4, duplicates: 0 })
    expect(new Set((first.result as { executionIds: string[] }).executionIds).size).toBe(4)
    expect((await server().execute('large')).result).toMatchObject({ started: 0, duplicates: 4 })
  })

  test.each([
    ['record', /records\[1\]\.id must be a number, and 1 more are invalid; no run was started/],
    ['large', /records\[2\]\.id must be a number; no run was started/],
    ['key', /The key of records\[0\] must be a text of 1 to 200 characters; it is ""/],
    ['list', /needs a list of records/],
    ['json', /records\[0\]\.customer is a Date/],
    ['step', /inside the step "all"/],
    ['unknown', /There is no workflow "nothing"/],
  ])('%s that does not fit is refused, and nothing is started', async (what, message) => {
    const answer = await server().execute('bad', { what })
    expect(answer.status).toBe('FAILED')
    expect(answer.error?.message).toMatch(message)
    expect((await children(answer.execution_id)).total).toBe(0)
  })

  test('limits of the processor hold for them', async () => {
    const { execution_id: id } = await server().execute('limited')
    const [row] = await server().db.query<{ most: number }>(
      `select coalesce(max(running), 0)::int as most from (
         select count(*) as running from queue where worker_id is not null and concurrency_key is not null group by concurrency_key) k`,
    )
    expect(row?.most).toBeLessThanOrEqual(2)
    expect(await allEnded(id)).toEqual({ SUCCESS: 40 })
  })

  test('a processor that is a singleton runs once per key', async () => {
    const { result, execution_id } = await server().execute('singles')
    expect(result).toMatchObject({ started: 2, duplicates: 1 })
    expect(await allEnded(execution_id)).toEqual({ SUCCESS: 2 })
  })

  test('the idempotency option of the processor gives keys where the call gives none', async () => {
    const { result } = await server().execute('optionKeys')
    const { executionIds } = result as { executionIds: string[] }
    expect(result).toMatchObject({ started: 2, duplicates: 1 })
    expect(executionIds[2]).toBe(executionIds[0])
    expect((await server().execute('optionKeys')).result).toEqual({
      started: 0,
      duplicates: 3,
      repeated: 0,
      executionIds,
    })
  })

  test('a process that dies after the runs were accepted, and before the caller knew, starts none twice', async () => {
    const lock = new pg.Client(server().config.databaseUrl ?? '')
    await lock.connect()
    await lock.query('begin')
    // The journal cannot be written; the runs can.
    await lock.query('lock table execution_steps in exclusive mode')
    const id = await server().run('emit', { from: 3000, count: 50 })
    await until('the runs are there', async () => (await children(id)).total === 50)
    const killed = server().childPids()
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    await until(
      'the process is gone',
      () =>
        !server()
          .childPids()
          .some((pid) => killed.includes(pid)),
    )
    await lock.query('rollback')
    await lock.end()
    expect(await server().ended(id, 30_000)).toMatchObject({
      status: 'SUCCESS',
      result: { started: 50, duplicates: 0, repeated: 0 },
    })
    expect((await children(id)).total).toBe(50)
  })
})

describe('the page of the emitter', () => {
  test('counts its runs by status, and lists those that failed', async () => {
    const { execution_id: id } = await server().execute('mixed')
    expect(await allEnded(id)).toEqual({ SUCCESS: 2, FAILED: 2 })
    const failed = await children(id, { status: ['FAILED'], limit: 1 })
    expect(failed).toMatchObject({ total: 4, counts: { SUCCESS: 2, FAILED: 2 } })
    expect(failed.items).toMatchObject([
      { workflow_name: 'processOrder', status: 'FAILED', trigger: 'workflow' },
    ])
    const rest = await children(id, { status: ['FAILED'], limit: 1, cursor: failed.next_cursor })
    expect(rest.items).toHaveLength(1)
    expect(rest.next_cursor).toBeNull()
    expect(rest.items[0]?.id).not.toBe(failed.items[0]?.id)
  })

  test('is closed to other organizations', async () => {
    const { execution_id: id } = await server().execute('mixed')
    const stranger = await server().person('org_admin', await server().organization())
    await expect(
      stranger.api(routes.listExecutionChildren, { params: { id }, query: {} }),
    ).rejects.toMatchObject({ code: 'not_found' })
  })
})

describe('cursor', () => {
  test('moves when the run gets there, and not before', async () => {
    expect((await server().execute('incremental', { fail: true })).status).toBe('FAILED')
    expect((await server().execute('incremental', { fail: false })).result).toEqual({
      since: 0,
      started: 0,
      now: 3,
    })
    expect((await server().execute('incremental', { fail: false })).result).toEqual({
      since: 3,
      started: 3,
      now: 6,
    })
    expect((await server().execute('incremental', { fail: false, clear: true })).result).toMatchObject({
      since: 0,
    })
  })

  test('each organization has its own', async () => {
    const other = await server().person('org_admin', await server().organization())
    const answer = await other.api(routes.executeWorkflow, {
      params: { id: 'incremental' },
      body: { input: { fail: false } },
    })
    expect(answer.result).toEqual({ since: 0, started: 3, now: 3 })
  })
})

describe('workflows', () => {
  test('are listed and looked up', async () => {
    const { result } = await server().execute('look')
    expect(result).toMatchObject({ one: 'processOrder', parameters: 2, none: null })
    expect((result as { names: string[] }).names).toContain('emit')
  })

  test('runs are cancelled, those of others are not there', async () => {
    const id = await server().run('forever')
    await server().reaches(id, (status) => status === 'RUNNING')
    expect((await server().execute('stop', { executionId: id })).result).toBe(true)
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect((await server().execute('stop', { executionId: id })).result).toBe(false)
    const stranger = await server().person('org_admin', await server().organization())
    const answer = await stranger.api(routes.executeWorkflow, {
      params: { id: 'stop' },
      body: { input: { executionId: id } },
    })
    expect(answer.error?.message).toBe('There is no such run.')
  })
})
