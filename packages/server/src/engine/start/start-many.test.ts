import { expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { useEngine } from '../../testing/engine.ts'
import type { RunFlow } from '../flow-control/flow.ts'
import { claimRuns } from '../lease/claim.ts'
import { type StartItem, startMany } from './start-many.ts'

const under = useEngine()
const NONE: RunFlow = { priority: 0, concurrency: null, rate: null, debounce: null, singleton: null }

async function emitter(place = 'emit#1') {
  await under().db.query('delete from queue')
  const scope = await under().organization()
  const [workflowId, executionId] = [newId(), newId()]
  const call = (items: StartItem[], at = place) =>
    startMany(
      under().engine,
      scope,
      {
        workflowId,
        workflowName: 'work',
        type: 'workflow',
        trigger: 'workflow',
        codeVersion: 'v1',
        durable: true,
        timeoutMs: 1000,
        retryPolicy: null,
        timeSaved: 0,
        value: 0,
        parent: { executionId, place: at },
      },
      items,
    )
  return { scope, workflowId, call, worker: await under().worker() }
}
const items = (count: number, flow: (n: number) => RunFlow | null = () => null): StartItem[] =>
  Array.from({ length: count }, (_, n) => ({ input: { n }, key: `key-${n}`, flow: flow(n) }))

test('ten thousand in one call: one run each, with its input, and nothing lost between the statements', async () => {
  const { call, workflowId } = await emitter()
  const started = await call(items(10_000))
  expect(new Set(started.map((one) => one.executionId)).size).toBe(10_000)
  expect(started.some((one) => one.duplicate)).toBe(false)
  const [row] = await under().db.query<{ runs: number; queued: number; own: boolean }>(
    `select count(*)::int as runs, count(q.execution_id)::int as queued,
       bool_and(e.idempotency_key = 'key-' || (e.input ->> 'n')) as own
     from executions e left join queue q on q.execution_id = e.id where e.workflow_id = $1`,
    [workflowId],
  )
  expect(row).toEqual({ runs: 10_000, queued: 10_000, own: true })
})

test('the same call again, after a crash, answers the same; another call finds duplicates', async () => {
  const { call } = await emitter()
  const first = await call(items(3000))
  expect(await call(items(3000))).toEqual(first)
  const other = await call(items(3000), 'emit#2')
  expect(other).toEqual(first.map(({ executionId }) => ({ executionId, duplicate: true })))
})

test('a call that was cut off in the middle starts the rest', async () => {
  const { call } = await emitter()
  const part = await call(items(1500))
  const whole = await call(items(4000))
  expect(whole.slice(0, 1500)).toEqual(part)
  expect(whole.some((one) => one.duplicate)).toBe(false)
})

test('two emitters with the same records at the same moment: each record is started by one of them', async () => {
  const { call } = await emitter()
  const shuffled = items(4000).reverse()
  const [one, two] = await Promise.all([call(items(4000), 'a#1'), call(shuffled, 'b#1')])
  const fresh = [...one, ...two].filter((item) => !item.duplicate)
  expect(fresh).toHaveLength(4000)
  expect(two.reverse().map((item) => item.executionId)).toEqual(one.map((item) => item.executionId))
})

test('limits and priorities of each hold', async () => {
  const { call, scope, workflowId, worker } = await emitter()
  const started = await call(
    items(30, (n) => ({
      ...NONE,
      priority: n === 29 ? 9 : 0,
      concurrency: { key: `${scope.orgId}/${workflowId}/concurrency/${n % 2}`, limit: 2, label: null },
    })),
  )
  const runs = await claimRuns(under().engine, worker, 30)
  expect(runs).toHaveLength(4)
  expect(runs.map((run) => run.executionId)).toContain(started[29]?.executionId)
})
