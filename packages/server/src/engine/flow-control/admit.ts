import type { Query } from '../../platform/database.ts'
import type { Admission, Engine } from '../types.ts'

// A run that flow control holds back is in the queue and not ready. Here is the only place that lets one go, one
// transaction per key at a time across all processes: what was counted under the lock is still true when it is written.

/** Keys that one transaction locks at most. */
const KEYS_MAX = 200
/** Without a limit any more, so many go at once. */
const UNLIMITED = 100_000

interface Admitted {
  ready: boolean
  rate_key: string | null
}

/** Lets waiting runs of these concurrency keys go, as far as their limits allow: the highest priority first, then the oldest. */
export async function admitConcurrency(engine: Engine, keys: Iterable<string>): Promise<void> {
  const all = [...new Set(keys)].sort()
  let ready = false
  const rateKeys = new Set<string>()
  for (let from = 0; from < all.length; from += KEYS_MAX) {
    const some = all.slice(from, from + KEYS_MAX)
    const admitted = await engine.db.transaction(async (query) => {
      await lockKeys(query, some)
      return query<Admitted>(ADMIT_CONCURRENCY, [some])
    })
    for (const row of admitted) {
      if (row.ready) ready = true
      if (row.rate_key !== null) rateKeys.add(row.rate_key)
    }
  }
  if (ready) engine.notifier.publish('queue')
  if (rateKeys.size > 0) await admitRates(engine, rateKeys)
}

// A run that passed its concurrency limit and waits for its rate counts: it may go at any moment.
const ADMIT_CONCURRENCY = `
with keys as (
  select k.key, (select count(*)::int from queue q where q.concurrency_key = k.key and (q.ready or q.gate = 'rate')) as taken,
    concurrency_limit(k.key, (select (q.flow -> 'concurrency' ->> 'limit')::int from queue q
      where q.concurrency_key = k.key and q.gate = 'concurrency' order by q.priority desc, q.execution_id limit 1)) as allowed
  from unnest($1::text[]) as k (key)
), next as (
  select waiting.execution_id from keys k cross join lateral (
    select q.execution_id from queue q where q.concurrency_key = k.key and q.gate = 'concurrency'
    order by q.priority desc, q.execution_id
    limit greatest(0, coalesce(k.allowed, ${UNLIMITED}) - k.taken)
  ) waiting
)
update queue q set ready = q.rate_key is null, gate = case when q.rate_key is not null then 'rate' end,
  due_at = engine_now()
from next n where q.execution_id = n.execution_id and q.gate = 'concurrency'
returning q.ready, q.rate_key`

/** Lets runs under a rate go, as many as the time allows, and notes when the next may. */
export async function admitRates(engine: Engine, keys: Iterable<string>): Promise<void> {
  const all = [...new Set(keys)].sort()
  if (all.length === 0) return
  let ready = false
  for (const key of all) if (await engine.db.transaction((query) => admitRate(query, key))) ready = true
  if (ready) engine.notifier.publish('queue')
  engine.notifier.publish('due')
}

interface RateRow {
  org_id: string
  limit: number
  per_ms: number
  now_ms: number
  recent: number[] | null
}

async function admitRate(query: Query, key: string): Promise<boolean> {
  await lockKeys(query, [key])
  const [rule] = await query<RateRow>(
    `select q.org_id, (q.flow -> 'rate' ->> 'limit')::int as limit, (q.flow -> 'rate' ->> 'perSeconds')::float8 * 1000 as per_ms,
       extract(epoch from engine_clock())::float8 * 1000 as now_ms, r.recent
     from queue q left join flow_rates r on r.key = q.rate_key
     where q.rate_key = $1 and q.gate = 'rate' order by q.priority desc, q.execution_id desc limit 1`,
    [key],
  )
  if (!rule) {
    await query('update flow_rates set next_at = null where key = $1', [key])
    return false
  }
  const recent = (rule.recent ?? []).filter((at) => at > rule.now_ms - rule.per_ms)
  const free = Math.max(0, rule.limit - recent.length)
  const [gone] = await query<{ count: number; left: boolean }>(
    `with next as (
       select execution_id from queue where rate_key = $1 and gate = 'rate' order by priority desc, execution_id limit $2
     ), gone as (
       update queue q set ready = true, gate = null, rate_key = null, due_at = engine_now()
       from next n where q.execution_id = n.execution_id and q.gate = 'rate' returning q.execution_id
     )
     select (select count(*)::int from gone) as count,
       exists (select from queue where rate_key = $1 and gate = 'rate' order by priority desc, execution_id offset $2) as left`,
    [key, free],
  )
  const count = gone?.count ?? 0
  const now = [...recent, ...Array.from({ length: count }, () => rule.now_ms)].slice(-rule.limit)
  const nextMs = now.length >= rule.limit ? (now[0] ?? rule.now_ms) + rule.per_ms : rule.now_ms
  await query(
    `insert into flow_rates (key, org_id, recent, next_at, updated_at)
     values ($1, $2, $3, to_timestamp($4::float8 / 1000), engine_now())
     on conflict (key) do update set recent = excluded.recent, next_at = excluded.next_at, updated_at = excluded.updated_at`,
    [key, rule.org_id, now, gone?.left ? nextMs : null],
  )
  return count > 0
}

/** Takes turns with every other process; released with the transaction. Always in the same order: an array's rows come in its own. */
export async function lockKeys(query: Query, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  await query('select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) as k (key)', [
    keys.toSorted(),
  ])
}

/** Milliseconds until a run that a rate holds back may go; null when none waits. */
export async function nextRateMs(engine: Engine): Promise<number | null> {
  const [row] = await engine.db.prepared<{ wait_ms: number | null }>(
    'next_rate',
    `select extract(epoch from min(next_at) - engine_now())::float8 * 1000 as wait_ms from flow_rates
     where next_at is not null`,
    [],
  )
  return row?.wait_ms ?? null
}

/** Rates whose next run may go now. */
export async function admitDueRates(engine: Engine): Promise<void> {
  const due = await engine.db.prepared<{ key: string }>(
    'due_rates',
    `select key from flow_rates where next_at <= engine_now() order by next_at limit ${KEYS_MAX}`,
    [],
  )
  if (due.length > 0)
    await admitRates(
      engine,
      due.map(({ key }) => key),
    )
}

/** What changed in one burst, in one pass. */
export async function admit(engine: Engine, items: readonly Admission[]): Promise<undefined[]> {
  const woken = items.flatMap((item) => ('woken' in item ? item.woken : []))
  if (woken.length > 0) await admitWoken(engine, woken)
  await admitConcurrency(
    engine,
    items.flatMap((item) => ('freed' in item ? item.freed : [])),
  )
  return items.map(() => undefined)
}

/** Runs that woke up may have to wait for their concurrency limit again. Those without one are not touched. */
export async function admitWoken(engine: Engine, executionIds: readonly string[]): Promise<void> {
  const rows = await engine.db.prepared<{ concurrency_key: string }>(
    'woken_keys',
    `select distinct concurrency_key from queue where execution_id = any($1) and gate = 'concurrency'`,
    [executionIds],
  )
  if (rows.length > 0)
    await admitConcurrency(
      engine,
      rows.map(({ concurrency_key }) => concurrency_key),
    )
}

/**
 * The net below all this: free capacity that was not given away, because the process that freed them died in that moment, or
 * because the limit was raised.
 */
export async function admitForgotten(engine: Engine): Promise<void> {
  const rows = await engine.db.prepared<{ key: string }>('forgotten_keys', FORGOTTEN, [])
  if (rows.length > 0)
    await admitConcurrency(
      engine,
      rows.map(({ key }) => key),
    )
  const rates = await engine.db.prepared<{ key: string }>(
    'forgotten_rates',
    `select distinct q.rate_key as key from queue q left join flow_rates r on r.key = q.rate_key
     where q.gate = 'rate' and r.next_at is null limit ${KEYS_MAX}`,
    [],
  )
  if (rates.length > 0)
    await admitRates(
      engine,
      rates.map(({ key }) => key),
    )
}

const FORGOTTEN_EVERY_MS = 5000
const lookedMs = new WeakMap<Engine, number>()

/** Every few sweeps: with very many keys it is not for nothing. */
export async function sweepForgotten(engine: Engine): Promise<void> {
  const now = performance.now()
  if (now - (lookedMs.get(engine) ?? Number.NEGATIVE_INFINITY) < FORGOTTEN_EVERY_MS) return
  lookedMs.set(engine, now)
  await admitForgotten(engine)
}

// Steps from key to key through the index, whatever the number of runs that wait under each.
const FORGOTTEN = `
with recursive waiting as (
  (select concurrency_key as key from queue where gate = 'concurrency' order by concurrency_key limit 1)
  union all
  select (select q.concurrency_key from queue q where q.gate = 'concurrency' and q.concurrency_key > w.key order by q.concurrency_key limit 1)
  from waiting w where w.key is not null
)
select w.key from waiting w
where w.key is not null
  and (select count(*) from queue q where q.concurrency_key = w.key and (q.ready or q.gate = 'rate')) < coalesce(
    concurrency_limit(w.key, (select (q.flow -> 'concurrency' ->> 'limit')::int from queue q
      where q.concurrency_key = w.key and q.gate = 'concurrency' order by q.priority desc, q.execution_id limit 1)), ${UNLIMITED})
limit ${KEYS_MAX}`

/** Forgets rates that have long been quiet, and singletons whose run is gone. */
export async function forgetFlow(engine: Engine): Promise<void> {
  await engine.db.query(
    `delete from flow_rates where next_at is null and updated_at < engine_now() - interval '2 days'`,
  )
  await engine.db.query(
    `delete from singletons s
     where not exists (select from executions e where e.id = s.execution_id and e.ended_at is null)`,
  )
}
