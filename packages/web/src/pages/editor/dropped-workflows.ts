import { ApiError, DroppedWorkflows } from '@bifrost/contract'

/** What a refused change would lose; null when it was refused for something else. */
export function droppedWorkflowsOf(error: unknown): DroppedWorkflows | null {
  if (!(error instanceof ApiError) || error.code !== 'workflow_dropped') return null
  const parsed = DroppedWorkflows.safeParse(error.details)
  return parsed.success ? parsed.data : null
}
