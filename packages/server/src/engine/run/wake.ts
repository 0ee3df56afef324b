import type { Engine } from '../types.ts'
import { BACK_TO_QUEUE } from './answer.ts'

/** Rows that one pass handles at most; the next pass takes the rest. */
const ROWS_MAX = 500

/**
 * Tells that waits of these runs were answered, after the commit: suspended runs are in the queue again, and a run that
 * is still in its worker, because something else of it continues, is told there.
 */
export function announceWoken(engine: Engine, executionIds: readonly string[]): void {
  if (executionIds.length === 0) return
  for (const id of executionIds) {
    engine.notifier.publish(`woken:${id}`)
    engine.notifier.publish(`execution:${id}`)
  }
  engine.notifier.publish('queue')
  for (const id of executionIds)
    engine.admissions
      .add({ woken: id })
      .catch((error: unknown) => engine.log.error({ err: error }, 'admitting runs that woke up failed'))
}

/** Answers all that is due, timers and time limits; returns the runs that have something to learn. */
export async function wakeDue(engine: Engine): Promise<string[]> {
  const all: string[] = []
  for (;;) {
    const { due, woken } = await wakeSome(engine)
    announceWoken(engine, woken)
    all.push(...woken)
    // Rows that another session has locked stay for the next pass.
    if (due < ROWS_MAX || woken.length === 0) return all
  }
}

async function wakeSome(engine: Engine): Promise<{ due: number; woken: string[] }> {
  return engine.db.transaction(async (query) => {
    const due = await query<{ execution_id: string }>(
      `select execution_id from waits where due_at <= engine_now() order by due_at limit ${ROWS_MAX}`,
    )
    if (due.length === 0) return { due: 0, woken: [] }
    const ids = [...new Set(due.map((row) => row.execution_id))]
    // The same order of locks as everywhere: queue, executions, then what belongs to them. A transaction that
    // holds one of them changes the run at this moment; the run is looked at again afterwards.
    const queued = await query<{ execution_id: string }>(
      'select execution_id from queue where execution_id = any($1) for update skip locked',
      [ids],
    )
    // A run that is neither ours in the queue nor suspended may be about to leave its worker and count its waits.
    const locked = await query<{ id: string }>(
      `select id from executions where id = any($1)
         and (id = any($2) or status in ('SUSPENDED', 'SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED'))
       for update skip locked`,
      [ids, queued.map((row) => row.execution_id)],
    )
    const woken = await query<{ execution_id: string }>(
      `with answered as (
         delete from waits w using executions e
         where w.execution_id = any($1) and w.due_at <= engine_now() and e.id = w.execution_id
         returning w.execution_id, w.key, w.kind, w.due_at, e.org_id, e.status, e.attempt, e.claims
       ), resumed as (
         -- Its code is called again, and told that no answer came in time.
         update execution_steps s set status = 'resumed', answered_at = engine_now(), answered_by = 'its time limit', due_at = null
         from answered a where s.execution_id = a.execution_id and s.key = a.key and a.kind = 'resume'
       ), completed as (
         -- A step that waits for its next attempt is no outcome yet; its code runs again.
         update execution_steps s set status = 'completed', ended_at = engine_now() from answered a
         where s.execution_id = a.execution_id and s.key = a.key and a.kind not in ('retry', 'resume')
           and a.status in ('SUSPENDED', 'PENDING', 'RUNNING', 'CANCELLING')
       ), back as (
         ${BACK_TO_QUEUE}
       ), requeued as (
         insert into queue (execution_id, org_id, due_at, attempt, claim)
         select id, org_id, engine_now(), attempt, claims from back
       )
       select distinct execution_id from answered`,
      [locked.map((row) => row.id)],
    )
    return { due: due.length, woken: woken.map((row) => row.execution_id) }
  })
}

/** Milliseconds until the next timer is due; null when there is none. */
export async function nextWakeMs(engine: Engine): Promise<number | null> {
  const [row] = await engine.db.prepared<{ wait_ms: number | null }>(
    'next_wake',
    `select extract(epoch from min(due_at) - engine_now())::float8 * 1000 as wait_ms from waits`,
    [],
  )
  return row?.wait_ms ?? null
}
