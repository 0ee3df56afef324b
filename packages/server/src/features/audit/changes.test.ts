import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { ADMIN, useServer } from '../../testing/server.ts'

// Changes of features that have no tests of their own for the audit log.

const server = useServer({
  files: {
    'work.ts': `import { step, waitForEvent, workflow } from 'bifrost'
export const waits = workflow(async () => waitForEvent('never.comes'))
export const asks = workflow(async () => step('ask', ({ suspend, isResuming, resumeData }) => isResuming ? resumeData : suspend({ reason: 'for an answer' })))
export const listens = workflow({ startOn: { event: 'work.done', map: () => { throw new Error('broken') } } }, async () => null)
`,
  },
})

const rowsOf = async (target_id: string) =>
  (await server().api(routes.listAudit, { query: { target_id } })).items.map(
    ({ action, before, after, target }) => ({
      action,
      name: target.name,
      before,
      after,
    }),
  )

const suspended = async (workflow: string) => {
  const id = await server().run(workflow)
  await server().reaches(id, (status) => status === 'SUSPENDED')
  return id
}

describe('in the audit log', () => {
  test('schedules: made, changed and deleted', async () => {
    const { api } = server()
    const { id } = await api(routes.createSchedule, { body: { workflow: 'waits', cron: '0 3 * * *' } })
    await api(routes.updateSchedule, { params: { id }, body: { paused: true } })
    await api(routes.deleteSchedule, { params: { id } })
    expect(await rowsOf(id)).toMatchObject([
      { action: 'schedule.delete', name: 'waits', before: { paused: true } },
      { action: 'schedule.update', before: { paused: false }, after: { paused: true } },
      { action: 'schedule.create', after: { cron: '0 3 * * *', timezone: 'UTC' } },
    ])
  })

  test('runs that a person cancels, answers, or acts on in bulk', async () => {
    const { api } = server()
    const cancelled = await suspended('waits')
    await api(routes.cancelExecution, { params: { id: cancelled } })
    expect(await rowsOf(cancelled)).toMatchObject([{ action: 'execution.cancel', name: 'waits' }])
    const answered = await suspended('asks')
    await api(routes.resumeExecution, {
      params: { id: answered },
      body: { data: { token: 'not-for-the-log' } },
    })
    const rows = await rowsOf(answered)
    expect(rows).toMatchObject([{ action: 'execution.resume', after: { step: 'ask#1' } }])
    expect(JSON.stringify(rows)).not.toContain('not-for-the-log')
    await suspended('waits')
    const { id } = await api(routes.bulkExecutions, {
      body: { action: 'cancel', filter: { workflow: 'waits' } },
    })
    expect(await rowsOf(id ?? '')).toMatchObject([
      { action: 'execution.bulk_cancel', after: { matched: 1, filter: { workflow: 'waits' } } },
    ])
  })

  test('code that is run directly, and events that are replayed', async () => {
    const { api } = server()
    const { execution_id } = await api(routes.executeCode, { body: { code: 'return 1' } })
    expect(await rowsOf(execution_id)).toMatchObject([{ action: 'code.execute' }])
    const { event_id } = await api(routes.emitEvent, { body: { name: 'work.done' } })
    await api(routes.replayEvent, { params: { id: event_id } })
    expect(await rowsOf(event_id)).toMatchObject([{ action: 'event.replay', name: 'work.done' }])
  })

  test('a person who acts for another organization is in the log of that one', async () => {
    const org = await server().organization('Looked into')
    const login = await server().anonymous(routes.login.path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    })
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? ''
    const look = (path: string) => server().anonymous(path, { headers: { cookie, 'bifrost-scope': org } })
    // However much the person does there: once an hour.
    for (const path of ['/api/auth/me', '/api/executions']) expect((await look(path)).status).toBe(200)
    const theirs = await server().person('org_admin', org)
    const { items } = await theirs.api(routes.listAudit, { query: {} })
    expect(items).toMatchObject([{ action: 'session.act_for', actor: { email: ADMIN.email } }])
    await server().anonymous(routes.logout.path, {
      method: 'POST',
      headers: { cookie, origin: server().url },
    })
    const { items: out } = await server().api(routes.listAudit, { query: { action: 'user.sign_out' } })
    expect(out).toMatchObject([{ actor: { email: ADMIN.email } }])
  })

  test('a sign-in that failed, of a known and of an unknown person (76)', async () => {
    const signIn = (email: string) =>
      server().anonymous(routes.login.path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: 'wrong-password-of-mine' }),
      })
    await signIn(ADMIN.email)
    await signIn('unknown@example.com')
    const { items } = await server().api(routes.listAudit, {
      query: { action: 'user.sign_in', outcome: 'failure' },
    })
    expect(items.map(({ actor }) => actor.email)).toEqual(['unknown@example.com', ADMIN.email])
    expect(JSON.stringify(items)).not.toContain('wrong-password')
  })
})
