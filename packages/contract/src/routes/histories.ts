import { z } from 'zod'
import { limits } from '../limits.ts'
import { route } from '../route.ts'
import { ExecutionStatus } from '../statuses.ts'
import { Id } from './common.ts'

/** How the history of a run goes with some code. */
export const HistoryCheck = z.object({
  execution_id: z.uuid(),
  workflow_name: z.string(),
  status: ExecutionStatus,
  /** The version that the history was replayed against; null when there is none. */
  code_version: z.string().nullable(),
  /**
   * `fits`: it would continue. `breaks`: the code asks for `asked` where the history has `expected`. `fails`: the code throws,
   * or is gone. `unknown`: a check cannot tell, `message` says why.
   */
  outcome: z.enum(['fits', 'breaks', 'fails', 'unknown']),
  /** The first durable call that the history does not answer: where it would continue. */
  next: z.string().nullable(),
  expected: z.string().nullable(),
  asked: z.string().nullable(),
  message: z.string().nullable(),
})
export type HistoryCheck = z.infer<typeof HistoryCheck>

export const historyRoutes = {
  checkHistories: route({
    method: 'POST',
    path: '/api/workflows/check-histories',
    permission: 'execution:debug',
    waits: true,
    tag: 'Workflows',
    summary: 'Replay the histories of waiting runs against the current code',
    description:
      'Says which runs would break if they were moved to it, and where. No step runs and nothing is written; code outside of steps runs, as in every replay.',
    body: z.strictObject({
      workflow: z.string().max(200).optional().describe('ID or name; all workflows when absent'),
      ended: z
        .int()
        .min(0)
        .max(limits.historiesCheckedMax)
        .optional()
        .describe('How many of the latest ended runs to check as well'),
    }),
    response: z.object({
      items: z.array(HistoryCheck),
      /** Runs that wait and were not checked, because there are too many for one check. */
      left: z.int(),
    }),
  }),
  continueExecution: route({
    method: 'POST',
    path: '/api/executions/{id}/continue',
    permission: 'workflow:run',
    tag: 'Executions',
    summary: 'Continue a parked run, or move a waiting one, on a version of its code',
    description:
      'Its history is replayed against that version first; when it breaks there, the answer is 409 with both names in `details`, and nothing changes. `force` moves it anyway. With `dry_run` only the check is made.',
    params: Id,
    body: z.strictObject({
      version: z.enum(['original', 'current']),
      force: z.boolean().optional(),
      dry_run: z.boolean().optional(),
    }),
    response: z.object({
      execution_id: z.uuid(),
      status: ExecutionStatus,
      code_version: z.string(),
      check: HistoryCheck,
    }),
  }),
} as const
