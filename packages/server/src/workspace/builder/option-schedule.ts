import type { ScheduleOption } from '@bifrost/contract'
import { Cron } from 'croner'
import type { StaticValue } from './static-value.ts'

const members = ['cron', 'timezone', 'overlap', 'catchUp']
const overlaps = ['skip', 'queue', 'cancel_previous'] as const
const catchUps = ['none', 'latest', 'all'] as const

/** The schedule, or what is wrong with it. */
export function readSchedule(value: StaticValue, warn: (message: string) => void): ScheduleOption | string {
  const given = typeof value === 'string' ? { cron: value } : value
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return 'must be a cron text such as "0 9 * * 1-5", or an object with cron, timezone, overlap, catchUp'
  for (const name of Object.keys(given))
    if (!members.includes(name)) warn(`Unknown member "${name}" of the option "schedule"; it is ignored.`)

  const {
    cron,
    timezone = 'UTC',
    overlap = 'skip',
    catchUp = 'latest',
  } = given as Record<string, StaticValue>
  if (typeof cron !== 'string') return 'needs "cron", such as "0 9 * * 1-5"'
  const problem = cronProblem(cron)
  if (problem) return problem
  if (typeof timezone !== 'string' || !isTimezone(timezone))
    return `needs "timezone" as an IANA name such as "Europe/Berlin", not ${JSON.stringify(timezone)}`
  const knownOverlap = overlaps.find((one) => one === overlap)
  if (!knownOverlap) return `needs "overlap" as one of ${overlaps.join(', ')}`
  const knownCatchUp = catchUps.find((one) => one === catchUp)
  if (!knownCatchUp) return `needs "catchUp" as one of ${catchUps.join(', ')}`
  return { cron: cron.trim().replace(/\s+/g, ' '), timezone, overlap: knownOverlap, catch_up: knownCatchUp }
}

function cronProblem(cron: string): string | null {
  const fields = cron.trim().split(/\s+/).filter(Boolean)
  if (fields.length !== 5)
    return `needs five cron fields (minute, hour, day of month, month, day of week); "${cron}" has ${fields.length}`
  try {
    new Cron(cron.trim(), { paused: true })
    return null
  } catch {
    return `has a cron text that cannot be understood: "${cron}"`
  }
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
