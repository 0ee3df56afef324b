import { type Execution, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

// Each run waits until its test writes the file that it looks for, so that nothing here depends on time.
const SOURCE = `
import { workflow, files } from 'bifrost'
const gate = async (name: string) => {
  while (!(await files.exists(name, { location: 'temp' }))) await new Promise((go) => setTimeout(go, 20))
}
export const two = workflow(
  { concurrency: { limit: 2, key: 'input.customer' } },
  async (customer: string, until: string) => { await gate(until); return customer },
)
export const all = workflow({ concurrency: { limit: 1 } }, async (until: string) => { await gate(until) })
export const slow = workflow({ rate: { limit: 1, perSeconds: 3600 } }, async (n: number) => n)
export const last = workflow({ debounce: { seconds: 3600, key: 'input.document' } }, async (document: string, n: number) => n)
export const only = workflow({ singleton: true }, async (until: string) => { await gate(until); return 'done' })
export const latest = workflow(
  { singleton: { key: 'input.customer', onConflict: 'cancel_running' } },
  async (customer: string, until: string) => { await gate(until); return until },
)
export const once = workflow({ idempotency: { key: 'input.order.id' } }, async (order: { id: number; note?: string }) => order.id)
export const urgent = workflow({ priority: 7 }, async () => 'now')
`
const server = useServer({ files: { 'flow.ts': SOURCE } })
const start = (name: string, input: Record<string, unknown>, more: object = {}) =>
  server().api(routes.runWorkflow, { params: { id: name }, body: { input: input as never, ...more } })
const get = (id: string): Promise<Execution> => server().api(routes.getExecution, { params: { id } })
const openGate = async (name: string) => {
  await server().api(routes.executeCode, {
    body: {
      code: `const { files } = await import('bifrost'); await files.write(input.name, '', { location: 'temp' })`,
      input: { name },
    },
  })
}

describe('flow control over the API', () => {
  test('a workflow shows what it declares', async () => {
    const workflow = await server().api(routes.getWorkflow, { params: { id: 'two' } })
    expect(workflow.flow_control?.concurrency).toEqual({ limit: 2, key: 'input.customer' })
    expect((await server().api(routes.getWorkflow, { params: { id: 'two' } })).error).toBeNull()
  })

  test('a run over the concurrency limit says why it waits, and continues when another has ended', async () => {
    const ids = []
    for (let n = 0; n < 3; n++) ids.push((await start('two', { customer: 'C-1', until: 'two' })).execution_id)
    const [first = '', second = '', third = ''] = ids
    const other = (await start('two', { customer: 'C-2', until: 'two' })).execution_id
    for (const id of [first, second, other]) await server().reaches(id, (status) => status === 'RUNNING')
    const reason = 'Waits for the concurrency limit: 2 of 2 runs with customer = "C-1" are running.'
    expect(await get(third)).toMatchObject({
      status: 'PENDING',
      reason,
      waiting_for: { kind: 'concurrency', reason, until: null },
    })
    await openGate('two')
    expect(await server().ended(third)).toMatchObject({ status: 'SUCCESS', result: 'C-1' })
  })

  test('without a key all runs of the workflow share the limit; a cancelled one lets the next go', async () => {
    const first = await start('all', { until: 'all' })
    const second = await start('all', { until: 'all' })
    await server().reaches(first.execution_id, (status) => status === 'RUNNING')
    expect((await get(second.execution_id)).reason).toBe(
      'Waits for the concurrency limit: 1 of 1 runs of this workflow are running.',
    )
    await server().api(routes.cancelExecution, { params: { id: first.execution_id } })
    await server().reaches(second.execution_id, (status) => status === 'RUNNING')
    await openGate('all')
    await server().ended(second.execution_id)
  })

  test('a run over the rate waits for its turn and says when that is; `execute` answers the one that may', async () => {
    expect(await server().execute('slow', { n: 1 })).toMatchObject({ status: 'SUCCESS', result: 1 })
    const { execution_id: id } = await start('slow', { n: 2 })
    const held = await get(id)
    expect(held.waiting_for?.kind).toBe('rate')
    expect(held.reason).toMatch(/^Waits for its turn: 1 runs may start in 3600 s; the next may start at 20/)
    await server().db.query(`update flow_rates set recent = '{}', next_at = now()`)
    expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS', result: 2 })
  })

  test('starts in quick succession become one run with the last input; another key has its own', async () => {
    const first = await start('last', { document: 'a', n: 1 })
    const second = await start('last', { document: 'a', n: 2 })
    const other = await start('last', { document: 'b', n: 3 })
    expect(second).toMatchObject({ execution_id: first.execution_id, duplicate: true, status: 'SCHEDULED' })
    expect(other.duplicate).toBe(false)
    const waiting = await get(first.execution_id)
    expect(waiting).toMatchObject({ input: { document: 'a', n: 2 }, waiting_for: { kind: 'debounce' } })
    expect(waiting.reason).toMatch(/for further starts; a later start replaces this one\.$/)
    await server().db.query('update queue set due_at = now() where execution_id = $1', [first.execution_id])
    expect(await server().ended(first.execution_id)).toMatchObject({ status: 'SUCCESS', result: 2 })
    await server().api(routes.cancelExecution, { params: { id: other.execution_id } })
  })

  test('a singleton answers with the run that is there; a test run is not it, and does not forget it', async () => {
    const first = await start('only', { until: 'only' })
    const second = await start('only', { until: 'only' })
    expect(second).toMatchObject({ execution_id: first.execution_id, duplicate: true })
    await openGate('only')
    const tested = await server().api(routes.testWorkflow, {
      params: { id: 'only' },
      body: { input: { until: 'only' } },
    })
    expect(tested.execution_id).not.toBe(first.execution_id)
    expect(await server().ended(first.execution_id)).toMatchObject({ status: 'SUCCESS' })
    const third = await start('only', { until: 'only' })
    expect(third.duplicate).toBe(false)
    await server().ended(third.execution_id)
  })

  test('cancel_running: the new run begins when the old one is gone', async () => {
    const first = await start('latest', { customer: 'C', until: 'never' })
    await server().reaches(first.execution_id, (status) => status === 'RUNNING')
    const second = await start('latest', { customer: 'C', until: 'latest' })
    await openGate('latest')
    expect(await server().ended(second.execution_id)).toMatchObject({ status: 'SUCCESS', result: 'latest' })
    expect((await get(first.execution_id)).status).toBe('CANCELLED')
  })

  test('an input as idempotency key starts one run, unless the caller gives another key', async () => {
    const first = await start('once', { order: { id: 1 } })
    expect(await start('once', { order: { id: 1, note: 'again' } })).toMatchObject({
      execution_id: first.execution_id,
      duplicate: true,
    })
    const own = await start('once', { order: { id: 1 } }, { idempotency_key: 'mine' })
    expect(own.duplicate).toBe(false)
    await server().ended(own.execution_id)
  })

  test('priority comes from the workflow, or from the start', async () => {
    const own = await start('urgent', {})
    const given = await start('urgent', {}, { priority: -2 })
    const rows = await server().db.query<{ id: string; priority: number }>(
      'select id, priority from executions where id = any($1)',
      [[own.execution_id, given.execution_id]],
    )
    expect(rows.find((row) => row.id === own.execution_id)?.priority).toBe(7)
    expect(rows.find((row) => row.id === given.execution_id)?.priority).toBe(-2)
    await expect(start('urgent', {}, { priority: 1000 })).rejects.toMatchObject({ code: 'validation_failed' })
    for (const { execution_id } of [own, given]) await server().ended(execution_id)
  })

  test('limits outlive the server: a run that waits for its limit continues after a restart', async () => {
    const first = await start('two', { customer: 'R', until: 'restart' })
    await start('two', { customer: 'R', until: 'restart' })
    const third = await start('two', { customer: 'R', until: 'restart' })
    await server().reaches(first.execution_id, (status) => status === 'RUNNING')
    await server().restart()
    await openGate('restart')
    expect(await server().ended(third.execution_id, 30_000)).toMatchObject({ status: 'SUCCESS' })
    await until('nothing is left', async () => {
      const rows = await server().db.query('select from queue')
      return rows.length === 0
    })
  })
})
