import { expect, test } from 'vitest'
import { claimRuns } from '../engine/lease/claim.ts'
import { type StepWrite, writeSteps } from '../engine/run/journal.ts'
import { resumeRun } from '../engine/run/record.ts'
import type { ClaimedRun, Engine } from '../engine/types.ts'
import { useEngine } from '../testing/engine.ts'
import { until } from '../testing/server.ts'
import { Attempt } from './attempt.ts'
import { AttemptJournal, type StepEnded } from './attempt-journal.ts'
import type { Child } from './child.ts'
import type { PoolRun } from './pool.ts'
import { RedactionThread } from './redaction/redaction-thread.ts'

const under = useEngine()

/** A run that was claimed, and what its child hears; `write` stands before the engine's own writing of steps. */
async function claimed(write: (next: Engine['steps']['add']) => Engine['steps']['add'] = (next) => next) {
  await under().db.query('delete from queue')
  const worker = await under().worker()
  const id = await under().start(await under().organization(), { durable: true })
  const [run] = await claimRuns(under().engine, worker, 1)
  if (!run) throw new Error('it was not claimed')
  const attempt = new Attempt(run)
  const recorded: number[] = []
  const child = {
    redactor: attempt.redactor,
    recorded: (_run: number, record: number) => recorded.push(record),
    settled: () => {},
  } as unknown as Child
  attempt.queue({} as PoolRun['events'])
  attempt.begin(child, 1)
  const { engine } = under()
  const steps: Engine['steps'] = { ...engine.steps, add: write((item) => engine.steps.add(item)) }
  let fenced = 0
  const journal = new AttemptJournal({ ...engine, steps }, worker, attempt, new RedactionThread(), {
    apply: async () => {},
    waiting: () => {},
    fenced: () => fenced++,
  })
  return { id, worker, run, attempt, journal, recorded, fenced: () => fenced }
}

const ended = (record: number): StepEnded => ({
  type: 'step_ended',
  run: 1,
  record,
  order: record,
  key: `work#${record}`,
  name: 'work',
  occurrence: record,
  branch: '',
  position: record - 1,
  kind: 'step',
  attempts: [],
  output: '1',
  error: null,
  hasUndo: false,
})

const away = () => Object.assign(new Error('the database system is starting up'), { code: '57P03' })

test('a step is written once the database is available again, and the run keeps its claim', async () => {
  let failures = 3
  const { id, journal, recorded, fenced } = await claimed(
    (next) => (item) => (failures-- > 0 ? Promise.reject(away()) : next(item)),
  )
  journal.ended(ended(1))
  await until('the child hears of it', () => recorded.length > 0)
  expect([recorded, fenced(), failures]).toEqual([[1], 0, -1])
  expect(await under().db.query('select key from execution_steps where execution_id = $1', [id])).toEqual([
    { key: 'work#1' },
  ])
})

test('a write whose answer was lost after its commit is made again, and changes nothing', async () => {
  let lost = true
  const { id, journal, recorded } = await claimed((next) => async (item) => {
    const written = await next(item)
    if (!lost) return written
    lost = false
    throw Object.assign(new Error('Connection terminated unexpectedly'))
  })
  journal.ended(ended(1))
  await until('the child hears of it', () => recorded.length > 0)
  expect(await under().db.query('select from execution_steps where execution_id = $1', [id])).toHaveLength(1)
})

test('when another has taken the run meanwhile, the child does not continue', async () => {
  let failures = 1
  const { worker, run, journal, recorded, fenced } = await claimed((next) => async (item) => {
    if (failures-- > 0) throw away()
    return next(item)
  })
  journal.ended(ended(1))
  expect(await resumeRun(under().engine, worker, run, 0)).toBe(true)
  await until('it is told that the run is not ours', () => fenced() > 0)
  expect(recorded).toEqual([])
})

test('what counts against a run are crashes without a step that ended between them', async () => {
  const { id, worker, run, journal, recorded } = await claimed()
  const crashes = async () =>
    (await under().db.query<{ crashes: number }>('select crashes from executions where id = $1', [id]))[0]
      ?.crashes
  let current = run
  const crash = async () => {
    expect(await resumeRun(under().engine, worker, current, 0)).toBe(true)
    const [next] = await claimRuns(under().engine, worker, 1)
    if (!next) throw new Error('it was not claimed')
    current = next
  }
  await crash()
  await crash()
  expect(await crashes()).toBe(2)
  Object.assign(run, { claim: current.claim })
  journal.ended(ended(1))
  await until('the step is stored', () => recorded.length > 0)
  await crash()
  expect(await crashes()).toBe(1)
  await crash()
  expect(await crashes()).toBe(2)
})

test('a step that is being written while another takes the run is in the journal that the other reads', async () => {
  const { id, worker, run } = await claimed()
  const { engine, db } = under()
  // The write has passed its check of the owner, and is not committed yet.
  const held = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const writing = db.transaction(async (query) => {
    const within: typeof db = { ...db, prepared: (_name, text, values) => query(text, values) }
    const writes = [stepOf(run, worker)]
    expect(await writeSteps(within, writes)).toEqual([true])
    written.resolve()
    await held.promise
  })
  await written.promise
  const resumed = resumeRun(engine, worker, run, 0)
  const claims = async () => (await claimRuns(engine, worker, 1))[0]
  expect(await claims()).toBeUndefined()
  held.resolve()
  await writing
  expect(await resumed).toBe(true)
  expect((await claims())?.journal).toMatchObject([{ key: 'work#1', status: 'completed' }])
  expect(await writeSteps(db, [stepOf(run, worker)])).toEqual([false])
  expect(await under().statusOf(id)).toBe('RUNNING')
})

const stepOf = (run: ClaimedRun, workerId: string): StepWrite => ({
  ...ended(1),
  executionId: run.executionId,
  claim: run.claim,
  workerId,
  orgId: run.scope.orgId,
  status: 'completed',
  ordinal: 1,
  startedAt: Date.now(),
  endedAt: Date.now(),
  dueAt: null,
})
