import type { Database, Query } from '../../platform/database.ts'
import { matchKey } from '../events/match.ts'
import type { AcceptItem } from '../types.ts'
import { originValues } from './run-origin.ts'

// History and queue in one statement, so that there is never one without the other. Columns travel as arrays: one plan
// for any number of rows.
const INSERT = `
with input as (
  select * from unnest(
    $1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::timestamptz[], $11::int[], $12::int[], $13::float8[], $14::float8[], $15::text[], $16::json[], $17::json[],
    $18::uuid[], $19::bool[], $20::uuid[], $21::text[], $22::json[], $23::text[], $24::uuid[], $25::text[], $26::json[],
    $27::json[]
  ) as i (id, org_id, workflow_id, user_id, status, type, trigger, workflow_name, code_version,
    scheduled_at, timeout_ms, max_attempts, time_saved, value, idempotency_key, retry_policy, input, worker_id, durable,
    parent_id, parent_key, cancel_on, origin_kind, origin_id, origin_name, origin_data, limited_to)
), history as (
  insert into executions (id, org_id, workflow_id, user_id, status, type, trigger, workflow_name, code_version,
    created_at, scheduled_at, started_at, timeout_ms, attempt, max_attempts, time_saved, value, idempotency_key,
    retry_policy, input, durable, claims, parent_id, parent_key, has_event_cancels,
    origin_kind, origin_id, origin_name, origin_data, limited_to)
  select id, org_id, workflow_id, user_id, status, type, trigger, workflow_name, code_version,
    engine_now(), scheduled_at, case when worker_id is not null then engine_now() end, timeout_ms,
    (worker_id is not null)::int, max_attempts, time_saved, value, idempotency_key, retry_policy, input, durable, (worker_id is not null)::int,
    parent_id, parent_key, cancel_on is not null, origin_kind, origin_id, origin_name, origin_data, limited_to
  from input
  on conflict (org_id, workflow_id, idempotency_key) where idempotency_key is not null do nothing
  returning id
), live as (
  insert into queue (execution_id, org_id, due_at, ready, worker_id, attempt, claim)
  select id, org_id, coalesce(scheduled_at, engine_now()), scheduled_at is null, worker_id, 1, (worker_id is not null)::int
  from input join history using (id)
), cancels as (
  insert into event_cancels (execution_id, org_id, event_name, match_fields, match_values)
  select i.id, i.org_id, c.event, c.fields, c."values" from input i join history h using (id)
  cross join lateral json_to_recordset(i.cancel_on) as c (event text, fields text, "values" text)
  where i.cancel_on is not null
  on conflict do nothing
)
select id from history`

function valuesOf(items: AcceptItem[]): unknown[] {
  const json = (value: unknown) => (value === null ? null : JSON.stringify(value))
  return [
    items.map((item) => item.id),
    items.map((item) => item.scope.orgId),
    items.map((item) => item.spec.workflowId),
    items.map((item) => item.scope.userId),
    items.map((item) => item.status),
    items.map((item) => item.spec.type),
    items.map((item) => item.spec.trigger),
    items.map((item) => item.spec.workflowName),
    items.map((item) => item.spec.codeVersion),
    items.map((item) => item.spec.scheduledAt),
    items.map((item) => item.spec.timeoutMs),
    items.map((item) => 1 + (item.spec.retryPolicy?.max_retries ?? 0)),
    items.map((item) => item.spec.timeSaved),
    items.map((item) => item.spec.value),
    items.map((item) => item.spec.idempotencyKey),
    items.map((item) => json(item.spec.retryPolicy)),
    items.map((item) => json(item.spec.input)),
    items.map((item) => item.workerId),
    items.map((item) => item.spec.durable),
    items.map((item) => item.spec.parent?.executionId ?? null),
    items.map((item) => item.spec.parent?.key ?? null),
    items.map((item) => cancelsOf(item.spec)),
    ...[0, 1, 2, 3].map((at) => items.map((item) => originValues(item.spec.origin)[at])),
    items.map((item) => json(item.scope.limitedTo)),
  ]
}

/** The events that cancel a run, as the statement takes them. */
export const cancelsOf = ({ cancelOn }: Pick<AcceptItem['spec'], 'cancelOn'>): string | null =>
  cancelOn ? JSON.stringify(cancelOn.map(({ event, match }) => ({ event, ...matchKey(match) }))) : null

/** Accepts runs; none of them has an idempotency key. */
export async function insertExecutions(db: Database, items: AcceptItem[]): Promise<undefined[]> {
  await db.prepared('accept', INSERT, valuesOf(items))
  return items.map(() => undefined)
}

/** Accepts one run with an idempotency key; false when a run with that key was accepted before. */
export async function insertExecutionOnce(query: Query, item: AcceptItem): Promise<boolean> {
  const rows = await query(INSERT, valuesOf([item]))
  return rows.length === 1
}
