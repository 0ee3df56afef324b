import { expect, test } from 'vitest'
import { claimRuns } from '../engine/lease/claim.ts'
import { recoverLostRuns } from '../engine/lease/sweep.ts'
import { cancelExecution } from '../engine/run/cancel.ts'
import { storeWait, suspendRun } from '../engine/run/wait.ts'
import type { ClaimedRun, Engine } from '../engine/types.ts'
import { endOf, useEngine } from '../testing/engine.ts'
import { recordEnd } from './record-end.ts'

const under = useEngine()
const policy = { max_retries: 1, delay_seconds: 0, backoff: 'fixed', max_delay_seconds: 0 } as const

async function take(spec = {}) {
  const worker = await under().worker()
  const id = await under().start(await under().organization(), spec)
  const run = (await claimRuns(under().engine, worker, 100)).find((one) => one.executionId === id)
  if (!run) throw new Error('it was not claimed')
  const options = { workerId: worker, retry: false, mayWait: true, stopping: () => false }
  return { id, run, options }
}

/** The run asks to sleep for a minute. */
const sleepOf = (run: ClaimedRun, workerId: string) =>
  storeWait(
    under().engine,
    {
      executionId: run.executionId,
      claim: run.claim,
      workerId,
      orgId: run.scope.orgId,
      key: 'sleep#1',
      name: 'sleep',
      occurrence: 1,
      branch: '',
      position: 0,
      kind: 'sleep',
      status: 'waiting',
      ordinal: null,
      attempts: [],
      startedAt: 0,
      endedAt: null,
      dueAt: null,
      output: null,
      error: null,
      hasUndo: false,
    },
    { kind: 'timer', dueAt: Date.now() + 60_000 },
  )

test('an end that cannot be stored is stored as a failure that says so', async () => {
  const { id, run, options } = await take()
  const odd = endOf(id, 1, { result: 'no json', variables: 'none', cpuMs: 1e300, rssBytes: 1e300 })
  expect(await recordEnd(under().engine, run, odd, options)).toMatchObject({ status: 'FAILED', result: null })
  expect(await under().statusOf(id)).toBe('FAILED')
  expect(await under().queued(id)).toBeUndefined()
})

test('a failed attempt of a run that was cancelled meanwhile ends it, and no retry follows', async () => {
  const { id, run, options } = await take({ retryPolicy: policy })
  await cancelExecution(under().engine, run.scope, id)
  const stored = await recordEnd(under().engine, run, endOf(id, 1, { status: 'FAILED' }), {
    ...options,
    retry: true,
  })
  expect(stored?.status).toBe('CANCELLED')
  expect(await under().statusOf(id)).toBe('CANCELLED')
  expect(await under().queued(id)).toBeUndefined()
})

test('the end of a run is written again while the database is unavailable', async () => {
  const { id, run, options } = await take()
  let away = 2
  const { engine } = under()
  const flaky: Engine = {
    ...engine,
    ends: {
      ...engine.ends,
      add: (item) =>
        away-- > 0 ? Promise.reject(new Error('connection terminated')) : engine.ends.add(item),
    },
  }
  expect(await recordEnd(flaky, run, endOf(id, 1), options)).toMatchObject({ status: 'SUCCESS' })
  expect(await under().statusOf(id)).toBe('SUCCESS')
})

test('a worker that stops does not wait', async () => {
  const { id, run, options } = await take()
  const { engine } = under()
  const gone: Engine = {
    ...engine,
    ends: { ...engine.ends, add: () => Promise.reject(new Error('connection terminated')) },
  }
  await recordEnd(gone, run, endOf(id, 1), { ...options, stopping: () => true })
  expect(await under().statusOf(id)).toBe('RUNNING')
})

test('an end that comes after another claim took the run over changes nothing, and its waits stay', async () => {
  const { id, run, options } = await take({ durable: true })
  const { engine, db } = under()
  await under().die(options.workerId)
  await recoverLostRuns(engine)
  const other = await under().worker()
  const [again] = await claimRuns(engine, other, 100)
  expect(again).toMatchObject({ executionId: id, claim: 2 })
  await sleepOf(again ?? run, other)
  expect(await recordEnd(engine, run, endOf(id, 1), options)).toBeNull()
  expect(await under().statusOf(id)).toBe('RUNNING')
  expect(await db.query('select key from waits where execution_id = $1', [id])).toEqual([{ key: 'sleep#1' }])
})

test('a run that is cancelled in the moment in which it leaves to wait does not sleep on', async () => {
  const { id, run, options } = await take({ durable: true })
  const { engine, db } = under()
  await sleepOf(run, options.workerId)
  await cancelExecution(engine, run.scope, id)
  const left = { waiting: ['sleep#1'], variables: '{}', logCount: 0, durationMs: 1 }
  expect(await suspendRun(engine, options.workerId, run, left)).toBe('cancelled')
  expect(await under().statusOf(id)).toBe('CANCELLED')
  expect(await under().queued(id)).toBeUndefined()
  expect(await db.query('select from waits where execution_id = $1', [id])).toEqual([])
})
