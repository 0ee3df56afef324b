import { expect, test } from 'vitest'
import { endOf, specOf, stepWriteOf, useEngine } from '../testing/engine.ts'
import { claimRuns } from './lease/claim.ts'
import { writeSteps } from './run/journal.ts'
import { insertLogs } from './run/logs.ts'
import { endRun } from './run/record.ts'
import { startExecution } from './start/start-execution.ts'

const under = useEngine()

/** The statements with a name that one run needs from its start to its end. */
async function statementsOfOneRun(): Promise<Map<string, string>> {
  const texts = new Map<string, string>()
  const { engine } = under()
  const { db } = engine
  const own = db.prepared
  db.prepared = (name, text, values) => {
    texts.set(name, text)
    return own(name, text, values)
  }
  const scope = await under().organization()
  const worker = await under().worker()
  try {
    await startExecution(engine, scope, specOf())
    const [run] = await claimRuns(engine, worker, 10)
    if (!run) throw new Error('Nothing was claimed.')
    await writeSteps(db, [stepWriteOf(run, worker, 'a#0')])
    await insertLogs(db, [
      {
        executionId: run.executionId,
        claim: run.claim,
        workerId: worker,
        orgId: run.scope.orgId,
        seq: 1,
        level: 'info',
        message: 'said',
        at: Date.now(),
      },
    ])
    await endRun(engine, worker, endOf(run.executionId, run.claim))
  } finally {
    db.prepared = own
  }
  return texts
}

async function planOf(text: string): Promise<string> {
  const rows = await under().db.query<{ 'QUERY PLAN': string }>(`explain (generic_plan, costs off) ${text}`)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

test('a plan that is made while nothing waits still takes rows by their keys', async () => {
  const texts = await statementsOfOneRun()
  expect([...texts.keys()]).toEqual(expect.arrayContaining(['accept', 'claim', 'steps', 'log', 'end']))
  const { db } = under()
  const scope = await under().organization()
  await Promise.all(Array.from({ length: 2000 }, () => under().start(scope)))
  await db.query('delete from queue')
  await db.query('vacuum (analyze) queue')
  await db.query('vacuum (analyze) executions')
  for (const [name, text] of texts)
    expect(await planOf(text), name).not.toMatch(/Seq Scan on (queue|executions)\b/)
  // The index of what waits would be read as a whole for each row that is locked, and the queue for each that is taken.
  const claim = await planOf(texts.get('claim') ?? '')
  expect(claim.match(/LockRows[\s\S]*?CTE/)?.[0]).toMatch(
    /Index Scan using queue_pkey on queue.*\n\s*Index Cond: \(execution_id = /,
  )
  expect(claim).toMatch(/Update on queue[\s\S]*?Tid Scan on queue/)
})
