import type { WaitFor } from '@bifrost/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import type { OrgScope } from '../platform/scope.ts'
import { endOf, stepWriteOf, useEngine } from '../testing/engine.ts'
import { type PausableDatabase, pausable } from '../testing/pause.ts'
import { until } from '../testing/server.ts'
import { createEngine } from './create-engine.ts'
import { claimRuns } from './lease/claim.ts'
import { releaseOrphanedClaims } from './lease/orphaned-claims.ts'
import { promoteDue, recoverLostRuns } from './lease/sweep.ts'
import { cancelExecution } from './run/cancel.ts'
import { announceEnds } from './run/child-runs.ts'
import { writeSteps } from './run/journal.ts'
import { endRun, resumeRun, retryRun } from './run/record.ts'
import { resumeExecution } from './run/resume.ts'
import { storeWait, suspendRun } from './run/wait.ts'
import { wakeDue } from './run/wake.ts'
import type { Engine } from './types.ts'

// Two things that happen at once, one of them held at a named point while the other continues: `slow` is an engine whose
// statements can be held, `engine` another process on the same database.

const under = useEngine()
let engine: Engine
let slow: Engine
let pauses: PausableDatabase
beforeEach(async () => {
  await under().db.query('truncate queue, waits, workers, run_ends')
  engine = under().engine
  pauses = pausable(under().db)
  slow = createEngine({ ...engine, db: pauses.db })
})

const PAST = () => Date.now() - 1000
const left = (waiting: string[]) => ({ waiting, variables: '{}', logCount: 0, durationMs: 1 })

/** A session waits for a lock that another one holds. */
const sessionWaits = (count = 1) =>
  until('a session waits for a lock', async () => {
    const rows = await under().db.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return rows.length >= count
  })

const write = stepWriteOf

async function claimed(spec: Parameters<ReturnType<typeof under>['start']>[1] = {}) {
  const scope = await under().organization()
  const id = await under().start(scope, { durable: true, ...spec })
  const worker = await under().worker()
  const [run] = await claimRuns(engine, worker, 1)
  if (!run) throw new Error('nothing was claimed')
  return { scope, id, worker, run }
}

const RESUME: WaitFor = { kind: 'resume', dueAt: null, reason: null }

/** A run that has left its worker and waits at `ask#1`. */
async function suspended(wait: WaitFor) {
  const taken = await claimed()
  await storeWait(engine, write(taken.run, taken.worker, 'ask#1'), wait)
  expect(await suspendRun(engine, taken.worker, taken.run, left(['ask#1']))).toBe('suspended')
  return taken
}

const answer = (scope: OrgScope, id: string, by: Engine = engine) =>
  resumeExecution(by, scope, id, { data: 'yes' })

const stepOf = async (id: string) => {
  const [row] = await under().db.query<{ status: string; answered_by: string | null; resume_data: unknown }>(
    `select status, answered_by, resume_data from execution_steps where execution_id = $1 and key = 'ask#1'`,
    [id],
  )
  return row
}

describe('cancel against finish', () => {
  test('a run that finishes while its cancel is being written has one end, and the cancel did not pretend to be it', async () => {
    const { scope, id, worker, run } = await claimed()
    const commit = pauses.pauseBefore('commit')
    const cancelling = cancelExecution(slow, scope, id)
    await commit.reached
    const finishing = endRun(engine, worker, endOf(id, run.claim))
    await sessionWaits()
    commit.go()
    expect(await cancelling).toBe('CANCELLING')
    expect(await finishing).toBe(true)
    expect(await under().statusOf(id)).toBe('SUCCESS')
    expect(await endRun(engine, worker, endOf(id, run.claim, { status: 'CANCELLED' }))).toBe(false)
    expect(await under().statusOf(id)).toBe('SUCCESS')
  })

  test('a cancel that was looked at before the finish and written after it is told that the run has ended', async () => {
    const { scope, id, worker, run } = await claimed()
    const lock = pauses.pauseBefore('from queue')
    const cancelling = cancelExecution(slow, scope, id)
    cancelling.catch(() => {})
    await lock.reached
    expect(await endRun(engine, worker, endOf(id, run.claim))).toBe(true)
    lock.go()
    await expect(cancelling).rejects.toMatchObject({ code: 'execution_finished' })
    expect(await under().statusOf(id)).toBe('SUCCESS')
  })
})

describe('resume against timeout', () => {
  const dueSoon = (): WaitFor => ({ kind: 'resume', dueAt: PAST(), reason: null })

  test('an answer that is being written goes before the time limit', async () => {
    const { scope, id } = await suspended(dueSoon())
    const commit = pauses.pauseBefore('commit')
    const answering = answer(scope, id, slow)
    await commit.reached
    expect(await wakeDue(engine)).toEqual([])
    commit.go()
    expect(await answering).toEqual({ step: 'ask#1' })
    expect(await wakeDue(engine)).toEqual([])
    expect(await stepOf(id)).toMatchObject({ status: 'resumed', resume_data: 'yes' })
  })

  test('a time limit that is being written goes before the answer, which is told so', async () => {
    const { scope, id } = await suspended(dueSoon())
    const commit = pauses.pauseBefore('commit')
    const waking = wakeDue(slow)
    await commit.reached
    const answering = answer(scope, id)
    answering.catch(() => {})
    await sessionWaits()
    commit.go()
    expect(await waking).toEqual([id])
    await expect(answering).rejects.toMatchObject({ code: 'conflict', message: /its time limit/ })
    expect(await stepOf(id)).toMatchObject({ status: 'resumed', resume_data: null })
  })

  test('of two answers at once one counts, and the other hears who was first', async () => {
    const { scope, id } = await suspended(RESUME)
    const commit = pauses.pauseBefore('commit')
    const first = answer(scope, id, slow)
    await commit.reached
    const second = answer(scope, id)
    second.catch(() => {})
    await sessionWaits()
    commit.go()
    expect(await first).toEqual({ step: 'ask#1' })
    await expect(second).rejects.toMatchObject({ code: 'conflict', message: /already answered/ })
  })
})

describe('two claims', () => {
  test('a run whose row another claim holds is skipped without waiting', async () => {
    const scope = await under().organization()
    const [first, second] = [await under().start(scope), await under().start(scope)]
    const worker = await under().worker()
    await under().db.transaction(async (query) => {
      await query('select from queue where execution_id = $1 for update', [first])
      expect((await claimRuns(engine, worker, 10)).map((run) => run.executionId)).toEqual([second])
    })
    expect((await claimRuns(engine, worker, 10)).map((run) => run.executionId)).toEqual([first])
  })

  test('a claim whose answer was lost holds no run: the worker finds it and gives it back', async () => {
    const { id, worker } = await claimed()
    expect(await releaseOrphanedClaims(engine, worker, () => true)).toBe(0)
    const lock = pauses.pauseBefore('for update of queue')
    const slowly = releaseOrphanedClaims(slow, worker, () => false)
    await lock.reached
    expect(await releaseOrphanedClaims(engine, worker, () => false)).toBe(1)
    const [again] = await claimRuns(engine, worker, 1)
    expect(again).toMatchObject({ executionId: id, claim: 2, attempt: 1 })
    // What was seen before the next claim changes nothing.
    lock.go()
    expect(await slowly).toBe(0)
    expect(await under().statusOf(id)).toBe('RUNNING')
  })

  test('a run that was claimed, not heard of and cancelled ends cancelled, or undoes its steps first', async () => {
    const { scope, id, worker } = await claimed()
    expect(await cancelExecution(engine, scope, id)).toBe('CANCELLING')
    await releaseOrphanedClaims(engine, worker, () => false)
    expect(await under().statusOf(id)).toBe('CANCELLED')
    expect(await under().queued(id)).toBeUndefined()
    const other = await claimed()
    const done = { status: 'completed', ordinal: 1, output: '1', endedAt: Date.now(), hasUndo: true } as const
    await writeSteps(under().db, [write(other.run, other.worker, 'pay#1', done)])
    expect(await cancelExecution(engine, other.scope, other.id)).toBe('CANCELLING')
    await releaseOrphanedClaims(engine, other.worker, () => false)
    expect(await under().statusOf(other.id)).toBe('CANCELLING')
    expect(await claimRuns(engine, worker, 1)).toMatchObject([{ executionId: other.id, ending: 'CANCELLED' }])
  })
})

describe('two schedulers', () => {
  test('the runs of a lost worker are recovered once', async () => {
    const { id, worker } = await claimed()
    await under().die(worker)
    const commit = pauses.pauseBefore('commit')
    const recovering = recoverLostRuns(slow)
    await commit.reached
    expect(await recoverLostRuns(engine)).toBe(0)
    commit.go()
    expect(await recovering).toBe(1)
    const [row] = await under().db.query('select crashes, status from executions where id = $1', [id])
    expect(row).toEqual({ crashes: 1, status: 'PENDING' })
  })

  test('a timer is due once', async () => {
    const { id } = await suspended({ kind: 'timer', dueAt: PAST() })
    const commit = pauses.pauseBefore('commit')
    const waking = wakeDue(slow)
    await commit.reached
    expect(await wakeDue(engine)).toEqual([])
    commit.go()
    expect(await waking).toEqual([id])
    expect(await wakeDue(engine)).toEqual([])
    expect(await claimRuns(engine, await under().worker(), 10)).toHaveLength(1)
  })

  test('an end is told once, also when two tell it', async () => {
    const { parent, child } = await parentAndChild()
    await storeWait(engine, write(parent.run, parent.worker, 'run#1', { kind: 'run' }), waitFor(child.id))
    await suspendRun(engine, parent.worker, parent.run, left(['run#1']))
    await endRun(engine, child.worker, endOf(child.id, child.run.claim, { result: '7' }))
    const commit = pauses.pauseBefore('commit')
    const telling = announceEnds(slow)
    await commit.reached
    const again = announceEnds(engine)
    await sessionWaits()
    commit.go()
    await Promise.all([telling, again])
    const runs = await claimRuns(engine, parent.worker, 10)
    expect(runs).toMatchObject([{ executionId: parent.id, journal: [{ key: 'run#1', output: '7' }] }])
  })
})

describe('a late result of a lost attempt', () => {
  test('nothing that an old claim sends is written, whatever it is', async () => {
    const { id, worker, run } = await claimed()
    await storeWait(engine, write(run, worker, 'ask#1'), RESUME)
    await under().die(worker)
    expect(await recoverLostRuns(engine)).toBe(1)
    const other = await under().worker()
    const [again] = await claimRuns(engine, other, 1)
    expect(again).toMatchObject({ executionId: id, claim: 2 })
    const done = write(run, worker, 'late#1', {
      status: 'completed',
      ordinal: 1,
      output: '1',
      endedAt: Date.now(),
    })
    expect(await writeSteps(under().db, [done])).toEqual([false])
    expect(await storeWait(engine, write(run, worker, 'late#2'), RESUME)).toBe('lost')
    expect(await suspendRun(engine, worker, run, left(['ask#1']))).toBe('lost')
    expect(await resumeRun(engine, worker, run, 0)).toBe(false)
    expect(await endRun(engine, worker, endOf(id, run.claim))).toBe(false)
    const steps = await under().db.query('select key from execution_steps where execution_id = $1', [id])
    expect(steps).toEqual([{ key: 'ask#1' }])
    expect(await under().statusOf(id)).toBe('RUNNING')
  })

  test('a result that arrives while the run is being recovered is refused', async () => {
    const { id, worker, run } = await claimed()
    await under().die(worker)
    const commit = pauses.pauseBefore('commit')
    const recovering = recoverLostRuns(slow)
    await commit.reached
    const late = endRun(engine, worker, endOf(id, run.claim))
    await sessionWaits()
    commit.go()
    expect(await recovering).toBe(1)
    expect(await late).toBe(false)
    expect(await under().statusOf(id)).toBe('PENDING')
  })
})

describe('an answer against the wait being stored', () => {
  test('an answer that comes while the wait is being stored is its answer', async () => {
    const { scope, id, worker, run } = await claimed()
    const commit = pauses.pauseBefore('commit')
    const storing = storeWait(slow, write(run, worker, 'ask#1'), RESUME)
    await commit.reached
    const answering = answer(scope, id)
    await sessionWaits()
    commit.go()
    expect(await storing).toBe('stored')
    expect(await answering).toEqual({ step: 'ask#1' })
    expect(await suspendRun(engine, worker, run, left(['ask#1']))).toBe('resumed')
  })

  test('a wait that is stored while an early answer is being kept is answered by it', async () => {
    const { scope, id, worker, run } = await claimed()
    const commit = pauses.pauseBefore('commit')
    const answering = answer(scope, id, slow)
    await commit.reached
    const storing = storeWait(engine, write(run, worker, 'ask#1'), RESUME)
    await sessionWaits()
    commit.go()
    expect(await answering).toEqual({ step: null })
    expect(await storing).toBe('answered')
    expect(await stepOf(id)).toMatchObject({ status: 'resumed', resume_data: 'yes' })
  })
})

describe('suspending against an answer', () => {
  test('an answer that comes while the run leaves brings it back', async () => {
    const { scope, id, worker, run } = await claimed()
    await storeWait(engine, write(run, worker, 'ask#1'), RESUME)
    const commit = pauses.pauseBefore('commit')
    const leaving = suspendRun(slow, worker, run, left(['ask#1']))
    await commit.reached
    const answering = answer(scope, id)
    await sessionWaits()
    commit.go()
    expect(await leaving).toBe('suspended')
    expect(await answering).toEqual({ step: 'ask#1' })
    expect(await claimRuns(engine, worker, 10)).toMatchObject([{ executionId: id, claim: 2 }])
  })

  test('a run that leaves while its answer is being written goes straight back', async () => {
    const { scope, id, worker, run } = await claimed()
    await storeWait(engine, write(run, worker, 'ask#1'), RESUME)
    const commit = pauses.pauseBefore('commit')
    const answering = answer(scope, id, slow)
    await commit.reached
    const leaving = suspendRun(engine, worker, run, left(['ask#1']))
    await sessionWaits()
    commit.go()
    expect(await answering).toEqual({ step: 'ask#1' })
    expect(await leaving).toBe('resumed')
    expect(await claimRuns(engine, worker, 10)).toMatchObject([{ executionId: id, claim: 2 }])
  })
})

const waitFor = (childId: string): WaitFor => ({ kind: 'child', dueAt: null, childId })

async function parentAndChild() {
  const parent = await claimed()
  const id = await under().start(parent.scope, { parent: { executionId: parent.id, key: 'run#1' } })
  const worker = await under().worker()
  const [run] = await claimRuns(engine, worker, 1)
  if (!run) throw new Error('the child was not claimed')
  return { parent, child: { id, worker, run } }
}

describe("a child's end against the wait being stored", () => {
  test('a child that ends while its parent is about to wait for it is heard', async () => {
    const { parent, child } = await parentAndChild()
    const commit = pauses.pauseBefore('commit')
    const storing = storeWait(
      slow,
      write(parent.run, parent.worker, 'run#1', { kind: 'run' }),
      waitFor(child.id),
    )
    await commit.reached
    await endRun(engine, child.worker, endOf(child.id, child.run.claim, { result: '7' }))
    const telling = announceEnds(engine)
    await sessionWaits()
    commit.go()
    expect(await storing).toBe('stored')
    await telling
    expect(await suspendRun(engine, parent.worker, parent.run, left(['run#1']))).toBe('resumed')
    const runs = await claimRuns(engine, parent.worker, 10)
    expect(runs).toMatchObject([{ executionId: parent.id, journal: [{ key: 'run#1', output: '7' }] }])
  })

  test('a child whose end was told before anybody waited answers the wait that comes later', async () => {
    const { parent, child } = await parentAndChild()
    await endRun(engine, child.worker, endOf(child.id, child.run.claim, { result: '7' }))
    await announceEnds(engine)
    const wait = write(parent.run, parent.worker, 'run#1', { kind: 'run' })
    expect(await storeWait(engine, wait, waitFor(child.id))).toBe('answered')
  })
})

describe('an outcome that comes while the run is in its worker', () => {
  test('has its place in the order when the code learns of it, behind what it learned before', async () => {
    const { worker, run } = await claimed()
    await storeWait(engine, write(run, worker, 'sleep#1'), { kind: 'timer', dueAt: PAST() })
    expect(await wakeDue(engine)).toHaveLength(1)
    // The code has not heard of the timer, and counts on.
    const done = (key: string, ordinal: number) =>
      write(run, worker, key, { status: 'completed', ordinal, output: '1', endedAt: Date.now() })
    expect(await writeSteps(under().db, [done('a#1', 1), done('b#1', 2)])).toEqual([true, true])
    expect(await suspendRun(engine, worker, run, left(['sleep#1']))).toBe('resumed')
    const [again] = await claimRuns(engine, worker, 1)
    expect(again?.journal.map(({ key, order }) => [key, order])).toEqual([
      ['a#1', 1],
      ['b#1', 2],
      ['sleep#1', 3],
    ])
  })

  test('after a failed attempt what is kept is compared by name, not by place', async () => {
    const { worker, run } = await claimed({
      retryPolicy: { max_retries: 1, delay_seconds: 0, backoff: 'fixed', max_delay_seconds: 0 },
    })
    const ended = { endedAt: Date.now(), error: null }
    await writeSteps(under().db, [
      write(run, worker, 'a#1', { ...ended, status: 'failed', ordinal: 1, position: 0 }),
      write(run, worker, 'b#1', { ...ended, status: 'completed', ordinal: 2, position: 1, output: '1' }),
    ])
    expect(await retryRun(engine, worker, run, endOf(run.executionId, run.claim))).toBe(true)
    await promoteDue(engine)
    const [again] = await claimRuns(engine, worker, 1)
    expect(again?.journal).toMatchObject([{ key: 'b#1', position: -1 }])
  })
})

describe('no two wait for each other', () => {
  test('an answer that finds its run woken in between locks it as a claim does', async () => {
    const { scope, id } = await suspended({ kind: 'resume', dueAt: PAST(), reason: null })
    const second = pauses.pauseBefore('select status from executions')
    const answering = answer(scope, id, slow)
    answering.catch(() => {})
    await second.reached
    // It has seen that there is no row in the queue; now there is one, and a claim takes it.
    expect(await wakeDue(engine)).toEqual([id])
    const worker = await under().worker()
    const claiming = under().db.transaction(async (query) => {
      await query('select from queue where execution_id = $1 for update', [id])
      second.go()
      await sessionWaits()
      await query(`update executions set status = 'RUNNING' where id = $1`, [id])
      await query('update queue set worker_id = $2 where execution_id = $1', [id, worker])
    })
    await claiming
    await expect(answering).rejects.toMatchObject({ code: 'conflict', message: /its time limit/ })
  })

  test.each([
    [
      ['a#1', 'b#1'],
      ['b#1', 'a#1'],
    ],
    [
      ['b#1', 'a#1'],
      ['a#1', 'b#1'],
    ],
  ])('two batches with the same steps, %j and then %j', async (...orders) => {
    const { worker, run } = await claimed()
    const store = (keys: string[]) =>
      writeSteps(
        under().db,
        keys.map((key) => write(run, worker, key, { status: 'running' })),
      )
    await store(['a#1', 'b#1'])
    const batches: Promise<boolean[]>[] = []
    await under().db.transaction(async (query) => {
      await query(`select from execution_steps where execution_id = $1 and key = 'a#1' for update`, [
        run.executionId,
      ])
      for (const [index, keys] of orders.entries()) {
        batches.push(store(keys))
        await sessionWaits(index + 1)
      }
    })
    expect(await Promise.all(batches)).toHaveLength(2)
  })
})

describe('waking against cancelling', () => {
  test('a run that is cancelled while its timer wakes it ends, and is not in the queue', async () => {
    const { scope, id } = await suspended({ kind: 'timer', dueAt: PAST() })
    const commit = pauses.pauseBefore('commit')
    const waking = wakeDue(slow)
    await commit.reached
    const cancelling = cancelExecution(engine, scope, id)
    await sessionWaits()
    commit.go()
    await waking
    expect(await cancelling).toBe('CANCELLED')
    expect(await under().statusOf(id)).toBe('CANCELLED')
    expect(await under().queued(id)).toBeUndefined()
  })

  test('a timer that is due while its run is being cancelled wakes no run', async () => {
    const { scope, id } = await suspended({ kind: 'timer', dueAt: PAST() })
    const commit = pauses.pauseBefore('commit')
    const cancelling = cancelExecution(slow, scope, id)
    await commit.reached
    expect(await wakeDue(engine)).toEqual([])
    commit.go()
    expect(await cancelling).toBe('CANCELLED')
    expect(await wakeDue(engine)).toEqual([])
    expect(await under().queued(id)).toBeUndefined()
  })
})
