import ms, { type StringValue } from 'ms'

/** A stretch of time: text such as `"90s"`, `"1h"`, `"3 days"`, or a number of seconds. */
export type Duration = string | number

/** Milliseconds of a duration; throws a TypeError that says what is wanted. */
export function durationMs(duration: Duration, what: string): number {
  const value = typeof duration === 'number' ? duration * 1000 : ms(duration as StringValue)
  if (value === undefined || !Number.isFinite(value) || value < 0)
    throw new TypeError(
      `${what} must be a time such as "90s", "1h" or "3 days", or a number of seconds; it is ${JSON.stringify(duration)}.`,
    )
  return value
}

/** The moment that a duration from now, or a Date, means. */
export function momentMs(when: Duration | Date, what: string): number {
  if (!(when instanceof Date)) return Date.now() + durationMs(when, what)
  if (Number.isNaN(when.getTime())) throw new TypeError(`${what} is not a valid Date.`)
  return when.getTime()
}
