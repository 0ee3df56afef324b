import { createHash } from 'node:crypto'
import type { Json } from '@bifrost/contract'
import { isScalar, valueAt } from '../../platform/json-path.ts'

/** What an event must say: dotted paths into its payload, and the value that stands there. */
export type EventMatch = Readonly<Record<string, string | number | boolean | null>>

/** A match as the index has it: the fields, sorted, and their values in the same order. */
export interface MatchKey {
  fields: string
  values: string
}

/** An entry of an index must not be large; longer texts are compared by their hash. */
const INDEXED_LENGTH_MAX = 500

const indexed = (text: string) =>
  text.length <= INDEXED_LENGTH_MAX ? text : `sha256:${createHash('sha256').update(text).digest('hex')}`

/** The key under which a wait is found by the events that answer it. */
export function matchKey(match: EventMatch): MatchKey {
  const fields = Object.keys(match).sort()
  return {
    fields: JSON.stringify(fields),
    values: indexed(JSON.stringify(fields.map((field) => match[field]))),
  }
}

/** The same key from an event's side; null when it has not all of the fields, or no plain values there. */
export function payloadKey(payload: Json, fields: string): MatchKey | null {
  const values = (JSON.parse(fields) as string[]).map((field) => valueAt(payload, field))
  if (!values.every(isScalar)) return null
  return { fields, values: indexed(JSON.stringify(values)) }
}
