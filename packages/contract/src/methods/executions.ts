import { z } from 'zod'
import { ExecutionSummary, LogLevel, LogLine } from '../execution.ts'
import { ExecutionFilter } from '../execution-filter.ts'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { method } from './method.ts'

const { status, trigger, started_by, error, columns } = ExecutionSummary.shape

const Info = z.object({
  id: z.uuid(),
  workflowId: z.uuid().nullable(),
  workflowName: z.string(),
  status,
  trigger,
  startedBy: started_by,
  createdAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  durationMs: z.number().nullable(),
  attempt: z.int(),
  error,
  columns,
})
const Target = z.strictObject({ id: z.string().max(200) })
// The rights of the person who started the run count, as on the pages of the history.
const shared = { permission: null, effect: 'read', where: 'anywhere' } as const

/** `executions.*`: what the person who started the run may see in the history. */
export const executionMethods = {
  'executions.list': method({
    ...shared,
    errors: [],
    args: ExecutionFilter.omit({ form: true, origin: true, origin_id: true }).extend({
      cursor: z.uuid().optional(),
      limit: z.int().min(1).max(limits.pageSizeMax).optional(),
    }),
    result: z.object({ items: z.array(Info), nextCursor: z.string().nullable() }),
  }),
  /** Null: there is none that the person may see. */
  'executions.get': method({
    ...shared,
    errors: [],
    args: Target,
    result: Info.extend({
      input: Json,
      result: Json,
      reason: z.string(),
      parentId: z.uuid().nullable(),
    }).nullable(),
  }),
  'executions.logs': method({
    ...shared,
    errors: ['not_found'],
    args: Target.extend({
      after: z.int().min(0).optional(),
      level: z.array(LogLevel).max(4).optional(),
      search: z.string().max(200).optional(),
      limit: z.int().min(1).max(10_000).optional(),
    }),
    result: z.array(LogLine),
  }),
}
