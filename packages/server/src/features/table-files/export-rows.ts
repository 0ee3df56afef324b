import type { TableRow, Where } from '@bifrost/contract'
import { csvLines } from '../../platform/csv.ts'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { keysOf, rowsOf, type Table, whereSql } from '../rows/rows.ts'

const COLUMNS_MAX = 500

/** The columns of the rows: those that were declared, then those that are there. */
export async function columnsOf(
  query: Query,
  scope: OrgScope,
  table: Table,
  where: Where,
): Promise<string[]> {
  const { values, param, conditions } = rowsOf(table, scope, 'select')
  conditions.push(...whereSql(where, param, keysOf(table)))
  const seen = await query<{ key: string }>(
    `select k.key from table_rows r, jsonb_object_keys(r.data) k (key) where ${conditions.join(' and ')}
     group by k.key order by count(*) desc, k.key limit ${COLUMNS_MAX}`,
    values,
  )
  return [...new Set([...table.columns.map(({ name }) => name), ...seen.map(({ key }) => key)])]
}

export interface RowWriter {
  begin: string
  rows(rows: readonly TableRow[], isFirst: boolean): string
  end: string
}

export const csvWriter = (columns: readonly string[]): RowWriter => ({
  begin: csvLines([['id', ...columns]]),
  rows: (rows) => csvLines(rows.map(({ id, data }) => [id, ...columns.map((name) => cellOf(data[name]))])),
  end: '',
})

function cellOf(value: unknown): string | number | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)
}

export const jsonWriter: RowWriter = {
  begin: '[\n',
  rows: (rows, isFirst) =>
    (isFirst ? '' : ',\n') + rows.map(({ id, data }) => JSON.stringify({ id, ...data })).join(',\n'),
  end: '\n]\n',
}
