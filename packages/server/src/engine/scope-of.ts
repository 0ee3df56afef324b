import type { AccountRole } from '@bifrost/contract'
import type { Query } from '../platform/database.ts'
import { makeScope, type OrgScope } from '../platform/scope.ts'

/**
 * For whom the engine starts something by itself that somebody asked for earlier: a row of its own says who. Without a
 * person, or when they have left, it is a member of the organisation; null when the organisation is gone.
 */
export async function scopeOf(query: Query, orgId: string, userId: string | null): Promise<OrgScope | null> {
  const [row] = await query<{
    org_name: string
    user_id: string | null
    email: string | null
    name: string | null
    role: AccountRole | null
  }>(
    `select o.name as org_name, u.id as user_id, u.email, u.name, u.role from organizations o
     left join users u on u.id = $2 and u.org_id = o.id and u.is_active where o.id = $1`,
    [orgId, userId],
  )
  if (!row) return null
  return makeScope({
    orgId,
    orgName: row.org_name,
    userId: row.user_id,
    email: row.email,
    name: row.name,
    role: row.role ?? 'member',
  })
}
