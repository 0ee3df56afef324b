import { routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { EgressAllowance } from './egress.ts'

export const egressRoutes = (
  allowance: EgressAllowance,
  installation: readonly string[],
): Implementation[] => [
  implement(routes.listEgressRules, async (scope) => ({
    items: await allowance.list(scope),
    installation: [...installation],
  })),
  implement(routes.addEgressRule, (scope, { body }) => allowance.add(scope, body.rule, body.note ?? '')),
  implement(routes.deleteEgressRule, async (scope, { params }) => {
    await allowance.remove(scope, params.id)
    return null
  }),
]
