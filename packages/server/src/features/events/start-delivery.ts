import { AppError, type Json, limits } from '@bifrost/contract'
import { type Engine, type ExecutionSpec, type RunOrigin, startExecutionWithin } from '../../engine/engine.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import type { RunnableWorkflow } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import type { RunStarter } from '../workflows/workflows.ts'
import {
  type Mapping,
  nextInLane,
  type Progress,
  type StartDelivery,
  takeMapping,
  updateStart,
} from './deliveries.ts'
import type { EventRow } from './queries.ts'
import { type EventForMap, inputFromEvent } from './start-input.ts'

// What happens to one delivery, each within a transaction that has the event's name locked.

/** A workflow that an event starts, or why it cannot be. */
export type Subscriber = { row: WorkflowRow } & ({ workflow: RunnableWorkflow } | { problem: string })

export interface StartDeps {
  engine: Engine
  starter: RunStarter
}

/** One event for one workflow, on behalf of its emitter. */
export interface Start {
  scope: OrgScope
  event: EventRow
  /** Null: the workflow is gone. */
  subscriber: Subscriber | null
}

const failed = (reason: string): Progress => ({
  status: 'failed',
  reason: reason.slice(0, 2000),
  isOpen: false,
})

/** Starts the run, or asks the workflow's own code for its input first. */
export async function begin(deps: StartDeps, query: Query, start: Start, inLane: boolean): Promise<Progress> {
  const { event, subscriber, scope } = start
  if (!subscriber) return failed('The workflow no longer exists.')
  if ('problem' in subscriber) return failed(subscriber.problem)
  const { definition } = subscriber.row
  if (definition.startOn?.event !== event.name)
    return failed(`The workflow no longer starts on ${event.name}.`)
  if (definition.startOn.map === 'code') {
    const spec = mappingSpec(subscriber.workflow, event)
    const { executionId: mappingId, announce } = await startExecutionWithin(deps.engine, query, scope, spec)
    return { status: 'mapping', mappingId, isOpen: true, announce }
  }
  const input = inputFromEvent(definition, eventForMap(event))
  return typeof input === 'string' ? failed(input) : startRun(deps, query, start, input, inLane)
}

async function startRun(
  deps: StartDeps,
  query: Query,
  { scope, event, subscriber }: Start,
  input: Record<string, Json>,
  inLane: boolean,
): Promise<Progress> {
  if (!subscriber || 'problem' in subscriber)
    return failed(subscriber?.problem ?? 'The workflow no longer exists.')
  let spec: ExecutionSpec
  try {
    spec = deps.starter.check(scope, subscriber.workflow, {
      input,
      trigger: 'event',
      origin: eventOrigin(event),
    })
  } catch (error) {
    if (error instanceof AppError) return failed(`The input is invalid: ${error.message}`)
    throw error
  }
  const { executionId, duplicate, announce } = await startExecutionWithin(deps.engine, query, scope, spec)
  if (!duplicate) return { status: 'started', executionId, isOpen: inLane, announce }
  // Flow control or an idempotency key: the event became part of a run that was there.
  return { status: 'started', executionId, reason: 'Joined an existing run.', isOpen: false, announce }
}

/** What follows from the end of a mapping or a run; null until it has ended. */
export async function settle(
  deps: StartDeps,
  query: Query,
  start: Start,
  delivery: StartDelivery,
): Promise<Progress | null> {
  if (delivery.status === 'started' && delivery.execution_id !== null)
    return delivery.has_ended
      ? { status: 'started', executionId: delivery.execution_id, isOpen: false }
      : null
  if (delivery.status !== 'mapping' || delivery.mapping_id === null) return null
  const mapping = await takeMapping(query, delivery.mapping_id)
  if (mapping === null) return null
  if (mapping === 'gone') return failed('The result of the map function was lost.')
  const input = mappedInput(mapping)
  if (typeof input === 'string') return failed(input)
  if (input === null) return { status: 'declined', isOpen: false }
  return startRun(deps, query, start, input, delivery.lane !== null)
}

/** Null: it declined. A sentence: it failed. */
function mappedInput({
  status,
  result,
  error_type,
  error_message,
}: Mapping): Record<string, Json> | string | null {
  if (status !== 'SUCCESS' && status !== 'COMPLETED_WITH_ERRORS')
    return `The map function failed: ${error_type ?? status}: ${error_message ?? ''}`
  if (result === null) return null
  if (typeof result === 'object' && !Array.isArray(result)) return result
  return `The map function must return an object or null; it returned ${JSON.stringify(result).slice(0, 100)}.`
}

/** After one of a lane was closed: starts the next, and the one after it when that comes to nothing. */
export async function releaseLane(
  deps: StartDeps,
  query: Query,
  subscriber: Subscriber | null,
  orgId: string,
  lane: { workflowId: string; key: string },
): Promise<{ deliveryId: string; progress: Progress }[]> {
  const moved: { deliveryId: string; progress: Progress }[] = []
  for (;;) {
    const next = await nextInLane(query, orgId, lane.workflowId, lane.key)
    if (!next) return moved
    const { event } = next
    const scope = await scopeOfEvent(query, event)
    const progress = scope
      ? await begin(deps, query, { scope, event, subscriber }, true)
      : failed('The organization of the event no longer exists.')
    await updateStart(query, next.id, progress)
    moved.push({ deliveryId: next.id, progress })
    if (progress.isOpen) return moved
  }
}

/** The scope in which an event starts runs later, without a request: its emitter's, with no more than their key may. */
export const scopeOfEvent = (query: Query, event: EventRow & { org_id: string }): Promise<OrgScope | null> =>
  scopeOf(query, event.org_id, event.user_id, event.limited_to)

const eventOrigin = ({ id, name }: EventRow): RunOrigin => ({ kind: 'event', id, name, data: null })

export const eventForMap = (event: EventRow): EventForMap => ({
  id: event.emitted_id ?? event.id,
  name: event.name,
  key: event.key,
  payload: event.payload,
  emittedAt: event.created_at.toISOString(),
})

/**
 * Asks the workflow's own code: a run of its bundle that calls `map` instead of the function. It is no run that anybody
 * sees, as a test run is none, and is deleted when it has answered.
 */
const mappingSpec = ({ row, codeVersion }: RunnableWorkflow, event: EventRow): ExecutionSpec => ({
  workflowId: row.id,
  workflowName: row.definition.name,
  type: 'mapping',
  trigger: 'test',
  origin: eventOrigin(event),
  codeVersion,
  durable: false,
  input: { event: eventForMap(event) as unknown as Json },
  timeoutMs: limits.eventMapTimeoutMs,
  retryPolicy: null,
  timeSaved: 0,
  value: 0,
  scheduledAt: null,
  idempotencyKey: null,
  flow: null,
  parent: null,
})
