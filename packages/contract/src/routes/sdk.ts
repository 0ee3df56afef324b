import { z } from 'zod'
import { limits } from '../limits.ts'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'

export const sdkRoutes = {
  callSdk: route({
    method: 'POST',
    path: '/api/sdk/{method}',
    permission: 'workflow:write',
    bodyBytesMax: limits.bodyBytesMax,
    waits: true,
    tag: 'SDK',
    summary: 'Call the platform as the bifrost package does outside a run',
    description:
      'For people who may write workflows, whose workflows can do the same. Use the package (`connect`) instead of this route: its methods are not a stable part of this API.',
    params: z.object({ method: z.string().min(1).max(100).describe('Such as `config.get`') }),
    body: z.strictObject({ args: z.record(z.string(), Json) }),
    response: z.object({ value: Json }),
  }),
} as const
