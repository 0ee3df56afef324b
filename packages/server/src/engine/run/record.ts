import { backoffMs, ExecutionStatus, isTerminal } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { storedText } from '../../platform/stored-text.ts'
import type { AttemptEnd, AttemptEndItem, ClaimedRun, Engine } from '../types.ts'
import { transition } from './transition.ts'

const ENDS = ExecutionStatus.options.filter(isTerminal)

const END_OWNED = transition(
  { from: ['RUNNING', 'CANCELLING'], to: ENDS, value: 'i.status' },
  {
    // A run that was cancelled has the reason already, from the request.
    set: `ended_at = engine_now(), duration_ms = coalesce(e.duration_ms, 0) + i.duration_ms,
      error_code = i.error_code, error_type = i.error_type,
      error_message = case when e.status = 'CANCELLING' and i.status = 'CANCELLED' then e.error_message else i.error_message end,
      error_stack = i.error_stack, error_for_user = i.error_for_user, result = i.result, result_kind = i.result_kind,
      variables = i.variables, log_count = e.log_count + i.log_count, cpu_ms = i.cpu_ms,
      peak_memory_bytes = i.rss_bytes, time_saved = i.time_saved, value = i.value`,
    from: 'input i join owned o on o.execution_id = i.id',
    where: 'e.id = i.id',
    returning: 'e.id',
  },
)

// Compare and set: the queue row of this very claim must still be ours, and the status must allow an end.
const END = `
with input as (
  select * from unnest(
    $1::uuid[], $2::int[], $3::uuid[], $4::text[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::bool[], $11::json[], $12::text[], $13::json[], $14::int[], $15::real[], $16::int8[], $17::float8[], $18::float8[]
  ) as i (id, claim, worker_id, status, duration_ms, error_code, error_type, error_message, error_stack,
    error_for_user, result, result_kind, variables, log_count, cpu_ms, rss_bytes, time_saved, value)
), owned as (
  delete from queue q using input i
  where q.execution_id = i.id and q.claim = i.claim and (q.worker_id = i.worker_id) is true
  returning q.execution_id
)
${END_OWNED}`

const text = (value: string | undefined) => (value === undefined ? null : storedText(value))

/** Writes how attempts ended; false for a claim that no longer owns its run. */
export async function updateEnds(db: Database, items: AttemptEndItem[]): Promise<boolean[]> {
  const rows = await db.prepared<{ id: string }>('end', END, [
    items.map((item) => item.executionId),
    items.map((item) => item.claim),
    items.map((item) => item.workerId),
    items.map((item) => item.status),
    items.map((item) => item.durationMs),
    items.map((item) => item.error?.code ?? null),
    items.map((item) => text(item.error?.type)),
    items.map((item) => text(item.error?.message)),
    items.map((item) => text(item.error?.stack)),
    items.map((item) => item.error?.forUser ?? null),
    items.map((item) => item.result),
    items.map((item) => item.resultKind),
    items.map((item) => item.variables),
    items.map((item) => item.logCount),
    items.map((item) => item.cpuMs),
    items.map((item) => Math.round(item.rssBytes)),
    items.map((item) => item.timeSaved),
    items.map((item) => item.value),
  ])
  if (rows.length === items.length) return items.map(() => true)
  const written = new Set(rows.map((row) => row.id))
  return items.map((item) => written.has(item.executionId))
}

/** Ends a run for good. Resolves after the commit; false when the claim no longer owns the run. */
export async function endRun(engine: Engine, workerId: string, end: AttemptEnd): Promise<boolean> {
  const written = await engine.ends.add({ ...end, workerId })
  engine.notifier.publish(`execution:${end.executionId}`)
  return written
}

const OWNED = { from: 'owned o', where: 'e.id = o.execution_id' }
const RETRY = transition(
  { RUNNING: 'PENDING' },
  {
    ...OWNED,
    set: 'spent_ms = 0, log_count = log_count + $8, error_code = $5, error_type = $6, error_message = $7',
    returning: 'e.id, e.org_id, e.started_at',
  },
)
const RECOVER = transition(
  { RUNNING: 'PENDING' },
  {
    ...OWNED,
    set: 'crashes = e.crashes + 1, spent_ms = e.spent_ms + $5, log_count = log_count + $4',
    returning: 'e.id',
  },
)

/** Keeps a failed attempt and plans the next one; false when the claim no longer owns the run, or a cancel was requested. */
export async function retryRun(
  engine: Engine,
  workerId: string,
  run: ClaimedRun,
  end: AttemptEnd,
): Promise<boolean> {
  const rows = await engine.db.query(
    `with owned as (
       update queue set worker_id = null, ready = false, attempt = attempt + 1, due_at = engine_now() + make_interval(secs => $4)
       where execution_id = $1 and claim = $2 and worker_id = $3 and not cancel_requested
       returning execution_id
     ), again as (
       ${RETRY}
     ), cleared as (
       delete from execution_steps s using owned o where s.execution_id = o.execution_id and s.status in ('failed', 'running')
       returning s.execution_id, s.key
     ), kept as (
       -- When failed steps run again, the code may learn of the others in another order, and so come to them in another.
       update execution_steps s set position = -1 from owned o
       where s.execution_id = o.execution_id and s.status not in ('failed', 'running')
     ), left_behind as (
       -- A run that the step waited for has failed; the next attempt starts another in its place.
       update executions c set parent_key = c.parent_key || ' of attempt ' || $9::int, idempotency_key = c.idempotency_key || ' of attempt ' || $9::int
       from cleared
       where c.parent_id = cleared.execution_id and c.parent_key = cleared.key
     )
     insert into execution_attempts (execution_id, attempt, org_id, started_at, ended_at, error_code, error_type, error_message)
     select id, $9, org_id, case when $9 = 1 then started_at else engine_now() - make_interval(secs => $10) end,
       engine_now(), $5, $6, $7 from again
     returning execution_id`,
    [
      run.executionId,
      run.claim,
      workerId,
      retryDelaySeconds(engine, run),
      end.error?.code ?? null,
      text(end.error?.type),
      text(end.error?.message),
      end.logCount,
      run.attempt,
      end.durationMs / 1000,
    ],
  )
  engine.notifier.publish(`execution:${run.executionId}`)
  return rows.length === 1
}

/** A durable run whose process went away so often, without a step that ended in between, is taken for what ends it. */
export const CRASHES_MAX = 10

/** A durable run whose process died goes back to the queue and on from its journal; false when it may not, or is not ours. */
export async function resumeRun(
  engine: Engine,
  workerId: string,
  run: ClaimedRun,
  logCount: number,
  durationMs = 0,
): Promise<boolean> {
  const rows = await engine.db.query(
    `with owned as (
       update queue q set worker_id = null from executions e
       where q.execution_id = $1 and q.claim = $2 and q.worker_id = $3 and not q.cancel_requested
         and e.id = q.execution_id and e.crashes < ${CRASHES_MAX}
       returning q.execution_id
     )
     ${RECOVER}`,
    [run.executionId, run.claim, workerId, logCount, durationMs],
  )
  engine.notifier.publish(`execution:${run.executionId}`)
  engine.notifier.publish('queue')
  return rows.length === 1
}

/** The delay of the policy, and up to a tenth longer so that retries of many runs do not meet. */
export function retryDelaySeconds(
  engine: Pick<Engine, 'random'>,
  run: Pick<ClaimedRun, 'attempt' | 'retryPolicy'>,
): number {
  const policy = run.retryPolicy
  if (!policy) return 0
  const delays = {
    firstMs: policy.delay_seconds * 1000,
    maxMs: policy.max_delay_seconds * 1000,
    factor: policy.backoff === 'exponential' ? 2 : 1,
  }
  return (backoffMs(run.attempt, delays) / 1000) * (1 + engine.random() / 10)
}
