import { type RowOrder, validationError } from '@bifrost/contract'
import { z } from 'zod'

/** Where a page ended: by what its last row was ordered, and what tells it from its equals. */
export interface RowCursor {
  keys: (string | null)[]
  created: string
  id: string
}

const Stored = z.object({
  order: z.string(),
  keys: z.array(z.string().nullable()).max(5),
  created: z.string().regex(/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)*$/),
  id: z.string().max(200),
})

const nameOf = (order: readonly RowOrder[]) =>
  order.map(({ field, descending }) => `${descending ? '-' : ''}${field}`).join('\n')

export const writeCursor = (order: readonly RowOrder[], cursor: RowCursor): string =>
  Buffer.from(JSON.stringify({ order: nameOf(order), ...cursor })).toString('base64url')

export function readCursor(text: string, order: readonly RowOrder[]): RowCursor {
  try {
    const stored = Stored.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    if (stored.order === nameOf(order) && stored.keys.length === order.length) return stored
  } catch {
    // It is no cursor of this API.
  }
  throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page in this order' }])
}
