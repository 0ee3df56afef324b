import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'asks.ts': `import { sleep, step, workflow } from 'bifrost'
export const asks = workflow(async () => {
  const answer = await step('approve', ({ suspend, isResuming, resumeData }) => isResuming ? { got: resumeData ?? 'nothing' , type: typeof resumeData } : suspend({ reason: 'for the approval' }))
  return { answer, after: await step('after', () => 1) }
})
export const asksLate = workflow(async () => {
  await sleep('400ms')
  return step('approve', ({ suspend, isResuming, resumeData }) => isResuming ? resumeData : suspend())
})
export const asksTwice = workflow(async () => step('talk', ({ suspend, isResuming, resumeData }) => isResuming && resumeData === 'enough' ? 'done' : suspend()))
export const asksInTime = workflow(async () => step('approve', ({ suspend, isResuming, resumeData }) => isResuming ? { in: false, data: resumeData } : suspend({ timeout: 0.2 })))
export const asksBoth = workflow(async () => Promise.all(['left', 'right'].map((name) => step(name, ({ suspend, isResuming, resumeData }) => isResuming ? resumeData : suspend()))))
export const failsAfter = workflow(async () => step('approve', { retries: 1, backoffSeconds: 0.01 }, ({ suspend, isResuming, resumeData, attempt }) => {
  if (!isResuming) return suspend()
  if (attempt === 1) throw new Error('once')
  return { resumeData, attempt }
}))
`,
    'children.ts': `import { ChildRunError, sleep, step, workflow, workflows } from 'bifrost'
import { double as twice } from './child.ts'
export const calls = workflow(async (n: number) => {
  const a = await workflows.run(twice, { n })
  await step('between', () => 1)
  const b = await workflows.run('double', { n: a })
  return { a, b }
})
export const callsMany = workflow(async () => Promise.all([1, 2, 3, 4, 5].map((n) => workflows.run(twice, { n }))))
export const callsFailing = workflow(async () => {
  try { await workflows.run('fails', {}) } catch (error) { const e = error as ChildRunError; return [e.name, e.type, e.workflow, e.message.includes('no luck')] }
})
export const callsUnknown = workflow(async () => workflows.run('unknown', {}))
export const callsBadly = workflow(async () => workflows.run(twice, { n: 'seven' }))
export const callsLong = workflow(async () => workflows.run('sleeps', {}))
export const callsInTime = workflow(async () => { try { await workflows.run('sleeps', {}, { timeout: 0.2 }) } catch (error) { return (error as ChildRunError).type } })
export const callsAgain = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 0 } }, async () => workflows.run('fails', {}))
`,
    'child.ts': `import { sleep, workflow } from 'bifrost'
export const double = workflow(async (n: number) => n * 2)
export const fails = workflow(async () => { throw new RangeError('no luck') })
export const sleeps = workflow(async () => { await sleep('1 hour') })
`,
  },
})

const suspended = (id: string) =>
  until('it is suspended', async () => {
    const run = await server().api(routes.getExecution, { params: { id } })
    return run.status === 'SUSPENDED' ? run : undefined
  })
const resume = (id: string, body: { data: never; step?: string }) =>
  server().api(routes.resumeExecution, { params: { id }, body })
const answer = (value: unknown) => value as never
const childrenOf = (id: string) =>
  server().db.query<{ status: string; parent_key: string }>(
    'select status, parent_key from executions where parent_id = $1 order by id',
    [id],
  )

describe('a step that suspends itself', () => {
  test.each([null, false, 0, '', {}, { deep: [1] }])(
    'resumes with %j, which is an answer like any other',
    async (data) => {
      const id = await server().run('asks')
      const waiting = await suspended(id)
      expect(waiting.waiting_for).toMatchObject({ kind: 'resume', reason: 'Waits for the approval.' })
      expect(await resume(id, { data: answer(data) })).toEqual({ execution_id: id, step: 'approve#1' })
      const { status, result } = await server().ended(id)
      expect(status).toBe('SUCCESS')
      expect(result).toEqual({ answer: { got: data ?? 'nothing', type: typeof data }, after: 1 })
    },
  )

  test('a suspended run holds no worker and no queue row', async () => {
    const id = await server().run('asks')
    await suspended(id)
    expect(await server().db.query('select from queue where execution_id = $1', [id])).toEqual([])
    await resume(id, { data: answer(1) })
  })

  test('of two answers the first counts, and the second learns who was first and when', async () => {
    const id = await server().run('asks')
    await suspended(id)
    const both = await Promise.allSettled([
      resume(id, { data: answer('a') }),
      resume(id, { data: answer('b') }),
    ])
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected'])
    const refused = both.find((one) => one.status === 'rejected')?.reason
    expect(refused).toMatchObject({
      code: 'conflict',
      details: { answered_by: expect.any(String), answered_at: expect.any(String) },
    })
    await server().ended(id)
    await expect(resume(id, { data: answer('c') })).rejects.toMatchObject({ code: 'conflict' })
  })

  test.each([undefined, 'approve', 'approve#1'])(
    'an answer that comes before the run asks is kept for it (step %s)',
    async (step) => {
      const id = await server().run('asksLate')
      const early = await resume(id, { data: answer('early'), ...(step ? { step } : {}) })
      expect(early).toEqual({ execution_id: id, step: null })
      await expect(resume(id, { data: answer('second'), ...(step ? { step } : {}) })).rejects.toMatchObject({
        code: 'conflict',
      })
      expect((await server().ended(id)).result).toBe('early')
    },
  )

  test('it may suspend again, and each answer is for one time', async () => {
    const id = await server().run('asksTwice')
    await suspended(id)
    await resume(id, { data: answer('more') })
    await until('it waits again', async () => {
      const rows = await server().db.query('select from waits where execution_id = $1', [id])
      return rows.length > 0 || undefined
    })
    await suspended(id)
    await resume(id, { data: answer('enough') })
    expect((await server().ended(id)).result).toBe('done')
  })

  test('after its time limit it continues without an answer', async () => {
    const id = await server().run('asksInTime')
    const { status, result } = await server().ended(id)
    expect([status, result]).toEqual(['SUCCESS', { in: false }])
  })

  test('when several wait, the answer says which', async () => {
    const id = await server().run('asksBoth')
    await suspended(id)
    await expect(resume(id, { data: answer(1) })).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('left#1, right#1'),
    })
    await resume(id, { data: answer(1), step: 'left' })
    await until('the other still waits', async () => {
      const rows = await server().db.query('select from waits where execution_id = $1', [id])
      return rows.length === 1 || undefined
    })
    await resume(id, { data: answer(2), step: 'right#1' })
    expect((await server().ended(id)).result).toEqual([1, 2])
  })

  test('a retry after the answer has the answer', async () => {
    const id = await server().run('failsAfter')
    await suspended(id)
    await resume(id, { data: answer('yes') })
    expect((await server().ended(id)).result).toEqual({ resumeData: 'yes', attempt: 2 })
  })

  test('a run that has ended, and one that is not there, take no answer', async () => {
    const id = await server().run('double', { n: 1 })
    await server().ended(id)
    await expect(resume(id, { data: answer(1) })).rejects.toMatchObject({ code: 'conflict' })
    await expect(resume('019a0000-0000-7000-8000-000000000000', { data: answer(1) })).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

describe('runs that run others', () => {
  test('the result of the other is the value of the call, by import and by name', async () => {
    const id = await server().run('calls', { n: 3 })
    expect((await server().ended(id)).result).toEqual({ a: 6, b: 12 })
    expect(await childrenOf(id)).toEqual([
      { status: 'SUCCESS', parent_key: 'double#1' },
      { status: 'SUCCESS', parent_key: 'double#2' },
    ])
  })

  test('many at once', async () => {
    const id = await server().run('callsMany')
    expect((await server().ended(id)).result).toEqual([2, 4, 6, 8, 10])
  })

  test('one that fails is an error that names it', async () => {
    const id = await server().run('callsFailing')
    expect((await server().ended(id)).result).toEqual(['ChildRunError', 'RangeError', 'fails', true])
  })

  test('a retry of the whole run starts it again', async () => {
    const id = await server().run('callsAgain')
    expect((await server().ended(id)).status).toBe('FAILED')
    expect((await childrenOf(id)).map((child) => child.parent_key)).toEqual([
      'fails#1 of attempt 1',
      'fails#1',
    ])
  })

  test('an unknown name, and a wrong input, fail the call and say why', async () => {
    const unknown = await server().ended(await server().run('callsUnknown'))
    expect(unknown).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('unknown') },
    })
    const wrong = await server().ended(await server().run('callsBadly'))
    expect(wrong).toMatchObject({ status: 'FAILED', error: { message: expect.stringContaining('n') } })
  })

  test('a cancel reaches the child run', async () => {
    const id = await server().run('callsLong')
    const waiting = await suspended(id)
    expect(waiting.waiting_for).toMatchObject({ kind: 'child' })
    await server().api(routes.cancelExecution, { params: { id } })
    await until('its child is cancelled', async () => {
      const [child] = await childrenOf(id)
      return child?.status === 'CANCELLED' || undefined
    })
  })

  test('after the time limit the caller continues, and so does the other', async () => {
    const id = await server().run('callsInTime')
    expect((await server().ended(id)).result).toBe('TimeoutError')
    expect((await childrenOf(id))[0]?.status).toBe('SUSPENDED')
  })
})

test('answers for steps that never come are kept up to a limit', async () => {
  const id = await server().run('sleeps')
  await suspended(id)
  for (let n = 0; n < 100; n++) await resume(id, { data: answer(n), step: `step ${n}` })
  await expect(resume(id, { data: answer(0), step: 'one more' })).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining('100 answers'),
  })
  await expect(resume(id, { data: answer(0), step: 'step 3' })).rejects.toMatchObject({
    status: 409,
    message: expect.stringContaining('already answered'),
  })
  await server().api(routes.cancelExecution, { params: { id } })
})
