import { z } from 'zod'
import { route } from '../route.ts'

export const systemRoutes = {
  getHealth: route({
    method: 'GET',
    path: '/api/health',
    permission: 'public',
    tag: 'System',
    summary:
      'Get the health of the platform and its parts. Answers 503, with the same body, while the database is down',
    response: z.object({
      /** `degraded` while the database is down. */
      status: z.enum(['ok', 'degraded']),
      version: z.string(),
      database: z.enum(['ok', 'down']),
      /** Whether a process lives that takes runs; null when that is not known, because the database is down. */
      worker: z.enum(['ok', 'down']).nullable(),
      /** Whether a process lives that fires schedules and timers. */
      scheduler: z.enum(['ok', 'down']).nullable(),
    }),
  }),
  getReady: route({
    method: 'GET',
    path: '/api/ready',
    permission: 'public',
    tag: 'System',
    summary:
      'Get whether this process is ready. Answers 503, with the same body, while one of its parts is not ready',
    response: z.object({
      status: z.enum(['ready', 'not_ready']),
      database: z.enum(['ok', 'down']),
      /** `pending` while the database lacks a migration of this version; null while it is down. */
      migrations: z.enum(['ok', 'pending']).nullable(),
      /** `reading` until the files that belong to no organization were read once; null in a process that reads no files. */
      builder: z.enum(['ok', 'reading']).nullable(),
    }),
  }),
  getOpenApi: route({
    method: 'GET',
    path: '/api/openapi.json',
    permission: 'public',
    tag: 'System',
    summary: 'Get this API as an OpenAPI 3.1 document',
    response: z.record(z.string(), z.unknown()),
  }),
} as const
