import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrganizationQuotas } from './quotas.ts'

export const quotaRoutes = (quotas: OrganizationQuotas): Implementation[] => [
  implement(routes.getUsage, (scope) => quotas.usage(scope)),
  implement(routes.getOrganizationUsage, (scope, { params }) => quotas.usage(scope, params.id)),
  implement(routes.setQuotas, (scope, { params, body }) => quotas.set(scope, params.id, body)),
]
