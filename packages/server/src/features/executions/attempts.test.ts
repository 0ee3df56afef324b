import { type ExecutionStatus, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'tries.ts': `import { context, sleep, workflow } from 'bifrost'
export const third = workflow({ retryPolicy: { maxRetries: 3, delaySeconds: 0.05 } }, async () => {
  if (context.attempt < 3) throw new Error('no ' + context.attempt)
  return context.attempt
})
export const later = workflow({ retryPolicy: { maxRetries: 2, delaySeconds: 600 } }, async () => { throw new Error('not yet') })
export const once = workflow(async () => 'done')
export const endless = workflow(async () => new Promise(() => {}))
export const sleeper = workflow(async () => { await sleep('1 hour') })
`,
  },
})

const attemptsOf = async (id: string) =>
  (await server().api(routes.listExecutionAttempts, { params: { id } })).items
const cancel = (id: string) => server().api(routes.cancelExecution, { params: { id } })

describe('the attempts of a run', () => {
  test('each has its own error and its own time, and the last the outcome', async () => {
    const id = await server().run('third')
    await server().ended(id)
    const attempts = await attemptsOf(id)
    expect(attempts.map(({ attempt, status, error }) => [attempt, status, error?.message ?? null])).toEqual([
      [1, 'FAILED', 'no 1'],
      [2, 'FAILED', 'no 2'],
      [3, 'SUCCESS', null],
    ])
    const times = attempts.flatMap(({ started_at, ended_at }) =>
      [started_at, ended_at].map((at) => Date.parse(at ?? '')),
    )
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(attempts.every((one) => one.due_at === null)).toBe(true)
  })

  test('the next one is there with its time', async () => {
    const id = await server().run('later')
    const attempts = await until('it waits', async () => {
      const items = await attemptsOf(id)
      return items[1]?.status === 'PENDING' ? items : null
    })
    expect(attempts[1]).toMatchObject({ attempt: 2, status: 'PENDING', started_at: null, error: null })
    expect(Date.parse(attempts[1]?.due_at ?? '') - Date.now()).toBeGreaterThan(500_000)
    await cancel(id)
    expect((await attemptsOf(id)).map((one) => one.attempt)).toEqual([1])
  })

  test('a run that did not fail has one, a planned one none', async () => {
    const { execution_id } = await server().execute('once')
    expect(await attemptsOf(execution_id)).toMatchObject([{ attempt: 1, status: 'SUCCESS', error: null }])
    const planned = await server().api(routes.runWorkflow, {
      params: { id: 'once' },
      body: { delay_seconds: 3600 },
    })
    expect(await attemptsOf(planned.execution_id)).toEqual([])
    await cancel(planned.execution_id)
  })

  test('their errors are not for members, and of the runs of others there are none', async () => {
    const member = await server().person('member')
    const { execution_id } = await member.api(routes.runWorkflow, { params: { id: 'third' }, body: {} })
    await server().ended(execution_id)
    const params = { id: execution_id }
    const [first] = (await member.api(routes.listExecutionAttempts, { params })).items
    expect(first?.error?.message).not.toContain('no 1')
    const stranger = await server().person('org_admin', await server().organization())
    await expect(stranger.api(routes.listExecutionAttempts, { params })).rejects.toMatchObject({
      status: 404,
    })
  })
})

describe('cancel in every state', () => {
  const states: [string, string, { delay_seconds?: number }, (status: ExecutionStatus) => boolean][] = [
    ['SCHEDULED', 'once', { delay_seconds: 3600 }, (status) => status === 'SCHEDULED'],
    ['RUNNING', 'endless', {}, (status) => status === 'RUNNING'],
    ['SUSPENDED', 'sleeper', {}, (status) => status === 'SUSPENDED'],
    ['PENDING between retries', 'later', {}, (status) => status === 'PENDING'],
  ]
  test.each(states)('%s', async (_, workflow, body, there) => {
    const { execution_id: id } = await server().api(routes.runWorkflow, { params: { id: workflow }, body })
    if (workflow === 'later')
      await until('its first attempt failed', async () => (await attemptsOf(id)).length === 2)
    await server().reaches(id, there)
    await cancel(id)
    const ended = await server().ended(id)
    expect([ended.status, ended.result, ended.waiting_for]).toEqual(['CANCELLED', null, null])
    const left = await server().db.query(
      'select execution_id from queue where execution_id = $1 union all select execution_id from waits where execution_id = $1',
      [id],
    )
    expect(left).toEqual([])
  })

  test('PENDING, with no worker free', async () => {
    const { execution_id: id } = await server().api(routes.runWorkflow, {
      params: { id: 'once' },
      body: { delay_seconds: 3600 },
    })
    await server().db.query(`update executions set status = 'PENDING' where id = $1`, [id])
    expect((await cancel(id)).status).toBe('CANCELLED')
    expect(await server().db.query('select from queue where execution_id = $1', [id])).toEqual([])
  })
})
