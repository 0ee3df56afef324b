import { type ExecutionStatus, isTerminal } from '@bifrost/contract'

/** How many runs there are in each status. */
export type Counts = Partial<Record<ExecutionStatus, number>>

/** One group of runs, as the bar and its filter show it. */
export interface ProgressPart {
  id: 'failed' | 'succeeded' | 'running' | 'waiting'
  label: string
  statuses: ExecutionStatus[]
  count: number
}

/** How far many runs are. */
export interface Progress {
  total: number
  /** Not at their end yet. */
  open: number
  parts: ProgressPart[]
}

// What went wrong comes first: it is what people look for.
const groups: readonly Omit<ProgressPart, 'count'>[] = [
  {
    id: 'failed',
    label: 'Not succeeded',
    statuses: ['FAILED', 'TIMEOUT', 'CANCELLED', 'COMPLETED_WITH_ERRORS'],
  },
  { id: 'succeeded', label: 'Succeeded', statuses: ['SUCCESS'] },
  { id: 'running', label: 'Running', statuses: ['RUNNING', 'CANCELLING'] },
  { id: 'waiting', label: 'Waiting', statuses: ['PENDING', 'SCHEDULED', 'SUSPENDED'] },
]

/** The counts of the API, in the groups in which people think of them. */
export function progressOf(counts: Counts): Progress {
  const count = (statuses: readonly ExecutionStatus[]) =>
    statuses.reduce((sum, status) => sum + (counts[status] ?? 0), 0)
  const all = Object.keys(counts) as ExecutionStatus[]
  return {
    total: count(all),
    open: count(all.filter((status) => !isTerminal(status))),
    parts: groups.map((group) => ({ ...group, count: count(group.statuses) })),
  }
}
