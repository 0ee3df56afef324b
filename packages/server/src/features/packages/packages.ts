import type { PythonPackages } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import type { Notifier } from '../../platform/notify.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { listPackages, type PackagesRow, retryPackages } from './queries.ts'

/** Python packages, as those see them who write workflows. Workers install them. */
export function createPackages({ db, notifier }: { db: Database; notifier: Notifier }) {
  const list = async (scope: OrgScope): Promise<PythonPackages[]> =>
    (await listPackages(scope, db.as(scope).query)).map((row) => shown(scope, row))
  return {
    list,
    async retry(scope: OrgScope): Promise<PythonPackages[]> {
      const isAny = await db.as(scope).transaction(async (query) => {
        const found = await retryPackages(scope, query)
        if (found)
          await audit(query, scope, {
            action: 'packages.retry',
            target: { type: 'packages', id: scope.owner },
          })
        return found
      })
      if (isAny) notifier.publish('packages')
      return list(scope)
    },
  }
}

function shown(scope: OrgScope, { log, changed_at, ...row }: PackagesRow): PythonPackages {
  const isOwn = row.org_id === scope.owner
  return {
    ...row,
    log: isOwn ? log : '',
    can_retry: isOwn && row.status === 'failed' && may(scope, 'workflow:write'),
    changed_at: changed_at.toISOString(),
  }
}
