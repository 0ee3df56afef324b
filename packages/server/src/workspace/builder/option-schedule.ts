import type { ScheduleOption } from '@bifrost/contract'
import { cronProblem, tidyCron, timezoneProblem } from '../../platform/cron/cron.ts'
import type { StaticValue } from './static-value.ts'

const members = ['cron', 'timezone', 'overlap', 'catchUp']
const overlaps = ['skip', 'queue', 'cancel_previous'] as const
const catchUps = ['none', 'latest', 'all'] as const

/** The schedule, or what is wrong with it. */
export function readSchedule(value: StaticValue, warn: (message: string) => void): ScheduleOption | string {
  const given = typeof value === 'string' ? { cron: value } : value
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return 'must be a cron expression such as "0 9 * * 1-5", or an object with cron, timezone, overlap, catchUp'
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
  if (typeof timezone !== 'string') return 'needs "timezone" as text such as "Europe/Berlin"'
  const unknownZone = timezoneProblem(timezone)
  if (unknownZone) return unknownZone
  const knownOverlap = overlaps.find((one) => one === overlap)
  if (!knownOverlap) return `needs "overlap" as one of ${overlaps.join(', ')}`
  const knownCatchUp = catchUps.find((one) => one === catchUp)
  if (!knownCatchUp) return `needs "catchUp" as one of ${catchUps.join(', ')}`
  return { cron: tidyCron(cron), timezone, overlap: knownOverlap, catch_up: knownCatchUp }
}
