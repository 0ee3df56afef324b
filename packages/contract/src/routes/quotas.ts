import { z } from 'zod'
import { type QuotaName, quotaNames } from '../quotas.ts'
import { route } from '../route.ts'
import { Id } from './common.ts'

const tag = 'Usage'

/** What an organization uses of one quota. */
export const QuotaUsage = z.object({
  name: z.enum(quotaNames),
  /** Null: no limit. */
  limit: z.int().nullable(),
  /** The limit of all organizations that have none of their own. */
  default: z.int().nullable(),
  /** Null where nothing adds up, such as lines per run. */
  used: z.int().nullable(),
})
export type QuotaUsage = z.infer<typeof QuotaUsage>

/** What an organization uses, and what it may. */
export const Usage = z.object({
  organization: z.object({ id: z.uuid(), name: z.string() }),
  items: z.array(QuotaUsage),
})
export type Usage = z.infer<typeof Usage>

/** A limit, null for none, `default` for what all have. */
const Value = z
  .union([z.int().min(0).max(Number.MAX_SAFE_INTEGER), z.null(), z.literal('default')])
  .optional()
const values = Object.fromEntries(quotaNames.map((name) => [name, Value])) as Record<QuotaName, typeof Value>

export const quotaRoutes = {
  getUsage: route({
    method: 'GET',
    path: '/api/usage',
    permission: 'quota:read',
    tag,
    summary: 'Get what the organization uses and may use',
    response: Usage,
  }),
  getOrganizationUsage: route({
    method: 'GET',
    path: '/api/organizations/{id}/usage',
    permission: 'platform:admin',
    tag,
    summary: 'Get what any organization uses and may use',
    params: Id,
    response: Usage,
  }),
  setQuotas: route({
    method: 'PUT',
    path: '/api/organizations/{id}/quotas',
    permission: 'platform:admin',
    tag,
    summary: 'Set the quotas of an organization',
    description:
      'Each quota is a number, null for no limit, or `default`. Absent quotas stay as they are. Changes take effect within seconds.',
    params: Id,
    body: z.strictObject(values),
    response: Usage,
  }),
} as const
