import { z } from 'zod'
import { Trigger } from './execution.ts'
import { ExecutionStatus } from './statuses.ts'

/** The members of a filter of runs: those of the list's query, and of the body that acts on all that it finds. */
export const executionFilterFields = {
  workflow: z.string().max(200).optional().describe('ID or name of a workflow'),
  status: z.array(ExecutionStatus).max(10).optional().describe('Repeat for several'),
  trigger: Trigger.optional(),
  form: z.uuid().optional().describe('Id of the form that was submitted'),
  origin: z.string().max(100).optional().describe('Kind of its origin, such as `schedule`'),
  origin_id: z.uuid().optional().describe('ID of the item that it came from'),
  search: z.string().max(200).optional().describe('Text in the workflow name, the error or a display column'),
  column: z
    .array(
      z
        .string()
        .max(400)
        .regex(/^[^=]+=/, 'must be a column and its value, such as Claim=4711'),
    )
    .max(5)
    .optional()
    .describe('A display column and its value, such as `Claim=4711`; repeat for several'),
  since: z.iso.datetime({ offset: true }).optional(),
  until: z.iso.datetime({ offset: true }).optional(),
}

/**
 * Which runs are meant; an empty filter means all that the caller may see.
 * @example { workflow: 'nightly', status: ['FAILED'], since: '2026-11-20T00:00:00Z' }
 */
export const ExecutionFilter = z.strictObject(executionFilterFields)
export type ExecutionFilter = z.infer<typeof ExecutionFilter>
