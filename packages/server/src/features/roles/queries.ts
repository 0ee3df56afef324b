import type { GrantKind } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface RoleRow {
  id: string
  org_id: string | null
  org_name: string | null
  name: string
  description: string
  created_at: Date
  member_count: number
  grant_count: number
}

/** Those of the organization, of the ones above it, and the global ones. */
const VISIBLE = '(r.org_id is null or r.org_id = any($1::uuid[]))'

const ROLE = `r.id, r.org_id, o.name as org_name, r.name, r.description, r.created_at,
  (select count(*)::int from role_members m where m.role_id = r.id and ($2::uuid is null or m.org_id = $2)) as member_count,
  (select count(*)::int from role_grants g where g.role_id = r.id) as grant_count`
const FROM_ROLE = 'roles r left join organizations o on o.id = r.org_id'

/** `of`: whose members are counted; null for those of all organizations. */
export function listRoles(
  scope: OrgScope,
  query: Query,
  of: string | null,
  limit: number,
): Promise<RoleRow[]> {
  return query<RoleRow>(
    `select ${ROLE} from ${FROM_ROLE} where ${VISIBLE}
     order by array_position($1::uuid[], r.org_id) nulls last, lower(r.name) limit $3`,
    [scope.chain, of, limit],
  )
}

export async function findRole(
  scope: OrgScope,
  query: Query,
  of: string | null,
  id: string,
): Promise<RoleRow | null> {
  const [row] = await query<RoleRow>(`select ${ROLE} from ${FROM_ROLE} where ${VISIBLE} and r.id = $3`, [
    scope.chain,
    of,
    id,
  ])
  return row ?? null
}

export interface MemberRow {
  id: string
  name: string
  email: string
  is_active: boolean
}

export function membersOf(
  _scope: OrgScope,
  query: Query,
  of: string | null,
  roleId: string,
  limit: number,
): Promise<MemberRow[]> {
  return query<MemberRow>(
    `select u.id, u.name, u.email, u.is_active from role_members m join users u on u.id = m.user_id
     where m.role_id = $1 and ($2::uuid is null or m.org_id = $2) order by lower(u.name), u.id limit $3`,
    [roleId, of, limit],
  )
}

export function grantsOf(
  _scope: OrgScope,
  query: Query,
  roleId: string,
): Promise<{ kind: GrantKind; resource_id: string }[]> {
  return query<{ kind: GrantKind; resource_id: string }>(
    'select kind, resource_id from role_grants where role_id = $1 order by kind, resource_id',
    [roleId],
  )
}

export async function insertRole(
  scope: OrgScope,
  query: Query,
  role: { id: string; name: string; description: string },
): Promise<void> {
  await counted(query, 'roles', scope.owner, () =>
    query('insert into roles (id, org_id, name, description) values ($1, $2, $3, $4)', [
      role.id,
      scope.owner,
      role.name,
      role.description,
    ]),
  )
}

export async function changeRole(
  scope: OrgScope,
  query: Query,
  role: { id: string; name: string; description: string },
): Promise<void> {
  await query(
    'update roles set name = $2, description = $3 where id = $1 and org_id is not distinct from $4',
    [role.id, role.name, role.description, scope.owner],
  )
}

export async function deleteRole(scope: OrgScope, query: Query, id: string): Promise<void> {
  await query('delete from roles where id = $1 and org_id is not distinct from $2', [id, scope.owner])
}

/** Whether a person is new in it. */
export async function insertMember(
  scope: OrgScope,
  query: Query,
  roleId: string,
  userId: string,
): Promise<boolean> {
  const rows = await query(
    `insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)
     on conflict do nothing returning role_id`,
    [roleId, userId, scope.orgId],
  )
  return rows.length > 0
}

export async function deleteMember(
  scope: OrgScope,
  query: Query,
  roleId: string,
  userId: string,
): Promise<boolean> {
  const rows = await query(
    'delete from role_members where role_id = $1 and user_id = $2 and org_id = $3 returning role_id',
    [roleId, userId, scope.orgId],
  )
  return rows.length > 0
}

export async function insertGrant(
  scope: OrgScope,
  query: Query,
  grant: { roleId: string; kind: GrantKind; resourceId: string },
): Promise<boolean> {
  const rows = await counted(query, 'grants', scope.owner, () =>
    query(
      `insert into role_grants (role_id, kind, resource_id, org_id) values ($1, $2, $3, $4)
     on conflict do nothing returning role_id`,
      [grant.roleId, grant.kind, grant.resourceId, scope.owner],
    ),
  )
  return rows.length > 0
}

export async function deleteGrant(
  scope: OrgScope,
  query: Query,
  grant: { roleId: string; kind: GrantKind; resourceId: string },
): Promise<boolean> {
  const rows = await query(
    `delete from role_grants where role_id = $1 and kind = $2 and resource_id = $3
       and org_id is not distinct from $4 returning role_id`,
    [grant.roleId, grant.kind, grant.resourceId, scope.owner],
  )
  return rows.length > 0
}

/** The roles that open the way to a thing, as far as they are visible. */
export function rolesGranting(
  scope: OrgScope,
  query: Query,
  kind: GrantKind,
  resourceId: string,
): Promise<{ id: string; name: string; org_id: string | null }[]> {
  return query<{ id: string; name: string; org_id: string | null }>(
    `select r.id, r.name, r.org_id from role_grants g join roles r on r.id = g.role_id
     where g.kind = $2 and g.resource_id = $3 and ${VISIBLE} order by lower(r.name), r.id`,
    [scope.chain, kind, resourceId],
  )
}
