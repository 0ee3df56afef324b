import type { Condition, Json, RowOrder, Where } from '@bifrost/contract'
import { defineList, text } from '../../ui/list-search.ts'

/** What a filter of the page can ask. */
export const filterOperators = [
  { value: 'eq', label: 'is' },
  { value: 'ne', label: 'is not' },
  { value: 'gt', label: 'is above' },
  { value: 'gte', label: 'is at least' },
  { value: 'lt', label: 'is below' },
  { value: 'lte', label: 'is at most' },
  { value: 'contains', label: 'contains' },
  { value: 'startsWith', label: 'begins with' },
  { value: 'endsWith', label: 'ends with' },
  { value: 'in', label: 'is one of' },
  { value: 'hasKey', label: 'has the key' },
  { value: 'empty', label: 'is empty' },
  { value: 'filled', label: 'is not empty' },
] as const
export type FilterOperator = (typeof filterOperators)[number]['value']

/** One line of the filter: a field, what is asked, and what was typed. */
export interface RowFilter {
  field: string
  operator: FilterOperator
  text: string
}

export const needsText = (operator: FilterOperator): boolean => operator !== 'empty' && operator !== 'filled'

const isOperator = (value: unknown): value is FilterOperator =>
  filterOperators.some((operator) => operator.value === value)

/** A list in the address is read as one; the page wants its text. */
export const filterText = (value: unknown): string | undefined =>
  Array.isArray(value) ? JSON.stringify(value) : text(value)

/** The rows of each table are a list of their own. */
export const rowList = (table: string) => defineList(`rows:${table}`, { f: filterText })

/** Reads filters from a URL; what makes no sense is left out. */
export function readFilters(text: string | undefined): RowFilter[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text ?? '[]')
  } catch {
    return []
  }
  if (!Array.isArray(parsed)) return []
  return parsed.flatMap((one): RowFilter[] => {
    if (!Array.isArray(one)) return []
    const [field, operator, value = ''] = one as unknown[]
    return typeof field === 'string' && isOperator(operator) && typeof value === 'string'
      ? [{ field, operator, text: value }]
      : []
  })
}

export const writeFilters = (filters: readonly RowFilter[]): string | undefined =>
  filters.length === 0
    ? undefined
    : JSON.stringify(filters.map(({ field, operator, text }) => [field, operator, text]))

/** The filters as the API takes them; those without a field are left out. */
export function toWhere(filters: readonly RowFilter[]): Where {
  const where: Record<string, Condition> = {}
  for (const { field, operator, text } of filters) {
    if (field.trim() === '') continue
    where[field.trim()] = { ...where[field.trim()], ...conditionOf(operator, text) }
  }
  return where
}

function conditionOf(operator: FilterOperator, text: string): Condition {
  switch (operator) {
    case 'empty':
      return { isNull: true }
    case 'filled':
      return { isNull: false }
    case 'startsWith':
    case 'endsWith':
    case 'hasKey':
      return { [operator]: text }
    case 'in':
      return { in: text.split(',').map((one) => typed(one.trim())) }
    default:
      return { [operator]: typed(text) }
  }
}

/** A number is meant as a number, `true` as yes; in quotes it is text. */
function typed(text: string): Json {
  try {
    const value = JSON.parse(text) as Json
    return typeof value === 'object' && value !== null ? text : value
  } catch {
    return text
  }
}

/** `-total` from a URL, as the API takes it. */
export const readOrder = (text: string | undefined): RowOrder[] =>
  text ? [{ field: text.replace(/^-/, ''), descending: text.startsWith('-') }] : []
