import type { ColumnType, Json, RowData } from '@bifrost/contract'

/** A value as a cell shows it; nothing for one that is absent. */
export function cellText(value: Json | undefined): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What was typed, as a value: `undefined` removes the field. */
export type TypedValue = { ok: true; value: Json | undefined } | { ok: false; problem: string }

/**
 * Reads what was typed into a cell. A declared column knows its type; another one keeps the type that its value had, and
 * of a new value a number is a number, and what looks like JSON is JSON.
 */
export function readCell(
  text: string,
  before: Json | undefined,
  declared: ColumnType | undefined,
): TypedValue {
  if (text === '') return { ok: true, value: undefined }
  if (declared === 'text' || declared === 'date') return { ok: true, value: text }
  if (!declared && typeof before === 'string') return { ok: true, value: text }
  const parsed = parse(text.trim())
  if (declared === 'number')
    return typeof parsed === 'number'
      ? { ok: true, value: parsed }
      : { ok: false, problem: 'Must be a number' }
  if (declared === 'boolean')
    return typeof parsed === 'boolean'
      ? { ok: true, value: parsed }
      : { ok: false, problem: 'Must be true or false' }
  if (declared === 'json')
    return parsed === undefined ? { ok: false, problem: 'Must be JSON' } : { ok: true, value: parsed }
  return { ok: true, value: parsed === undefined ? text : parsed }
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** The columns of a grid: those that were declared, then those of the rows in the order in which they appear. */
export function columnsOf(
  declared: readonly { name: string }[],
  rows: readonly { data: RowData }[],
): string[] {
  const names = new Set(declared.map(({ name }) => name))
  for (const { data } of rows) for (const name of Object.keys(data)) names.add(name)
  return [...names].slice(0, COLUMNS_MAX)
}

const COLUMNS_MAX = 60
