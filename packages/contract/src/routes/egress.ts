import { z } from 'zod'
import { route } from '../route.ts'
import { Id, Nothing } from './common.ts'

const tag = 'Egress'

/** A private address that calls for an organization may reach; see the setting `BIFROST_EGRESS_ALLOW`. */
export const EgressRule = z.object({
  id: z.uuid(),
  rule: z.string(),
  note: z.string(),
  /** Null: for every organization. */
  org_id: z.uuid().nullable(),
  created_at: z.iso.datetime(),
})
export type EgressRule = z.infer<typeof EgressRule>

export const egressRoutes = {
  listEgressRules: route({
    method: 'GET',
    path: '/api/egress',
    permission: 'integration:read',
    tag,
    summary: 'List the private addresses that the organization may call',
    response: z.object({
      items: z.array(EgressRule),
      /** What the setting of the installation opens for all. */
      installation: z.array(z.string()),
    }),
  }),
  addEgressRule: route({
    method: 'POST',
    path: '/api/egress',
    permission: 'platform:admin',
    tag,
    summary:
      'Allow a private address for the organization that you act for and those below it, or for all when you act globally',
    description: 'Only for platform administrators, since the private network belongs to the installation.',
    status: 201,
    body: z.strictObject({ rule: z.string().min(1).max(300), note: z.string().max(500).optional() }),
    response: EgressRule,
  }),
  deleteEgressRule: route({
    method: 'DELETE',
    path: '/api/egress/{id}',
    permission: 'platform:admin',
    tag,
    summary: 'Remove an allowed private address',
    params: Id,
    status: 204,
    response: Nothing,
  }),
} as const
