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

/** Ids grow with time, so that indexes are filled at one end and a page of history is one range. */
export const newId = (): string => v7({ rng: random })

/** The smallest id of a moment (milliseconds since 1970), to look ids up by time. */
export function idAt(ms: number): string {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7000-8000-000000000000`
}

/** Whether a text may be an id: what is none is not asked of the database, which would refuse it. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
