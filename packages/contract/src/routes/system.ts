import { z } from 'zod'
import { route } from '../route.ts'

export const systemRoutes = {
  getHealth: route({
    method: 'GET',
    path: '/api/health',
    permission: 'public',
    tag: 'System',
    summary: 'Whether the platform serves, and its parts',
    response: z.object({
      status: z.enum(['ok', 'degraded']),
      version: z.string(),
      database: z.enum(['ok', 'down']),
    }),
  }),
  getOpenApi: route({
    method: 'GET',
    path: '/api/openapi.json',
    permission: 'public',
    tag: 'System',
    summary: 'This API as an OpenAPI 3.1 document',
    response: z.record(z.string(), z.unknown()),
  }),
} as const
