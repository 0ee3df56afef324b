import type { Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { EventRow } from './queries.ts'

/** One workflow that an event starts, or tries to. */
export interface StartDelivery {
  id: string
  event_id: string
  seq: number
  status: 'queued' | 'mapping' | 'started' | 'declined' | 'failed'
  workflow_id: string
  lane: string | null
  execution_id: string | null
  mapping_id: string | null
  is_open: boolean
  has_ended: boolean
}

/** How far a delivery has come. */
export interface Progress {
  status: StartDelivery['status']
  executionId?: string
  mappingId?: string
  reason?: string
  /** Something is still to come of it. */
  isOpen: boolean
  /** What is left to do after the commit. */
  announce?(): Promise<unknown>
}

const DELIVERY = `d.id, d.event_id, d.seq, d.status, d.workflow_id, d.lane, d.execution_id, d.mapping_id, d.is_open, d.has_ended`

export async function insertStart(
  query: Query,
  orgId: string,
  event: EventRow,
  { id, workflow }: { id: string; workflow: { id: string; name: string } },
  progress: Progress,
): Promise<void> {
  await query(
    `insert into event_deliveries (id, org_id, event_id, seq, kind, status, workflow_id, workflow_name, lane, execution_id,
       mapping_id, reason, is_open, created_at, updated_at)
     values ($1, $2, $3, $4, 'start', $5, $6, $7, $8, $9, $10, $11, $12, engine_now(), engine_now())`,
    [
      id,
      orgId,
      event.id,
      event.seq,
      progress.status,
      workflow.id,
      workflow.name,
      event.key,
      progress.executionId ?? null,
      progress.mappingId ?? null,
      progress.reason ?? null,
      progress.isOpen,
    ],
  )
}

export async function updateStart(query: Query, id: string, progress: Progress): Promise<void> {
  await query(
    `update event_deliveries set status = $2, execution_id = coalesce($3, execution_id), mapping_id = $4, reason = $5,
       is_open = $6, has_ended = false, updated_at = engine_now() where id = $1`,
    [
      id,
      progress.status,
      progress.executionId ?? null,
      progress.mappingId ?? null,
      progress.reason ?? null,
      progress.isOpen,
    ],
  )
}

/** Whether an earlier event of this key is still with the workflow. */
export async function isLaneBusy(
  query: Query,
  orgId: string,
  workflowId: string,
  lane: string,
): Promise<boolean> {
  const rows = await query(
    'select from event_deliveries where org_id = $1 and workflow_id = $2 and lane = $3 and is_open limit 1',
    [orgId, workflowId, lane],
  )
  return rows.length > 0
}

/** The next event whose turn it is; null while an earlier one is under way, or when none waits. */
export async function nextInLane(
  query: Query,
  orgId: string,
  workflowId: string,
  lane: string,
): Promise<{ id: string; event: EventRow & { org_id: string } } | null> {
  const [head] = await query<{ id: string; status: string }>(
    `select id, status from event_deliveries
     where org_id = $1 and workflow_id = $2 and lane = $3 and is_open
     order by status = 'queued', seq limit 1 for update`,
    [orgId, workflowId, lane],
  )
  const event = head?.status === 'queued' ? await eventOf(query, head.id) : null
  return head && event ? { id: head.id, event } : null
}

/** The deliveries of an event that can be tried again. */
export async function failedStarts(query: Query, orgId: string, eventId: string): Promise<StartDelivery[]> {
  return query<StartDelivery>(
    `select ${DELIVERY} from event_deliveries d
     where d.org_id = $1 and d.event_id = $2 and d.status = 'failed' and d.kind = 'start' order by d.id`,
    [orgId, eventId],
  )
}

export async function lockDelivery(query: Query, id: string): Promise<StartDelivery | null> {
  const [row] = await query<StartDelivery>(
    `select ${DELIVERY} from event_deliveries d where d.id = $1 for update`,
    [id],
  )
  return row ?? null
}

/** The event of a delivery and whose it is; from the engine's own row, before anybody has a scope. */
export async function eventOf(
  query: Query,
  deliveryId: string,
): Promise<(EventRow & { org_id: string; workflow_id: string }) | null> {
  const [row] = await query<EventRow & { org_id: string; workflow_id: string }>(
    `select v.id, v.org_id, v.seq, v.name, v.emitted_id, v.key, v.payload, v.execution_id, v.user_id,
       v.limited_to, v.created_at, d.workflow_id from event_deliveries d join events v on v.id = d.event_id where d.id = $1`,
    [deliveryId],
  )
  return row ?? null
}

/** Deliveries whose run or mapping has ended, and lanes whose first one has no turn yet, oldest first. */
export async function dueDeliveries(query: Query, max: number): Promise<string[]> {
  const rows = await query<{ id: string }>(
    'select id from event_deliveries where is_open and has_ended order by id limit $1',
    [max],
  )
  return rows.map((row) => row.id)
}

export interface Mapping {
  status: string
  result: Json
  error_type: string | null
  error_message: string | null
}

/** How the run ended that was asked for an input; null until it has ended. It leaves nothing in history. */
export async function takeMapping(query: Query, id: string): Promise<Mapping | 'gone' | null> {
  const [row] = await query<Mapping & { ended: boolean }>(
    `select status, result, error_type, error_message, ended_at is not null as ended from executions where id = $1`,
    [id],
  )
  if (!row) return 'gone'
  if (!row.ended) return null
  await query(
    `with gone as (delete from executions where id = $1 returning id),
       steps as (delete from execution_steps s using gone g where s.execution_id = g.id)
     delete from execution_logs l using gone g where l.execution_id = g.id`,
    [id],
  )
  return row
}
