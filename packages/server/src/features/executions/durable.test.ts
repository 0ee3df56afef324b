import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'
import { createCodeVersions } from '../../workspace/code-versions.ts'

const server = useServer({
  files: {
    'steps.ts': `import { type ExecutionContext, FatalError, logger, RetryAfterError, sleep, sleepUntil, step, StepError, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const sum = workflow(async (count: number) => {
  let total = 0
  for (let i = 0; i < count; i++) total += await step('add', () => i)
  return total
})
export const pauses = workflow(async () => {
  logger.info('began')
  const before = await step('before', () => ({ n: 1 }))
  await sleep('300ms')
  await sleepUntil(new Date(Date.now() - 1000))
  return { before, after: await step('after', () => 2) }
})
export const races = workflow(async () =>
  Promise.all([1, 2, 3, 4].map(async (i) => {
    const a = await step('first', async () => { await pause(20 * (5 - i)); return i })
    await sleep('50ms')
    return step('second', () => \`\${i}:\${a}\`)
  })))
export const flaky = workflow(async (failures: number) =>
  step('flaky', { retries: 3, backoffSeconds: 0.02, jitter: false }, ({ attempt, idempotencyKey }) => {
    if (attempt <= failures) throw new Error('no ' + attempt)
    return { attempt, idempotencyKey }
  }))
export const later = workflow(async () =>
  step('later', { retries: 1 }, ({ attempt }) => { if (attempt === 1) throw new RetryAfterError(2.2); return attempt }))
export const fatal = workflow(async () => step('fatal', { retries: 5 }, () => { throw new FatalError('stop here') }))
export const picky = workflow(async () => step('picky', { retries: 5, retryIf: (e) => e.message !== 'final' }, () => { throw new Error('final') }))
export const rescued = workflow(async () => step('rescued', { onFailure: (e) => 'instead of ' + e.message }, () => { throw new Error('it') }))
export const caught = workflow(async () => {
  try { await step('caught', () => { throw new RangeError('far') }) } catch (error) { return [(error as StepError).name, (error as StepError).type, (error as Error).message] }
})
export const slowStep = workflow(async () => step('slow', { timeoutSeconds: 0.1 }, ({ signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))))))
export const notJson = workflow(async () => step('made', { retries: 5 }, () => ({ user: { createdAt: new Date() } })))
export const nested = workflow(async () => step('outer', () => step('inner', () => 1)))
export const undone = workflow(async () => {
  await step('book', { undo: (n: number) => logger.info('unbook ' + n) }, () => 7)
  await step('pay', { undo: (n: number) => logger.info('refund ' + n) }, () => 8)
  await step('ship', () => { throw new FatalError('no truck') })
})
export const long = workflow(async (count: number) => {
  const seen: number[] = []
  for (let i = 0; i < count; i++) seen.push(await step('tick', async () => { await pause(25); return i }))
  return seen
})
export const beside = workflow(async () => {
  const timer = sleep('200ms').then(() => step('first', () => 'timer'))
  const work = step('work', () => pause(3000)).then(() => 'work')
  return [await Promise.race([timer, work]), await work]
})
export const again = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 0 } }, async (ctx: ExecutionContext) => {
  const kept = await step('kept', { undo: () => logger.info('undone in attempt ' + ctx.attempt) }, () => 'of attempt ' + ctx.attempt)
  await step('fails', () => { throw new Error('attempt ' + ctx.attempt) })
  return kept
})
export const unstorable = workflow(async () => step('refused', () => 1))
export const nameless = workflow(async () => step('a\\0b', () => 1))
export const big = workflow(async (count = 3) => { for (let n = 0; n < count; n++) await step('big ' + n, () => 'x'.repeat(6_000_000)) })
export const sleeper = workflow(async () => { await sleep('1 hour') })
`,
  },
})

const execute = (id: string, input: Record<string, number> = {}) =>
  server().api(routes.executeWorkflow, { params: { id }, body: { input } })
const stepsOf = async (id: string) =>
  (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items

describe('steps', () => {
  test('are listed page by page, from either end, bounded in number and in bytes', async () => {
    const { execution_id: id } = await execute('sum', { count: 7 })
    const keys = (await stepsOf(id)).map(({ key }) => key)
    expect(keys).toHaveLength(7)
    const pages = async (query: { order?: 'newest'; limit?: number }) => {
      const read: string[][] = []
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await server().api(routes.listExecutionSteps, {
          params: { id },
          query: { ...query, ...(cursor && { cursor }) },
        })
        read.push(page.items.map(({ key }) => key))
        cursor = page.next_cursor
      }
      return read
    }
    expect(await pages({ limit: 3 })).toEqual([keys.slice(0, 3), keys.slice(3, 6), keys.slice(6)])
    const newest = keys.toReversed()
    expect(await pages({ order: 'newest', limit: 4 })).toEqual([newest.slice(0, 4), newest.slice(4)])
    const pathOf = (query: string) => `/api/executions/${id}/steps?${query}`
    expect((await server().fetch(pathOf('limit=1001'))).status).toBe(422)
    expect((await server().fetch(pathOf('cursor=none'))).status).toBe(422)

    const { execution_id: big } = await execute('big')
    const page = await server().api(routes.listExecutionSteps, { params: { id: big }, query: {} })
    expect(page.items.map(({ name }) => name)).toEqual(['big 0', 'big 1'])
    const next = { cursor: page.next_cursor ?? '' }
    const rest = await server().api(routes.listExecutionSteps, { params: { id: big }, query: next })
    expect([rest.items.map(({ name }) => name), rest.next_cursor]).toEqual([['big 2'], null])
  })

  test('outputs are stored by name and occurrence', async () => {
    const { execution_id, result } = await execute('sum', { count: 4 })
    expect(result).toBe(6)
    const steps = await stepsOf(execution_id)
    expect(steps.map(({ key, status, output }) => [key, status, output])).toEqual([
      ['add#1', 'completed', 0],
      ['add#2', 'completed', 1],
      ['add#3', 'completed', 2],
      ['add#4', 'completed', 3],
    ])
  })

  test('a run that sleeps leaves its worker, and continues by replay without doing anything twice', async () => {
    const { execution_id, status, result } = await execute('pauses')
    expect([status, result]).toEqual(['SUCCESS', { before: { n: 1 }, after: 2 }])
    const steps = await stepsOf(execution_id)
    expect(steps.map((one) => one.key).sort()).toEqual(['after#1', 'before#1', 'sleep#1', 'sleep#2'])
    expect(steps.every((one) => one.attempt === 1)).toBe(true)
    const [row] = await server().db.query<{ claims: number }>('select claims from executions where id = $1', [
      execution_id,
    ])
    expect(row?.claims).toBeGreaterThan(1)
    // Said outside of a step, and not again when the run came back.
    expect((await server().logs(execution_id)).map((line) => line.message)).toEqual(['began'])
  })

  test('steps that race keep their outputs apart when the run comes back', async () => {
    const { result } = await execute('races')
    expect(result).toEqual(['1:1', '2:2', '3:3', '4:4'])
  })

  test('a step is tried again, with the same idempotency key, and its attempts are kept', async () => {
    const { execution_id, result } = await execute('flaky', { failures: 2 })
    expect(result).toEqual({ attempt: 3, idempotencyKey: `${execution_id}/flaky#1` })
    const [only] = await stepsOf(execution_id)
    expect(only?.attempts.map((one) => one.error?.message ?? 'ok')).toEqual(['no 1', 'no 2', 'ok'])
  })

  test('during a long pause between attempts, the run leaves the worker', async () => {
    const { execution_id, result } = await execute('later')
    expect(result).toBe(2)
    expect((await stepsOf(execution_id))[0]).toMatchObject({ status: 'completed', attempt: 2 })
  })

  test.each([
    ['fatal', 1, 'stop here'],
    ['picky', 1, 'final'],
    ['notJson', 1, 'made.user.createdAt is a Date'],
    ['slowStep', 1, 'took longer than 0.1 s'],
  ])('%s fails after %i attempt', async (id, attempts, message) => {
    const { execution_id, status, error } = await execute(id)
    expect(status).toBe('FAILED')
    expect(error?.message).toContain(message)
    expect((await stepsOf(execution_id))[0]).toMatchObject({ status: 'failed', attempt: attempts })
  })

  test('onFailure gives the output instead, and a caught failure is the same error at every replay', async () => {
    expect((await execute('rescued')).result).toBe('instead of it')
    expect((await execute('caught')).result).toEqual(['StepError', 'RangeError', 'far'])
  })

  test('a timer that comes while a step runs is not kept waiting by it', async () => {
    const { execution_id, result } = await execute('beside')
    expect(result).toEqual(['timer', 'work'])
    const at = new Map((await stepsOf(execution_id)).map((one) => [one.key, Date.parse(one.ended_at ?? '')]))
    expect(at.get('first#1')).toBeLessThan(at.get('work#1') ?? 0)
  })

  test('a step inside a step is refused with what to do', async () => {
    expect((await execute('nested')).error?.message).toContain('inside the step "outer"')
  })

  test('a run that fails undoes what it did, the latest first, and once', async () => {
    const { execution_id, status, error } = await execute('undone')
    expect([status, error?.message]).toEqual(['FAILED', 'no truck'])
    const { items } = await server().api(routes.getExecutionLogs, { params: { id: execution_id }, query: {} })
    expect(items.map((line) => line.message)).toEqual(['refund 8', 'unbook 7'])
    expect((await stepsOf(execution_id)).filter((one) => one.kind === 'undo')).toHaveLength(2)
  })
})

describe('the run around its steps', () => {
  test('a further attempt keeps what was done, tries what failed, and only the last one undoes its steps', async () => {
    const { execution_id, status, error } = await execute('again')
    expect([status, error?.message]).toEqual(['FAILED', 'attempt 2'])
    expect((await stepsOf(execution_id)).find((one) => one.key === 'kept#1')?.output).toBe('of attempt 1')
    expect((await server().logs(execution_id)).map((line) => line.message)).toEqual(['undone in attempt 2'])
  })

  test('a run that sleeps holds no worker, says so, and can be cancelled', async () => {
    const id = await server().run('sleeper')
    const run = await server().reaches(id, (status) => status === 'SUSPENDED')
    expect(run.reason).toMatch(/^Sleeps until \d{4}-/)
    const { items } = await server().api(routes.listExecutions, { query: { status: ['SUSPENDED'] } })
    expect(items.map((one) => one.id)).toContain(id)
    await server().api(routes.cancelExecution, { params: { id } })
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect(await server().db.query('select from waits where execution_id = $1', [id])).toEqual([])
  })
})

test('a test run leaves none of its steps', async () => {
  const { execution_id } = await server().api(routes.testWorkflow, {
    params: { id: 'sum' },
    body: { input: { count: 2 } },
  })
  expect(
    await server().db.query('select from execution_steps where execution_id = $1', [execution_id]),
  ).toEqual([])
})

test('the code of a run that sleeps is kept, however old it is', async () => {
  const id = await server().run('sleeper')
  await server().reaches(id, (status) => status === 'SUSPENDED')
  const { db } = server()
  await db.query(`update code_versions set created_at = now() - interval '2 days'`)
  await db.query('update workflows set code_version = null')
  await createCodeVersions(db).prune()
  const kept = await db.query(
    'select from code_versions where version = (select code_version from executions where id = $1)',
    [id],
  )
  expect(kept).toHaveLength(1)
  await server().api(routes.cancelExecution, { params: { id } })
})

describe('bad luck', () => {
  test('25: a killed child: the run continues where it was, and no finished step runs again', async () => {
    const { execution_id } = await server().api(routes.runWorkflow, {
      params: { id: 'long' },
      body: { input: { count: 20 } },
    })
    await until('five steps are stored', async () => (await stepsOf(execution_id)).length >= 5)
    const finished = (await stepsOf(execution_id)).filter((one) => one.status === 'completed')
    for (const pid of server().childPids()) process.kill(pid, 'SIGKILL')
    const run = await server().ended(execution_id)
    expect([run.status, run.result]).toEqual(['SUCCESS', Array.from({ length: 20 }, (_, i) => i)])
    const after = new Map((await stepsOf(execution_id)).map((one) => [one.key, one]))
    for (const one of finished) expect(after.get(one.key)).toEqual(one)
  })

  test('a run whose steps cannot be stored ends, and says so', async () => {
    await server().db.query(
      `alter table execution_steps add constraint refuses_one check (name <> 'refused')`,
    )
    const { status, error } = await execute('unstorable')
    expect([status, error?.message]).toEqual([
      'FAILED',
      'The progress of the run could not be stored, so the run was ended.',
    ])
    expect(
      server()
        .takeErrors()
        .every((logged) => logged.includes('writing a step failed')),
    ).toBe(true)
  })

  test('a step name that nothing can store is refused before anything runs', async () => {
    expect((await execute('nameless')).error?.message).toContain('A step needs a name of 1 to 200 characters')
  })

  test('a restart of the server in the middle: the run continues', async () => {
    const { execution_id } = await server().api(routes.runWorkflow, {
      params: { id: 'pauses' },
      body: {},
    })
    await until('it sleeps', async () => (await stepsOf(execution_id)).some((one) => one.kind === 'sleep'))
    await server().restart()
    const run = await server().ended(execution_id)
    expect(run.status).toBe('SUCCESS')
  })
})

test("another person's steps, and another organization's, are not there, and its waiting run is not theirs to cancel", async () => {
  const id = await server().run('pauses')
  await until('it has a step', async () => {
    const response = await server().fetch(`/api/executions/${id}/steps`)
    return ((await response.json()) as { items: unknown[] }).items.length > 0
  })
  const people = [
    await server().person('member'),
    await server().person('org_admin', await server().organization()),
  ]
  for (const person of people) {
    expect((await person.fetch(`/api/executions/${id}/steps`)).status).toBe(404)
    expect((await person.fetch(`/api/executions/${id}/cancel`, { method: 'POST' })).status).toBe(404)
  }
  expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS' })
})
