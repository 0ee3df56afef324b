import { type ExecutionStatus, isTerminal } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { admitConcurrency, admitRates, lockKeys } from '../flow-control/admit.ts'
import { type RunFlow, storedFlow } from '../flow-control/flow.ts'
import { cancelExecution } from '../run/cancel.ts'
import type { Engine, ExecutionSpec } from '../types.ts'
import { insertExecutionOnce, replaceRun } from './accept.ts'
import { copyJournal } from './fork.ts'
import { cancelsOf } from './run-columns.ts'
import type { StartedExecution } from './start-execution.ts'

type ControlledSpec = ExecutionSpec & { flow: RunFlow }

/** How accepting went; `cancel` is the run that this one takes the place of. */
export type Accepted = StartedExecution & { cancel: string | null }

/**
 * Accepts a run of a workflow with flow control. It never goes to a worker directly: it is stored as one that waits, and
 * is let go by the same statement as all others of its keys.
 */
export async function startControlled(
  engine: Engine,
  scope: OrgScope,
  spec: ControlledSpec,
  id: string,
): Promise<StartedExecution> {
  const accepted = await engine.db.transaction((query) => acceptControlled(query, scope, spec, id))
  return announceControlled(engine, scope, spec, accepted)
}

/** What is left to do when an accepted run is committed. */
export async function announceControlled(
  engine: Engine,
  scope: OrgScope,
  { flow }: ControlledSpec,
  { cancel, ...started }: Accepted,
): Promise<StartedExecution> {
  if (cancel !== null) await cancelIfThere(engine, scope, cancel)
  if (started.duplicate) {
    if (flow.debounce) engine.notifier.publish(`execution:${started.executionId}`)
    return started
  }
  if (started.status === 'SCHEDULED') engine.notifier.publish('due')
  if (started.status === 'PENDING') {
    if (flow.concurrency) await admitConcurrency(engine, [flow.concurrency.key])
    else if (flow.rate) await admitRates(engine, [flow.rate.key])
    else engine.notifier.publish('queue')
  }
  return started
}

/** Accepts it within a transaction; afterwards call `announceControlled`. */
export async function acceptControlled(
  query: Query,
  scope: OrgScope,
  spec: ControlledSpec,
  id: string,
): Promise<Accepted> {
  const { debounce, singleton } = spec.flow
  const keys = [debounce?.key, singleton?.key].filter((key) => key !== undefined)
  await lockKeys(query, keys)
  const known = await knownByKey(query, scope, spec)
  if (known) return known
  if (debounce) {
    const waiting = await replaceWaiting(query, scope, spec, debounce)
    if (waiting) return waiting
  }
  const holder = singleton ? await holderOf(query, singleton.key) : null
  if (holder && singleton?.onConflict === 'skip')
    return { executionId: holder.id, status: holder.status, duplicate: true, cancel: null }
  const scheduledAt = debounce ? await inSeconds(query, debounce.seconds, spec.scheduledAt) : spec.scheduledAt
  const status = scheduledAt === null ? 'PENDING' : 'SCHEDULED'
  const item = { id, scope, spec: { ...spec, scheduledAt }, status, workerId: null } as const
  if (!(await insertExecutionOnce(query, item))) {
    // Accepted by another transaction in this very moment.
    const earlier = await knownByKey(query, scope, spec)
    if (!earlier) throw new Error('the run of an idempotency key no longer exists')
    return earlier
  }
  if (spec.fork) await copyJournal(query, id, scope, spec.fork)
  if (singleton)
    await query(
      `insert into singletons (key, org_id, execution_id) values ($1, $2, $3)
       on conflict (key) do update set execution_id = excluded.execution_id`,
      [singleton.key, scope.orgId, id],
    )
  return { executionId: id, status, duplicate: false, cancel: holder?.id ?? null }
}

async function knownByKey(query: Query, scope: OrgScope, spec: ExecutionSpec): Promise<Accepted | null> {
  if (spec.idempotencyKey === null) return null
  const [known] = await query<{ id: string; status: ExecutionStatus }>(
    `select id, status from executions
     where org_id = $1 and workflow_id is not distinct from $2 and idempotency_key = $3`,
    [scope.orgId, spec.workflowId, spec.idempotencyKey],
  )
  return known ? { executionId: known.id, status: known.status, duplicate: true, cancel: null } : null
}

async function inSeconds(query: Query, seconds: number, atLeast: Date | null): Promise<Date> {
  const [row] = await query<{ at: Date }>('select engine_now() + make_interval(secs => $1) as at', [seconds])
  const at = row?.at ?? new Date()
  return atLeast !== null && atLeast > at ? atLeast : at
}

/** The run that waits for further starts becomes this one: its input, its code, its person; and its time starts over. */
async function replaceWaiting(
  query: Query,
  scope: OrgScope,
  spec: ControlledSpec,
  debounce: NonNullable<RunFlow['debounce']>,
): Promise<Accepted | null> {
  const [waiting] = await query<{ execution_id: string; due_at: Date }>(
    `update queue q set due_at = least(engine_now() + make_interval(secs => $2),
       e.created_at + make_interval(secs => $3)), priority = $4, flow = $5, concurrency_key = $6, rate_key = $7
     from executions e where q.debounce_key = $1 and e.id = q.execution_id and q.due_at > engine_now()
     returning q.execution_id, q.due_at`,
    [
      debounce.key,
      debounce.seconds,
      debounce.maxSeconds ?? YEAR_SECONDS,
      spec.flow.priority,
      JSON.stringify(storedFlow(spec.flow)),
      spec.flow.concurrency?.key ?? null,
      spec.flow.rate?.key ?? null,
    ],
  )
  if (!waiting) {
    // Its time has come and no process has looked yet: it goes as it is, and this start waits for its own.
    await query('update queue set debounce_key = null where debounce_key = $1', [debounce.key])
    return null
  }
  await replaceRun(query, {
    id: waiting.execution_id,
    scope,
    spec: { ...spec, scheduledAt: waiting.due_at },
    status: 'SCHEDULED',
    workerId: null,
  })
  await replaceCancels(query, scope, waiting.execution_id, spec)
  return { executionId: waiting.execution_id, status: 'SCHEDULED', duplicate: true, cancel: null }
}

/** Which events cancel it depends on the input. */
async function replaceCancels(query: Query, scope: OrgScope, id: string, spec: ExecutionSpec): Promise<void> {
  await query('delete from event_cancels where execution_id = $1', [id])
  const cancels = cancelsOf({ spec })
  await query('update executions set has_event_cancels = $2 where id = $1', [id, cancels !== null])
  if (cancels === null) return
  await query(
    `insert into event_cancels (execution_id, org_id, event_name, match_fields, match_values)
     select $1, $2, c.event, c.fields, c."values"
     from json_to_recordset($3::json) as c (event text, fields text, "values" text) on conflict do nothing`,
    [id, scope.orgId, JSON.stringify(cancels)],
  )
}

const YEAR_SECONDS = 31_536_000

/** The run that has this singleton now, while it lives. */
async function holderOf(query: Query, key: string): Promise<{ id: string; status: ExecutionStatus } | null> {
  const [holder] = await query<{ id: string; status: ExecutionStatus }>(
    'select e.id, e.status from singletons s join executions e on e.id = s.execution_id where s.key = $1',
    [key],
  )
  return holder && !isTerminal(holder.status) ? holder : null
}

/** It may have ended by itself in the meantime, which is as good. */
async function cancelIfThere(engine: Engine, scope: OrgScope, executionId: string): Promise<void> {
  try {
    await cancelExecution(engine, scope, executionId)
  } catch (error) {
    const { code } = error as { code?: string }
    if (code !== 'execution_finished' && code !== 'conflict') throw error
  }
}
