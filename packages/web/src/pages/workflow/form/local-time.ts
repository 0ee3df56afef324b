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
 * The same moment with the zone's offset written out; `null` for what is no date and time.
 * @example fromLocalText('2026-01-31T10:00') // '2026-01-31T10:00:00+01:00' in Berlin
 */
export function fromLocalText(text: string): string | null {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(:\d{2})?(\.\d+)?$/.exec(text)
  const at = new Date(text)
  if (!match || Number.isNaN(at.getTime())) return null
  const offset = -at.getTimezoneOffset()
  const two = (part: number) => String(part).padStart(2, '0')
  const size = Math.abs(offset)
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
  return `${match[1]}T${match[2]}${match[3] ?? ':00'}${zone}`
}
