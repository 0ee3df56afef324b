import { createHash } from 'node:crypto'
import { type Json, limits, type StepPlace } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { type CurrentRun, requireRun } from './current-run.ts'
import { requireDurable } from './durable.ts'
import { type Duration, momentMs } from './durations.ts'
import { failureOf } from './failure.ts'
import { toJsonText } from './json.ts'
import { anything, requireOptions } from './options.ts'

/** What identifies an event. */
export interface EmitOptions {
  /** An event of this name with this id is processed once; a repeated event changes nothing. At most 200 characters. */
  id?: string
  /** Events of one key are processed in order: a workflow that they start gets the next one when its run of the previous one has ended. */
  key?: string
}

/** What an event did at once. */
export interface EmittedEvent {
  /** The event's id in the log. */
  eventId: string
  /** Ids of the runs that it started. */
  started: string[]
  /** How many waits it answered. */
  woken: number
  /** An event with this name and ID already existed; this is its result. */
  duplicate: boolean
}

const EMIT_OPTIONS = { id: anything, key: anything } satisfies Record<keyof EmitOptions, unknown>
const WAIT_OPTIONS = { match: anything, timeout: anything } satisfies Record<
  keyof WaitForEventOptions,
  unknown
>

/**
 * Events tell other workflows that something happened: they start runs (`startOn`), wake them (`waitForEvent`) and
 * cancel them (`cancelOn`).
 */
export const events = {
  /**
   * Emits an event. In a durable run it is emitted once, also when the run comes back after a crash; inside a step give
   * it an `id`, since a step may run again. The payload is JSON of up to 1 MB. Errors: `validation_failed`, `body_too_large`.
   * @example await events.emit('order.created', { id: order.id, total: order.total }, { id: order.id })
   */
  async emit(name: string, payload: unknown = null, options: EmitOptions = {}): Promise<EmittedEvent> {
    const run = requireRun('events.emit')
    requireOptions('events.emit()', options, EMIT_OPTIONS)
    // Checked here, so that a Date or a Map is named by its place instead of bent.
    const event = { name, payload: JSON.parse(toJsonText(payload, 'payload')) as Json, ...idAndKey(options) }
    const { durable } = run
    if (!durable.isDurable || durable.insideStep !== null) return emitNow(event)
    const { place, known } = durable.next('emit', nameOfEvent(name))
    if (known?.status === 'completed') {
      await durable.replay(known)
      return JSON.parse(known.output ?? 'null') as EmittedEvent
    }
    if (known?.status === 'failed' && known.error) {
      await durable.replay(known)
      throw Object.assign(new Error(known.error.message), { name: known.error.type })
    }
    return emitOnce(run, place, { ...event, id: event.id ?? idOf(durable.executionId, place) })
  },
} as const

/** Which event to wait for, and for how long. */
export interface WaitForEventOptions {
  /** Dotted paths into the payload and the values that must stand there: `{ orderId: 7, 'customer.id': 'c-1' }`. */
  match?: Record<string, string | number | boolean | null>
  /** After this time, or at this moment, the answer is undefined; without it the run waits until it is cancelled. */
  timeout?: Duration | Date
}

/**
 * Waits for an event, at no cost, and gives its payload; undefined when the time is up first. An event that came since
 * the run was started, and that no other wait of it has read, counts.
 * @example
 * const payment = await waitForEvent<{ amount: number }>('order.paid', { match: { orderId }, timeout: '3 days' })
 * if (payment === undefined) await step('remind', () => remind(orderId))
 */
export async function waitForEvent<T = Json>(
  name: string,
  options: WaitForEventOptions = {},
): Promise<T | undefined> {
  return waitForEventAs<T>(name, name, options)
}

/** @internal Waits under a name of its own in the journal. */
export async function waitForEventAs<T>(
  own: string,
  name: string,
  options: WaitForEventOptions,
): Promise<T | undefined> {
  const run = requireDurable(`waitForEvent("${name}")`)
  requireOptions(`waitForEvent("${name}")`, options, WAIT_OPTIONS)
  const match = checkedMatch(options.match ?? {})
  const dueAt =
    options.timeout === undefined ? null : momentMs(options.timeout, 'The timeout of waitForEvent()')
  nameOfEvent(name)
  const { place, known } = run.next('event', own)
  if (known?.status === 'completed') {
    await run.replay(known)
    return payloadOf<T>(known.output)
  }
  const entry = await run.wait(place, { kind: 'event', name, match, dueAt }, [])
  return payloadOf<T>(entry.output)
}

/** No output: the time was up. `null` is a payload like any other. */
const payloadOf = <T>(output: string | null): T | undefined =>
  output === null ? undefined : (JSON.parse(output) as T)

type WireEvent = { name: string; payload: Json; id?: string; key?: string }

async function emitNow(event: WireEvent): Promise<EmittedEvent> {
  const { event_id: eventId, started, woken, duplicate } = await callPlatform('events.emit', event)
  return { eventId, started, woken, duplicate }
}

const TRIES_MAX = 3
const PAUSE_MS = 500

/** The id makes a further try the same event. */
async function emitOnce(run: CurrentRun, place: StepPlace, event: WireEvent): Promise<EmittedEvent> {
  const { durable } = run
  const startedAt = Date.now()
  durable.started(place, 1)
  for (let tries = 1; ; tries++) {
    try {
      const emitted = await durable.work(place.name, () => emitNow(event))
      const attempts = [{ attempt: 1, started_at: startedAt, ended_at: Date.now(), error: null }]
      await durable.record(place, { attempts, output: JSON.stringify(emitted), error: null, hasUndo: false })
      return emitted
    } catch (thrown) {
      const { code } = thrown as { code?: unknown }
      if ((code === 'internal' || code === 'unavailable') && tries < TRIES_MAX) {
        await durable.sleepInProcess(PAUSE_MS * tries)
        continue
      }
      const { type, message, stack } = failureOf(thrown)
      const error = { type, message, stack }
      const attempts = [{ attempt: 1, started_at: startedAt, ended_at: Date.now(), error }]
      await durable.record(place, { attempts, output: null, error, hasUndo: false })
      throw thrown
    }
  }
}

/** The same at every replay. A place deep in branches may have a name too long for an id. */
function idOf(executionId: string, { key }: StepPlace): string {
  const id = `${executionId}/${key}`
  if (id.length <= limits.eventIdLengthMax) return id
  return `${executionId}/${createHash('sha256').update(key).digest('hex')}`
}

function nameOfEvent(name: unknown): string {
  if (
    typeof name === 'string' &&
    name !== '' &&
    name.length <= limits.eventNameLengthMax &&
    !name.includes('\0')
  )
    return name
  throw new TypeError(
    `An event needs a name of 1 to ${limits.eventNameLengthMax} characters; it is ${JSON.stringify(name)?.slice(0, 100)}.`,
  )
}

function idAndKey(options: EmitOptions): { id?: string; key?: string } {
  const given: { id?: string; key?: string } = {}
  for (const name of ['id', 'key'] as const) {
    const value: unknown = options[name]
    if (value === undefined) continue
    if (typeof value !== 'string' || value === '' || value.length > limits.eventIdLengthMax)
      throw new TypeError(
        `The ${name} of an event must be text of 1 to ${limits.eventIdLengthMax} characters.`,
      )
    given[name] = value
  }
  return given
}

function checkedMatch(match: Record<string, unknown>): Record<string, string | number | boolean | null> {
  const fields = Object.entries(match)
  if (fields.length > limits.eventMatchFieldsMax)
    throw new TypeError(`match may name ${limits.eventMatchFieldsMax} fields; it names ${fields.length}.`)
  for (const [field, value] of fields) {
    const isPlain = value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)
    if (!isPlain)
      throw new TypeError(
        `match.${field} must be text, a number, true, false or null; it is ${value === undefined ? 'undefined' : typeof value}.`,
      )
  }
  return match as Record<string, string | number | boolean | null>
}
