import {
  AppError,
  type ColumnType,
  type FieldError,
  isDateTime,
  isDay,
  type Json,
  limits,
  type RowData,
  type TableColumn,
  validationError,
} from '@bifrost/contract'
import type { OrgScope } from '../../platform/scope.ts'
import type { Table } from './table.ts'

/** Set by the server, no matter who writes. */
const RESERVED = ['created_by', 'updated_by']

/** A row's content as it is stored: refused where it is not what the table holds, or what JSON in the database can. */
export function checkedData(
  scope: OrgScope,
  table: Pick<Table, 'name' | 'columns'>,
  data: RowData,
  { id, partial }: { id: string; partial: boolean },
): RowData {
  const kept = { ...data }
  for (const field of RESERVED)
    if (Object.hasOwn(kept, field)) {
      if (kept[field] !== scope.userId || scope.userId === null)
        throw new AppError('forbidden', `The platform sets ${field}, so a row cannot contain it.`)
      delete kept[field]
    }
  if (Object.hasOwn(kept, 'id')) {
    if (kept['id'] !== id)
      throw validationError([{ field: 'id', message: 'differs from the ID given beside the data' }])
    delete kept['id']
  }
  const errors: FieldError[] = []
  for (const [field, value] of Object.entries(kept)) {
    const problem = unstorable(field) ?? unstorable(value as Json)
    if (problem) errors.push({ field: field.replaceAll('\0', '\\0').slice(0, 200), message: problem })
  }
  for (const column of table.columns) {
    const problem = columnProblem(column, kept[column.name], partial)
    if (problem) errors.push({ field: column.name, message: problem })
  }
  if (errors.length > 0) throw validationError(errors.slice(0, limits.fieldErrorsMax))
  if (Buffer.byteLength(JSON.stringify(kept)) > limits.tableRowBytesMax) throw tooLarge()
  return kept
}

export const tooLarge = () =>
  new AppError(
    'body_too_large',
    `A row may have at most ${limits.tableRowBytesMax / 1024 / 1024} MB. Store a file, and keep its path in the row.`,
  )

function unstorable(value: Json, depth = 1): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'contains a NUL character, which the database cannot store'
    return value.isWellFormed() ? undefined : 'is not well-formed text: it contains an unpaired surrogate'
  }
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : 'is too large a number'
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > limits.jsonDepthMax) return `is nested deeper than ${limits.jsonDepthMax} levels`
  for (const [key, part] of Object.entries(value)) {
    if (key === '__proto__') return 'has a member named __proto__, which is not allowed'
    const problem = unstorable(key) ?? unstorable(part as Json, depth + 1)
    if (problem) return problem
  }
  return undefined
}

function columnProblem({ type, required, name }: TableColumn, value: Json | undefined, partial: boolean) {
  if (value === undefined) return required && !partial ? 'is required' : undefined
  if (value === null) return required ? 'is required' : undefined
  return fits[type](value) ? undefined : `must be ${words[type]} (column ${name})`
}

const words: Record<ColumnType, string> = {
  text: 'text',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date such as 2026-03-01 or 2026-03-01T12:00:00Z',
  json: 'JSON',
}

/** PostgreSQL keeps microseconds, and wants the colon of an offset. */
const KEPT = /^.{10}(T.{5}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** Whether a text is a date of the calendar, with or without a time. */
export const isDate = (text: string): boolean =>
  isDay(text) || (isDateTime(text, { zone: true }) && KEPT.test(text))

const fits: Record<ColumnType, (value: Json) => boolean> = {
  text: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  boolean: (value) => typeof value === 'boolean',
  date: (value) => typeof value === 'string' && isDate(value),
  json: () => true,
}
