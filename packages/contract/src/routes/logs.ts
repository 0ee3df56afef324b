import { z } from 'zod'
import { LogLevel } from '../execution.ts'
import { route } from '../route.ts'
import { Cursor, Limit, ListScope, page } from './common.ts'

/** A log line that a search found, with the run that it belongs to. */
export const FoundLine = z.object({
  execution_id: z.uuid(),
  seq: z.int(),
  timestamp: z.iso.datetime(),
  level: LogLevel,
  message: z.string(),
  workflow: z.object({ id: z.uuid().nullable(), name: z.string() }),
  organization: z.object({ id: z.uuid(), name: z.string() }),
})
export type FoundLine = z.infer<typeof FoundLine>

export const logRoutes = {
  searchLogs: route({
    method: 'GET',
    path: '/api/logs',
    permission: 'execution:debug',
    tag: 'Executions',
    summary: 'Search the log lines of all runs, newest first',
    description:
      'The newest run comes first, and within a run its last line. Searches the last seven days when `since` is absent. Runs that began more than seven days before `since` are not searched.',
    query: z.strictObject({
      scope: ListScope,
      level: z.array(LogLevel).max(4).optional(),
      workflow: z.string().max(200).optional().describe('ID or name of a workflow'),
      search: z
        .string()
        .min(1)
        .max(200)
        .optional()
        .describe('Text in the line; upper and lower case are the same'),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(FoundLine),
  }),
} as const
