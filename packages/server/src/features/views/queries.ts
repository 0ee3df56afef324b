import type { ViewFilter } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface ViewRow {
  id: string
  list: string
  name: string
  filter: ViewFilter
  shared: boolean
  is_default: boolean
  created_by: string | null
  creator: string | null
  created_at: Date
  updated_at: Date
}

export type ViewValues = Pick<ViewRow, 'name' | 'filter' | 'shared'>

/** A person's own views and the shared ones, with what else must hold. */
const visible = (more: string) => `
  select v.id, v.list, v.name, v.filter, v.private_to is null as shared, d.view_id is not null as is_default, v.created_by,
    coalesce(u.name, u.email) as creator, v.created_at, v.updated_at
  from saved_views v
    left join users u on u.id = v.created_by
    left join default_views d on d.view_id = v.id and d.org_id = v.org_id and d.user_id = $2
  where v.org_id = $1 and (v.private_to is null or v.private_to = $2) and ${more}
  order by v.list, v.private_to is null, lower(v.name), v.id`

export const listViews = (scope: OrgScope, query: Query, list: string | undefined): Promise<ViewRow[]> =>
  query<ViewRow>(visible('($3::text is null or v.list = $3)'), [scope.orgId, scope.userId, list ?? null])

export async function findView(scope: OrgScope, query: Query, id: string): Promise<ViewRow | null> {
  const [row] = await query<ViewRow>(visible('v.id = $3'), [scope.orgId, scope.userId, id])
  return row ?? null
}

export const insertView = (scope: OrgScope, query: Query, id: string, list: string, values: ViewValues) =>
  keepCount(scope, query, values.shared, () =>
    query(
      `insert into saved_views (id, org_id, created_by, list, name, filter, private_to)
       values ($1, $2, $3, $4, $5, $6, case when $7 then null else $3::uuid end)`,
      [id, scope.orgId, scope.userId, list, values.name, JSON.stringify(values.filter), values.shared],
    ),
  )

export const updateView = (scope: OrgScope, query: Query, id: string, values: ViewValues) =>
  keepCount(scope, query, values.shared, () =>
    query(
      `update saved_views set name = $3, filter = $4, private_to = case when $5 then null else created_by end, updated_at = now() where id = $1 and org_id = $2`,
      [id, scope.orgId, values.name, JSON.stringify(values.filter), values.shared],
    ),
  )

export const deleteView = (scope: OrgScope, query: Query, id: string) =>
  query('delete from saved_views where id = $1 and org_id = $2', [id, scope.orgId])

export const setDefault = (scope: OrgScope, query: Query, list: string, id: string) =>
  query(
    `insert into default_views (org_id, user_id, list, view_id) values ($1, $2, $3, $4)
     on conflict (org_id, user_id, list) do update set view_id = excluded.view_id`,
    [scope.orgId, scope.userId, list, id],
  )

export const unsetDefault = (scope: OrgScope, query: Query, id: string) =>
  query('delete from default_views where org_id = $1 and user_id = $2 and view_id = $3', [
    scope.orgId,
    scope.userId,
    id,
  ])

/** A view that is no longer shared is not the default of other people. */
export const unsetDefaultOfOthers = (scope: OrgScope, query: Query, id: string, owner: string | null) =>
  query('delete from default_views where org_id = $1 and view_id = $2 and user_id is distinct from $3', [
    scope.orgId,
    id,
    owner,
  ])

/** An organization has so many shared views, and each person so many of their own. */
const keepCount = <T>(scope: OrgScope, query: Query, shared: boolean, make: () => Promise<T>) =>
  shared ? counted(query, 'sharedViews', scope.orgId, make) : counted(query, 'ownViews', scope.userId, make)
