import { isDateTime, zonedText } from '@bifrost/contract'

/**
 * A moment as `datetime-local` inputs want it: in the reader's zone, without naming it.
 * @example toLocalText('2026-01-31T09:00:00Z') // '2026-01-31T10:00' in Berlin
 */
export function toLocalText(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  const two = (part: number) => String(part).padStart(2, '0')
  const date = `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
  const seconds = at.getSeconds() > 0 ? `:${two(at.getSeconds())}` : ''
  return `${date}T${two(at.getHours())}:${two(at.getMinutes())}${seconds}`
}

/**
 * The same moment with the zone's offset written out; `null` for what is no date and time. A time that the clocks leave out
 * when they go forward is as much later as they go forward: 02:30 is 03:30 then.
 * @example fromLocalText('2026-01-31T10:00') // '2026-01-31T10:00:00+01:00' in Berlin
 */
export function fromLocalText(text: string): string | null {
  if (!isDateTime(text) || /[Z+]|-\d{2}:/.test(text.slice(16))) return null
  return zonedText(new Date(text))
}
