import type { ColumnType, Json } from '@bifrost/contract'
import { isDate } from '../rows/rows.ts'

/** A number as it is written without anything lost: no leading zeros, no more digits than a double has. */
function numberOf(text: string): number | undefined {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return undefined
  const number = Number(text)
  if (!Number.isFinite(number)) return undefined
  if (/^-?\d+$/.test(text) && !Number.isSafeInteger(number)) return undefined
  return number
}

function jsonOf(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/** What the values of a column are: the narrowest type that all of them have. Text, when there is none. */
export function guessType(values: readonly string[]): ColumnType {
  const filled = values.filter((value) => value !== '')
  if (filled.length === 0) return 'text'
  if (filled.every((value) => numberOf(value) !== undefined)) return 'number'
  if (filled.every((value) => value === 'true' || value === 'false')) return 'boolean'
  if (filled.every(isDate)) return 'date'
  if (filled.every((value) => /^[[{]/.test(value) && jsonOf(value) !== undefined)) return 'json'
  return 'text'
}

/** The value that a cell stands for; undefined when it is none of that type. */
export function valueOfCell(text: string, type: ColumnType): Json | undefined {
  switch (type) {
    case 'text':
      return text
    case 'number':
      return numberOf(text)
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : undefined
    case 'date':
      return isDate(text) ? text : undefined
    case 'json':
      return jsonOf(text)
  }
}
