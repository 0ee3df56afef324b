import type { PythonPackages } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface PackagesRow {
  org_id: string | null
  requirements: string[]
  status: PythonPackages['status']
  error: string | null
  log: string
  changed_at: Date
}

/** Everybody's first, then those of organizations from the top down. */
export const listPackages = (scope: OrgScope, query: Query): Promise<PackagesRow[]> =>
  query<PackagesRow>(
    `select org_id, requirements, status, error, log, changed_at from python_packages
     where is_current and (org_id is null or org_id = any($1)) order by array_position($1, org_id) desc nulls first`,
    [scope.chain],
  )

/** Whether there was something that had failed. */
export async function retryPackages(scope: OrgScope, query: Query): Promise<boolean> {
  const rows = await query(
    `update python_packages set status = 'installing', error = null, log = '', wanted_at = now(), changed_at = now()
     where is_current and status = 'failed' and org_id is not distinct from $1 returning key`,
    [scope.owner],
  )
  return rows.length > 0
}
