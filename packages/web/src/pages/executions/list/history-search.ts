import { ExecutionStatus, Trigger } from '@bifrost/contract'
import type { ExecutionFilters } from '../queries.ts'

/** The filters as the URL has them: short, readable, and safe to type by hand. */
export interface HistorySearch {
  workflow?: string
  /** Statuses in lower case, separated by commas. */
  status?: string
  trigger?: Trigger
  q?: string
  /** A display column and its value: `Claim=4711`. */
  column?: string
  /** Id of a form. */
  form?: string
  /** Days, such as `2026-01-31`, both included, in the reader's zone. */
  from?: string
  to?: string
}

/** Reads filters from a URL; what makes no sense is left out. */
export function readHistorySearch(search: Record<string, unknown>): HistorySearch {
  const text = (name: string) => {
    const value = search[name]
    if (typeof value === 'number') return String(value)
    return typeof value === 'string' && value.trim() !== '' ? value : undefined
  }
  const read: HistorySearch = {}
  const workflow = text('workflow')
  if (workflow) read.workflow = workflow
  const statuses = readStatuses(text('status'))
  if (statuses.length > 0) read.status = writeStatuses(statuses)
  const trigger = Trigger.safeParse(text('trigger'))
  if (trigger.success) read.trigger = trigger.data
  const q = text('q')
  if (q) read.q = q
  const column = text('column')
  if (column && /^[^=]+=/.test(column)) read.column = column
  const form = text('form')
  if (form && /^[0-9a-f-]{36}$/i.test(form)) read.form = form
  const from = day(text('from'))
  if (from) read.from = from
  const to = day(text('to'))
  if (to) read.to = to
  return read
}

export const readStatuses = (text: string | undefined): ExecutionStatus[] =>
  (text ?? '').split(',').flatMap((word) => {
    const status = ExecutionStatus.safeParse(word.trim().toUpperCase())
    return status.success ? [status.data] : []
  })

export const writeStatuses = (statuses: readonly ExecutionStatus[]): string =>
  [...new Set(statuses)].join(',').toLowerCase()

function day(text: string | undefined): string | undefined {
  return text && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) ? text : undefined
}

/** The same filters as the API takes them. */
export function toFilters(search: HistorySearch): ExecutionFilters {
  const statuses = readStatuses(search.status)
  return {
    ...(search.workflow ? { workflow: search.workflow } : {}),
    ...(statuses.length > 0 ? { status: statuses } : {}),
    ...(search.trigger ? { trigger: search.trigger } : {}),
    ...(search.q ? { search: search.q } : {}),
    ...(search.column ? { column: [search.column] } : {}),
    ...(search.form ? { form: search.form } : {}),
    ...(search.from ? { since: localMidnight(search.from, 0) } : {}),
    ...(search.to ? { until: localMidnight(search.to, 1) } : {}),
  }
}

function localMidnight(day: string, daysAfter: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + daysAfter).toISOString()
}

export const isFiltered = (search: HistorySearch): boolean => Object.keys(search).length > 0
