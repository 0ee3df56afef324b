import { AppError } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { ownerSlug } from '../../platform/file-owner.ts'
import { mayActFor, type OrgScope } from '../../platform/scope.ts'
import type { CallingRun } from '../../tenancy/sdk-method.ts'
import type { IntegrationRow } from './queries.ts'

type Defined = Pick<IntegrationRow, 'name' | 'org_id'>

/** The organization that has defined the integration, and those above it. */
const aboveOf = (scope: OrgScope, orgId: string): readonly string[] =>
  scope.chain.slice(scope.chain.indexOf(orgId))

/**
 * Whether a person says which organization is which at the service: those who may act for the organization that has defined
 * the integration. Its credentials may be used for all organizations below, so none of these may choose whose data it gets.
 */
export function mayMap(scope: OrgScope, { org_id: orgId }: Defined): boolean {
  if (orgId === null) return scope.isProvider && scope.role !== 'external'
  return scope.chain.includes(orgId) && mayActFor(scope, { id: orgId, path: aboveOf(scope, orgId) })
}

export function requireMapper(scope: OrgScope, integration: Defined): void {
  if (!mayMap(scope, integration)) throw refused(integration)
}

/** In a run the code decides, too: that of the organization that has defined the integration, of one above it, and global code. */
export async function requireMappingRun(
  scope: OrgScope,
  query: Query,
  { codePath, isInline }: Pick<CallingRun, 'codePath' | 'isInline'>,
  integration: Defined,
): Promise<void> {
  if (mayMap(scope, integration)) return
  if (codePath === null || isInline) throw refused(integration)
  const slug = ownerSlug(codePath)
  if (slug === null) return
  const [owner] =
    integration.org_id === null
      ? await query('select from organizations where slug = $1 and is_provider', [slug])
      : await query('select from organizations where slug = $1 and id = any($2)', [
          slug,
          aboveOf(scope, integration.org_id),
        ])
  if (!owner) throw refused(integration)
}

const refused = ({ name, org_id: orgId }: Defined) =>
  new AppError(
    'forbidden',
    orgId === null
      ? `${name} is global. Only the provider can say which organization is which there.`
      : `${name} belongs to the organization above yours. Only that organization can say which organization is which there.`,
  )
