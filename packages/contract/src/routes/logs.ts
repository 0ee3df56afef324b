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
      'The newest run comes first, and of a run its last line. Looks back seven days when `since` is absent; of runs that began more than seven days before that, nothing is found.',
    query: z.strictObject({
      scope: ListScope,
      level: z.array(LogLevel).max(4).optional(),
      workflow: z.string().max(200).optional().describe('Its id or its name'),
      search: z.string().min(1).max(200).optional().describe('Text in the line, without regard to case'),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(FoundLine),
  }),
} as const
