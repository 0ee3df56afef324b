import type { TableSummary } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { ListScope, OrgScope } from '../../platform/scope.ts'
import { grantedTo } from '../../tenancy/access.ts'
import { COUNTED_MAX, isOwn, isoTime, planned, type Table } from '../rows/rows.ts'

type Listed = Pick<Table, 'id' | 'name' | 'description' | 'org_id' | 'access' | 'created_at' | 'updated_at'>

/** The tables that the person may use: of one organization also those that it inherits. */
export async function listTables(query: Query, scope: OrgScope, list: ListScope): Promise<TableSummary[]> {
  const which = {
    all: 'true',
    global: 'org_id is null',
    org:
      list.kind === 'org' && list.orgId !== scope.orgId
        ? 'org_id = $1'
        : '(org_id is null or org_id = any($1::uuid[]))',
  }[list.kind]
  const value = list.kind !== 'org' ? [] : [list.orgId === scope.orgId ? scope.chain : list.orgId]
  const tables = await query<Listed>(
    `select id, name, description, org_id, access, ${isoTime('created_at')} as created_at, ${isoTime('updated_at')} as updated_at
     from tables where ${which} order by name, org_id nulls last`,
    value,
  )
  const usable = await usableOf(query, scope, tables)
  const summaries: TableSummary[] = []
  for (const table of usable) summaries.push(await summaryOf(query, scope, table))
  return summaries
}

async function usableOf(query: Query, scope: OrgScope, tables: Listed[]): Promise<Listed[]> {
  if (!['member', 'external'].includes(scope.role)) return tables
  const granted = await grantedTo(query, scope, 'table')
  return tables.filter(
    ({ id, access }) => (access === 'authenticated' && scope.role !== 'external') || granted.has(id),
  )
}

/** A table with the number of its rows: counted when they are few, else as the planner sees it. */
export async function summaryOf(query: Query, scope: OrgScope, table: Listed): Promise<TableSummary> {
  const { id, name, description, org_id, access, created_at, updated_at } = table
  const [few] = await query<{ count: number }>(
    'select count(*)::int as count from (select from table_rows r where r.table_id = $1 limit $2) as few',
    [id, COUNTED_MAX + 1],
  )
  const count = few?.count ?? 0
  const isMany = count > COUNTED_MAX
  const rows = isMany
    ? Math.max(count, await planned(query, { values: [id], conditions: ['r.table_id = $1'] }))
    : count
  return {
    id,
    name,
    description,
    org_id,
    is_own: isOwn(scope, table),
    rows,
    rows_estimated: isMany,
    access,
    created_at,
    updated_at,
  }
}
