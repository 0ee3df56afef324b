import { AppError, type QuotaName, quotaNames, type Usage } from '@bifrost/contract'
import type { Engine } from '../../engine/engine.ts'
import { audit } from '../../platform/audit.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import { countUsage, findOrganization, findQuotas, setQuota } from './queries.ts'

/** How much of a quota an organization uses, where that is not counted in the tables of the engine. */
export type Meters = Partial<Record<QuotaName, (orgId: string) => Promise<number>>>

type Wanted = { [Name in QuotaName]?: number | null | 'default' | undefined }

/** What organizations use, and may; the engine and the features enforce it. */
export interface OrganizationQuotas {
  /** Of the organization that is acted in; administrators of the platform may name another one. */
  usage(scope: OrgScope, orgId?: string): Promise<Usage>
  set(scope: OrgScope, orgId: string, wanted: Wanted): Promise<Usage>
}

export function createQuotas(engine: Engine, meters: Meters): OrganizationQuotas {
  // Administrators of the platform look at organizations that they do not act for, so the engine's connection asks.
  const { query } = engine.db

  const usage = async (scope: OrgScope, orgId = scope.orgId): Promise<Usage> => {
    if (orgId !== scope.orgId) requirePermission(scope, 'platform:admin')
    const organization = await findOrganization(scope, query, orgId)
    if (!organization) throw new AppError('not_found', 'There is no such organization.')
    const [set, counted] = await Promise.all([
      findQuotas(scope, query, orgId),
      countUsage(scope, query, orgId),
    ])
    const items = quotaNames.map(async (name) => ({
      name,
      limit: set.has(name) ? (set.get(name) ?? null) : engine.quotas.defaultOf(orgId, name),
      default: engine.quotas.defaultOf(orgId, name),
      used: counted[name] ?? (await meters[name]?.(orgId)) ?? null,
    }))
    return { organization, items: await Promise.all(items) }
  }

  return {
    usage,
    async set(scope, orgId, wanted) {
      requirePermission(scope, 'platform:admin')
      await engine.db.transaction(async (within) => {
        const organization = await findOrganization(scope, within, orgId)
        if (!organization) throw new AppError('not_found', 'There is no such organization.')
        const before = await findQuotas(scope, within, orgId)
        for (const name of quotaNames) {
          const value = wanted[name]
          if (value !== undefined) await setQuota(scope, within, orgId, { name, value })
        }
        const after = await findQuotas(scope, within, orgId)
        await audit(within, scope, {
          action: 'organization.set_quotas',
          target: { type: 'organization', id: orgId, name: organization.name },
          before: Object.fromEntries(before),
          after: Object.fromEntries(after),
        })
      })
      // Here at once; other processes hear of it.
      await engine.quotas.read()
      engine.notifier.publish('quotas')
      return usage(scope, orgId)
    },
  }
}
