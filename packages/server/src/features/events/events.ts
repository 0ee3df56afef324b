import {
  AppError,
  type EmitAnswer,
  type EventDetail,
  type EventSummary,
  type Json,
  limits,
} from '@bifrost/contract'
import { applyEvent, type Engine, type Job, lockEventName } from '../../engine/engine.ts'
import type { Query } from '../../platform/database.ts'
import { type OrgScope, shareHolderOf } from '../../platform/scope.ts'
import { createDeliverer, type Deliverer, type DelivererOptions, type Effects } from './deliverer.ts'
import { inTurns, retryDeadlock } from './in-turns.ts'
import {
  type EventFilter,
  type EventRow,
  effectsOf,
  findEmitted,
  findEvent,
  insertEvent,
  listDeliveries,
  listEvents,
  mappingsOf,
  summaryRow,
} from './queries.ts'
import { detailOf, summaryOf } from './view.ts'

export interface EmitRequest {
  name: string
  payload: Json
  id?: string | undefined
  key?: string | undefined
  /** The run that emits it. */
  executionId?: string
}

/** Events: what is emitted, what it does, and the log of both. */
export interface Events {
  /** Answers when all is on disk. Workflows whose own code makes the input may still be asked. */
  emit(scope: OrgScope, request: EmitRequest): Promise<EmitAnswer>
  /** The same, and waits a while for workflows whose own code makes the input. */
  emitAndSettle(scope: OrgScope, request: EmitRequest): Promise<EmitAnswer>
  list(scope: OrgScope, filter: EventFilter): Promise<EventSummary[]>
  get(scope: OrgScope, id: string): Promise<EventDetail>
  /** Tries the failed deliveries of an event again. */
  replay(scope: OrgScope, id: string): Promise<EventDetail>
  /** What was not settled at once. */
  readonly job: Job
  stop(): void
}

const LOOK_MS = 25

export function createEvents(options: DelivererOptions): Events {
  const { engine } = options
  const deliverer = createDeliverer(options)
  const turns = inTurns()

  const emitNow = async (scope: OrgScope, request: EmitRequest) => {
    const payloadText = checkedPayload(request.payload)
    await engine.quotas.take(scope.orgId, 'events_per_minute')
    // What an event starts is not refused later, so it is refused here.
    await engine.quotas.requireRoom(scope.orgId)
    const subscribers = await deliverer.subscribers(scope, request.name)
    const emitted = await turns(`${scope.orgId}/${request.name}`, () =>
      retryDeadlock(() =>
        engine.db.inShare(shareHolderOf(scope), () =>
          engine.db.transaction((query) =>
            emitWithin({ engine, deliverer, query, scope }, { ...request, payloadText }, subscribers),
          ),
        ),
      ),
    )
    if ('effects' in emitted) deliverer.announce(emitted.effects)
    return emitted
  }

  const get = async (scope: OrgScope, id: string): Promise<EventDetail> => {
    const event = await findEvent(scope, engine.db.as(scope).query, id)
    const summary = event && (await summaryRow(scope, engine.db, event.id))
    if (!summary) throw new AppError('not_found', 'There is no such event.')
    return detailOf(summary, event.payload, await listDeliveries(scope, engine.db, event.id))
  }

  /** Another call, maybe in another process, sees to the mappings; here the call only waits for their end. */
  const untilMapped = async (scope: OrgScope, eventId: string): Promise<void> => {
    const giveUpAt = performance.now() + limits.eventMapTimeoutMs
    while (
      (await mappingsOf(scope, engine.db.as(scope).query, eventId)).length > 0 &&
      performance.now() < giveUpAt
    )
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }

  return {
    emit: async (scope, request) => (await emitNow(scope, request)).answer,
    async emitAndSettle(scope, request) {
      const { answer, ...rest } = await emitNow(scope, request)
      if ('effects' in rest && rest.effects.mappings.length === 0) return answer
      // What the first of two emissions asked for, the second waits for, too.
      if ('effects' in rest) await deliverer.settled(rest.effects.mappings)
      else await untilMapped(scope, answer.event_id)
      return { ...answer, ...(await effectsOf(scope, engine.db.as(scope).query, answer.event_id)) }
    },
    list: async (scope, filter) => (await listEvents(scope, engine.db, filter)).map(summaryOf),
    get,
    async replay(scope, id) {
      const event = await findEvent(scope, engine.db.as(scope).query, id)
      if (!event) throw new AppError('not_found', 'There is no such event.')
      const effects = await deliverer.replay(scope, event)
      deliverer.announce(effects)
      await deliverer.settled(effects.mappings)
      return get(scope, event.id)
    },
    job: { name: 'events', run: () => deliverer.sweep() },
    stop: () => deliverer.stop(),
  }
}

interface Emission {
  engine: Engine
  deliverer: Deliverer
  query: Query
  scope: OrgScope
}

/** All that an event does is written with it, or nothing is. */
async function emitWithin(
  { engine, deliverer, query, scope }: Emission,
  { name, payload, id, key, executionId, payloadText }: EmitRequest & { payloadText: string },
  subscribers: Awaited<ReturnType<Deliverer['subscribers']>>,
): Promise<{ answer: EmitAnswer } | { answer: EmitAnswer; effects: Effects }> {
  await lockEventName(query, scope.orgId, name, 'emit')
  const event = await insertEvent(scope, query, {
    id: engine.newId(),
    name,
    emittedId: id ?? null,
    key: key ?? null,
    payloadText,
    executionId: executionId ?? null,
  })
  if (!event) return { answer: await earlierAnswer(scope, query, name, id ?? '') }
  const about = { id: event.id, orgId: scope.orgId, name, payload, payloadText }
  // Flow control locks its keys before it locks runs, so what starts comes before what wakes and what is cancelled.
  const started = await deliverer.start(query, scope, event, subscribers)
  // The runs that it starts, and the run that emits it, continue.
  const spared = executionId ? [...started.executionIds, executionId] : started.executionIds
  const { woken, announce } = await applyEvent(query, about, spared)
  return {
    answer: { event_id: event.id, started: started.executionIds, woken, duplicate: false },
    effects: { ...started, announce: [() => announce(engine), ...started.announce] },
  }
}

async function earlierAnswer(scope: OrgScope, query: Query, name: string, id: string): Promise<EmitAnswer> {
  const earlier: EventRow | null = await findEmitted(scope, query, name, id)
  if (!earlier) throw new Error('the event of an event ID no longer exists')
  return { event_id: earlier.id, ...(await effectsOf(scope, query, earlier.id)), duplicate: true }
}

const megabytes = (bytes: number) => (bytes / 1024 / 1024).toFixed(1)

function checkedPayload(payload: Json): string {
  const text = JSON.stringify(payload ?? null)
  const bytes = Buffer.byteLength(text)
  if (bytes > limits.eventPayloadBytesMax)
    throw new AppError(
      'body_too_large',
      `The payload is ${megabytes(bytes)} MB as JSON; the limit is ${megabytes(limits.eventPayloadBytesMax)} MB. Store a file and send its path.`,
    )
  return text
}
