import { type Me, permissionsOf } from '@bifrost/contract'
import { may, type OrgScope } from '../../platform/scope.ts'

/** The public form of an account. */
export const meOf = (scope: OrgScope, mustAddFactor = false): Me => ({
  id: scope.userId ?? '',
  email: scope.email ?? '',
  name: scope.name ?? '',
  role: scope.role,
  organization: { id: scope.orgId, name: scope.orgName, slug: scope.organization.slug },
  acting: scope.owner === null ? 'global' : scope.orgId === scope.homeOrgId ? 'home' : scope.orgId,
  is_provider: scope.isProvider,
  permissions: permissionsOf[scope.role].filter((permission) => may(scope, permission)),
  must_add_factor: mustAddFactor,
})

/** What a list shows of an API key, so that its owner recognizes it. */
export const prefixOf = (key: string): string => `${key.slice(0, 8)}…`
