import { describe, expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { endOf, specOf, useEngine } from '../testing/engine.ts'
import { claimRuns } from './lease/claim.ts'
import { endLease, forgetWorkers, renewLease, takeLease } from './lease/lease.ts'
import { nextDueMs, promoteDue, recoverLostRuns } from './lease/sweep.ts'
import { cancelExecution } from './run/cancel.ts'
import { endRun, resumeRun, retryDelaySeconds, retryRun } from './run/record.ts'
import { startExecution } from './start/start-execution.ts'
import type { ClaimedRun } from './types.ts'

const under = useEngine()
const claim = (workerId: string, count: number) => claimRuns(under().engine, workerId, count)
const clear = async () => {
  await under().db.query('delete from queue')
}
const retries = { max_retries: 1, delay_seconds: 0, backoff: 'fixed', max_delay_seconds: 0 } as const
const take = async (spec = {}): Promise<{ id: string; worker: string; run: ClaimedRun }> => {
  await clear()
  const worker = await under().worker()
  const id = await under().start(await under().organization(), spec)
  const [run] = await claim(worker, 1)
  if (!run) throw new Error('nothing was claimed')
  return { id, worker, run }
}

describe('claiming', () => {
  test('takes what waits, once, and says everything a worker needs', async () => {
    await clear()
    const scope = await under().organization()
    const id = await under().start(scope, { input: { n: 1 } })
    const [first, second] = await Promise.all([
      claim(await under().worker(), 10),
      claim(await under().worker(), 10),
    ])
    const runs = [...first, ...second]
    expect(runs).toHaveLength(1)
    expect(runs[0]).toMatchObject({
      executionId: id,
      attempt: 1,
      input: { n: 1 },
      scope: { orgId: scope.orgId },
    })
    expect(await under().statusOf(id)).toBe('RUNNING')
  })

  test('many workers at once share a thousand runs without taking one twice', async () => {
    await clear()
    const scope = await under().organization()
    const ids = await Promise.all(Array.from({ length: 1000 }, () => under().start(scope)))
    const workers = await Promise.all(Array.from({ length: 5 }, () => under().worker()))
    const taken: string[] = []
    const work = async (worker: string) => {
      for (;;) {
        const runs = await claim(worker, 37)
        if (runs.length === 0) return
        taken.push(...runs.map((run) => run.executionId))
      }
    }
    // Locked rows are stepped over, so a worker may find nothing while another holds the rest.
    await Promise.all(workers.map(work))
    await Promise.all(workers.map(work))
    expect(taken).toHaveLength(1000)
    expect(new Set(taken)).toEqual(new Set(ids))
  })

  test("one organization's flood does not keep another's single run waiting", async () => {
    await clear()
    const flood = await under().organization()
    const quiet = await under().organization()
    await Promise.all(Array.from({ length: 500 }, () => under().start(flood)))
    const single = await under().start(quiet)
    const runs = await claim(await under().worker(), 4)
    expect(runs.map((run) => run.executionId)).toContain(single)
    expect(runs).toHaveLength(4)
  })

  test('a small claim serves each of many organizations in turn, the oldest run of each first', async () => {
    await clear()
    const scopes = await Promise.all(Array.from({ length: 5 }, () => under().organization()))
    const oldest: string[] = []
    for (const scope of scopes) oldest.push(await under().start(scope))
    for (const scope of scopes) await under().start(scope)
    const runs = await claim(await under().worker(), 5)
    expect(new Set(runs.map((run) => run.executionId))).toEqual(new Set(oldest))
  })

  test('higher priority goes first, whatever its age', async () => {
    await clear()
    const scope = await under().organization()
    await under().start(scope)
    const urgent = await under().start(scope)
    await under().db.query('update queue set priority = 5 where execution_id = $1', [urgent])
    const [run] = await claim(await under().worker(), 1)
    expect(run?.executionId).toBe(urgent)
  })

  test('planned and taken runs are not offered', async () => {
    await clear()
    const scope = await under().organization()
    await under().start(scope, { scheduledAt: new Date(Date.now() + 60_000) })
    await under().start(scope)
    const worker = await under().worker()
    expect(await claim(worker, 10)).toHaveLength(1)
    expect(await claim(worker, 10)).toEqual([])
  })

  test('a durable run whose process died is claimed again in the same attempt, and the old claim is refused', async () => {
    const { id, worker, run } = await take({ durable: true })
    expect(await resumeRun(under().engine, worker, run, 0)).toBe(true)
    expect(await under().statusOf(id)).toBe('PENDING')
    const [again] = await claim(await under().worker(), 1)
    expect(again).toMatchObject({ executionId: id, attempt: 1, claim: 2 })
    expect(await endRun(under().engine, worker, endOf(id, 1))).toBe(false)
    expect(await under().statusOf(id)).toBe('RUNNING')
  })
})

describe('ends are compare and set', () => {
  test('the attempt that owns the run ends it, once', async () => {
    const { id, worker } = await take()
    expect(await endRun(under().engine, worker, endOf(id, 1))).toBe(true)
    expect(await under().queued(id)).toBeUndefined()
    expect(await endRun(under().engine, worker, endOf(id, 1, { status: 'FAILED' }))).toBe(false)
    expect(await under().statusOf(id)).toBe('SUCCESS')
  })

  test('a late result of an old attempt changes nothing', async () => {
    const { id, worker, run } = await take({ retryPolicy: retries })
    expect(await retryRun(under().engine, worker, run, endOf(id, 1, { status: 'FAILED' }))).toBe(true)
    await promoteDue(under().engine)
    const other = await under().worker()
    const [second] = await claim(other, 1)
    expect(second?.attempt).toBe(2)
    expect(await endRun(under().engine, worker, endOf(id, 1, { result: '"late"' }))).toBe(false)
    expect(await endRun(under().engine, other, endOf(id, 1))).toBe(false)
    expect(await endRun(under().engine, worker, endOf(id, 2))).toBe(false)
    expect(await under().statusOf(id)).toBe('RUNNING')
    expect(await endRun(under().engine, other, endOf(id, 2))).toBe(true)
    expect(await under().statusOf(id)).toBe('SUCCESS')
  })

  test("an old attempt's log lines and retries are refused as well", async () => {
    const { id, worker, run } = await take({ retryPolicy: retries })
    const line = {
      executionId: id,
      claim: 1,
      workerId: worker,
      orgId: run.scope.orgId,
      level: 'info',
      at: 0,
    } as const
    await under().engine.logs.add({ ...line, seq: 1, message: 'mine' })
    await retryRun(under().engine, worker, run, endOf(id, 1))
    await under().engine.logs.add({ ...line, seq: 2, message: 'late' })
    const rows = await under().db.query('select message from execution_logs where execution_id = $1', [id])
    expect(rows).toEqual([{ message: 'mine' }])
    expect(await retryRun(under().engine, worker, run, endOf(id, 1))).toBe(false)
  })

  test('an end that the database cannot store fails alone; the others of its batch are written', async () => {
    await clear()
    const worker = await under().worker()
    const scope = await under().organization()
    const ids = await Promise.all([1, 2, 3].map(() => under().start(scope)))
    await claim(worker, 3)
    const [first = '', poisoned = '', third = ''] = ids
    const ends = await Promise.allSettled([
      endRun(under().engine, worker, endOf(first, 1)),
      endRun(under().engine, worker, endOf(poisoned, 1, { result: '{not json' })),
      endRun(under().engine, worker, endOf(third, 1)),
    ])
    expect(ends.map((end) => end.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await under().statusOf(first)).toBe('SUCCESS')
    expect(await under().statusOf(third)).toBe('SUCCESS')
    expect(await under().statusOf(poisoned)).toBe('RUNNING')
  })

  test('no retry after the run was asked to cancel', async () => {
    const { id, worker, run } = await take({ retryPolicy: retries })
    expect(await cancelExecution(under().engine, run.scope, id)).toBe('CANCELLING')
    expect(await retryRun(under().engine, worker, run, endOf(id, 1))).toBe(false)
  })
})

describe('delays between attempts', () => {
  const policy = { max_retries: 10, delay_seconds: 2, backoff: 'exponential', max_delay_seconds: 20 } as const
  const delays = (retryPolicy: ClaimedRun['retryPolicy'], random: number) =>
    [1, 2, 3, 4, 5].map((attempt) => retryDelaySeconds({ random: () => random }, { attempt, retryPolicy }))
  test('double when exponential, up to the cap, with a tenth of jitter at most', () => {
    expect(delays(policy, 0)).toEqual([2, 4, 8, 16, 20])
    for (const [index, delay] of delays(policy, 0.999).entries()) {
      expect(delay).toBeGreaterThan([2, 4, 8, 16, 20][index] ?? 0)
      expect(delay).toBeLessThanOrEqual(([2, 4, 8, 16, 20][index] ?? 0) * 1.1)
    }
  })
  test('stay when fixed, and are none without a policy', () => {
    expect(delays({ ...policy, backoff: 'fixed' }, 0)).toEqual([2, 2, 2, 2, 2])
    expect(delays(null, 0.5)).toEqual([0, 0, 0, 0, 0])
  })
})

describe('workers that went away', () => {
  test('their runs end FAILED with the reason, once', async () => {
    const { id, worker } = await take()
    expect(await recoverLostRuns(under().engine)).toBe(0)
    await under().die(worker)
    const found = await Promise.all([1, 2, 3].map(() => recoverLostRuns(under().engine)))
    expect(found.reduce((sum, n) => sum + n, 0)).toBe(1)
    const [row] = await under().db.query(
      'select status, error_code, error_message from executions where id = $1',
      [id],
    )
    expect(row).toMatchObject({ status: 'FAILED', error_code: 'worker_lost' })
    expect(await endRun(under().engine, worker, endOf(id, 1))).toBe(false)
  })

  test('their runs are tried again where the policy allows, and the lost attempt is kept', async () => {
    const { id, worker } = await take({ retryPolicy: retries })
    await under().die(worker)
    await recoverLostRuns(under().engine)
    expect(await under().statusOf(id)).toBe('PENDING')
    await promoteDue(under().engine)
    const other = await under().worker()
    const [run] = await claim(other, 1)
    expect(run).toMatchObject({ executionId: id, attempt: 2 })
    const kept = await under().db.query(
      'select attempt, error_code from execution_attempts where execution_id = $1',
      [id],
    )
    expect(kept).toEqual([{ attempt: 1, error_code: 'worker_lost' }])
    await under().die(other)
    await recoverLostRuns(under().engine)
    expect(await under().statusOf(id)).toBe('FAILED')
  })

  test('a run that was being cancelled ends CANCELLED', async () => {
    const { id, worker, run } = await take({ retryPolicy: retries })
    await cancelExecution(under().engine, run.scope, id)
    await under().die(worker)
    await recoverLostRuns(under().engine)
    expect(await under().statusOf(id)).toBe('CANCELLED')
  })

  test('a worker that leaves in order frees its runs at once; one that says it lives keeps them', async () => {
    const { id, worker } = await take()
    await under().die(worker)
    await renewLease(under().engine, worker)
    expect(await recoverLostRuns(under().engine)).toBe(0)
    await endLease(under().engine, worker)
    expect(await recoverLostRuns(under().engine)).toBe(1)
    expect(await under().statusOf(id)).toBe('FAILED')
  })

  test('a worker with the id of one that lives is refused; of a dead one it may have it', async () => {
    const worker = await under().worker()
    expect(await takeLease(under().engine, worker)).toBeNull()
    await under().die(worker)
    const taken = await Promise.all([1, 2, 3].map(() => takeLease(under().engine, worker)))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test('workers that are long dead are forgotten', async () => {
    const worker = await under().worker()
    await under().db.query(`update workers set lease_until = now() - interval '2 days' where id = $1`, [
      worker,
    ])
    await forgetWorkers(under().engine)
    expect(await under().db.query('select from workers where id = $1', [worker])).toEqual([])
  })
})

describe('planned runs', () => {
  test('become ready when due, not before, and once', async () => {
    await clear()
    const scope = await under().organization()
    const due = await under().start(scope, { scheduledAt: new Date(Date.now() - 1000) })
    const later = await under().start(scope, { scheduledAt: new Date(Date.now() + 60_000) })
    const promoted = await Promise.all([1, 2, 3].map(() => promoteDue(under().engine)))
    expect(promoted.reduce((sum, n) => sum + n, 0)).toBe(1)
    expect(await under().statusOf(due)).toBe('PENDING')
    expect(await under().statusOf(later)).toBe('SCHEDULED')
    const waitMs = await nextDueMs(under().engine)
    expect(waitMs).toBeGreaterThan(50_000)
    expect(waitMs).toBeLessThanOrEqual(60_000)
    await clear()
    expect(await nextDueMs(under().engine)).toBeNull()
  })
})

describe('accepting', () => {
  test('a run is on disk, in history and in the queue, when the answer comes', async () => {
    const id = await under().start(await under().organization())
    expect(await under().statusOf(id)).toBe('PENDING')
    expect(await under().queued(id)).toEqual({ worker_id: null, attempt: 1, ready: true })
  })

  test('one idempotency key starts one run, however many callers use it at the same time', async () => {
    const scope = await under().organization()
    const spec = specOf({ workflowId: newId(), idempotencyKey: 'k' })
    const started = await Promise.all(
      Array.from({ length: 20 }, () => startExecution(under().engine, scope, spec)),
    )
    expect(new Set(started.map((one) => one.executionId)).size).toBe(1)
    expect(started.filter((one) => !one.duplicate)).toHaveLength(1)
  })
})

describe('cancelling', () => {
  test("what waits is gone at once; another organization's run is not found", async () => {
    const scope = await under().organization()
    const id = await under().start(scope)
    await expect(cancelExecution(under().engine, await under().organization(), id)).rejects.toMatchObject({
      code: 'not_found',
    })
    expect(await cancelExecution(under().engine, scope, id)).toBe('CANCELLED')
    expect(await under().queued(id)).toBeUndefined()
  })

  test('a cancel and an end at the same moment leave one final status', async () => {
    for (let n = 0; n < 20; n++) {
      const { id, worker, run } = await take()
      const [, cancelled] = await Promise.allSettled([
        endRun(under().engine, worker, endOf(id, 1)),
        cancelExecution(under().engine, run.scope, id),
      ])
      const status = await under().statusOf(id)
      expect(['SUCCESS', 'CANCELLING']).toContain(status)
      if (cancelled.status === 'rejected') expect(status).toBe('SUCCESS')
    }
  })
})
