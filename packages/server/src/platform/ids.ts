import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

// Asking the system for 16 bytes costs as much as asking for 8,192.
const BYTES_PER_ID = 16
const pool = new Uint8Array(512 * BYTES_PER_ID)
let used = pool.length

function random(): Uint8Array {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += BYTES_PER_ID
  return pool.subarray(used - BYTES_PER_ID, used)
}

/** The generator counts within one millisecond from a random start below this, which leaves room to count. */
const COUNT_START_MAX = 0x7fffffff
const COUNT_MAX = 0xffffffff
let lastMs = 0
let count = 0

/**
 * Ids grow with time, so that indexes are filled at one end and a page of history is one range. Those of one process
 * grow within a millisecond too, and when its clock is set back: rows that one request writes keep their order.
 */
export function newId(): string {
  const bytes = random()
  const now = Date.now()
  if (now > lastMs || count === COUNT_MAX) {
    lastMs = Math.max(now, lastMs + 1)
    count =
      ((bytes[0] ?? 0) * 0x1000000 + (bytes[1] ?? 0) * 0x10000 + (bytes[2] ?? 0) * 0x100 + (bytes[3] ?? 0)) &
      COUNT_START_MAX
  } else count++
  return v7({ random: bytes, msecs: lastMs, seq: count })
}

/** The smallest id of a moment (milliseconds since 1970), to look ids up by time. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}

/** Whether a text may be an id: what is none is not asked of the database, which would refuse it. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
