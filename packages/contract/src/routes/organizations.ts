import { z } from 'zod'
import { domainSchema, nameSchema } from '../names.ts'
import { route } from '../route.ts'
import { Cursor, Id, Limit, Nothing, page } from './common.ts'

const tag = 'Organizations'

/** One organization, and how much belongs to it. */
export const Organization = z.object({
  id: z.uuid(),
  name: z.string(),
  /** Its name in folders and addresses; it stays when the name changes. */
  slug: z.string(),
  /** Null: it stands at the top. */
  parent_id: z.uuid().nullable(),
  /** Itself, then its parent, and so on: where it inherits from, before what is global. */
  path: z.array(z.uuid()),
  /** The organization that runs the installation; there is one. */
  is_provider: z.boolean(),
  is_active: z.boolean(),
  /** Where its people have their addresses, such as `contoso.com`; it gives no rights. Two may have the same one. */
  domain: z.string().nullable(),
  created_at: z.iso.datetime(),
  people: z.int().describe('Number of its accounts, including deactivated ones'),
  sub_organizations: z.int().describe('Number of organizations directly below it'),
})
export type Organization = z.infer<typeof Organization>

const Name = nameSchema(200)

export const organizationRoutes = {
  listOrganizations: route({
    method: 'GET',
    path: '/api/organizations',
    permission: 'organization:read',
    tag,
    summary: 'List the organizations that you may act for',
    description:
      'People of the provider see all of them, others their own and those below it. Parents come before their children.',
    query: z.strictObject({
      search: z.string().max(200).optional(),
      is_active: z.boolean().optional(),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(Organization),
  }),
  getOrganization: route({
    method: 'GET',
    path: '/api/organizations/{id}',
    permission: 'organization:read',
    tag,
    summary: 'Get one organization',
    params: Id,
    response: Organization,
  }),
  createOrganization: route({
    method: 'POST',
    path: '/api/organizations',
    permission: 'organization:write',
    tag,
    summary: 'Create an organization',
    description:
      'Without `parent_id` it has no parent, which only people of the provider may ask for. Others create one below their own.',
    status: 201,
    body: z.strictObject({
      name: Name,
      parent_id: z.uuid().nullable().optional(),
      domain: domainSchema.nullable().optional(),
    }),
    response: Organization,
  }),
  updateOrganization: route({
    method: 'PUT',
    path: '/api/organizations/{id}',
    permission: 'organization:write',
    tag,
    summary: 'Rename, move, deactivate or reactivate an organization, or change its domain',
    description:
      'Absent members stay as they are. Deactivating it deactivates what is below it as well, ends the sessions of its people, and refuses new runs; runs under way continue.',
    params: Id,
    body: z.strictObject({
      name: Name.optional(),
      parent_id: z.uuid().nullable().optional(),
      is_active: z.boolean().optional(),
      domain: domainSchema.nullable().optional(),
    }),
    response: Organization,
  }),
  deleteOrganization: route({
    method: 'DELETE',
    path: '/api/organizations/{id}',
    permission: 'organization:write',
    tag,
    summary: 'Delete an empty organization',
    description:
      '409 with `details.used_by`, a list of `{what, count}`, while anything belongs to it, its history included; deactivate it instead.',
    params: Id,
    status: 204,
    response: Nothing,
  }),
} as const
