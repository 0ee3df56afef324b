import type { Query } from '../platform/database.ts'
import type { OrgScope } from '../platform/scope.ts'

/** Who may use a workflow, a form or a table: everybody who is signed in, or people of the roles that were granted it. */
export type Access = 'authenticated' | 'role_based'
export type GrantKind = 'workflow' | 'form' | 'table'

/** Administrators and developers may use all that their organization sees. */
export const usesAll = (scope: OrgScope): boolean =>
  ['platform_admin', 'org_admin', 'developer'].includes(scope.role)

/** The custom roles of the person. */
export async function roleIdsOf(query: Query, scope: OrgScope): Promise<string[]> {
  if (scope.userId === null) return []
  const rows = await query<{ role_id: string }>('select role_id from role_members where user_id = $1', [
    scope.userId,
  ])
  return rows.map((row) => row.role_id)
}

/** Those of the things, by id, that one of the person's roles was granted. */
export async function grantedTo(query: Query, scope: OrgScope, kind: GrantKind): Promise<Set<string>> {
  if (scope.userId === null) return new Set()
  const rows = await query<{ resource_id: string }>(
    `select g.resource_id from role_grants g join role_members m on m.role_id = g.role_id
     where m.user_id = $1 and g.kind = $2`,
    [scope.userId, kind],
  )
  return new Set(rows.map((row) => row.resource_id))
}

/**
 * Whether the person may use one thing of their organization. Administrators and developers may use all of them; people
 * from outside need a grant even for what is open to everybody.
 */
export async function mayUse(
  query: Query,
  scope: OrgScope,
  kind: GrantKind,
  thing: { id: string; access: Access },
): Promise<boolean> {
  if (usesAll(scope)) return true
  if (thing.access === 'authenticated' && scope.role !== 'external') return true
  return (await grantedTo(query, scope, kind)).has(thing.id)
}
