import { z } from 'zod'
import { GraphNode } from '../graph.ts'
import { StepKind, StepStatus } from '../journal.ts'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { Cursor, Id, page } from './common.ts'

const StepErrorSummary = z.object({ type: z.string(), message: z.string() })

/** One durable call of a run, as its page shows it. */
export const Step = z.object({
  /** Name and occurrence within its branch, unique in the run: `send#2`. */
  key: z.string(),
  name: z.string(),
  occurrence: z.int(),
  kind: StepKind,
  status: StepStatus,
  attempt: z.int(),
  attempts: z.array(
    z.object({
      attempt: z.int(),
      started_at: z.iso.datetime(),
      ended_at: z.iso.datetime(),
      error: StepErrorSummary.nullable(),
    }),
  ),
  started_at: z.iso.datetime(),
  ended_at: z.iso.datetime().nullable(),
  duration_ms: z.number().nullable(),
  /** When a timer, a timeout or the next attempt is due. */
  due_at: z.iso.datetime().nullable(),
  output: Json,
  error: StepErrorSummary.nullable(),
})
export type Step = z.infer<typeof Step>

export const stepRoutes = {
  listExecutionSteps: route({
    method: 'GET',
    path: '/api/executions/{id}/steps',
    permission: 'execution:read',
    tag: 'Executions',
    summary: 'Get the steps of a run, in the order in which they began',
    description: `A page ends early where its outputs would have more than ${limits.stepsPageBytesMax / 1024 ** 2} MB together.`,
    params: Id,
    query: z.strictObject({
      order: z.enum(['oldest', 'newest']).optional().describe('Which steps come first; oldest by default'),
      cursor: Cursor.optional(),
      limit: z
        .int()
        .min(1)
        .max(limits.stepsPageMax)
        .optional()
        .describe(`${limits.stepsPageDefault} by default`),
    }),
    response: page(Step),
  }),
  getExecutionGraph: route({
    method: 'GET',
    path: '/api/executions/{id}/graph',
    permission: 'execution:read',
    tag: 'Executions',
    summary: 'Get the graph of a run; null when its workflow is a function',
    params: Id,
    response: z.object({
      graph: z.array(GraphNode).nullable(),
      /** The code of the run is kept no longer, and this is the workflow as it is now. */
      is_current: z.boolean(),
    }),
  }),
} as const
