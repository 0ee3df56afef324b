import { describe, expect, test } from 'vitest'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { stepWriteOf, useEngine } from '../../testing/engine.ts'
import { claimRuns } from '../lease/claim.ts'
import { readAnswered } from '../run/journal.ts'
import { storeWait, suspendRun } from '../run/wait.ts'
import type { ClaimedRun } from '../types.ts'
import { matchKey, payloadKey } from './match.ts'
import { answerEventWaits, eventKeys, FIELD_SETS, lockEventName, matching, WAITS } from './waits.ts'

const under = useEngine()
const NAME = 'order.paid'

interface Emitted {
  id: string
  orgId: string
  name: string
  payload: never
  payloadText: string
}

/** What the emission writes first. */
async function insertEvent(query: Query, scope: OrgScope, payload: unknown): Promise<Emitted> {
  const id = under().engine.newId()
  const payloadText = JSON.stringify(payload)
  await query(
    'insert into events (id, org_id, name, payload, created_at) values ($1, $2, $3, $4, engine_now())',
    [id, scope.orgId, NAME, payloadText],
  )
  return { id, orgId: scope.orgId, name: NAME, payload: payload as never, payloadText }
}

const answer = async (query: Query, event: Emitted) =>
  answerEventWaits(query, event, (await eventKeys(query, event)).waits)

const emit = (scope: OrgScope, payload: unknown) =>
  under().db.transaction(async (query) => {
    await lockEventName(query, scope.orgId, NAME, 'emit')
    return answer(query, await insertEvent(query, scope, payload))
  })

const write = (run: ClaimedRun, workerId: string, key: string) =>
  stepWriteOf(run, workerId, key, { name: NAME, kind: 'event' })

async function claimed(count = 1): Promise<{ scope: OrgScope; worker: string; runs: ClaimedRun[] }> {
  await under().db.query('delete from queue')
  const scope = await under().organization()
  for (let n = 0; n < count; n++) await under().start(scope, { durable: true })
  const worker = await under().worker()
  return { scope, worker, runs: await claimRuns(under().engine, worker, count) }
}

const wait = (run: ClaimedRun, worker: string, match: Record<string, number> = {}, key = 'w') =>
  storeWait(under().engine, write(run, worker, key), { kind: 'event', name: NAME, match, dueAt: null })

/** Rows that any node of a plan has read. */
function rowsRead(plan: Record<string, unknown>): number {
  const own = ['Index Scan', 'Index Only Scan', 'Seq Scan', 'Bitmap Heap Scan'].includes(
    String(plan['Node Type']),
  )
    ? (Number(plan['Actual Rows']) + Number(plan['Rows Removed by Filter'] ?? 0)) *
      Number(plan['Actual Loops'])
    : 0
  const below = (plan['Plans'] ?? []) as Record<string, unknown>[]
  return below.reduce((sum, child) => sum + rowsRead(child), own)
}

async function explain(text: string, values: unknown[]): Promise<number> {
  const [row] = await under().db.query<{ 'QUERY PLAN': { Plan: Record<string, unknown> }[] }>(
    `explain (analyze, format json) ${text}`,
    values,
  )
  return rowsRead(row?.['QUERY PLAN'][0]?.Plan ?? {})
}

describe('keys of matches', () => {
  test('do not depend on the order of the fields, and tell types apart', () => {
    expect(matchKey({ b: 1, a: 'x' })).toEqual(matchKey({ a: 'x', b: 1 }))
    expect(matchKey({ a: 1 })).not.toEqual(matchKey({ a: '1' }))
    expect(matchKey({ a: null })).not.toEqual(matchKey({ a: 'null' }))
  })

  test('of a payload are those of its values, and none where a field is missing or no plain value', () => {
    const { fields } = matchKey({ 'lines.0.sku': 'a', ok: true })
    expect(payloadKey({ lines: [{ sku: 'a' }], ok: true }, fields)).toEqual(
      matchKey({ ok: true, 'lines.0.sku': 'a' }),
    )
    expect(payloadKey({ lines: [], ok: true }, fields)).toBeNull()
    expect(payloadKey({ lines: [{ sku: {} }], ok: true }, fields)).toBeNull()
    expect(payloadKey(null, fields)).toBeNull()
    expect(payloadKey('text', matchKey({ length: 4 }).fields)).toBeNull()
    expect(payloadKey({}, matchKey({ 'constructor.name': 'Object' }).fields)).toBeNull()
  })

  test('of long values fit into an index', () => {
    const { values } = matchKey({ text: 'x'.repeat(10_000) })
    expect(values.length).toBeLessThan(100)
    expect(values).not.toEqual(matchKey({ text: `${'x'.repeat(9_999)}y` }).values)
  })
})

test('10,000 runs wait, and an event that matches 10 of them touches 10', async () => {
  const scope = await under().organization()
  const { db } = under()
  // Ten runs for each of a thousand orders.
  await db.query(
    `with run as (
       insert into executions (id, org_id, status, type, trigger, workflow_name, code_version, created_at, started_at,
         timeout_ms, attempt, claims, durable)
       select gen_random_uuid(), $1, 'SUSPENDED', 'workflow', 'api', 'work', 'v1', now(), now(), 1000, 1, 1, true
       from generate_series(1, 10000) returning id
     ), numbered as (select id, (row_number() over ()) % 1000 as order_id from run),
     step as (
       insert into execution_steps (execution_id, key, org_id, name, occurrence, branch, position, kind, status, started_at)
       select id, 'w', $1, $2, 1, '', 0, 'event', 'waiting', now() from numbered
     )
     insert into waits (execution_id, key, org_id, kind, created_at, event_name, match_fields, match_values)
     select id, 'w', $1, 'event', now(), $2, '["orderId"]', '[' || order_id || ']' from numbered`,
    [scope.orgId, NAME],
  )
  // Whatever the planner knows of the table: right after so many have begun to wait, it knows nothing.
  for (const prepare of ['select 1', 'analyze waits']) {
    await db.query(prepare)
    expect(await explain(FIELD_SETS, [scope.orgId, NAME])).toBeLessThan(10)
    const { text, values } = matching(WAITS, [matchKey({ orderId: 7 })])
    expect(await explain(text, [scope.orgId, NAME, ...values])).toBe(10)
  }

  const woken = await emit(scope, { orderId: 7, amount: 3 })
  expect(woken).toHaveLength(10)
  const counts = await db.query(
    `select status, count(*)::int as count from executions where org_id = $1 group by status order by status`,
    [scope.orgId],
  )
  expect(counts).toEqual([
    { status: 'PENDING', count: 10 },
    { status: 'SUSPENDED', count: 9990 },
  ])
  const queued = await db.query('select execution_id from queue where org_id = $1', [scope.orgId])
  expect(queued.map((row) => row['execution_id']).sort()).toEqual(woken.map((one) => one.executionId).sort())
  const [left] = await db.query('select count(*)::int as count from waits where org_id = $1', [scope.orgId])
  expect(left).toEqual({ count: 9990 })
  await db.query('delete from waits where org_id = $1', [scope.orgId])
})

describe('an event and a wait at the same moment', () => {
  test('a wait that is stored while the event is not committed yet gets it', async () => {
    const { scope, worker, runs } = await claimed()
    const run = runs[0] as ClaimedRun
    let stored: Promise<string> | undefined
    await under().db.transaction(async (query) => {
      await lockEventName(query, scope.orgId, NAME, 'emit')
      const event = await insertEvent(query, scope, { n: 1 })
      expect(await answer(query, event)).toEqual([])
      // Here the event has looked, found no wait, and is not visible to others.
      stored = wait(run, worker)
      await blockedBy(query)
    })
    expect(await stored).toBe('answered')
    const [answered] = await readAnswered(under().db.query, [{ executionId: run.executionId, key: 'w' }])
    expect(answered?.entry).toMatchObject({ status: 'completed', output: '{"n":1}' })
  })

  test('an event has its turn after a wait for it that is being stored', async () => {
    const { scope, worker, runs } = await claimed()
    const run = runs[0] as ClaimedRun
    expect(await wait(run, worker)).toBe('stored')
    let emitted: Promise<unknown[]> | undefined
    await under().db.transaction(async (query) => {
      // As another run's wait does, which is not visible before its commit.
      await lockEventName(query, scope.orgId, NAME, 'wait')
      emitted = emit(scope, { n: 2 })
      await blockedBy(query)
    })
    expect(await emitted).toEqual([{ executionId: run.executionId, key: 'w' }])
  })

  test('many of both: every wait is answered by one event, and none is lost', async () => {
    const { scope, worker, runs } = await claimed(40)
    const events = runs.map((_, n) => emit(scope, { n }))
    const waits = runs.map((run, n) => wait(run, worker, { n }))
    await Promise.all([...events, ...waits])
    const answered = await readAnswered(
      under().db.query,
      runs.map((run) => ({ executionId: run.executionId, key: 'w' })),
    )
    expect(answered).toHaveLength(40)
    for (const [n, run] of runs.entries())
      expect(answered.find((one) => one.executionId === run.executionId)?.entry.output).toBe(`{"n":${n}}`)
  })

  test('a run that leaves its worker at this moment is not left behind', async () => {
    const { scope, worker, runs } = await claimed(30)
    for (const [n, run] of runs.entries()) await wait(run, worker, { n })
    await Promise.all([
      ...runs.map((run) =>
        suspendRun(under().engine, worker, run, {
          waiting: ['w'],
          variables: '{}',
          logCount: 0,
          durationMs: 1,
        }),
      ),
      ...runs.map((_, n) => emit(scope, { n })),
    ])
    const again = await claimRuns(under().engine, worker, 100)
    expect(again.map((run) => run.executionId).sort()).toEqual(runs.map((run) => run.executionId).sort())
    expect(again.every((run) => run.journal[0]?.status === 'completed')).toBe(true)
  })
})

describe('an event that comes before the wait', () => {
  test('is read once, the oldest first', async () => {
    const { scope, worker, runs } = await claimed()
    const run = runs[0] as ClaimedRun
    for (const n of [1, 2]) await emit(scope, { n })
    for (const key of ['a', 'b']) expect(await wait(run, worker, {}, key)).toBe('answered')
    expect(await wait(run, worker, {}, 'c')).toBe('stored')
    const answered = await readAnswered(
      under().db.query,
      ['a', 'b'].map((key) => ({ executionId: run.executionId, key })),
    )
    expect(answered.map(({ entry }) => entry.output)).toEqual(['{"n":1}', '{"n":2}'])
  })

  test('is not read when it was emitted before the run was accepted, nor when it started the run', async () => {
    const { scope, worker, runs } = await claimed()
    const run = runs[0] as ClaimedRun
    await emit(scope, { n: 1 })
    await under().db.query(
      `update executions set created_at = engine_now() + interval '1 second' where id = $1`,
      [run.executionId],
    )
    expect(await wait(run, worker, {}, 'before')).toBe('stored')
    await under().db.query(
      `update executions set created_at = engine_now() - interval '1 hour',
         origin_id = (select id from events where org_id = $2) where id = $1`,
      [run.executionId, scope.orgId],
    )
    expect(await wait(run, worker, {}, 'own')).toBe('stored')
  })
})

/** Resolves when a session waits for a lock that this transaction holds. */
async function blockedBy(query: Query): Promise<void> {
  for (;;) {
    // Not pg_stat_activity: a transaction sees it as it was when it looked first.
    const [row] = await query(
      'select 1 as blocked from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)) limit 1',
    )
    if (row) return
  }
}

test('an event that PostgreSQL cannot look into harms no wait for another, and is found by its legible fields', async () => {
  const { scope, worker, runs } = await claimed(2)
  const [first, second] = runs as [ClaimedRun, ClaimedRun]
  await emit(scope, { n: 1, text: 'a\0b\ud800 \\u0000 \\\0', '\udc00': '😀' })
  await emit(scope, { n: 2 })
  expect(await wait(first, worker, { n: 2 })).toBe('answered')
  expect(await wait(second, worker, { n: 1 })).toBe('answered')
  expect(await wait(second, worker, { n: 3 }, 'other')).toBe('stored')
})
