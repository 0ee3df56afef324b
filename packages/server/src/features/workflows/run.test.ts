import { type ApiError, limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'hello.ts': `import { workflow } from 'bifrost'
export const hello = workflow(async (name: string) => 'Hello ' + name)
export const slow = workflow(async (ms: number) => { await new Promise((r) => setTimeout(r, ms)); return ms })
`,
    'retries.ts': `import { context, files, logger, UserError, workflow } from 'bifrost'
const policy = { maxRetries: 2, delaySeconds: 0 }
export const third = workflow({ retryPolicy: policy }, async () => {
  logger.info('attempt ' + context.attempt)
  if (context.attempt < 3) throw new Error('not yet ' + context.attempt)
  return context.attempt
})
export const never = workflow({ retryPolicy: policy }, async () => { throw new Error('no ' + context.attempt) })
export const userError = workflow({ retryPolicy: policy }, async () => { throw new UserError('no ' + context.attempt) })
export const badResult = workflow({ retryPolicy: policy }, async () => new Date())
export const reported = workflow({ retryPolicy: policy }, async () => ({ success: false, error: 'no' }))
export const dies = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 0 } }, async () => {
  if (context.attempt === 1) process.kill(process.pid, 'SIGKILL')
  await new Promise((r) => setTimeout(r, 20))
  return context.attempt
})
export const late = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 600 } }, async () => { throw new Error('wait for it') })
export const timesOut = workflow({ retryPolicy: policy, timeoutSeconds: 0.2 }, async () => new Promise(() => {}))
export const once = workflow(async () => { throw new Error('no') })
`,
    'saves.ts': `import { context, sleep, step, workflow } from 'bifrost'
export const saves = workflow({ timeSaved: 5 }, async () => {
  await step('more', { retries: 1, backoffSeconds: 0 }, ({ attempt }) => { context.roi.timeSaved += 10; if (attempt === 1) throw new Error('again') })
  await sleep('1s')
  context.roi.value += 2
  return context.roi.timeSaved
})
export const savesWrong = workflow(async (value: unknown) => { context.roi.value = value as number })
`,
    'starts.ts': `import { workflow, workflows } from 'bifrost'
export const kid = workflow(async (name: string) => 'kid ' + name)
export const starts = workflow(async () => {
  const [a] = [await workflows.run(kid, { name: 'a' })]
  await workflows.startMany(kid, [{ name: 'b' }, { name: 'c' }])
  return a
})
`,
  },
})

const run = (id: string, body: Record<string, unknown>) =>
  server().api(routes.runWorkflow, { params: { id }, body: body as never })

const refusal = async (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => {
      throw new Error('It was not refused.')
    },
    (error: ApiError) => error,
  )

describe('async', () => {
  test('a run is accepted with 202, is there at once, and ends (15)', async () => {
    const response = await server().fetch('/api/workflows/slow/run', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: { ms: 500 } }),
    })
    expect(response.status).toBe(202)
    const { execution_id: id, status } = (await response.json()) as { execution_id: string; status: string }
    expect(['PENDING', 'RUNNING']).toContain(status)
    const first = await server().api(routes.getExecution, { params: { id } })
    expect(['PENDING', 'RUNNING']).toContain(first.status)
    expect(first).toMatchObject({ result: null, ended_at: null, trigger: 'api', input: { ms: 500 } })
    const last = await server().ended(id)
    expect(last).toMatchObject({ status: 'SUCCESS', result: 500, attempt: 1, error: null })
    expect(last.started_by?.id).toBe((await server().api(routes.getMe, {})).id)
    expect(last.duration_ms).toBeGreaterThanOrEqual(450)
  })

  test('three runs started together run side by side (22)', async () => {
    const ids = await Promise.all([1, 2, 3].map(() => server().run('slow', { ms: 1000 })))
    const runs = await Promise.all(ids.map((id) => server().ended(id)))
    const lastStart = Math.max(...runs.map((run) => Date.parse(run.started_at ?? '')))
    const firstEnd = Math.min(...runs.map((run) => Date.parse(run.ended_at ?? '')))
    expect(lastStart).toBeLessThan(firstEnd)
  })

  test('a wrong input answers 422 and nothing is queued', async () => {
    expect(await refusal(run('hello', { input: {} }))).toMatchObject({ status: 422 })
    expect(await server().db.query('select from queue')).toEqual([])
  })

  test('an empty body is an empty input', async () => {
    const response = await server().fetch('/api/workflows/once/run', { method: 'POST' })
    expect(response.status).toBe(202)
  })
})

describe('planned runs', () => {
  test('one in the future is SCHEDULED and not queued for a worker (34)', async () => {
    const at = '2026-12-24T18:00:00+01:00'
    const now = new Date()
    const future = now < new Date(at) ? at : new Date(now.getTime() + 86_400_000).toISOString()
    const { execution_id: id, status } = await run('hello', { input: { name: 'A' }, scheduled_at: future })
    expect(status).toBe('SCHEDULED')
    const found = await server().api(routes.getExecution, { params: { id } })
    expect(found).toMatchObject({ status: 'SCHEDULED', started_at: null })
    expect(new Date(found.scheduled_at ?? '').getTime()).toBe(new Date(future).getTime())
    expect(found.reason).toContain('Waits for its time')
    const [row] = await server().db.query('select ready, worker_id from queue where execution_id = $1', [id])
    expect(row).toEqual({ ready: false, worker_id: null })
  })

  test('a delay is a time from now, and its run starts when it has come (34, 37)', async () => {
    const before = Date.now()
    const { execution_id: id, status } = await run('hello', { input: { name: 'B' }, delay_seconds: 1 })
    const after = Date.now()
    expect(status).toBe('SCHEDULED')
    const { scheduled_at } = await server().api(routes.getExecution, { params: { id } })
    const planned = new Date(scheduled_at ?? '').getTime()
    expect(planned).toBeGreaterThanOrEqual(before + 1000)
    expect(planned).toBeLessThanOrEqual(after + 1000)
    const ended = await server().ended(id)
    expect(ended).toMatchObject({ status: 'SUCCESS', result: 'Hello B' })
    expect(new Date(ended.started_at ?? '').getTime() - planned).toBeGreaterThanOrEqual(-5)
  })

  test('a due run is not lost when the server is down at its time, and runs once (37)', async () => {
    const { execution_id: id } = await run('hello', { input: { name: 'C' }, delay_seconds: 0.5 })
    await server().stop()
    await new Promise((resolve) => setTimeout(resolve, 600))
    await server().start()
    expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS', attempt: 1 })
  })

  const hour = 3_600_000
  test.each([
    ['both', { scheduled_at: new Date(Date.now() + hour).toISOString(), delay_seconds: 5 }, 'delay_seconds'],
    ['no zone', { scheduled_at: '2099-01-31T09:00:00' }, 'scheduled_at'],
    ['the past', { scheduled_at: new Date(Date.now() - hour).toISOString() }, 'scheduled_at'],
    [
      'more than a year ahead',
      { scheduled_at: new Date(Date.now() + 366 * 24 * hour).toISOString() },
      'scheduled_at',
    ],
    ['no time at all', { scheduled_at: 'tomorrow' }, 'scheduled_at'],
    ['a day that does not exist', { scheduled_at: '2099-13-45T09:00:00Z' }, 'scheduled_at'],
    ['delay 0', { delay_seconds: 0 }, 'delay_seconds'],
    ['a negative delay', { delay_seconds: -1 }, 'delay_seconds'],
    ['a delay of more than a year', { delay_seconds: limits.delaySecondsMax + 1 }, 'delay_seconds'],
    ['a delay in text', { delay_seconds: '5' }, 'delay_seconds'],
  ])('%s is refused with 422 (35)', async (_what, plan, field) => {
    const error = await refusal(run('hello', { input: { name: 'A' }, ...plan }))
    expect(error).toMatchObject({ status: 422, details: [{ field, message: expect.any(String) }] })
  })

  test('the longest delay is accepted', async () => {
    const { execution_id: id } = await run('hello', {
      input: { name: 'A' },
      delay_seconds: limits.delaySecondsMax,
    })
    expect((await server().api(routes.cancelExecution, { params: { id } })).status).toBe('CANCELLED')
  })

  test.each(['scheduled_at', 'delay_seconds'])(
    'a sync run and inline code take no %s (35)',
    async (field) => {
      for (const [path, body] of [
        ['/api/workflows/hello/execute', { input: { name: 'A' }, [field]: 5 }],
        ['/api/workflows/code/execute', { code: 'return 1', [field]: 5 }],
      ] as const) {
        const response = await server().fetch(path, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        })
        expect(response.status).toBe(422)
      }
    },
  )
})

describe('idempotency', () => {
  test('two calls with one key start one run, also at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => run('hello', { input: { name: 'A' }, idempotency_key: 'order-1' })),
    )
    expect(new Set(answers.map((answer) => answer.execution_id)).size).toBe(1)
    const id = answers[0]?.execution_id ?? ''
    expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS', idempotency_key: 'order-1' })
    const again = await run('hello', { input: { name: 'A' }, idempotency_key: 'order-1' })
    expect(again).toEqual({ execution_id: id, status: 'SUCCESS', duplicate: true })
    const [row] = await server().db.query<{ n: number }>(
      `select count(*) as n from executions where idempotency_key = 'order-1'`,
    )
    expect(row?.n).toBe(1)
  })

  test('the same key of another workflow, or of another organization, is another run', async () => {
    const first = await run('hello', { input: { name: 'A' }, idempotency_key: 'order-2' })
    const other = await run('slow', { input: { ms: 1 }, idempotency_key: 'order-2' })
    const stranger = await server().person('member', await server().organization())
    const theirs = await stranger.api(routes.runWorkflow, {
      params: { id: 'hello' },
      body: { input: { name: 'A' }, idempotency_key: 'order-2' },
    })
    expect(new Set([first, other, theirs].map((answer) => answer.execution_id)).size).toBe(3)
  })
})

describe('retries', () => {
  const attemptsOf = (id: string) =>
    server().db.query<{ attempt: number; error_message: string; error_code: string }>(
      'select attempt, error_message, error_code from execution_attempts where execution_id = $1 order by attempt',
      [id],
    )

  test('a failed attempt is tried again, and each is kept with its error and its log', async () => {
    const answer = await server().execute('third')
    expect(answer).toMatchObject({ status: 'SUCCESS', result: 3, error: null })
    const id = answer.execution_id
    expect(await server().ended(id)).toMatchObject({ attempt: 3, max_attempts: 3, error: null })
    expect(await attemptsOf(id)).toEqual([
      { attempt: 1, error_message: 'not yet 1', error_code: 'error' },
      { attempt: 2, error_message: 'not yet 2', error_code: 'error' },
    ])
    const lines = (await server().logs(id)).map((line) => line.message)
    expect(lines).toEqual(['attempt 1', 'attempt 2', 'attempt 3'])
  })

  test('after the last one the run fails with its error', async () => {
    expect(await server().execute('never')).toMatchObject({ status: 'FAILED', error: { message: 'no 3' } })
  })

  test.each([
    ['userError', 'FAILED'],
    ['badResult', 'FAILED'],
    ['reported', 'COMPLETED_WITH_ERRORS'],
    ['timesOut', 'TIMEOUT'],
    ['once', 'FAILED'],
  ])('%s is not tried again', async (name, status) => {
    const answer = await server().execute(name)
    expect(answer.status).toBe(status)
    expect(await attemptsOf(answer.execution_id)).toEqual([])
    expect((await server().ended(answer.execution_id)).attempt).toBe(1)
  })

  test('a run whose process died is run again, where its policy allows (25)', async () => {
    const answer = await server().execute('dies')
    expect(answer).toMatchObject({ status: 'SUCCESS', result: 2 })
    expect(await attemptsOf(answer.execution_id)).toMatchObject([{ attempt: 1, error_code: 'child_exited' }])
  })

  test('while it waits, the run says for which attempt and why; a cancel stops it for good', async () => {
    const id = await server().run('late')
    const waiting = await until('it waits for its second attempt', async () => {
      const found = await server().api(routes.getExecution, { params: { id } })
      return found.status === 'PENDING' && found.error ? found : null
    })
    expect(waiting.reason).toMatch(/^Waits for attempt 2 of 2 at .* after: wait for it$/)
    expect((await server().api(routes.cancelExecution, { params: { id } })).status).toBe('CANCELLED')
    expect(await server().db.query('select from queue where execution_id = $1', [id])).toEqual([])
  })
})

test('runs wait out a restart: what was accepted is run, what ran and may not run twice is failed with the reason', async () => {
  const running = await server().run('slow', { ms: 60_000 })
  await server().reaches(running, (status) => status === 'RUNNING')
  const planned = (await run('hello', { input: { name: 'later' }, delay_seconds: 1 })).execution_id
  await server().restart()
  const lost = await server().ended(running)
  expect(lost).toMatchObject({
    status: 'FAILED',
    error: { code: 'worker_lost', message: 'The server was stopped.' },
  })
  expect(await server().ended(planned)).toMatchObject({ status: 'SUCCESS' })
}, 40_000)

test('a test run leaves nothing in history, nor do the runs that it starts', async () => {
  const history = async () =>
    (await server().api(routes.listExecutions, { query: { workflow: 'kid' } as never })).items.length
  const before = await history()
  const answer = await server().api(routes.testWorkflow, { params: { id: 'starts' }, body: { input: {} } })
  expect(answer).toMatchObject({ status: 'SUCCESS', result: 'kid a' })
  await until('the others have ended', async () => {
    const [row] = await server().db.query<{ n: number }>(
      `select count(*)::int as n from executions where workflow_name = 'kid' and ended_at is null`,
    )
    return row?.n === 0
  })
  expect(await history()).toBe(before)
  const visible = await server().db.query(
    `select from executions where workflow_name = 'kid' and trigger <> 'test'`,
  )
  expect(visible).toEqual([])
})

test('what a step saves is kept over a wait, and counted once', async () => {
  const answer = await server().execute('saves')
  expect(answer).toMatchObject({ status: 'SUCCESS', result: 15 })
  const [row] = await server().db.query('select time_saved, value from executions where id = $1', [
    answer.execution_id,
  ])
  expect(row).toEqual({ time_saved: 15, value: 2 })
})

test.each(['x', -1, null])('a saving of %j is refused', async (value) => {
  const answer = await server().execute('savesWrong', { value })
  expect(answer).toMatchObject({ status: 'FAILED', error: { type: 'TypeError' } })
  expect(answer.error?.message).toMatch('context.roi.value must be a number that is not negative')
})
