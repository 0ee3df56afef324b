import type { AccountRole, Permission } from '@bifrost/contract'
import type { Query } from '../platform/database.ts'
import { makeScope, mayActFor, type OrgFacts, type OrgScope } from '../platform/scope.ts'

/** `OrgFacts` of the organization `o`, as one column. */
export const ORG_FACTS = `json_build_object('slug', o.slug, 'isProvider', o.is_provider, 'isActive', o.is_active,
  'customerId', o.customer_id,
  'parent', (select json_build_object('id', p.id, 'name', p.name) from organizations p where p.id = o.parent_id)) as organization`

/** What a scope is made of, read with a row of the engine's own: `o` is the organization, `u` the person who asked. */
export const SCOPE_COLUMNS = `o.id as org_id, o.name as org_name, o.path as chain, ${ORG_FACTS}, u.id as user_id, u.email,
  u.name as user_name, u.role, u.org_id as home_org_id, coalesce(h.is_provider, false) as is_provider`

/** The tables that go with it; `userId` is an expression. Deactivated people do not count. */
export const joinPerson = (userId: string): string =>
  `left join users u on u.id = ${userId} and u.is_active left join organizations h on h.id = u.org_id`

export interface ScopeRow {
  org_id: string
  org_name: string
  chain: string[]
  organization: OrgFacts
  user_id: string | null
  email: string | null
  user_name: string | null
  role: AccountRole | null
  home_org_id: string | null
  is_provider: boolean
  /** Of a row that a limited key started or made. */
  limited_to?: readonly Permission[] | null
}

/** As the person who asked; without one, or when they may not act there any more, as a member of the organization. */
export function scopeOfRow(row: ScopeRow): OrgScope {
  const { organization } = row
  const org = {
    orgId: row.org_id,
    orgName: row.org_name,
    chain: row.chain,
    organization,
    limitedTo: row.limited_to ?? null,
  }
  if (row.user_id !== null && row.role !== null && row.home_org_id !== null) {
    const person = { homeOrgId: row.home_org_id, isProvider: row.is_provider, role: row.role }
    if (mayActFor(person, { id: row.org_id, path: row.chain }))
      return makeScope({ ...org, ...person, userId: row.user_id, email: row.email, name: row.user_name })
  }
  return makeScope({ ...org, userId: null, email: null, name: null, role: 'member' })
}

/**
 * The scope of what the engine starts by itself because a person asked for it earlier: a row of its own says who. Null
 * when the organization is gone.
 */
export async function scopeOf(
  query: Query,
  orgId: string,
  userId: string | null,
  limitedTo: readonly Permission[] | null = null,
): Promise<OrgScope | null> {
  const [row] = await query<ScopeRow>(
    `select ${SCOPE_COLUMNS} from organizations o ${joinPerson('$2')} where o.id = $1`,
    [orgId, userId],
  )
  return row ? scopeOfRow({ ...row, limited_to: limitedTo }) : null
}
