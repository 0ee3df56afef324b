import { Cron } from 'croner'
import { toString as describe } from 'cronstrue'

/** A cron expression that was checked; `problemOf` says why another one is none. */
export interface Schedule {
  cron: string
  /** An IANA name. */
  timezone: string
}

/** The cron expression with single spaces. */
export const tidyCron = (cron: string): string => cron.trim().replace(/\s+/g, ' ')

// What the documentation lists and nothing else: each library reads more than that, and each reads it differently.
const listOf = (item: string, wholly: string[] = []) =>
  new RegExp(`^(${['\\*(/\\d{1,2})?', ...wholly, `${item}(-${item}(/\\d{1,2})?)?`].join('|')})$`, 'i')
const MONTH = '(\\d{1,2}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)'
const WEEKDAY = '([0-7]|sun|mon|tue|wed|thu|fri|sat)'

const FIELD_LENGTH_MAX = 200

/** A list of which each part has the form, and its numbers lie within the bounds. */
const fits = ({ form, from, to }: { form: RegExp; from: number; to: number }, field: string): boolean =>
  field.length <= FIELD_LENGTH_MAX &&
  field.split(',').every((part) => {
    const [range = ''] = part.split(/[/#]/)
    return (
      form.test(part) && range.split('-').every((one) => !/^\d+$/.test(one) || (+one >= from && +one <= to))
    )
  })

const FIELDS = [
  { name: 'minute', from: 0, to: 59, form: listOf('\\d{1,2}'), examples: '*, 0-59, */15 or 0,30' },
  { name: 'hour', from: 0, to: 23, form: listOf('\\d{1,2}'), examples: '*, 0-23, */2 or 8-17' },
  {
    name: 'day of month',
    from: 1,
    to: 31,
    form: listOf('\\d{1,2}', ['L']),
    examples: '*, 1-31, 1,15 or L for the last',
  },
  { name: 'month', from: 1, to: 12, form: listOf(MONTH), examples: '*, 1-12 or JAN-DEC' },
  {
    name: 'day of week',
    from: 0,
    to: 7,
    form: listOf(WEEKDAY, [`${WEEKDAY}#[1-5]`]),
    examples: '*, 0-7 (0 and 7 are Sunday), MON-FRI or FRI#2',
  },
]

/** What is wrong with a cron expression, as the end of a sentence about it; null when it can be used. */
export function cronProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/).filter(Boolean)
  if (fields.length !== 5)
    return `needs five cron fields (minute, hour, day of month, month, day of week); "${cron}" has ${fields.length}`
  const wrong = FIELDS.findIndex((field, index) => !fits(field, fields[index] ?? ''))
  if (wrong !== -1)
    return `cannot use "${fields[wrong]}" as the ${FIELDS[wrong]?.name}; write ${FIELDS[wrong]?.examples}`
  try {
    if (wallClock(cron).nextRun() !== null) return null
  } catch {
    return `has an invalid cron expression: "${cron}"`
  }
  return `names a day that does not exist, so "${cron}" never fires`
}

/** What is wrong with the name of a time zone; null when it is known. */
export function timezoneProblem(name: string): string | null {
  try {
    // An offset would be taken, too; but it is no zone: it knows no summer.
    if (/^[A-Za-z]/.test(name) && new Intl.DateTimeFormat('en', { timeZone: name })) return null
  } catch {}
  return `needs a time zone as an IANA name such as "Europe/Berlin", not ${JSON.stringify(name)}`
}

/** The pattern on a clock that knows no summer: zones are laid over it in `fire-times.ts`. */
export const wallClock = (cron: string): Cron =>
  new Cron(tidyCron(cron), { mode: '5-part', utcOffset: 0, paused: true })

/**
 * The schedule as a sentence.
 * @example textOf({ cron: '30 7 * * 1-5', timezone: 'Europe/Berlin' }) // 'At 07:30, Monday through Friday, Europe/Berlin'
 */
export function textOf({ cron, timezone }: Schedule): string {
  return `${sentenceOf(cron)}, ${timezone}`
}

function sentenceOf(cron: string): string {
  const usual = usualSentence(cron)
  if (usual !== null) return usual
  try {
    // With a day of the month and a day of the week, cron means either.
    return describe(cron, { use24HourTimeFormat: true }).replace(/, and (?=on |only on )/, ', or ')
  } catch {
    return cron
  }
}

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** The schedules that most people have, as people say them. */
function usualSentence(cron: string): string | null {
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = tidyCron(cron).split(' ')
  if (month !== '*' || !/^\d{1,2}$/.test(minute)) return null
  const isEveryDay = day === '*' && weekday === '*'
  if (hour === '*' && isEveryDay) return `Every hour at minute ${Number(minute)}`
  const step = /^\*\/(\d{1,2})$/.exec(hour)?.[1]
  if (step && isEveryDay && Number(minute) === 0) return `Every ${Number(step)} hours`
  if (!/^\d{1,2}$/.test(hour)) return null
  const time = `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (isEveryDay) return `Every day at ${time}`
  if (day === '*' && /^[0-7]$/.test(weekday)) return `Every ${WEEKDAYS[Number(weekday)]} at ${time}`
  if (/^\d{1,2}$/.test(day) && weekday === '*')
    return `On the ${ordinal(Number(day))} of every month at ${time}`
  return null
}

const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'st', two: 'nd', few: 'rd' }
const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })
const ordinal = (day: number) => `${day}${endings[ordinals.select(day)] ?? 'th'}`
