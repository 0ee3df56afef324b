import { z } from 'zod'
import { ExecutionFilter } from '../execution-filter.ts'
import { route } from '../route.ts'
import { Id } from './common.ts'

/** What can be done with all runs of a filter at once. `continue`: parked runs, on the version that they began with. */
export const BulkAction = z.enum(['cancel', 'rerun', 'continue'])
export type BulkAction = z.infer<typeof BulkAction>

/** How far an action on many runs is. */
export const BulkProgress = z.object({
  /** Null for a dry run, of which nothing is kept. */
  id: z.uuid().nullable(),
  action: BulkAction,
  /** `counted`: a dry run, nothing was done. `running`: it continues in the background. */
  status: z.enum(['counted', 'running', 'done']),
  /** Runs that the filter finds and that the action can be applied to. */
  matched: z.int(),
  done: z.int(),
  failed_count: z.int(),
  /** The first hundred that failed, and why. */
  failed: z.array(z.object({ execution_id: z.uuid(), message: z.string() })),
})
export type BulkProgress = z.infer<typeof BulkProgress>

export const bulkRoutes = {
  bulkExecutions: route({
    method: 'POST',
    path: '/api/executions/bulk',
    permission: 'execution:read',
    tag: 'Executions',
    summary: 'Cancel, rerun or continue all runs that match a filter',
    description:
      'With `dry_run` it only counts. It covers at most 10,000 runs. An action that takes long continues in the background: the answer is `running` with its ID.',
    body: z.strictObject({
      action: BulkAction,
      filter: ExecutionFilter,
      dry_run: z.boolean().optional(),
    }),
    response: BulkProgress,
  }),
  getBulkProgress: route({
    method: 'GET',
    path: '/api/executions/bulk/{id}',
    permission: 'execution:read',
    tag: 'Executions',
    summary: 'Get the progress of an action on many runs',
    params: Id,
    response: BulkProgress,
  }),
} as const
