import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { Roles } from './roles.ts'

export const roleRoutes = (roles: Roles): Implementation[] => [
  implement(routes.listRoles, async (scope) => ({ items: await roles.list(scope) })),
  implement(routes.getRole, (scope, { params }) => roles.get(scope, params.id)),
  implement(routes.createRole, (scope, { body }) => roles.create(scope, body)),
  implement(routes.updateRole, (scope, { params, body }) => roles.update(scope, params.id, body)),
  implement(routes.deleteRole, async (scope, { params }) => {
    await roles.remove(scope, params.id)
    return null
  }),
  implement(routes.addRoleMember, (scope, { params }) =>
    roles.setMember(scope, params.id, params.user_id, true),
  ),
  implement(routes.removeRoleMember, (scope, { params }) =>
    roles.setMember(scope, params.id, params.user_id, false),
  ),
  implement(routes.addRoleGrant, (scope, { params }) =>
    roles.setGrant(scope, params.id, { kind: params.kind, resourceId: params.resource_id }, true),
  ),
  implement(routes.removeRoleGrant, (scope, { params }) =>
    roles.setGrant(scope, params.id, { kind: params.kind, resourceId: params.resource_id }, false),
  ),
]
