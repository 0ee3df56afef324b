import { ExecutionStatus, Trigger } from '@bifrost/contract'
import {
  day,
  defineList,
  type FilterOf,
  matching,
  midnight,
  oneOf,
  readListSearch,
  text,
} from '../../../ui/list-search.ts'
import type { ExecutionFilters } from '../queries.ts'

/** The filters as the address has them: short, readable, and safe to type by hand. */
export const executionList = defineList('executions', {
  workflow: text,
  /** Statuses in lower case, separated by commas. */
  status: (value) => writeStatuses(readStatuses(text(value))) || undefined,
  trigger: oneOf(Trigger.options),
  q: text,
  /** A display column and its value: `Claim=4711`. */
  column: matching(/^[^=]+=/),
  /** ID of a form. */
  form: matching(/^[0-9a-f-]{36}$/i),
  /** Days, both included, in the reader's zone. */
  from: day,
  to: day,
})

export type HistoryFilter = FilterOf<typeof executionList>

export const readHistorySearch = (search: Record<string, unknown>) => readListSearch(executionList, search)

export const readStatuses = (text: string | undefined): ExecutionStatus[] =>
  (text ?? '').split(',').flatMap((word) => {
    const status = ExecutionStatus.safeParse(word.trim().toUpperCase())
    return status.success ? [status.data] : []
  })

export const writeStatuses = (statuses: readonly ExecutionStatus[]): string =>
  [...new Set(statuses)].join(',').toLowerCase()

/** The same filters as the API takes them. */
export function toFilters(filter: HistoryFilter): ExecutionFilters {
  const statuses = readStatuses(filter.status)
  return {
    ...(filter.workflow ? { workflow: filter.workflow } : {}),
    ...(statuses.length > 0 ? { status: statuses } : {}),
    ...(filter.trigger ? { trigger: filter.trigger } : {}),
    ...(filter.q ? { search: filter.q } : {}),
    ...(filter.column ? { column: [filter.column] } : {}),
    ...(filter.form ? { form: filter.form } : {}),
    ...(filter.from ? { since: midnight(filter.from) } : {}),
    ...(filter.to ? { until: midnight(filter.to, 1) } : {}),
  }
}
