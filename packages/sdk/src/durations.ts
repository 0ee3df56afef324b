import ms, { type StringValue } from 'ms'

/** A stretch of time: text with a unit, such as `"90s"`, `"1h"`, `"3 days"`, or a number of seconds. */
export type Duration = string | number

/** A number and a unit; what the unit may be, the library knows. */
const TEXT = /^\s*\d+(\.\d+)?\s*[a-z]+\s*$/i
const TEXT_LENGTH_MAX = 50
const DURATION_MS_MAX = 100 * 366 * 24 * 60 * 60 * 1000
/** What Node's own timers can count; a longer one would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1

/** Milliseconds of a duration; throws a TypeError that says what is wanted. */
export function durationMs(duration: Duration, what: string): number {
  const value = readDuration(duration)
  if (!Number.isFinite(value) || value < 0)
    throw new TypeError(
      `${what} must be a time with a unit such as "90s", "1h" or "3 days", or a number of seconds; it is ${shown(duration)}.`,
    )
  if (value > DURATION_MS_MAX) throw new TypeError(`${what} is longer than 100 years.`)
  return value
}

function readDuration(duration: unknown): number {
  if (typeof duration === 'number') return duration * 1000
  if (typeof duration !== 'string' || duration.length > TEXT_LENGTH_MAX || !TEXT.test(duration))
    return Number.NaN
  return ms(duration.trim() as StringValue) ?? Number.NaN
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, TEXT_LENGTH_MAX)) : String(value)

/** The moment that a duration from now, or a Date, means. */
export function momentMs(when: Duration | Date, what: string): number {
  if (!(when instanceof Date)) return Date.now() + durationMs(when, what)
  if (Number.isNaN(when.getTime())) throw new TypeError(`${what} is not a valid Date.`)
  return when.getTime()
}

/** A signal that aborts after so many seconds, however many they are. */
export function timeoutSignal(seconds: number, what: string): AbortSignal {
  if (typeof seconds !== 'number' || !(seconds >= 0))
    throw new TypeError(`${what} must be a number of seconds; it is ${shown(seconds)}.`)
  const limitMs = Math.ceil(Math.min(seconds * 1000, DURATION_MS_MAX))
  if (limitMs <= TIMER_MS_MAX) return AbortSignal.timeout(limitMs)
  const controller = new AbortController()
  const endsAt = Date.now() + limitMs
  setLongTimeout(
    () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
    endsAt,
  )
  return controller.signal
}

/** Calls back at a moment, however far ahead it is. It does not keep a program alive. */
export function setLongTimeout(callback: () => void, atMs: number): void {
  const left = atMs - Date.now()
  const next = left > TIMER_MS_MAX ? () => setLongTimeout(callback, atMs) : callback
  const timer = setTimeout(next, Math.max(0, Math.min(left, TIMER_MS_MAX)))
  ;(timer as { unref?: () => void }).unref?.()
}
