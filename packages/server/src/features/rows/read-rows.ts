import {
  type RowData,
  type RowOrder,
  type RowQuery,
  type TableRow,
  validationError,
  type Where,
} from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { type RowCursor, readCursor, writeCursor } from './cursor.ts'
import { policySql } from './policies.ts'
import { keysOf, type Table } from './table.ts'
import { type FieldSql, fieldSql, type Param, whereSql } from './where.ts'

const ROWS_DEFAULT = 100
/** Tables up to here are counted, larger ones estimated where that is good enough. */
export const COUNTED_MAX = 10_000

export interface StoredRow extends Record<string, unknown> {
  id: string
  data: RowData
  version: number
  created_at: Date
  updated_at: Date
  created_by: string | null
  updated_by: string | null
}

export const ROW_COLUMNS = 'r.id, r.data, r.version, r.created_at, r.updated_at, r.created_by, r.updated_by'

export const rowOf = (row: StoredRow): TableRow => ({
  id: row.id,
  data: row.data,
  version: row.version,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  created_by: row.created_by,
  updated_by: row.updated_by,
})

/** A statement in the making: its values, and its conditions. */
export interface Statement {
  values: unknown[]
  param: Param
  conditions: string[]
}

/** Rows of a table that the person may do this with. */
export function rowsOf(table: Table, scope: OrgScope, verb: 'select' | 'update' | 'delete'): Statement {
  const values: unknown[] = []
  const param: Param = (value) => `$${values.push(value)}`
  const conditions = [
    `r.table_id = ${param(table.id)}`,
    `r.org_id is not distinct from ${param(table.org_id)}`,
  ]
  const policies = new Set([
    policySql(table, scope, 'select', param),
    verb === 'select' ? null : policySql(table, scope, verb, param),
  ])
  for (const policy of policies) if (policy !== null) conditions.push(policy)
  return { values, param, conditions }
}

export async function getRow(
  query: Query,
  scope: OrgScope,
  table: Table,
  id: string,
): Promise<TableRow | null> {
  const { values, param, conditions } = rowsOf(table, scope, 'select')
  conditions.push(`r.id = ${param(id)}`)
  const [row] = await query<StoredRow>(
    `select ${ROW_COLUMNS} from table_rows r where ${conditions.join(' and ')}`,
    values,
  )
  return row ? rowOf(row) : null
}

interface PageRow extends StoredRow {
  created_text: string
  keys: (string | null)[]
}

export interface RowPage {
  items: TableRow[]
  next_cursor: string | null
}

/** A page of rows, in an order that leaves no two in the same place. */
export async function queryRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  { where = {}, order_by: order = [], limit = ROWS_DEFAULT, offset = 0, cursor }: RowQuery,
): Promise<RowPage> {
  if (cursor !== undefined && offset > 0)
    throw validationError([{ field: 'cursor', message: 'cannot be combined with an offset' }])
  const after = cursor === undefined ? null : readCursor(cursor, order)
  const page = { where, order, limit: limit + 1, offset, after }
  const [first] = order
  const isIndexed = order.length === 1 && first !== undefined && keysOf(table).has(first.field)
  const found = isIndexed
    ? await byIndex(query, scope, table, first, page)
    : await inOrder(query, scope, table, page)
  const rows = found.slice(0, limit)
  const last = rows.at(-1)
  return {
    items: rows.map(rowOf),
    next_cursor:
      found.length > limit && last
        ? writeCursor(order, { keys: last.keys, created: last.created_text, id: last.id })
        : null,
  }
}

interface PageWanted {
  where: Where
  order: readonly RowOrder[]
  limit: number
  offset: number
  after: RowCursor | null
}

/** What a field is ordered by. */
const keySql = ({ key, column, json }: FieldSql) =>
  key?.column ?? column ?? `table_key(${json()}) collate "C"`

function inOrder(query: Query, scope: OrgScope, table: Table, page: PageWanted): Promise<PageRow[]> {
  const statement = rowsOf(table, scope, 'select')
  const { param, conditions } = statement
  const keys = keysOf(table)
  conditions.push(...whereSql(page.where, param, keys))
  const fields = page.order.map(({ field, descending = false }) => ({
    sql: keySql(fieldSql(field, param, keys)),
    descending,
  }))
  if (page.after) conditions.push(afterSql(fields, page.after, param))
  const ties = fields[0]?.descending ? 'desc' : 'asc'
  const order = fields.map(({ sql, descending }) => `${sql} ${descending ? 'desc' : 'asc'} nulls last`)
  order.push(`r.created_at ${ties}`, `r.id ${ties}`)
  return run(query, statement, {
    keys: fields.map(({ sql }) => sql),
    order,
    limit: page.limit,
    offset: page.offset,
  })
}

/** What comes after a row, when each field may go up or down and what is absent is last. */
function afterSql(fields: { sql: string; descending: boolean }[], after: RowCursor, param: Param): string {
  const ties = fields[0]?.descending ? '<' : '>'
  const same: string[] = []
  const ways: string[] = []
  fields.forEach(({ sql, descending }, index) => {
    const value = after.keys[index] ?? null
    if (value === null) {
      same.push(`${sql} is null`)
      return
    }
    const place = param(value)
    ways.push([...same, `(${sql} ${descending ? '<' : '>'} ${place} or ${sql} is null)`].join(' and '))
    same.push(`${sql} = ${place}`)
  })
  ways.push([...same, afterTie(after, ties, param)].join(' and '))
  return `(${ways.map((way) => `(${way})`).join(' or ')})`
}

const afterTie = (after: RowCursor, operator: '<' | '>', param: Param) =>
  `(r.created_at, r.id) ${operator} (${param(after.created)}::timestamptz, ${param(after.id)})`

/**
 * By the index of one field: first the rows that have it, in their order, then those that have not. One statement with
 * `nulls last` would read all of them to go down.
 */
async function byIndex(
  query: Query,
  scope: OrgScope,
  table: Table,
  { field, descending = false }: RowOrder,
  { where, limit, offset, after }: PageWanted,
): Promise<PageRow[]> {
  const keys = keysOf(table)
  const direction = descending ? 'desc' : 'asc'
  const operator = descending ? '<' : '>'
  const part = (absent: boolean) => {
    const statement = rowsOf(table, scope, 'select')
    const { param, conditions } = statement
    const { key } = fieldSql(field, param, keys)
    const column = key?.column ?? ''
    conditions.push(key?.kept ?? '', `${column} is ${absent ? '' : 'not '}null`)
    conditions.push(...whereSql(where, param, keys))
    if (after && absent && after.keys[0] === null) conditions.push(afterTie(after, operator, param))
    if (after && !absent)
      conditions.push(
        `(${column}, r.created_at, r.id) ${operator} (${param(after.keys[0])}, ${param(after.created)}::timestamptz, ${param(after.id)})`,
      )
    const order = [
      ...(absent ? [] : [`${column} ${direction}`]),
      `r.created_at ${direction}`,
      `r.id ${direction}`,
    ]
    return { statement, shape: { keys: [column], order } }
  }
  const isPastPresent = after !== null && after.keys[0] === null
  const present = part(false)
  const rows = isPastPresent ? [] : await run(query, present.statement, { ...present.shape, limit, offset })
  if (rows.length >= limit) return rows
  let skip = 0
  if (offset > 0 && rows.length === 0) {
    const counted = part(false).statement
    skip = Math.max(0, offset - (await count(query, counted)))
  }
  const absent = part(true)
  const rest = await run(query, absent.statement, {
    ...absent.shape,
    limit: limit - rows.length,
    offset: skip,
  })
  return [...rows, ...rest]
}

async function run(
  query: Query,
  { values, param, conditions }: Statement,
  { keys, order, limit, offset }: { keys: string[]; order: string[]; limit: number; offset: number },
): Promise<PageRow[]> {
  // An id alone compares by another collation than keys: each is text for the array.
  const list = keys.map((key) => `(${key})::text collate "C"`).join(', ')
  const limits = `limit ${param(limit)} offset ${param(offset)}`
  return query<PageRow>(
    `select ${ROW_COLUMNS}, r.created_at::text as created_text, array[${list}]::text[] as keys
     from table_rows r where ${conditions.join(' and ')} order by ${order.join(', ')} ${limits}`,
    values,
  )
}

async function count(query: Query, { values, conditions }: Statement): Promise<number> {
  const [row] = await query<{ count: number }>(
    `select count(*)::int as count from table_rows r where ${conditions.join(' and ')}`,
    values,
  )
  return row?.count ?? 0
}

/** How many rows there are that the person sees; many of them are estimated when that is asked for. */
export async function countRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  where: Where,
  { estimate }: { estimate: boolean },
): Promise<{ total: number; isEstimate: boolean }> {
  const statement = rowsOf(table, scope, 'select')
  statement.conditions.push(...whereSql(where, statement.param, keysOf(table)))
  if (!estimate) return { total: await count(query, statement), isEstimate: false }
  const { values, conditions } = statement
  const [few] = await query<{ count: number }>(
    `select count(*)::int as count from (select from table_rows r where ${conditions.join(' and ')} limit ${COUNTED_MAX + 1}) as few`,
    values,
  )
  if (few && few.count <= COUNTED_MAX) return { total: few.count, isEstimate: false }
  return { total: Math.max(COUNTED_MAX + 1, await planned(query, statement)), isEstimate: true }
}

/** How many rows the planner expects. */
export async function planned(
  query: Query,
  { values, conditions }: Pick<Statement, 'values' | 'conditions'>,
): Promise<number> {
  const [row] = await query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }>(
    `explain (format json) select from table_rows r where ${conditions.join(' and ')}`,
    values,
  )
  return row?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0
}
