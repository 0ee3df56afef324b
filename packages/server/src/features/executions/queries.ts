import { type ExecutionStatus, type Json, type LogLevel, limits, quotaDefaults } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { conditionsOf, type RunFilter, visible } from './filter.ts'
import { AHEAD_MAX } from './reasons.ts'
import type { DetailRow, LogRow, SummaryRow } from './rows.ts'

export const SUMMARY = `e.id, e.org_id, e.workflow_id, e.workflow_name, e.type, e.status, e.trigger, e.user_id,
  e.created_at, e.scheduled_at, e.started_at, e.ended_at, e.duration_ms, e.attempt,
  e.error_type, e.error_message, e.error_for_user, e.columns, e.origin_kind, e.origin_id, e.origin_name`

const DETAIL = `${SUMMARY}, e.error_code, e.error_stack, e.input, e.result, e.result_kind, e.timeout_ms, e.max_attempts,
  e.code_version, e.original_version, e.forked_from, e.durable, e.idempotency_key, e.parent_id, e.log_count, e.time_saved, e.value, e.cpu_ms, e.peak_memory_bytes, e.tokens_used, e.origin_data`

export interface PageFilter extends RunFilter {
  /** Ids smaller than this one: ids grow with time. */
  before?: string | undefined
  limit: number
}

export async function listExecutions(
  scope: OrgScope,
  db: Database,
  { before, limit, ...filter }: PageFilter,
): Promise<SummaryRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = conditionsOf(scope, filter, param)
  if (before) conditions.push(`e.id < ${param(before)}`)
  // A search may look at every run there is.
  const statements = filter.search === undefined ? db.as(scope) : db.heavy(scope)
  return statements.query<SummaryRow>(
    `select e.*, person_name(e.user_id) as user_name from (
       select ${SUMMARY} from executions e where ${conditions.join(' and ')} order by e.id desc limit ${param(limit)}
     ) e order by e.id desc`,
    values,
  )
}

export async function countExecutions(scope: OrgScope, db: Database, filter: RunFilter): Promise<number> {
  const values: unknown[] = []
  const conditions = conditionsOf(scope, filter, (value) => `$${values.push(value)}`)
  const [row] = await db
    .heavy(scope)
    .query<{ count: number }>(
      `select count(*)::int as count from executions e where ${conditions.join(' and ')}`,
      values,
    )
  return row?.count ?? 0
}

export async function findExecution(scope: OrgScope, db: Database, id: string): Promise<DetailRow | null> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [...visible(scope, param), `e.id = ${param(id)}`]
  // Planned once per connection: there is a lot to plan.
  const [row] = await db.as(scope).prepared<DetailRow>(
    `find_execution${may(scope, 'execution:debug') ? '' : scope.userId === null ? '_of_nobody' : '_of_one'}`,
    `select ${DETAIL}, person_name(e.user_id) as user_name, q.due_at, q.gate, q.flow, q.debounce_key is not null as debounced,
       h.taken, h.allowed, h.next_at, q.attempt as next_attempt, place.ahead, place.workers, place.quota, place.running,
       w.kind as wait_kind, w.due_at as wait_until, w.reason as wait_reason, w.child_id as wait_child, w.count as wait_count,
       s.name as wait_step, json_array_length(s.attempts) as wait_attempts,
       ${may(scope, 'execution:debug') ? `s.attempts -> -1 -> 'error' ->> 'message'` : 'null'} as wait_error,
       t.title as wait_task, t.person as wait_person, v.id as event_id, v.name as event_name
     from executions e
     left join events v on e.trigger = 'event' and v.id = e.origin_id and v.org_id = e.org_id
     left join queue q on q.execution_id = e.id
     left join lateral (
       select key, kind, due_at, reason, child_id, (count(*) over ())::int as count
       from waits where execution_id = e.id order by (kind = 'parked') desc, due_at nulls last limit 1
     ) w on true
     left join execution_steps s on s.execution_id = e.id and s.key = w.key
     left join lateral (
       select (select count(*)::int from (
           select from queue o where o.org_id = q.org_id and o.worker_id is null and o.ready and (o.priority > q.priority
             or o.priority = q.priority and (o.due_at, o.execution_id) < (q.due_at, q.execution_id))
           limit ${AHEAD_MAX + 1}) before) as ahead,
         (select count(*)::int from workers where lease_until > engine_now()) as workers,
         (select case when is_usual then ${quotaDefaults.concurrent_runs} else value end from concurrent_run_limits where org_id = q.org_id) as quota,
         (select count(*)::int from queue o where o.org_id = q.org_id and o.worker_id is not null) as running
     ) place on q.ready and q.worker_id is null
     left join lateral (
       select title, coalesce(person_name(coalesce(claimed_by, assignee_user)),
         'any ' || replace(assignee_role, '_', ' ')) as person
       from tasks where execution_id = e.id and key = w.key and status in ('open', 'claimed')
     ) t on w.kind = 'task'
     left join lateral (
       select (select count(*)::int from queue o where o.concurrency_key = q.concurrency_key and (o.ready or o.gate = 'rate')) as taken,
         concurrency_limit(q.concurrency_key, (q.flow -> 'concurrency' ->> 'limit')::int) as allowed,
         (select r.next_at from flow_rates r where r.key = q.rate_key) as next_at
       where q.gate is not null
     ) h on true
     where ${conditions.join(' and ')}`,
    values,
  )
  return row ?? null
}

/** How a run stands, for the caller that started it and waits, and that may be unable to look it up later. */
export async function findOutcome(
  scope: OrgScope,
  db: Database,
  id: string,
): Promise<Pick<
  DetailRow,
  'status' | 'result' | 'error_type' | 'error_message' | 'error_for_user' | 'duration_ms'
> | null> {
  const [row] = await db.as(scope).query<DetailRow>(
    `select status, result, error_type, error_message, error_for_user, duration_ms from executions
     where id = $1 and org_id = $2`,
    [id, scope.orgId],
  )
  return row ?? null
}

export async function findVariables(
  scope: OrgScope,
  db: Database,
  id: string,
): Promise<Record<string, Json>> {
  const [row] = await db
    .as(scope)
    .query<{ variables: Record<string, Json> | null }>(
      'select variables from executions where id = $1 and org_id = $2',
      [id, scope.orgId],
    )
  return row?.variables ?? {}
}

export interface LogFilter {
  after: number
  /** Lines whose text together is longer are for the next read; at least one is given. */
  bytesMax?: number | undefined
  level?: LogLevel[] | undefined
  search?: string | undefined
  limit: number
}

export async function listLogs(
  scope: OrgScope,
  db: Database,
  id: string,
  filter: LogFilter,
): Promise<LogRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [
    `execution_id = ${param(id)}`,
    `org_id = ${param(scope.orgId)}`,
    `seq > ${param(filter.after)}`,
  ]
  if (!may(scope, 'execution:debug')) conditions.push(`level <> 'debug'`)
  if (filter.level) conditions.push(`level = any(${param(filter.level)})`)
  if (filter.search) conditions.push(`message ilike ${param(likePattern(filter.search))}`)
  const statements = filter.search ? db.heavy(scope) : db.as(scope)
  return statements.query<LogRow>(
    `select seq, created_at, level, message, found from (
       select *, count(*) over ()::int as found,
         sum(octet_length(message)) over (order by seq) - octet_length(message) as before from (
         select seq, created_at, level, message from execution_logs where ${conditions.join(' and ')}
         order by seq limit ${param(filter.limit)}
       ) l
     ) l where before < ${param(filter.bytesMax ?? limits.logPageBytesMax)} order by seq`,
    values,
  )
}

/** The last run of each workflow, of those that the scope may see. */
export async function lastExecutions(scope: OrgScope, db: Database, workflowIds: string[]) {
  return db.as(scope).query<{ workflow_id: string; id: string; status: ExecutionStatus; created_at: Date }>(
    `select w.id as workflow_id, e.id, e.status, e.created_at from unnest($1::uuid[]) as w (id)
     cross join lateral (
       select id, status, created_at from executions
       where workflow_id = w.id and org_id = $2 and trigger <> 'test' and ($3 or user_id = $4)
       order by id desc limit 1
     ) e`,
    [workflowIds, scope.orgId, may(scope, 'execution:debug'), scope.userId],
  )
}

/** A test run leaves nothing in history, nor do the runs that it started and that have ended. */
export async function deleteExecution(scope: OrgScope, db: Database, id: string): Promise<void> {
  await db.as(scope).query(
    `with recursive tree as (
         select id from executions where id = $1 and org_id = $2
         union all
         select e.id from tree t join executions e on e.parent_id = t.id where e.org_id = $2 and e.trigger = 'test'
       ), gone as (
         delete from executions e using tree t where e.id = t.id and (e.id = $1 or e.ended_at is not null) returning e.id
       ),
       attempts as (delete from execution_attempts a using gone g where a.execution_id = g.id),
       steps as (delete from execution_steps s using gone g where s.execution_id = g.id)
     delete from execution_logs l using gone g where l.execution_id = g.id`,
    [id, scope.orgId],
  )
}
