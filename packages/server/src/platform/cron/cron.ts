import { Cron } from 'croner'
import { toString as describe } from 'cronstrue'

/** A cron text that was checked; `problemOf` says why another one is none. */
export interface Schedule {
  cron: string
  /** An IANA name. */
  timezone: string
}

/** The cron text with single spaces. */
export const tidyCron = (cron: string): string => cron.trim().replace(/\s+/g, ' ')

/** What is wrong with a cron text, as the end of a sentence about it; null when it can be used. */
export function cronProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/).filter(Boolean)
  if (fields.length !== 5)
    return `needs five cron fields (minute, hour, day of month, month, day of week); "${cron}" has ${fields.length}`
  try {
    if (wallClock(cron).nextRun() !== null) return null
  } catch {
    return `has a cron text that cannot be understood: "${cron}"`
  }
  return `names a day that no calendar has: "${cron}" never comes`
}

/** What is wrong with the name of a time zone; null when it is known. */
export function timezoneProblem(name: string): string | null {
  try {
    // An offset would be taken, too; but it is no zone: it knows no summer.
    if (/^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name })) return null
  } catch {}
  return `needs a time zone as an IANA name such as "Europe/Berlin", not ${JSON.stringify(name)}`
}

/** The pattern on a clock that knows no summer: zones are laid over it in `slots.ts`. */
export const wallClock = (cron: string): Cron =>
  new Cron(tidyCron(cron), { mode: '5-part', utcOffset: 0, paused: true })

/**
 * The schedule as a sentence.
 * @example textOf({ cron: '30 7 * * 1-5', timezone: 'Europe/Berlin' }) // 'At 07:30, Monday through Friday, Europe/Berlin'
 */
export function textOf({ cron, timezone }: Schedule): string {
  let text: string
  try {
    // With a day of the month and a day of the week, cron means either.
    text = describe(cron, { use24HourTimeFormat: true }).replace(/, and (?=on |only on )/, ', or ')
  } catch {
    text = cron
  }
  return `${text}, ${timezone}`
}
