import type { Schedule, ScheduleFireTime } from '@bifrost/contract'
import { formatNumber, locale } from '../../format.ts'

/** What the policies are called, and what each of them does. */
export const overlapLabels: Record<Schedule['overlap'], string> = {
  skip: 'Skip the new run',
  queue: 'Queue the new run',
  cancel_previous: 'Cancel the previous run',
}
export const catchUpLabels: Record<Schedule['catch_up'], string> = {
  latest: 'Run the latest missed time',
  all: 'Run every missed time',
  none: 'Skip missed times',
}

/** Cron texts to begin with. */
export const presets: { label: string; cron: string }[] = [
  { label: 'Every hour', cron: '0 * * * *' },
  { label: 'Every day', cron: '0 7 * * *' },
  { label: 'Weekdays', cron: '0 7 * * 1-5' },
  { label: 'Every week', cron: '0 7 * * 1' },
  { label: 'Every month', cron: '0 7 1 * *' },
]

/**
 * What became of a fire time that has no run to show.
 * @example fireTimeWord({ status: 'skipped', count: 3, … }) // '3 times skipped'
 */
export function fireTimeWord({ status, count }: ScheduleFireTime): string {
  if (status === 'waiting') return 'Waiting for the previous run'
  if (status === 'started') return 'Ran'
  return count > 1 ? `${formatNumber(count)} times skipped` : 'Skipped'
}

const kinds: Record<ScheduleFireTime['kind'], string | null> = {
  on_time: null,
  catch_up: 'caught up',
  manual: 'run now',
}

/** How a fire time came about, where that is not on schedule. */
export const fireTimeKind = ({ kind }: ScheduleFireTime): string | null => kinds[kind]

/**
 * A moment on the clocks of a zone, with its weekday.
 * @example formatInZone('2026-11-23T06:30:00Z', 'Europe/Berlin') // 'Mon, 23 Nov 2026, 07:30', or as the locale has it
 */
export const formatInZone = (at: string, timezone: string): string =>
  new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: timezone,
    hourCycle: 'h23',
  }).format(new Date(at))

export const ownTimezone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

/** All zones that the browser knows, for suggestions. */
export const timezones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone')]
