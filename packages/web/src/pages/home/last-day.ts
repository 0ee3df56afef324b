import type { ExecutionStatus, ExecutionSummary } from '@bifrost/contract'

const failedStatuses: readonly ExecutionStatus[] = ['FAILED', 'TIMEOUT', 'COMPLETED_WITH_ERRORS']

/** The groups that the home page counts; each is a link to history with these statuses. */
export const statusGroups: {
  name: string
  statuses: ExecutionStatus[]
  tone: 'live' | 'ok' | 'bad' | 'idle'
}[] = [
  { name: 'Running', statuses: ['RUNNING', 'PENDING', 'CANCELLING'], tone: 'live' },
  { name: 'Succeeded', statuses: ['SUCCESS'], tone: 'ok' },
  { name: 'Failed', statuses: ['FAILED', 'TIMEOUT', 'COMPLETED_WITH_ERRORS'], tone: 'bad' },
  { name: 'Waiting', statuses: ['SCHEDULED', 'SUSPENDED'], tone: 'idle' },
  { name: 'Cancelled', statuses: ['CANCELLED'], tone: 'idle' },
]

export function countStatuses(runs: readonly ExecutionSummary[]) {
  return statusGroups.map((group) => ({
    ...group,
    count: runs.filter(({ status }) => group.statuses.includes(status)).length,
  }))
}

export interface WorkflowUse {
  name: string
  workflowId: string | null
  runs: number
  failed: number
}

/** The workflows that ran most, and how many of their runs failed. */
export function mostUsed(runs: readonly ExecutionSummary[], max: number): WorkflowUse[] {
  return [...Map.groupBy(runs, (run) => run.workflow_name)]
    .map(([name, members]) => ({
      name,
      workflowId: members[0]?.workflow_id ?? null,
      runs: members.length,
      failed: members.filter(({ status }) => failedStatuses.includes(status)).length,
    }))
    .sort((a, b) => b.runs - a.runs || a.name.localeCompare(b.name))
    .slice(0, max)
}

/** The newest failure of each workflow, with how often it failed. */
export function failuresOf(runs: readonly ExecutionSummary[], max: number) {
  const failed = runs.filter(({ status }) => failedStatuses.includes(status))
  return [...Map.groupBy(failed, (run) => run.workflow_name)]
    .flatMap(([name, members]) => (members[0] ? [{ name, newest: members[0], count: members.length }] : []))
    .sort((a, b) => b.newest.created_at.localeCompare(a.newest.created_at))
    .slice(0, max)
}
