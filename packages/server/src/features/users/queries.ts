import type { AccountRole } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface UserRow {
  id: string
  org_id: string
  org_name: string
  email: string
  name: string
  role: AccountRole
  is_active: boolean
  created_at: Date
  last_seen_at: Date | null
  roles: { id: string; name: string }[]
}

const USER = `u.id, u.org_id, o.name as org_name, u.email, u.name, u.role, u.is_active, u.created_at,
  greatest((select max(s.last_seen_at) from sessions s where s.user_id = u.id),
    (select max(k.last_used_at) from api_keys k where k.user_id = u.id)) as last_seen_at,
  coalesce((select json_agg(json_build_object('id', r.id, 'name', r.name) order by lower(r.name))
    from role_members m join roles r on r.id = m.role_id where m.user_id = u.id), '[]') as roles`
const FROM_USER = 'users u join organizations o on o.id = u.org_id'

/** Whose people: of one organization, or null for those of all. */
export type OfOrganization = string | null

export interface UserFilter {
  search?: string | undefined
  role?: AccountRole | undefined
  is_active?: boolean | undefined
  after?: string | undefined
  limit: number
}

export function listUsers(
  _scope: OrgScope,
  query: Query,
  of: OfOrganization,
  filter: UserFilter,
): Promise<UserRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = ['true']
  if (of !== null) conditions.push(`u.org_id = ${param(of)}`)
  if (filter.search) {
    const pattern = param(likePattern(filter.search))
    conditions.push(`(u.name ilike ${pattern} or u.email ilike ${pattern})`)
  }
  if (filter.role) conditions.push(`u.role = ${param(filter.role)}`)
  if (filter.is_active !== undefined) conditions.push(`u.is_active = ${param(filter.is_active)}`)
  if (filter.after)
    conditions.push(
      `(lower(u.name), u.id) > (select lower(a.name), a.id from users a where a.id = ${param(filter.after)})`,
    )
  return query<UserRow>(
    `select ${USER} from ${FROM_USER} where ${conditions.join(' and ')} order by lower(u.name), u.id limit ${param(filter.limit)}`,
    values,
  )
}

export async function findUser(
  _scope: OrgScope,
  query: Query,
  of: OfOrganization,
  id: string,
): Promise<UserRow | null> {
  const [row] = await query<UserRow>(
    `select ${USER} from ${FROM_USER} where u.id = $1 and ($2::uuid is null or u.org_id = $2)`,
    [id, of],
  )
  return row ?? null
}

/** The person, held until the transaction ends: what is decided about them is decided by one at a time. */
export async function lockUser(
  scope: OrgScope,
  query: Query,
  id: string,
): Promise<Pick<UserRow, 'id' | 'role' | 'is_active' | 'name' | 'email'> | null> {
  const [row] = await query<UserRow>(
    'select id, role, is_active, name, email from users where id = $1 and org_id = $2 for update',
    [id, scope.orgId],
  )
  return row ?? null
}

/** The platform administrators who can sign in, held until the transaction ends. */
export async function lockPlatformAdmins(_scope: OrgScope, query: Query): Promise<string[]> {
  const rows = await query<{ id: string }>(
    `select id from users where role = 'platform_admin' and is_active order by id for update`,
  )
  return rows.map(({ id }) => id)
}

export async function changeUser(
  scope: OrgScope,
  query: Query,
  id: string,
  values: { name: string; role: AccountRole; isActive: boolean },
): Promise<void> {
  await query('update users set name = $3, role = $4, is_active = $5 where id = $1 and org_id = $2', [
    id,
    scope.orgId,
    values.name,
    values.role,
    values.isActive,
  ])
}

/** Everything that a person could still sign in with, and the invitations that stand on their rights. */
export async function endAccess(_scope: OrgScope, query: Query, userId: string): Promise<void> {
  await query('delete from sessions where user_id = $1', [userId])
  await query('delete from api_keys where user_id = $1', [userId])
  await query('delete from invitations where invited_by = $1', [userId])
}

/**
 * To the organization of `to`; roles of the old one stay there. Its identity providers do not vouch for this person any
 * longer; second factors and passkeys are the person's own, and come along.
 */
export async function moveUser(scope: OrgScope, query: Query, id: string, to: string): Promise<void> {
  await query('update users set org_id = $3 where id = $1 and org_id = $2', [id, scope.orgId, to])
  await query(
    `delete from role_members m using roles r where r.id = m.role_id and m.user_id = $1 and r.org_id is not null
       and not r.org_id = any(select unnest(path) from organizations where id = $2)`,
    [id, to],
  )
  await query('update role_members set org_id = $2 where user_id = $1', [id, to])
  for (const table of ['identities', 'sign_in_steps', 'device_logins'])
    await query(`delete from ${table} where user_id = $1`, [id])
  for (const table of ['totp_factors', 'recovery_codes', 'passkeys'])
    await query(`update ${table} set org_id = $2 where user_id = $1`, [id, to])
}

/** What keeps an account from being deleted. */
export async function usesOfUser(
  scope: OrgScope,
  query: Query,
  id: string,
): Promise<{ what: string; count: number }[]> {
  const [row] = await query<{ schedules: number; tasks: number; runs: number }>(
    `select
       (select count(*)::int from schedules where user_id = $1 and org_id = $2) as schedules,
       (select count(*)::int from tasks where org_id = $2 and status in ('open', 'claimed')
          and (assignee_user = $1 or claimed_by = $1)) as tasks,
       (select count(*)::int from executions e where e.user_id = $1 and e.org_id = $2 and e.id in (
          select execution_id from queue where org_id = $2 union all select execution_id from waits where org_id = $2
        )) as runs`,
    [id, scope.orgId],
  )
  return [
    { what: 'schedules that run as them', count: row?.schedules ?? 0 },
    { what: 'open tasks', count: row?.tasks ?? 0 },
    { what: 'live runs', count: row?.runs ?? 0 },
  ].filter(({ count }) => count > 0)
}

export async function deleteUser(scope: OrgScope, query: Query, id: string): Promise<void> {
  await query('delete from users where id = $1 and org_id = $2', [id, scope.orgId])
}
