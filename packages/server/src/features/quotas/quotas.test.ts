import { limits, quotaDefaults, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'quotas.ts': `import { events, logger, workflow, workflows } from 'bifrost'
export const nothing = workflow(async () => 'done')
export const writes = workflow(async (lines: number) => { for (let n = 1; n <= lines; n++) logger.info('line ' + n) })
export const waits = workflow(async () => { await new Promise((resolve) => setTimeout(resolve, 150)) })
export const emits = workflow(async () => events.emit('quota.test', {}))
export const many = workflow(async (count: number) => (await workflows.startMany(nothing, Array.from({ length: count }, () => ({})))).length)
export const digs = workflow(async (depth: number): Promise<number> => workflows.run('digs', { depth: depth + 1 }).then(Number, () => depth))
`,
  },
})

const set = (orgId: string, body: Record<string, number | null | 'default'>) =>
  server().api(routes.setQuotas, { params: { id: orgId }, body })
const customer = async (role: 'org_admin' | 'member' = 'org_admin') => {
  const orgId = await server().organization(`Customer ${newId()}`)
  return { orgId, person: await server().person(role, orgId) }
}
const execute = (person: TestPerson, workflow: string, input: Record<string, number> = {}) =>
  person.api(routes.executeWorkflow, { params: { id: workflow }, body: { input } })
const post = (person: TestPerson, path: string, body: unknown) =>
  person.fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('quotas', () => {
  test('more runs in a minute than an organization may start are refused with the time to wait', async () => {
    const { orgId, person } = await customer()
    const other = await customer()
    await set(orgId, { runs_per_minute: 3 })
    for (let count = 0; count < 3; count++) await execute(person, 'nothing')
    const refused = await post(person, '/api/workflows/nothing/run', {})
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await refused.json()).toMatchObject({
      error: {
        code: 'quota_exceeded',
        message: expect.stringMatching(/may start runs 3 times per minute. Try again in \d+ s/),
      },
    })
    expect((await execute(other.person, 'nothing')).status).toBe('SUCCESS')
    await set(orgId, { runs_per_minute: 'default' })
    expect((await execute(person, 'nothing')).status).toBe('SUCCESS')
  })

  test('code that starts many is refused as a whole, in words', async () => {
    const { orgId, person } = await customer()
    await set(orgId, { runs_per_minute: 20 })
    const answer = await execute(person, 'many', { count: 50 })
    expect(answer).toMatchObject({ status: 'FAILED' })
    expect(answer.error?.message).toContain('20 times per minute')
    const rows = await server().db.query('select from executions where org_id = $1', [orgId])
    expect(rows).toHaveLength(1)
  })

  test('events are counted from the API and from code', async () => {
    const { orgId, person } = await customer()
    await set(orgId, { events_per_minute: 1 })
    expect((await post(person, '/api/events', { name: 'quota.test' })).status).toBe(202)
    expect((await post(person, '/api/events', { name: 'quota.test' })).status).toBe(429)
    expect((await execute(person, 'emits')).status).toBe('FAILED')
  })

  test('only so many runs are at work at once, and all of them end', async () => {
    const { orgId, person } = await customer()
    await set(orgId, { concurrent_runs: 1 })
    const answers = await Promise.all(Array.from({ length: 4 }, () => execute(person, 'waits')))
    expect(answers.map(({ status }) => status)).toEqual(Array(4).fill('SUCCESS'))
    const rows = await server().db.query<{ started_at: Date; ended_at: Date }>(
      'select started_at, ended_at from executions where org_id = $1 order by started_at',
      [orgId],
    )
    for (const [index, row] of rows.entries()) {
      const before = rows[index - 1]
      if (before) expect(row.started_at.getTime()).toBeGreaterThanOrEqual(before.ended_at.getTime())
    }
  })

  test('a caller that waits for the end of a run that finds no room is told so after a while, and the run has not started', async () => {
    const { orgId, person } = await customer()
    await set(orgId, { concurrent_runs: 0 })
    const waitMs = limits.executeStartWaitMs
    Object.assign(limits, { executeStartWaitMs: 100 })
    try {
      const refused = await post(person, '/api/workflows/nothing/execute', {})
      expect(refused.status).toBe(429)
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await refused.json()).toMatchObject({
        error: { code: 'quota_exceeded', message: expect.stringContaining('The run was not started') },
      })
    } finally {
      Object.assign(limits, { executeStartWaitMs: waitMs })
    }
    const rows = await server().db.query('select status, started_at from executions where org_id = $1', [
      orgId,
    ])
    expect(rows).toEqual([{ status: 'CANCELLED', started_at: null }])
    await set(orgId, { concurrent_runs: 'default' })
    expect((await execute(person, 'nothing')).status).toBe('SUCCESS')
  })

  test('log lines after the limit are not kept, and the last one says so', async () => {
    const { orgId, person } = await customer()
    await set(orgId, { log_lines_per_run: 3 })
    const { execution_id: id } = await execute(person, 'writes', { lines: 10 })
    const logs = await until('the log is there', async () => {
      const { items } = await person.api(routes.getExecutionLogs, { params: { id }, query: {} })
      return items.length > 3 ? items : undefined
    })
    expect(logs.map(({ message }) => message)).toEqual([
      'line 1',
      'line 2',
      'line 3',
      expect.stringContaining('your organization may have 3 per run'),
    ])
  })

  test('runs that start runs end at a depth', async () => {
    const { result } = await server().execute('digs', { depth: 1 })
    expect(result).toBe(limits.runDepthMax)
  })
})

describe('usage', () => {
  test('says what is used, what the limit is, and what all others have', async () => {
    const { orgId, person } = await customer()
    await execute(person, 'nothing')
    await set(orgId, { runs_per_minute: 7, events_per_minute: null })
    const { organization, items } = await person.api(routes.getUsage, {})
    expect(organization.id).toBe(orgId)
    expect(items.map(({ name }) => name)).toEqual(Object.keys(quotaDefaults))
    expect(items).toContainEqual({
      name: 'runs_per_minute',
      limit: 7,
      default: quotaDefaults.runs_per_minute,
      used: 1,
    })
    expect(items).toContainEqual(expect.objectContaining({ name: 'events_per_minute', limit: null, used: 0 }))
    expect(await server().api(routes.getOrganizationUsage, { params: { id: orgId } })).toEqual({
      organization,
      items,
    })
  })

  test('setting a quota is in the audit log', async () => {
    const { orgId } = await customer()
    await set(orgId, { runs_per_minute: 7 })
    await set(orgId, { runs_per_minute: 'default', concurrent_runs: 5 })
    const { items } = await server().api(routes.listAudit, { query: { target_id: orgId } })
    expect(items[0]).toMatchObject({
      action: 'organization.set_quotas',
      before: { runs_per_minute: 7 },
      after: { concurrent_runs: 5 },
    })
  })

  test('only administrators of the platform set them, and look at others', async () => {
    const { orgId, person } = await customer()
    const path = `/api/organizations/${orgId}`
    const put = (who: TestPerson, body: unknown) =>
      who.fetch(`${path}/quotas`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await put(person, { runs_per_minute: 9 })).status).toBe(403)
    expect((await person.fetch(`${path}/usage`)).status).toBe(403)
    expect((await (await server().person('member')).fetch('/api/usage')).status).toBe(403)
    for (const body of [
      { runs_per_minute: -1 },
      { runs_per_minute: 1.5 },
      { runs_per_minute: '5' },
      { rows: 5 },
    ])
      expect((await put(server().admin, body)).status).toBe(422)
    expect((await server().fetch(`/api/organizations/${newId()}/usage`)).status).toBe(404)
  })
})
