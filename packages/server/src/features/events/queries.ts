import type { EventDelivery, EventSummary, Json, Permission } from '@bifrost/contract'
import type { Database, Query } from '../../platform/database.ts'
import { isUuid } from '../../platform/ids.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface EventRow {
  id: string
  seq: number
  name: string
  emitted_id: string | null
  key: string | null
  payload: Json
  execution_id: string | null
  user_id: string | null
  /** What the key was limited to that emitted it, or started the run that did. */
  limited_to: Permission[] | null
  created_at: Date
}

const EVENT =
  'v.id, v.seq, v.name, v.emitted_id, v.key, v.execution_id, v.user_id, v.limited_to, v.created_at'

export interface NewEvent {
  id: string
  name: string
  emittedId: string | null
  key: string | null
  payloadText: string
  executionId: string | null
}

/** Writes an event; null when one of this name and id is there. Waits for one that is being written. */
export async function insertEvent(scope: OrgScope, query: Query, event: NewEvent): Promise<EventRow | null> {
  const [row] = await query<EventRow>(
    `insert into events as v (id, org_id, name, emitted_id, key, payload, execution_id, user_id, limited_to,
       created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, engine_now())
     on conflict (org_id, name, emitted_id) where emitted_id is not null do nothing returning ${EVENT}, v.payload`,
    [
      event.id,
      scope.orgId,
      event.name,
      event.emittedId,
      event.key,
      event.payloadText,
      event.executionId,
      scope.userId,
      scope.limitedTo && JSON.stringify(scope.limitedTo),
    ],
  )
  return row ?? null
}

/** By the id of the log, or by the one it was emitted with; of several the latest. */
export async function findEvent(scope: OrgScope, query: Query, id: string): Promise<EventRow | null> {
  const [row] = await query<EventRow>(
    `select ${EVENT}, v.payload from events v where v.org_id = $1 and (v.id = $2::uuid or v.emitted_id = $3)
     order by v.id = $2::uuid desc nulls last, v.id desc limit 1`,
    [scope.orgId, isUuid(id) ? id : null, id],
  )
  return row ?? null
}

/** The event of this name that was emitted with this id. */
export async function findEmitted(
  scope: OrgScope,
  query: Query,
  name: string,
  emittedId: string,
): Promise<EventRow | null> {
  const [row] = await query<EventRow>(
    `select ${EVENT}, v.payload from events v where v.org_id = $1 and v.name = $2 and v.emitted_id = $3`,
    [scope.orgId, name, emittedId],
  )
  return row ?? null
}

/** What an event did: runs that it started, and how many waits it answered. */
export async function effectsOf(
  scope: OrgScope,
  query: Query,
  eventId: string,
): Promise<{ started: string[]; woken: number }> {
  const [row] = await query<{ started: string[] | null; woken: number }>(
    `select array_agg(execution_id order by created_at, id) filter (where kind = 'start' and status = 'started') as started,
       (count(*) filter (where kind = 'wake'))::int as woken
     from event_deliveries where event_id = $1 and org_id = $2`,
    [eventId, scope.orgId],
  )
  return { started: row?.started ?? [], woken: row?.woken ?? 0 }
}

/** Its deliveries whose workflow is still being asked for the input. */
export async function mappingsOf(scope: OrgScope, query: Query, eventId: string): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select id from event_deliveries where event_id = $1 and org_id = $2 and status = 'mapping'`,
    [eventId, scope.orgId],
  )
  return rows.map((row) => row.id)
}

export interface SummaryRow extends Omit<EventRow, 'payload'> {
  user_name: string | null
  counts: EventSummary['deliveries'] | null
}

export interface EventFilter {
  name?: string | undefined
  key?: string | undefined
  search?: string | undefined
  failed?: boolean | undefined
  /** Ids smaller than this one. */
  before?: string | undefined
  limit: number
}

const COUNTS = `
  select json_build_object(
    'started', count(*) filter (where status = 'started'), 'woken', count(*) filter (where status = 'woken'),
    'cancelled', count(*) filter (where status = 'cancelled'), 'declined', count(*) filter (where status = 'declined'),
    'failed', count(*) filter (where status = 'failed'),
    'waiting', count(*) filter (where status in ('queued', 'mapping'))) as counts
  from event_deliveries d where d.event_id = v.id`

export async function listEvents(scope: OrgScope, db: Database, filter: EventFilter): Promise<SummaryRow[]> {
  const values: unknown[] = [scope.orgId]
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = ['v.org_id = $1']
  if (filter.name) conditions.push(`v.name = ${param(filter.name)}`)
  if (filter.key) conditions.push(`v.key = ${param(filter.key)}`)
  if (filter.failed)
    conditions.push(`v.id in (select event_id from event_deliveries where org_id = $1 and status = 'failed')`)
  if (filter.search) {
    const pattern = param(likePattern(filter.search))
    conditions.push(
      `(v.name ilike ${pattern} or v.emitted_id ilike ${pattern} or v.payload::text ilike ${pattern})`,
    )
  }
  if (filter.before) conditions.push(`v.id < ${param(filter.before)}`)
  const statements = filter.search || filter.failed ? db.heavy(scope) : db.as(scope)
  return statements.query<SummaryRow>(
    `select v.*, person_name(v.user_id) as user_name, c.counts from (
       select ${EVENT} from events v where ${conditions.join(' and ')} order by v.id desc limit ${param(filter.limit)}
     ) v cross join lateral (${COUNTS}) c order by v.id desc`,
    values,
  )
}

/** One event as the list has it. */
export async function summaryRow(scope: OrgScope, db: Database, id: string): Promise<SummaryRow | null> {
  const [row] = await db.as(scope).query<SummaryRow>(
    `select ${EVENT}, person_name(v.user_id) as user_name, c.counts from events v
     cross join lateral (${COUNTS}) c where v.id = $1 and v.org_id = $2`,
    [id, scope.orgId],
  )
  return row ?? null
}

export interface DeliveryRow extends Omit<EventDelivery, 'created_at' | 'updated_at'> {
  created_at: Date
  updated_at: Date
}

/** A broadcast may wake thousands; a page shows so many. */
const DELIVERIES_MAX = 500

/** What is not settled or failed comes first: it is what people look for. */
export async function listDeliveries(scope: OrgScope, db: Database, eventId: string): Promise<DeliveryRow[]> {
  return db.as(scope).query<DeliveryRow>(
    `select id, kind, status, workflow_id, workflow_name, execution_id, step, reason, created_at, updated_at
     from event_deliveries where event_id = $1 and org_id = $2
     order by status = 'failed' desc, status in ('queued', 'mapping') desc, created_at, id limit ${DELIVERIES_MAX}`,
    [eventId, scope.orgId],
  )
}
