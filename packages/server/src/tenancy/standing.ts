import { type AccountRole, accountRoles, type Permission } from '@bifrost/contract'
import type { Database, Query } from '../platform/database.ts'
import type { CredentialRef, OrgScope } from '../platform/scope.ts'
import { scopeOf } from './scope-of.ts'

/** What a person was when something was granted to them, for a later look at whether it still holds. */
export interface Granted {
  orgId: string
  userId: string | null
  role: AccountRole
  credential: CredentialRef | null
}

/**
 * The scope of a person who was granted something earlier, with the rights that they have now; null when the ground is
 * gone: the organization or the person is not active, the person may not act there any more or has a lesser role, or the
 * key or session ended.
 */
export async function standingOf(query: Query, granted: Granted): Promise<OrgScope | null> {
  const scope = await scopeOf(query, granted.orgId, granted.userId)
  if (!scope?.organization.isActive || scope.userId !== granted.userId) return null
  if (rankOf(scope.role) < rankOf(granted.role)) return null
  if (granted.credential === null) return scope
  const found = await credentialNow(query, granted.credential, granted.userId)
  return found && { ...scope, credential: granted.credential, limitedTo: found.limitedTo }
}

/** What a key or session still allows, and until when; null when it ended. */
export async function credentialNow(
  query: Query,
  { kind, id }: CredentialRef,
  userId: string | null,
): Promise<{ limitedTo: readonly Permission[] | null; endsAt: Date | null } | null> {
  const [row] = await query<{ permissions: Permission[] | null; ends_at: Date | null }>(
    kind === 'key'
      ? `select permissions, expires_at as ends_at from api_keys
         where id = $1 and user_id = $2 and (expires_at is null or expires_at > now())`
      : `select null as permissions, ends_at from sessions
         where id = $1 and user_id = $2 and expires_at > now() and ends_at > now()`,
    [id, userId],
  )
  return row ? { limitedTo: row.permissions, endsAt: row.ends_at } : null
}

/** Whether a person still is who they were, and what they came with still counts, since `scope` was made. */
export async function stillStands({ query }: Database, scope: OrgScope): Promise<boolean> {
  const now = await standingOf(query, scope)
  return now !== null && now.role === scope.role
}

/** The greater, the more a role may do. */
const rankOf = (role: AccountRole): number => -accountRoles.indexOf(role)
