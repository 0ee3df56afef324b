import { expect, test } from 'vitest'
import { endOf, useEngine } from '../testing/engine.ts'
import { claimRuns } from './lease/claim.ts'
import type { StepWrite } from './run/journal.ts'
import { endRun } from './run/record.ts'
import { storeWait } from './run/wait.ts'
import type { ClaimedRun } from './types.ts'

// What a run writes does not reach the runs of others, whatever its process says.

const under = useEngine()

const write = (run: ClaimedRun, workerId: string, change: Partial<StepWrite>): StepWrite => ({
  key: 'work#1',
  name: 'work',
  occurrence: 1,
  branch: '',
  position: 0,
  kind: 'step',
  executionId: run.executionId,
  claim: run.claim,
  workerId,
  orgId: run.scope.orgId,
  status: 'completed',
  ordinal: 1,
  attempts: [],
  startedAt: Date.now(),
  endedAt: Date.now(),
  dueAt: null,
  output: '1',
  error: null,
  hasUndo: false,
  ...change,
})

/** A run of each of two organizations, at work on the same worker. */
async function two(): Promise<{ worker: string; theirs: ClaimedRun; ours: ClaimedRun }> {
  const ids: string[] = []
  for (let n = 0; n < 2; n++) {
    const scope = await under().organization()
    ids.push(await under().start(scope, { durable: true }))
  }
  const worker = await under().worker()
  const runs = await claimRuns(under().engine, worker, 100)
  const [theirs, ours] = ids.map((id) => runs.find((run) => run.executionId === id))
  if (!theirs || !ours) throw new Error('not claimed')
  return { worker, theirs, ours }
}

const noise = (length: number) =>
  Array.from({ length }, () => String.fromCharCode(0x4e00 + Math.floor(Math.random() * 20_000))).join('')

test.each<[string, Partial<StepWrite>[]]>([
  ['a key too large for the index', [{ key: noise(1000) }]],
  ['an output nested too deep', [{ output: '['.repeat(200_000) + ']'.repeat(200_000) }]],
  ['an output that is no JSON', [{ output: 'no json' }]],
  ['two keys that are one in UTF-8', [{ key: '\ud800' }, { key: '\ud801' }]],
  ['a number out of range', [{ position: 2 ** 40 }]],
])('steps that go in one statement with those of others: %s harms no other run', async (_what, bad) => {
  const { worker, theirs, ours } = await two()
  const { steps } = under().engine
  const refused = bad.map((change) =>
    steps.add(write(theirs, worker, change)).then(
      () => 'written',
      () => 'refused',
    ),
  )
  expect(await steps.add(write(ours, worker, {}))).toBe(true)
  await Promise.all(refused)
})

test('the result of a run is learned only by the run that started it', async () => {
  const { worker, theirs, ours } = await two()
  const { engine } = under()
  await endRun(engine, worker, endOf(theirs.executionId, theirs.claim, { result: '"their secret"' }))
  const wait = { kind: 'child', dueAt: null, childId: theirs.executionId } as const
  await expect(
    storeWait(engine, write(ours, worker, { status: 'waiting', kind: 'run' }), wait),
  ).rejects.toMatchObject({ code: 'not_found' })
  expect(
    await under().db.query('select from execution_steps where execution_id = $1', [ours.executionId]),
  ).toEqual([])
})
