import { AppError, limits, type RowData, type Where } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { checkedData, tooLarge } from './check-data.ts'
import { rowsOf, type Statement } from './read-rows.ts'
import { keysOf, type Table } from './table.ts'
import { whereSql } from './where.ts'
import { keysSql, requireAllowed } from './write-rows.ts'

/** Changes fields of all rows that match, among those that the person may change. Answers how many. */
export async function updateWhere(
  query: Query,
  scope: OrgScope,
  table: Table,
  where: Where,
  data: RowData,
): Promise<number> {
  const statement = await chosen(query, scope, table, where, 'update')
  const { values, param, conditions } = statement
  const patch = `${param(JSON.stringify(checkedData(scope, table, data, { id: '', partial: true })))}::jsonb`
  const { columns, values: keys } = keysSql(table, `(r.data || ${patch})`, param)
  const updated = await query<{ id: string; bytes: number }>(
    `update table_rows r set data = r.data || ${patch}, version = r.version + 1, updated_at = now(),
       updated_by = ${param(scope.userId)}, ${columns.map((column, index) => `${column} = ${keys[index]}`).join(', ')}
     where ${conditions.join(' and ')} returning r.id, octet_length(r.data::text) as bytes`,
    values,
  )
  if (updated.some(({ bytes }) => bytes > limits.tableRowBytesMax)) throw tooLarge()
  await requireAllowed(
    query,
    scope,
    table,
    'update',
    updated.map(({ id }) => id),
  )
  return updated.length
}

/** Deletes all rows that match, among those that the person may delete. Answers how many. */
export async function deleteWhere(
  query: Query,
  scope: OrgScope,
  table: Table,
  where: Where,
): Promise<number> {
  const { values, conditions } = await chosen(query, scope, table, where, 'delete')
  const deleted = await query(
    `delete from table_rows r where ${conditions.join(' and ')} returning r.id`,
    values,
  )
  return deleted.length
}

async function chosen(
  query: Query,
  scope: OrgScope,
  table: Table,
  where: Where,
  verb: 'update' | 'delete',
): Promise<Statement> {
  const statement = rowsOf(table, scope, verb)
  const { values, param, conditions } = statement
  conditions.push(...whereSql(where, param, keysOf(table)))
  const [{ count = 0 } = {}] = await query<{ count: number }>(
    `select count(*)::int as count from (select from table_rows r where ${conditions.join(' and ')} limit ${limits.tableBulkRowsMax + 1}) as few`,
    values,
  )
  if (count > limits.tableBulkRowsMax)
    throw new AppError(
      'bad_request',
      `More than ${limits.tableBulkRowsMax.toLocaleString('en-US')} rows match. Narrow the filter and make the change in parts.`,
    )
  return statement
}
