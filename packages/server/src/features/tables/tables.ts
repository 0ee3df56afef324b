import { AppError, type RowData, type RowQuery, type TableRow, type TableWrite } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { applyTransaction, tableId } from './transaction.ts'
import { fieldSql, whereSql } from './where.ts'

export interface TableInfo {
  name: string
  description: string
  rows: number
  created_at: string
}

/** Tables of documents; every function takes the organisation first. */
export interface TableStore {
  list(scope: OrgScope): Promise<TableInfo[]>
  create(scope: OrgScope, name: string, description: string): Promise<TableInfo>
  drop(scope: OrgScope, name: string): Promise<boolean>
  get(scope: OrgScope, table: string, id: string): Promise<TableRow | null>
  query(scope: OrgScope, table: string, query: RowQuery): Promise<TableRow[]>
  count(scope: OrgScope, table: string, where: RowQuery['where']): Promise<number>
  /** All of them, or none. */
  write(scope: OrgScope, writes: TableWrite[]): Promise<void>
}

const ROWS_DEFAULT = 100

export function createTableStore(db: Database): TableStore {
  const infos = (scope: OrgScope, name: string | null) =>
    db.query<Omit<TableInfo, 'created_at'> & { created_at: Date }>(
      `select t.name, t.description, t.created_at, (select count(*)::int from table_rows r where r.table_id = t.id) as rows
       from tables t where t.org_id = $1 and ($2::text is null or t.name = $2) order by t.name`,
      [scope.orgId, name],
    )

  return {
    async list(scope) {
      return (await infos(scope, null)).map(infoOf)
    },
    async create(scope, name, description) {
      await db.query(
        'insert into tables (id, org_id, name, description) values ($1, $2, $3, $4) on conflict do nothing',
        [newId(), scope.orgId, name, description],
      )
      const [table] = await infos(scope, name)
      if (!table) throw new AppError('not_found', `The table "${name}" was dropped meanwhile.`)
      return infoOf(table)
    },
    async drop(scope, name) {
      const dropped = await db.query('delete from tables where org_id = $1 and name = $2 returning id', [
        scope.orgId,
        name,
      ])
      return dropped.length > 0
    },
    async get(scope, table, id) {
      const [row] = await db.query<StoredRow>(
        `select id, data, version, created_at, updated_at from table_rows where table_id = $1 and id = $2 and org_id = $3`,
        [await tableId(db.query, scope, table), id, scope.orgId],
      )
      return row ? rowOf(row) : null
    },
    async query(scope, table, { where = {}, order_by: orderBy = [], limit = ROWS_DEFAULT, offset = 0 }) {
      const values: unknown[] = [await tableId(db.query, scope, table), scope.orgId]
      const param = (value: unknown) => `$${values.push(value)}`
      const conditions = ['r.table_id = $1', 'r.org_id = $2', ...whereSql(where, param)]
      const order = orderBy.map(
        ({ field, descending }) => `${fieldSql(field, param)} ${descending ? 'desc' : 'asc'} nulls last`,
      )
      // The id makes the order total, so that pages neither repeat nor leave out.
      order.push(...(order.length > 0 ? ['r.id'] : ['r.created_at', 'r.id']))
      const rows = await db.query<StoredRow>(
        `select r.id, r.data, r.version, r.created_at, r.updated_at from table_rows r
         where ${conditions.join(' and ')} order by ${order.join(', ')} limit ${param(limit)} offset ${param(offset)}`,
        values,
      )
      return rows.map(rowOf)
    },
    async count(scope, table, where = {}) {
      const values: unknown[] = [await tableId(db.query, scope, table), scope.orgId]
      const conditions = whereSql(where, (value) => `$${values.push(value)}`)
      const [row] = await db.query<{ count: number }>(
        `select count(*)::int as count from table_rows r
         where ${['r.table_id = $1', 'r.org_id = $2', ...conditions].join(' and ')}`,
        values,
      )
      return row?.count ?? 0
    },
    write: (scope, writes) =>
      db.transaction((query) => applyTransaction(query, scope, { reads: [], writes })),
  }
}

interface StoredRow extends Record<string, unknown> {
  id: string
  data: RowData
  version: number
  created_at: Date
  updated_at: Date
}

const rowOf = (row: StoredRow): TableRow => ({
  id: row.id,
  data: row.data,
  version: row.version,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
})

const infoOf = (table: Omit<TableInfo, 'created_at'> & { created_at: Date }): TableInfo => ({
  ...table,
  created_at: table.created_at.toISOString(),
})
