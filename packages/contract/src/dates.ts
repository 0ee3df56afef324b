const DATE = /^\d{4}-\d{2}-\d{2}$/
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})?$/
const ZONE = /(Z|[+-]\d{2}:?\d{2})$/

/**
 * Whether a text is a day of the calendar, `YYYY-MM-DD`. Date.parse is not asked: it takes 30 February for 2 March.
 * @example isDay('2026-02-30') // false
 */
export function isDay(text: string): boolean {
  if (!DATE.test(text)) return false
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}

/**
 * Whether a text is an ISO 8601 date and time of the calendar. Without a zone it is one too, unless `zone` asks for it.
 * @example isDateTime('2026-01-31T09:00:00Z', { zone: true }) // true
 */
export function isDateTime(text: string, { zone = false }: { zone?: boolean } = {}): boolean {
  return (
    DATE_TIME.test(text) &&
    (!zone || ZONE.test(text)) &&
    isDay(text.slice(0, 10)) &&
    !Number.isNaN(Date.parse(text))
  )
}

/**
 * A moment as a date and time in the reader's zone with the offset of that zone, so that the day is the one that the
 * reader sees.
 * @example zonedText(new Date('2026-01-31T09:00:00Z')) // '2026-01-31T10:00:00+01:00' in Berlin
 */
export function zonedText(at: Date): string {
  const offset = -at.getTimezoneOffset()
  const size = Math.abs(offset)
  const local = new Date(at.getTime() + offset * 60_000).toISOString().slice(0, 19)
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

const two = (part: number) => String(part).padStart(2, '0')
