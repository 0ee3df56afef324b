/**
 * The words of every page are English, so its dates, times and numbers are, too: in the reader's own English where the browser
 * names one.
 * @example localeOf(['de-DE', 'en-GB']) // 'en-GB'
 */
export const localeOf = (languages: readonly string[]): string =>
  languages.find((language) => /^en(-|$)/i.test(language)) ?? 'en'

/** The locale of all that a page formats. */
export const locale = localeOf(globalThis.navigator?.languages ?? [])

/** Whether the reader's clock has 12 hours or 24 is theirs, whatever the language. */
const { hourCycle } = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }).resolvedOptions()
const clock: Intl.DateTimeFormatOptions = hourCycle ? { hourCycle } : {}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/**
 * A duration in its two largest useful units.
 * @example formatDuration(83_400) // '1 min 23 s'
 */
export function formatDuration(ms: number): string {
  if (ms < 1) return ms <= 0 ? '0 ms' : '< 1 ms'
  if (ms < SECOND) return `${Math.round(ms)} ms`
  if (ms < 10 * SECOND) return `${(Math.floor(ms / 10) / 100).toFixed(2)} s`
  if (ms < MINUTE) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`
  const total = Math.round(ms / SECOND)
  if (ms < HOUR) return twoUnits(Math.floor(total / 60), 'min', total % 60, 's')
  const minutes = Math.floor(total / 60)
  if (ms < DAY) return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.floor(minutes / 60)
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

const twoUnits = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

/**
 * A timer that does not change its width every tick: `0:07`, `12:03`, `1:02:03`.
 * @example formatClock(7_300) // '0:07'
 */
export function formatClock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND))
  const parts = [Math.floor(seconds / 60) % 60, seconds % 60]
  const hours = Math.floor(seconds / 3600)
  if (hours > 0) return [hours, ...parts.map((part) => String(part).padStart(2, '0'))].join(':')
  return `${parts[0]}:${String(parts[1]).padStart(2, '0')}`
}

/**
 * A duration that was measured in whole milliseconds, where 0 is not nothing.
 * @example formatMeasured(0) // '< 1 ms'
 */
export const formatMeasured = (ms: number): string => formatDuration(Math.max(ms, 0.5))

/**
 * A round distance on a line of time: `500 ms`, `1.5 s`, `2 h`.
 * @example formatTick(1500) // '1.5 s'
 */
export const formatTick = (ms: number): string =>
  ms < SECOND ? `${ms} ms` : ms < MINUTE ? `${ms / SECOND} s` : formatDuration(ms)

/**
 * What is left of a wait, in whole seconds.
 * @example formatLeft(12_300) // '13 s'
 */
export function formatLeft(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND))
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * SECOND)
}

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'narrow' })

/**
 * How far a moment is from now, in words.
 * @example formatAgo(Date.now() - 5000, Date.now()) // '5s ago'
 */
export function formatAgo(at: number, now: number): string {
  const distance = at - now
  const size = Math.abs(distance)
  if (size < 5 * SECOND) return 'just now'
  if (size < MINUTE) return relative.format(Math.round(distance / SECOND), 'second')
  if (size < HOUR) return relative.format(Math.round(distance / MINUTE), 'minute')
  if (size < DAY) return relative.format(Math.round(distance / HOUR), 'hour')
  return relative.format(Math.round(distance / DAY), 'day')
}

const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'long', ...clock })
const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', ...clock })
const timeOnly = new Intl.DateTimeFormat(locale, { timeStyle: 'medium', ...clock })
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long' })
const weekdayYear = new Intl.DateTimeFormat(locale, {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
})

/** Date and time with the zone, for the tooltip of every time. */
export const formatExact = (at: Date | string) => exact.format(new Date(at))
export const formatDateTime = (at: Date | string) => dayAndTime.format(new Date(at))
export const formatTime = (at: Date | string) => timeOnly.format(new Date(at))

/** `14:03:22.123` of a log line. */
export function formatLogTime(at: string): string {
  const date = new Date(at)
  const two = (part: number) => String(part).padStart(2, '0')
  const ms = String(date.getMilliseconds()).padStart(3, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`
}

/** The heading of a day in a list, with `today` and `yesterday` by name. */
export function formatDay(at: Date, now: Date): string {
  const days = Math.round((startOfDay(now).getTime() - startOfDay(at).getTime()) / DAY)
  if (days === 0) return 'Today'
  if (days === 1) return 'Yesterday'
  return (at.getFullYear() === now.getFullYear() ? weekday : weekdayYear).format(at)
}

export function startOfDay(at: Date): Date {
  const day = new Date(at)
  day.setHours(0, 0, 0, 0)
  return day
}

/** @example formatNumber(1234) // '1,234' */
export const formatNumber = (value: number): string => value.toLocaleString(locale)

/**
 * A size for people, counted as the limits of the platform are: 1 KB is 1,024 bytes.
 * @example formatBytes(1536) // '1.5 KB'
 */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1
  return `${size.toLocaleString(locale, { maximumFractionDigits: digits })} ${units[unit]}`
}

/** @example formatCount(1, 'run') // '1 run' */
export const formatCount = (count: number, noun: string, plural = `${noun}s`) =>
  `${formatNumber(count)} ${count === 1 ? noun : plural}`

/** The zone the reader's times are in, such as `Europe/Berlin (UTC+1)`. */
export function timeZoneNote(): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const minutes = -new Date().getTimezoneOffset()
  if (minutes === 0) return zone === 'UTC' ? 'UTC' : `${zone} (UTC)`
  const hours = Math.floor(Math.abs(minutes) / 60)
  const rest = Math.abs(minutes) % 60
  return `${zone} (UTC${minutes < 0 ? '−' : '+'}${hours}${rest > 0 ? `:${String(rest).padStart(2, '0')}` : ''})`
}
