import { type BulkAction, type ExecutionFilter, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'runs.ts': `import { workflow } from 'bifrost'
export const fine = workflow(async (n = 0) => n)
export const fails = workflow(async () => { throw new Error('no paper') })
export const waits = workflow(async () => new Promise(() => {}))
`,
  },
})

const bulk = (action: BulkAction, filter: ExecutionFilter, dry_run = false) =>
  server().api(routes.bulkExecutions, { body: { action, filter, dry_run } })
const list = (filter: ExecutionFilter) =>
  server().api(routes.listExecutions, { query: { ...filter, count: true, limit: 200 } })
/** Planned for later: it waits, and costs nothing. */
const plan = async (id: string) =>
  (await server().api(routes.runWorkflow, { params: { id }, body: { delay_seconds: 3600 } })).execution_id

describe('the count of a filter', () => {
  test('is that of all pages, and absent unless asked for', async () => {
    for (let n = 0; n < 7; n++) await server().execute('fine', { n })
    const page = await server().api(routes.listExecutions, {
      query: { workflow: 'fine', count: true, limit: 2 },
    })
    expect([page.items.length, page.total]).toEqual([2, 7])
    const next = await server().api(routes.listExecutions, {
      query: { workflow: 'fine', count: true, limit: 2, cursor: page.next_cursor ?? '' },
    })
    expect(next.total).toBe(7)
    expect(await server().api(routes.listExecutions, { query: { limit: 2 } })).not.toHaveProperty('total')
  })

  test('of a member is that of own runs', async () => {
    const member = await server().person('member')
    await member.api(routes.executeWorkflow, { params: { id: 'fine' }, body: {} })
    const { total } = await member.api(routes.listExecutions, { query: { count: true } })
    expect(total).toBe(1)
  })
})

describe('on all runs of a filter', () => {
  test('a dry run counts what the action can be applied to, and does nothing', async () => {
    const planned = await Promise.all([plan('fine'), plan('fine')])
    await server().execute('fine')
    expect(await bulk('cancel', { workflow: 'fine' }, true)).toEqual({
      id: null,
      action: 'cancel',
      status: 'counted',
      matched: 2,
      done: 0,
      failed_count: 0,
      failed: [],
    })
    expect((await list({ workflow: 'fine', status: ['SCHEDULED'] })).total).toBe(2)
    expect(await bulk('cancel', { workflow: 'fine', status: ['SUCCESS'] }, true)).toMatchObject({
      matched: 0,
    })
    for (const id of planned) await server().api(routes.cancelExecution, { params: { id } })
  })

  test('cancel ends planned and running ones, and leaves the others', async () => {
    const running = await server().run('waits')
    await server().reaches(running, (status) => status === 'RUNNING')
    const planned = await Promise.all(Array.from({ length: 230 }, () => plan('waits')))
    const other = await plan('fine')
    const answer = await bulk('cancel', { workflow: 'waits' })
    expect(answer).toMatchObject({ matched: 231, failed: [] })
    const done = await until('it is done', async () => {
      const progress = await server().api(routes.getBulkProgress, { params: { id: answer.id ?? '' } })
      return progress.status === 'done' ? progress : null
    })
    expect(done).toMatchObject({ matched: 231, done: 231, failed_count: 0 })
    expect((await server().ended(running)).status).toBe('CANCELLED')
    expect((await list({ workflow: 'waits', status: ['CANCELLED'] })).total).toBe(planned.length + 1)
    expect((await server().api(routes.getExecution, { params: { id: other } })).status).toBe('SCHEDULED')
    await server().api(routes.cancelExecution, { params: { id: other } })
  })

  test('rerun starts each once more, with its input, and not those that it started', async () => {
    for (let n = 0; n < 3; n++) await server().execute('fails')
    const answer = await bulk('rerun', { search: 'no paper', status: ['FAILED'] })
    expect(answer).toMatchObject({ action: 'rerun', status: 'done', matched: 3, done: 3 })
    await until(
      'all have ended',
      async () => (await list({ workflow: 'fails', status: ['FAILED'] })).total === 6,
    )
  })

  test('one that cannot be done is named with its reason, and the others are done', async () => {
    server().write(
      'gone.ts',
      `import { workflow } from 'bifrost'\nexport const gone = workflow(async () => 1)\n`,
    )
    const { execution_id } = await server().execute('gone')
    server().remove('gone.ts')
    await server().execute('fine')
    const since = new Date(Date.now() - 60_000).toISOString()
    const answer = await bulk('rerun', { since, status: ['SUCCESS'] })
    expect(answer.matched).toBe(answer.done + 1)
    expect(answer.failed).toEqual([{ execution_id, message: expect.stringContaining('no longer exists') }])
    expect(answer.failed_count).toBe(1)
  })

  test('more runs than one action may be about are refused with their number', async () => {
    await server().db.query(
      `insert into executions (id, org_id, workflow_id, status, type, trigger, workflow_name, created_at, timeout_ms)
       select uuidv7(), org_id, workflow_id, 'FAILED', type, trigger, 'many', now(), timeout_ms
       from (select * from executions limit 1) e, generate_series(1, 10001)`,
    )
    expect(await bulk('rerun', { workflow: 'many' }, true)).toMatchObject({ matched: 10_001 })
    await expect(bulk('rerun', { workflow: 'many' })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining('10001'),
    })
    await server().db.query(`delete from executions where workflow_name = 'many'`)
  })

  test('what another server left behind is taken up at the next look, and no run is started twice', async () => {
    await server().execute('fine', { n: 40 })
    await server().execute('fine', { n: 41 })
    const since = new Date(Date.now() - 60_000).toISOString()
    const { id } = await bulk('rerun', { workflow: 'fine', since })
    const before = (await list({ workflow: 'fine' })).total
    await server().db.query(
      `update bulk_actions set position = 0, done = 0, ended_at = null, updated_at = now() - interval '1 minute' where id = $1`,
      [id],
    )
    await until('it is done', async () => {
      const { status, done, matched } = await server().api(routes.getBulkProgress, {
        params: { id: id ?? '' },
      })
      return status === 'done' && done === matched
    })
    expect((await list({ workflow: 'fine' })).total).toBe(before)
  })

  test('is for those who may, and each sees own actions only', async () => {
    const planned = await plan('fine')
    const { id } = await bulk('rerun', { workflow: 'fine', status: ['FAILED'] })
    const member = await server().person('member')
    const stranger = await server().person('org_admin', await server().organization())
    for (const person of [member, stranger]) {
      await expect(person.api(routes.getBulkProgress, { params: { id: id ?? '' } })).rejects.toMatchObject({
        status: 404,
      })
      // Runs of others are not found by their filter.
      const answer = await person.api(routes.bulkExecutions, { body: { action: 'cancel', filter: {} } })
      expect(answer).toMatchObject({ matched: 0 })
    }
    expect((await server().api(routes.getExecution, { params: { id: planned } })).status).toBe('SCHEDULED')
  })

  test('an unknown action, an unknown member of the filter and an unknown id are refused', async () => {
    const post = (body: unknown) =>
      server().fetch('/api/executions/bulk', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await post({ action: 'explode', filter: {} })).status).toBe(422)
    expect((await post({ action: 'cancel', filter: { limit: 3 } })).status).toBe(422)
    expect((await post({ action: 'cancel' })).status).toBe(422)
    expect((await server().fetch(`/api/executions/bulk/${newId()}`)).status).toBe(404)
  })
})
