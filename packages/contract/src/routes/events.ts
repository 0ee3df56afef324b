import { z } from 'zod'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { Cursor, Id, Limit, page } from './common.ts'

const tag = 'Events'

/** The name of an event, such as `order.created`. */
export const EventName = z
  .string()
  .min(1)
  .max(limits.eventNameLengthMax)
  .regex(/^[\w.:\-/]+$/, 'may have letters, digits and . _ - : /')

const Text = z.string().min(1).max(limits.eventIdLengthMax)

/** What an event did to one run. */
export const EventDelivery = z.object({
  id: z.uuid(),
  kind: z.enum(['start', 'wake', 'cancel']),
  /**
   * `queued`: waits for the run that an earlier event of its key started. `mapping`: the workflow's `map` is asked.
   * `declined`: it said no. `failed`: the run could not be started; kept, and can be replayed.
   */
  status: z.enum(['queued', 'mapping', 'started', 'woken', 'cancelled', 'declined', 'failed']),
  workflow_id: z.uuid().nullable(),
  workflow_name: z.string(),
  execution_id: z.uuid().nullable(),
  /** Which wait of the run it answered. */
  step: z.string().nullable(),
  reason: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type EventDelivery = z.infer<typeof EventDelivery>

/** An event as the log lists it. */
export const EventSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  /** What its emitter called it; an event of this name with this id is processed once. */
  emitted_id: z.string().nullable(),
  key: z.string().nullable(),
  created_at: z.iso.datetime(),
  /** The run that emitted it; null when it came through the API. */
  execution_id: z.uuid().nullable(),
  emitted_by: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  /** How many deliveries have which status. */
  deliveries: z.object({
    started: z.int(),
    woken: z.int(),
    cancelled: z.int(),
    declined: z.int(),
    failed: z.int(),
    waiting: z.int(),
  }),
})
export type EventSummary = z.infer<typeof EventSummary>

/** An event with its payload and all that it did. */
export const EventDetail = EventSummary.extend({ payload: Json, items: z.array(EventDelivery) })
export type EventDetail = z.infer<typeof EventDetail>

/** What emitting answers. A second event of the same name and id changes nothing and answers what the first did. */
export const EmitAnswer = z.object({
  event_id: z.uuid(),
  /** Runs that it started. */
  started: z.array(z.uuid()),
  /** How many waits it answered. */
  woken: z.int(),
  duplicate: z.boolean(),
})
export type EmitAnswer = z.infer<typeof EmitAnswer>

const EventId = z.object({
  id: z
    .string()
    .min(1)
    .max(200)
    .describe('The ID in the event log, or the ID that the event was emitted with'),
})

export const eventRoutes = {
  emitEvent: route({
    method: 'POST',
    path: '/api/events',
    permission: 'event:emit',
    tag,
    summary: 'Emit an event: starts workflows, wakes and cancels runs',
    description:
      'When an event of this name and `id` exists, the answer is the first event with `duplicate: true`. Events of one `key` are processed in order, per workflow.',
    status: 202,
    body: z.strictObject({
      name: EventName,
      payload: Json.optional(),
      id: Text.optional(),
      key: Text.optional(),
    }),
    response: EmitAnswer,
  }),
  listEvents: route({
    method: 'GET',
    path: '/api/events',
    permission: 'execution:debug',
    tag,
    summary: 'List events, newest first',
    query: z.strictObject({
      name: z.string().max(200).optional(),
      key: z.string().max(200).optional(),
      search: z.string().max(200).optional().describe('Text in the name, the ID or the payload'),
      failed: z.boolean().optional().describe('Only those with a delivery that failed'),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(EventSummary),
  }),
  getEvent: route({
    method: 'GET',
    path: '/api/events/{id}',
    permission: 'execution:debug',
    tag,
    summary: 'Get one event with its payload and deliveries',
    params: EventId,
    response: EventDetail,
  }),
  replayEvent: route({
    method: 'POST',
    path: '/api/events/{id}/replay',
    permission: 'execution:debug',
    tag,
    summary: 'Retry the failed deliveries of an event',
    description: 'Deliveries that did not fail stay as they are. 409 when none failed.',
    params: Id,
    status: 202,
    response: EventDetail,
  }),
} as const
