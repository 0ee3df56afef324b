import { expect, test } from 'vitest'
import { stepWriteOf, useEngine } from '../../testing/engine.ts'
import { claimRuns } from '../lease/claim.ts'
import type { ClaimedRun } from '../types.ts'
import { readAnswered } from './journal.ts'
import { storeWait, suspendRun } from './wait.ts'
import { nextWakeMs, wakeDue } from './wake.ts'

const under = useEngine()
const PAST = () => Date.now() - 1000
const left = (waiting: string[]) => ({ waiting, variables: '{}', logCount: 0, durationMs: 1 })

const write = (run: ClaimedRun, workerId: string, key: string) =>
  stepWriteOf(run, workerId, key, { name: 'sleep', kind: 'sleep' })

async function claimed(count: number): Promise<{ worker: string; runs: ClaimedRun[] }> {
  await under().db.query('delete from queue')
  await under().db.query('delete from waits')
  const scope = await under().organization()
  await Promise.all(Array.from({ length: count }, () => under().start(scope, { durable: true })))
  const worker = await under().worker()
  return { worker, runs: await claimRuns(under().engine, worker, count) }
}

test('many timers that are due at once: each run comes back once, however many schedulers look', async () => {
  const { worker, runs } = await claimed(700)
  for (const run of runs) {
    await storeWait(under().engine, write(run, worker, 'sleep#1'), { kind: 'timer', dueAt: PAST() })
    expect(await suspendRun(under().engine, worker, run, left(['sleep#1']))).toBe('suspended')
  }
  const woken = (await Promise.all([1, 2, 3].map(() => wakeDue(under().engine)))).flat()
  woken.push(...(await wakeDue(under().engine)))
  expect(woken.toSorted()).toEqual(runs.map((run) => run.executionId).toSorted())
  const again = await claimRuns(under().engine, worker, 1000)
  expect(again).toHaveLength(runs.length)
  expect(again[0]).toMatchObject({ claim: 2, journal: [{ key: 'sleep#1', status: 'completed', order: 1 }] })
  expect(await nextWakeMs(under().engine)).toBeNull()
})

test('two timers of one run come in the order in which they were due', async () => {
  const { worker, runs } = await claimed(1)
  const [run] = runs as [ClaimedRun]
  await storeWait(under().engine, write(run, worker, 'late'), { kind: 'timer', dueAt: PAST() + 500 })
  await storeWait(under().engine, write(run, worker, 'early'), { kind: 'timer', dueAt: PAST() })
  expect(await wakeDue(under().engine)).toEqual([run.executionId])
  const answered = await readAnswered(
    under().db.query,
    ['late', 'early'].map((key) => ({ executionId: run.executionId, key })),
  )
  expect(answered.map(({ entry }) => entry.key)).toEqual(['early', 'late'])
})

test('what is not due is left alone, and a pause between attempts is no outcome', async () => {
  const { worker, runs } = await claimed(1)
  const [run] = runs as [ClaimedRun]
  const { engine, db } = under()
  await storeWait(engine, { ...write(run, worker, 'later') }, { kind: 'timer', dueAt: Date.now() + 60_000 })
  const retry = { ...write(run, worker, 'again'), status: 'retrying' as const }
  await storeWait(engine, retry, { kind: 'retry', dueAt: PAST() })
  expect(await wakeDue(engine)).toEqual([run.executionId])
  expect(await nextWakeMs(engine)).toBeGreaterThan(30_000)
  const both = ['later', 'again'].map((key) => ({ executionId: run.executionId, key }))
  const answered = await readAnswered(db.query, both)
  expect(answered.map(({ entry }) => [entry.key, entry.status])).toEqual([['again', 'retrying']])
})

test('a run that leaves its worker at the moment in which its timer comes is never left behind', async () => {
  const { worker, runs } = await claimed(60)
  const { engine } = under()
  await Promise.all(
    runs
      .map(async (run) => {
        await storeWait(engine, write(run, worker, 'sleep#1'), { kind: 'timer', dueAt: PAST() })
        await suspendRun(engine, worker, run, left(['sleep#1']))
      })
      .concat(Array.from({ length: 20 }, () => wakeDue(engine).then(() => {}))),
  )
  await wakeDue(engine)
  expect(await claimRuns(engine, worker, 100)).toHaveLength(runs.length)
})
