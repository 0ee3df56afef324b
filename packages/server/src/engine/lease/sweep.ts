import type { RetryPolicy } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { admitConcurrency, admitRates } from '../flow-control/admit.ts'
import { CRASHES_MAX, retryDelaySeconds } from '../run/record.ts'
import { transition } from '../run/transition.ts'
import { type Ending, needsUndo, queueForUndo } from '../run/undo.ts'
import type { Engine } from '../types.ts'

/** Rows that one pass handles at most; the next pass takes the rest. */
const ROWS_MAX = 1000

/** Makes planned runs ready whose time has come; returns how many. */
export async function promoteDue(engine: Engine): Promise<number> {
  for (let promoted = 0; ; ) {
    const count = await promoteSome(engine)
    promoted += count
    if (count < ROWS_MAX) return promoted
  }
}

const PROMOTE = transition(
  { SCHEDULED: 'PENDING', PENDING: 'PENDING' },
  { from: 'ready r', where: 'e.id = r.execution_id', returning: 'r.gate, r.concurrency_key, r.rate_key' },
)

async function promoteSome(engine: Engine): Promise<number> {
  const rows = await engine.db.prepared<{
    gate: string | null
    concurrency_key: string | null
    rate_key: string | null
  }>(
    'promote',
    `with due as (
       select execution_id from queue where not ready and gate is null and due_at <= engine_now()
       order by due_at limit ${ROWS_MAX} for update skip locked
     ), ready as (
       update queue q set ready = q.concurrency_key is null and q.rate_key is null, debounce_key = null,
         gate = case when q.concurrency_key is not null then 'concurrency' when q.rate_key is not null then 'rate' end
       from due d where q.execution_id = d.execution_id returning q.execution_id, q.gate, q.concurrency_key, q.rate_key
     )
     ${PROMOTE}`,
    [],
  )
  if (rows.some((row) => row.gate === null)) engine.notifier.publish('queue')
  await admitConcurrency(
    engine,
    rows.flatMap((row) => (row.gate === 'concurrency' && row.concurrency_key) || []),
  )
  await admitRates(
    engine,
    rows.flatMap((row) => (row.gate === 'rate' && row.rate_key) || []),
  )
  return rows.length
}

/** Milliseconds until the next planned run is due; null when none is planned. */
export async function nextDueMs(engine: Engine): Promise<number | null> {
  const [row] = await engine.db.prepared<{ wait_ms: number | null }>(
    'next_due',
    `select extract(epoch from min(due_at) - engine_now())::float8 * 1000 as wait_ms from queue
     where not ready and gate is null`,
    [],
  )
  return row?.wait_ms ?? null
}

interface LostRow {
  execution_id: string
  attempt: number
  due_at: Date
  crashes: number
  max_attempts: number
  retry_policy: RetryPolicy | null
  durable: boolean
  concurrency_key: string | null
  cancel_requested: boolean
  ending: Ending | null
}

/**
 * Finds runs whose worker is gone. A durable run recovers from its journal; another gets a next attempt where its retry
 * policy has one left. Otherwise it ends: its code had begun, and running it twice is the author's to allow.
 */
export async function recoverLostRuns(engine: Engine): Promise<number> {
  const lost = await engine.db.transaction(async (query) => {
    const rows = await query<LostRow>(
      `select q.execution_id, q.attempt, q.due_at, e.crashes, q.cancel_requested, q.ending, q.concurrency_key, e.max_attempts, e.retry_policy, e.durable
       from queue q join executions e on e.id = q.execution_id
       where q.worker_id is not null
         and not exists (select from workers w where w.id = q.worker_id and w.lease_until > engine_now())
       order by q.execution_id limit ${ROWS_MAX} for update of q skip locked`,
    )
    for (const row of rows) {
      if (row.cancel_requested || row.ending) await stopLost(query, row)
      else if (row.durable && row.crashes < CRASHES_MAX) await resumeLost(query, row)
      else if (row.attempt < row.max_attempts) await retryLost(engine, query, row)
      else await endLost(query, row)
    }
    return rows
  })
  for (const row of lost) engine.notifier.publish(`execution:${row.execution_id}`)
  if (lost.length > 0) {
    await admitConcurrency(
      engine,
      lost.flatMap((row) => row.concurrency_key ?? []),
    )
    engine.log.warn({ runs: lost.length }, 'runs of a lost worker were recovered')
    engine.notifier.publish('queue')
  }
  return lost.length
}

const OF_RUN = { where: 'e.id = $1' }
const RESUME_LOST = transition({ RUNNING: 'PENDING' }, { ...OF_RUN, set: 'crashes = crashes + 1' })
const RETRY_LOST = transition({ RUNNING: 'PENDING' }, OF_RUN)
const STOP_LOST = transition(
  { CANCELLING: 'CANCELLING', RUNNING: 'PENDING' },
  { ...OF_RUN, set: 'crashes = crashes + 1' },
)
const END_LOST = transition(
  { CANCELLING: 'CANCELLED', RUNNING: 'FAILED' },
  {
    set: `ended_at = engine_now(), duration_ms = extract(epoch from engine_now() - started_at) * 1000,
       error_code = 'worker_lost', error_type = 'WorkerLostError', error_message = $2, error_for_user = true`,
    ...OF_RUN,
  },
)

/** It was being stopped: another worker undoes its steps, or it ends. */
async function stopLost(query: Query, row: LostRow): Promise<void> {
  if (row.crashes >= CRASHES_MAX || !(await needsUndo(query, row.execution_id))) return endLost(query, row)
  await queueForUndo(query, row.execution_id, row.ending ?? 'CANCELLED')
  await query(STOP_LOST, [row.execution_id])
}

async function resumeLost(query: Query, row: LostRow): Promise<void> {
  await query('update queue set worker_id = null where execution_id = $1', [row.execution_id])
  await query(RESUME_LOST, [row.execution_id])
}

async function retryLost(engine: Engine, query: Query, row: LostRow): Promise<void> {
  const delay = retryDelaySeconds(engine, { attempt: row.attempt, retryPolicy: row.retry_policy })
  await query(
    `update queue set worker_id = null, ready = false, attempt = attempt + 1,
       due_at = engine_now() + make_interval(secs => $2)
     where execution_id = $1`,
    [row.execution_id, delay],
  )
  await query(
    `insert into execution_attempts (execution_id, attempt, org_id, started_at, ended_at, error_code, error_type, error_message)
     select id, attempt, org_id, case when attempt = 1 then started_at else $3 end, engine_now(), 'worker_lost',
       'WorkerLostError', $2 from executions where id = $1
     on conflict do nothing`,
    [row.execution_id, lostMessage(row), row.due_at],
  )
  await query(RETRY_LOST, [row.execution_id])
}

async function endLost(query: Query, row: LostRow): Promise<void> {
  await query('delete from queue where execution_id = $1', [row.execution_id])
  await query('delete from waits where execution_id = $1', [row.execution_id])
  await query(END_LOST, [
    row.execution_id,
    `${lostMessage(row)} Its code had begun and was not run again; use steps, or give the workflow a retryPolicy where that is safe.`,
  ])
}

const lostMessage = (row: LostRow) => `The worker that ran attempt ${row.attempt} was lost.`
