import { z } from 'zod'
import { nameSchema } from '../names.ts'
import { route } from '../route.ts'
import { Id, IdOrName, Nothing } from './common.ts'

const tag = 'Roles'
const Named = z.object({ id: z.uuid(), name: z.string() })
const Name = nameSchema(100)
const Description = z.string().max(500)

/** What a role may open the way to. */
export const GrantKind = z.enum(['workflow', 'form', 'table'])
export type GrantKind = z.infer<typeof GrantKind>

/** One thing that the members of a role may use. */
export const RoleGrant = z.object({
  kind: GrantKind,
  resource_id: z.uuid(),
  /** Null: it is gone, or you may not see it. */
  name: z.string().nullable(),
})
export type RoleGrant = z.infer<typeof RoleGrant>

/** A role: people, and what they may use that others may not. */
export const Role = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  organization: Named.nullable().describe('Null: global, for people of every organization'),
  can_edit: z
    .boolean()
    .describe(
      'Whether it belongs to the organization that you act for; an inherited role is edited in its own organization',
    ),
  member_count: z.int().describe('Members of the organization that you act for'),
  grant_count: z.int(),
  created_at: z.iso.datetime(),
})
export type Role = z.infer<typeof Role>

/** A role with all that it has. */
export const RoleDetail = Role.extend({
  members: z.array(z.object({ id: z.uuid(), name: z.string(), email: z.string(), is_active: z.boolean() })),
  grants: z.array(RoleGrant),
})
export type RoleDetail = z.infer<typeof RoleDetail>

/** Who may use a workflow: everybody of the organization, or the members of roles. */
export const WorkflowAccess = z.object({
  access: z.enum(['authenticated', 'role_based']),
  roles: z.array(Named),
})
export type WorkflowAccess = z.infer<typeof WorkflowAccess>

const GrantPath = z.object({ id: z.uuid(), kind: GrantKind, resource_id: z.uuid() })
const MemberPath = z.object({ id: z.uuid(), user_id: z.uuid() })

export const roleRoutes = {
  listRoles: route({
    method: 'GET',
    path: '/api/roles',
    permission: 'role:read',
    tag,
    summary: 'List roles: those of the organization, inherited and global ones',
    response: z.object({ items: z.array(Role) }),
  }),
  getRole: route({
    method: 'GET',
    path: '/api/roles/{id}',
    permission: 'role:read',
    tag,
    summary: 'Get one role with its members and grants',
    params: Id,
    response: RoleDetail,
  }),
  createRole: route({
    method: 'POST',
    path: '/api/roles',
    permission: 'role:write',
    tag,
    summary: 'Create a role, global when you act globally',
    status: 201,
    body: z.strictObject({ name: Name, description: Description.optional() }),
    response: RoleDetail,
  }),
  updateRole: route({
    method: 'PUT',
    path: '/api/roles/{id}',
    permission: 'role:write',
    tag,
    summary: 'Update the name or the description of a role',
    params: Id,
    body: z.strictObject({ name: Name.optional(), description: Description.optional() }),
    response: RoleDetail,
  }),
  deleteRole: route({
    method: 'DELETE',
    path: '/api/roles/{id}',
    permission: 'role:write',
    tag,
    summary: 'Delete a role without grants',
    description: '409 with `details.used_by` while it has grants.',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  addRoleMember: route({
    method: 'PUT',
    path: '/api/roles/{id}/members/{user_id}',
    permission: 'role:write',
    tag,
    summary: 'Add a person to a role',
    params: MemberPath,
    response: RoleDetail,
  }),
  removeRoleMember: route({
    method: 'DELETE',
    path: '/api/roles/{id}/members/{user_id}',
    permission: 'role:write',
    tag,
    summary: 'Remove a person from a role',
    params: MemberPath,
    response: RoleDetail,
  }),
  addRoleGrant: route({
    method: 'PUT',
    path: '/api/roles/{id}/grants/{kind}/{resource_id}',
    permission: 'role:write',
    tag,
    summary: 'Grant a role a workflow, a form or a table',
    params: GrantPath,
    response: RoleDetail,
  }),
  removeRoleGrant: route({
    method: 'DELETE',
    path: '/api/roles/{id}/grants/{kind}/{resource_id}',
    permission: 'role:write',
    tag,
    summary: 'Revoke a grant',
    params: GrantPath,
    response: RoleDetail,
  }),
  getWorkflowAccess: route({
    method: 'GET',
    path: '/api/workflows/{id}/access',
    permission: 'workflow:read',
    tag,
    summary: 'Get who may use a workflow',
    params: IdOrName,
    response: WorkflowAccess,
  }),
  setWorkflowAccess: route({
    method: 'PUT',
    path: '/api/workflows/{id}/access',
    permission: 'role:write',
    tag,
    summary: 'Set who may use a workflow',
    description:
      '`role_based`: members of the roles, and everyone who may edit workflows. Absent members stay as they are; `role_ids` replaces the roles that you may edit.',
    params: IdOrName,
    body: z.strictObject({
      access: z.enum(['authenticated', 'role_based']).optional(),
      role_ids: z.array(z.uuid()).max(100).optional(),
    }),
    response: WorkflowAccess,
  }),
} as const
