import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { makeScope, type OrgScope } from '../../platform/scope.ts'
import { useEngine } from '../../testing/engine.ts'
import { until, useServer } from '../../testing/server.ts'
import { findExecution } from './queries.ts'
import { reasonOf, waitingFor } from './reasons.ts'

const TIME = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`
const server = useServer({
  files: {
    'waits.ts': `import { sleep, step, workflow, workflows } from 'bifrost'
export const sleeper = workflow(async () => { await sleep('1 hour') })
export const both = workflow(async () => Promise.all([sleep('1 hour'), sleep('2 hours'), sleep('3 hours')]))
export const flaky = workflow(async () => step('call the bank', { retries: 3, backoffSeconds: 600, jitter: false }, () => { throw new Error('bank is closed') }))
export const asks = workflow(async () => step('approve', ({ suspend }) => suspend({ reason: 'for the approval' })))
export const parent = workflow(async () => workflows.run('sleeper', {}))
export const tries = workflow({ retryPolicy: { maxRetries: 2, delaySeconds: 600 } }, async () => { throw new Error('not yet') })
`,
  },
})
const get = (id: string) => server().api(routes.getExecution, { params: { id } })

describe('a run that does not move says why', () => {
  test.each([
    ['sleeper', 'timer', `^Sleeps until ${TIME}\\.$`],
    ['both', 'timer', `^Sleeps until ${TIME}\\. It also waits for 2 more things\\.$`],
    ['flaky', 'retry', `^Waits for attempt 2 of the step "call the bank" at ${TIME} after: bank is closed$`],
    ['asks', 'resume', '^Waits for the approval\\.$'],
    ['parent', 'child', '^Waits for the run [0-9a-f-]{36}\\.$'],
  ])('%s', async (workflow, kind, sentence) => {
    const id = await server().run(workflow)
    const run = await server().reaches(id, (status) => status === 'SUSPENDED')
    expect(run.reason).toMatch(new RegExp(sentence))
    expect(run.waiting_for).toMatchObject({ kind, reason: run.reason })
    if (kind === 'timer' || kind === 'retry') expect(run.reason).toContain(run.waiting_for?.until ?? 'a time')
    await server().api(routes.cancelExecution, { params: { id } })
    expect(await get(id)).toMatchObject({ reason: 'Cancelled.', waiting_for: null })
  })

  test('planned, and between two attempts', async () => {
    const planned = await server().api(routes.runWorkflow, {
      params: { id: 'sleeper' },
      body: { delay_seconds: 3600 },
    })
    const run = await get(planned.execution_id)
    expect(run.waiting_for).toEqual({ kind: 'start', reason: run.reason, until: run.scheduled_at })

    const id = await server().run('tries')
    const waiting = await until('its first attempt failed', async () => {
      const found = await get(id)
      return found.waiting_for?.kind === 'attempt' ? found : null
    })
    expect(waiting.reason).toMatch(new RegExp(`^Waits for attempt 2 of 3 at ${TIME} after: not yet$`))
  })

  test('what a step failed with is for developers', async () => {
    const member = await server().person('member')
    const { execution_id } = await member.api(routes.runWorkflow, { params: { id: 'flaky' }, body: {} })
    await server().reaches(execution_id, (status) => status === 'SUSPENDED')
    const { reason } = await member.api(routes.getExecution, { params: { id: execution_id } })
    expect(reason).toMatch(new RegExp(`^Waits for attempt 2 of the step "call the bank" at ${TIME}\\.$`))
  })
})

describe('in the queue', () => {
  const under = useEngine()
  const look = async (scope: OrgScope, id: string) => {
    const row = await findExecution(makeScope({ ...scope, role: 'developer' }), under().db, id)
    if (!row) throw new Error('It is not there.')
    return { reason: reasonOf(row, null), kind: waitingFor(row, null)?.kind }
  }

  test('without a worker that lives, with one, and behind others', async () => {
    const scope = await under().organization()
    const first = await under().start(scope)
    expect(await look(scope, first)).toEqual({
      kind: 'queue',
      reason: 'Waits for a worker; none is running. Start one with "bifrost worker" or "bifrost start".',
    })
    const worker = await under().worker()
    expect((await look(scope, first)).reason).toBe('Waits for a free worker.')
    const second = await under().start(scope)
    const third = await under().start(scope)
    expect((await look(scope, second)).reason).toBe('Waits for a free worker; 1 run is before it.')
    expect((await look(scope, third)).reason).toBe('Waits for a free worker; 2 runs are before it.')
    // Those of others do not count: each organization has its turn.
    const other = await under().organization()
    expect((await look(other, await under().start(other))).reason).toBe('Waits for a free worker.')
    await under().db.query(
      `insert into organization_quotas (org_id, name, value) values ($1, 'concurrent_runs', 0)`,
      [other.orgId],
    )
    expect((await look(other, await under().start(other))).reason).toBe(
      'Waits for its turn: 0 of the 0 runs that the organization may have at once are running.',
    )
    await under().die(worker)
    expect((await look(scope, first)).reason).toContain('none is running')
  })

  test('a run that comes back from waiting waits for a worker, not for another attempt', async () => {
    const scope = await under().organization()
    await under().worker()
    const id = await under().start(scope)
    await under().db.query('update executions set attempt = 1, claims = 1 where id = $1', [id])
    expect((await look(scope, id)).kind).toBe('queue')
  })
})
