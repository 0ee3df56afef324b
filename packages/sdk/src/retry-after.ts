const SECONDS = /^\d{1,9}(\.\d{1,9})?$/
/** Such as `Wed, 21 Oct 2026 07:28:00 GMT`; source: RFC 9110, 5.6.7. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, .{1,30} GMT$/

/**
 * What a header `Retry-After` asks for, in milliseconds from now; null when it says nothing that can be understood.
 * Source: RFC 9110, 10.2.3. Fractions of a second are not in it, and are sent by some.
 */
export function retryAfterMs(value: string | number | Date | null | undefined): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value * 1000 : null
  if (value instanceof Date) return untilMs(value.getTime())
  const text = value?.trim() ?? ''
  if (SECONDS.test(text)) return Number(text) * 1000
  return HTTP_DATE.test(text) ? untilMs(Date.parse(text)) : null
}

const untilMs = (at: number): number | null => (Number.isNaN(at) ? null : Math.max(0, at - Date.now()))
