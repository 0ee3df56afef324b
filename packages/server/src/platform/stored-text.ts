import { stripVTControlCharacters } from 'node:util'

// PostgreSQL's text has no NUL, and its jsonb neither that nor half of a surrogate pair. What people wrote is kept as far
// as it can be: the sign for NUL (U+2400), and the sign for what cannot be read (U+FFFD).

/** Text as the database can hold it. */
export const storedText = (text: string): string => text.replaceAll('\0', '\u2400').toWellFormed()

/** A line of a log: without what colors a terminal, and with signs that would turn the reading direction made visible. */
export function storedLine(line: string): string {
  const text = storedText(line)
  if (!CONTROLS.test(text)) return text
  return stripVTControlCharacters(text).replace(
    DIRECTIONS,
    (sign) => `<U+${sign.charCodeAt(0).toString(16).toUpperCase()}>`,
  )
}

const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are meant
const CONTROLS = /[\x1b\x9b\u202a-\u202e\u2066-\u2069]/

/** JSON text as the database can hold it in a column of type jsonb; the same one when nothing is in the way. */
export function storedJson(json: string): string {
  if (!/\\u(0000|[dD][89a-fA-F])/.test(json) && json.isWellFormed() && !json.includes('\0')) return json
  try {
    return JSON.stringify(storedValue(JSON.parse(json)))
  } catch {
    return json
  }
}

function storedValue(value: unknown): unknown {
  if (typeof value === 'string') return storedText(value)
  if (Array.isArray(value)) return value.map(storedValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [storedText(key), storedValue(item)]))
}
