import {
  AppError,
  type TableColumn,
  type TableIndex,
  type TablePolicy,
  type TableSummary,
} from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import { isUuid } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { mayUse, roleIdsOf } from '../../tenancy/access.ts'
import type { KeyPlaces } from './where.ts'

export interface StoredIndex extends Omit<TableIndex, 'state'> {
  state: TableIndex['state'] | 'dropping'
  key_place: number | null
  unique_place: number | null
}

/** A table with what was declared about it, and what concerns the one who asks. */
export interface Table {
  id: string
  name: string
  description: string
  org_id: string | null
  access: TableSummary['access']
  columns: TableColumn[]
  indexes: StoredIndex[]
  policies: TablePolicy[]
  created_at: string
  updated_at: string
  /** The custom roles of the one who asks, if a policy speaks of any. */
  roleIds: readonly string[]
}

/** A time as the API writes it. */
export const isoTime = (column: string) =>
  `to_char(${column} at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

const SELECT = `
select t.id, t.name, t.description, t.org_id, t.access, t.columns,
  ${isoTime('t.created_at')} as created_at, ${isoTime('t.updated_at')} as updated_at,
  coalesce((select json_agg(json_build_object('id', i.id, 'fields', i.fields, 'is_unique', i.is_unique, 'state', i.state,
      'error', i.error, 'rows_done', i.rows_done, 'created_at', ${isoTime('i.created_at')}, 'key_place', i.key_place,
      'unique_place', i.unique_place) order by i.created_at, i.id)
    from table_indexes i where i.table_id = t.id), '[]') as indexes,
  coalesce((select json_agg(json_strip_nulls(json_build_object('name', p.name, 'verbs', p.verbs, 'roles', p.roles,
      'condition', p.condition, 'check', p.check_after)) order by p.position)
    from table_policies p where p.table_id = t.id), '[]') as policies
from tables t
where (t.name = $1 or t.id = $2::uuid) and (t.org_id is null or t.org_id = any($3::uuid[]))
order by array_position($3::uuid[], t.org_id) nulls last limit 1`

/** The table that a name means here, or null: the organization's own, then its parents', then everybody's. */
async function lookUp(query: Query, scope: OrgScope, ref: string): Promise<Table | null> {
  const [row] = await query<Omit<Table, 'roleIds'>>(SELECT, [ref, isUuid(ref) ? ref : null, scope.chain])
  return row ? { ...row, roleIds: [] } : null
}

/** A table that the person may use. */
export async function findTable(query: Query, scope: OrgScope, ref: string): Promise<Table> {
  const table = await lookUp(query, scope, ref)
  if (!table)
    throw new AppError('not_found', `There is no table "${ref}". Create it with tables.create('${ref}').`)
  if (!(await mayUse(query, scope, 'table', table)))
    throw new AppError('forbidden', `None of your roles has a grant for the table "${table.name}".`)
  const namesRoles = table.policies.some(({ roles }) => roles?.some((role) => isUuid(role)))
  return namesRoles ? { ...table, roleIds: await roleIdsOf(query, scope) } : table
}

export const isOwn = (scope: OrgScope, table: { org_id: string | null }): boolean =>
  table.org_id === scope.owner

/** A table that the person writes to; it is neither dropped nor declared again before the transaction ends. */
export async function findOwnTable(
  query: Query,
  scope: OrgScope,
  ref: string,
  lock: 'key share' | 'update' = 'key share',
): Promise<Table> {
  const table = await findTable(query, scope, ref)
  if (!isOwn(scope, table))
    throw new AppError(
      'forbidden',
      `The table "${table.name}" belongs to ${table.org_id === null ? 'all organizations' : 'the parent organization'}, and can only be read here.`,
    )
  const [locked] = await query(`select from tables where id = $1 for ${lock}`, [table.id])
  if (!locked) throw new AppError('not_found', `The table "${ref}" was deleted in the meantime.`)
  // Before the lock was there, an index may have been declared.
  return findTable(query, scope, table.id)
}

/** Where the keys of fields are that queries may rely on. */
export const keysOf = (table: Table): KeyPlaces =>
  new Map(
    table.indexes.flatMap(({ state, fields, key_place }) =>
      state === 'ready' && key_place !== null && fields[0] !== undefined
        ? [[fields[0], key_place] as const]
        : [],
    ),
  )
