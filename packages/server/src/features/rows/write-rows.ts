import { AppError, limits, type RowData, type TableWrite } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { checkedData, tooLarge } from './check-data.ts'
import { Denied, policySql } from './policies.ts'
import { ROW_COLUMNS, rowOf, rowsOf, type StoredRow } from './read-rows.ts'
import type { Table } from './table.ts'
import { bitOf, type Param, pathOf } from './where.ts'

type WriteOf<K extends TableWrite['kind']> = Extract<TableWrite, { kind: K }>

/** Writes rows of one table, in the order given. Answers the ids under which they are, which a key may have found. */
export async function writeRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  writes: readonly TableWrite[],
  tally: Tally = { inserted: 0, updated: 0 },
): Promise<string[]> {
  await requireVersions(query, scope, table, writes)
  const ids: string[] = []
  for (const group of groups(writes)) ids.push(...(await writeGroup(query, scope, table, group, tally)))
  return ids
}

/** How many rows were added and how many there were before. */
export interface Tally {
  inserted: number
  updated: number
}

async function writeGroup(
  query: Query,
  scope: OrgScope,
  table: Table,
  group: TableWrite[],
  tally: Tally,
): Promise<string[]> {
  switch (group[0]?.kind) {
    case 'insert':
      return insertRows(query, scope, table, group as WriteOf<'insert'>[], tally)
    case 'upsert':
      return upsertRows(query, scope, table, group as WriteOf<'upsert'>[], tally)
    case 'update':
      return updateRows(query, scope, table, group as WriteOf<'update'>[])
    default:
      return deleteRows(query, scope, table, group)
  }
}

/** Neighbors of one kind go into one statement, which may touch a row once. */
function groups(writes: readonly TableWrite[]): TableWrite[][] {
  const made: TableWrite[][] = []
  let ids = new Set<string>()
  for (const write of writes) {
    const open = made.at(-1)
    const fits = open?.[0]?.kind === write.kind && keyOf(open[0]) === keyOf(write) && !ids.has(write.id)
    if (fits) open.push(write)
    else {
      made.push([write])
      ids = new Set()
    }
    ids.add(write.id)
  }
  return made
}

const keyOf = (write: TableWrite) => (write.kind === 'upsert' ? (write.key?.join('\n') ?? '') : '')

/** The keys of a document, in the places of the table's indexes: columns and what they are set to. */
export function keysSql(
  table: Table,
  document: string,
  param: Param,
): { columns: string[]; values: string[] } {
  const kept = table.indexes.filter(({ state }) => state === 'building' || state === 'ready')
  const columns = ['keyed']
  const values = [String(kept.reduce((bits, { key_place: place }) => bits | (place ? bitOf(place) : 0), 0))]
  for (const { key_place: keyPlace, unique_place: uniquePlace, fields } of kept) {
    const keys = fields.map((field) => `table_key(${document} #> ${param(pathOf(field))}::text[])`)
    if (keyPlace !== null) {
      columns.push(`k${keyPlace}`)
      values.push(keys[0] ?? 'null')
    }
    if (uniquePlace !== null) {
      columns.push(`u${uniquePlace}`)
      values.push(uniqueSql(keys))
    }
  }
  return { columns, values }
}

/** One text of several keys; none when one is missing, as in every unique index. */
export const uniqueSql = (keys: readonly string[]): string =>
  keys.length === 1
    ? (keys[0] ?? 'null')
    : `case when ${keys.map((key) => `${key} is not null`).join(' and ')} then jsonb_build_array(${keys.join(', ')})::text end`

/** `insert into table_rows as r … select …`, up to its conflict clause. */
function insertSql(
  scope: OrgScope,
  table: Table,
  rows: { id: string; data: RowData }[],
  param: Param,
): { sql: string; columns: string[] } {
  const { columns, values } = keysSql(table, 'n.data', param)
  const own = [
    param(table.id),
    'n.id',
    param(table.org_id),
    'n.data',
    param(scope.userId),
    param(scope.userId),
  ]
  const ids = param(rows.map(({ id }) => id))
  const data = param(rows.map((row) => JSON.stringify(row.data)))
  return {
    columns,
    // A little later one after the other, so that the order of rows is the one they came in.
    sql: `insert into table_rows as r (table_id, id, org_id, data, created_by, updated_by, created_at, ${columns.join(', ')})
      select ${own.join(', ')}, clock_timestamp() + n.place * interval '1 microsecond', ${values.join(', ')}
      from unnest(${ids}::text[], ${data}::jsonb[]) with ordinality as n (id, data, place)`,
  }
}

const statement = () => {
  const values: unknown[] = []
  const param: Param = (value) => `$${values.push(value)}`
  return { values, param }
}

const checked = (scope: OrgScope, table: Table, writes: readonly (WriteOf<'insert'> | WriteOf<'upsert'>)[]) =>
  writes.map(({ id, data }) => ({ id, data: checkedData(scope, table, data, { id, partial: false }) }))

async function insertRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  writes: WriteOf<'insert'>[],
  tally: Tally,
): Promise<string[]> {
  const { values, param } = statement()
  const { sql } = insertSql(scope, table, checked(scope, table, writes), param)
  const inserted = await query<{ id: string }>(
    `${sql} on conflict (table_id, id) do nothing returning r.id`,
    values,
  )
  if (inserted.length < writes.length) {
    const done = new Set(inserted.map(({ id }) => id))
    const there = writes.find(({ id }) => !done.has(id))
    throw new AppError('already_exists', `The table "${table.name}" already has a row "${there?.id}".`)
  }
  const ids = writes.map(({ id }) => id)
  await requireAllowed(query, scope, table, 'insert', ids)
  tally.inserted += ids.length
  return ids
}

async function upsertRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  writes: WriteOf<'upsert'>[],
  tally: Tally,
): Promise<string[]> {
  const key = writes[0]?.key
  const rows = checked(scope, table, writes)
  const { values, param } = statement()
  const { sql, columns } = insertSql(scope, table, rows, param)
  const target = key ? uniqueTarget(table, key, rows) : '(table_id, id)'
  const allowed = policySql(table, scope, 'update', param)
  const written = await query<{ id: string; inserted: boolean }>(
    `${sql} on conflict ${target} do update set data = excluded.data, version = r.version + 1, updated_at = now(),
       updated_by = excluded.updated_by, ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}
       ${allowed === null ? '' : `where ${allowed}`} returning r.id, (r.xmax = 0) as inserted`,
    values,
  )
  if (written.length < rows.length) {
    const done = new Set(written.map(({ id }) => id))
    throw new Denied(table, 'update', [rows.find(({ id }) => !done.has(id))?.id ?? ''])
  }
  const idsOf = (inserted: boolean) => written.filter((row) => row.inserted === inserted).map((row) => row.id)
  const [inserted, updated] = [idsOf(true), idsOf(false)]
  await requireAllowed(query, scope, table, 'insert', inserted)
  await requireAllowed(query, scope, table, 'update', updated)
  tally.inserted += inserted.length
  tally.updated += updated.length
  return key ? written.map(({ id }) => id) : rows.map(({ id }) => id)
}

/** The unique index that an upsert goes by. */
function uniqueTarget(table: Table, key: readonly string[], rows: readonly { data: RowData }[]): string {
  const index = table.indexes.find(
    ({ is_unique, fields }) => is_unique && [...fields].sort().join('\n') === [...key].sort().join('\n'),
  )
  if (!index || index.unique_place === null)
    throw new AppError(
      'bad_request',
      `The table "${table.name}" has no unique index of ${key.join(', ')}. Create it first.`,
    )
  if (index.state !== 'ready')
    throw new AppError('conflict', `The unique index of ${key.join(', ')} is still being built.`)
  const seen = new Set<string>()
  for (const { data } of rows) {
    const values = key.map((field) => valueAt(data, field))
    if (values.some((value) => value === undefined || value === null))
      throw new AppError('bad_request', `A row to upsert has no ${key.join(', ')}.`)
    const text = JSON.stringify(values)
    if (seen.has(text))
      throw new AppError('bad_request', `Two rows to upsert have the same ${key.join(', ')}: ${text}.`)
    seen.add(text)
  }
  const place = `u${index.unique_place}`
  return `(table_id, ${place}) where ${place} is not null`
}

function valueAt(data: RowData, field: string): unknown {
  let value: unknown = data
  for (const part of pathOf(field))
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string, unknown>)[part]
        : undefined
  return value
}

async function updateRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  writes: WriteOf<'update'>[],
): Promise<string[]> {
  const rows = writes.map(({ id, data, unset = [] }) => ({
    id,
    unset: requireLeft(table, unset),
    data: checkedData(scope, table, data, { id, partial: true }),
  }))
  const { values, param, conditions } = rowsOf(table, scope, 'update')
  const document = `((r.data || n.data) - array(select jsonb_array_elements_text(n.unset)))`
  const { columns, values: keys } = keysSql(table, document, param)
  const parts = [
    `${param(rows.map(({ id }) => id))}::text[]`,
    `${param(rows.map(({ data }) => JSON.stringify(data)))}::jsonb[]`,
    `${param(rows.map(({ unset }) => JSON.stringify(unset)))}::jsonb[]`,
  ]
  const updated = await query<{ id: string; bytes: number }>(
    `update table_rows r set data = ${document}, version = r.version + 1, updated_at = now(),
       updated_by = ${param(scope.userId)}, ${columns.map((column, index) => `${column} = ${keys[index]}`).join(', ')}
     from unnest(${parts.join(', ')}) as n (id, data, unset)
     where r.id = n.id and ${conditions.join(' and ')} returning r.id, octet_length(r.data::text) as bytes`,
    values,
  )
  if (updated.some(({ bytes }) => bytes > limits.tableRowBytesMax)) throw tooLarge()
  const ids = rows.map(({ id }) => id)
  if (updated.length < rows.length) {
    const done = new Set(updated.map(({ id }) => id))
    const missing = ids.filter((id) => !done.has(id))
    if ((await visible(query, scope, table, missing)).length > 0) throw new Denied(table, 'update', missing)
    throw new AppError('not_found', `The table "${table.name}" has no row "${missing[0]}".`)
  }
  await requireAllowed(query, scope, table, 'update', ids)
  return ids
}

function requireLeft(table: Table, unset: string[]): string[] {
  const needed = table.columns.find(({ name, required }) => required && unset.includes(name))
  if (needed) throw new AppError('validation_failed', `The column ${needed.name} is required.`)
  return unset
}

async function deleteRows(
  query: Query,
  scope: OrgScope,
  table: Table,
  writes: readonly TableWrite[],
): Promise<string[]> {
  const { values, param, conditions } = rowsOf(table, scope, 'delete')
  const ids = writes.map(({ id }) => id)
  const deleted = await query<{ id: string }>(
    `delete from table_rows r where r.id = any(${param(ids)}::text[]) and ${conditions.join(' and ')} returning r.id`,
    values,
  )
  if (deleted.length < ids.length && table.policies.length > 0) {
    const left = await visible(query, scope, table, ids)
    if (left.length > 0) throw new Denied(table, 'delete', left)
  }
  return ids
}

/** Those of the rows that are there and that the person may see. */
async function visible(query: Query, scope: OrgScope, table: Table, ids: string[]): Promise<string[]> {
  const { values, param, conditions } = rowsOf(table, scope, 'select')
  const rows = await query<{ id: string }>(
    `select r.id from table_rows r where r.id = any(${param(ids)}::text[]) and ${conditions.join(' and ')}`,
    values,
  )
  return rows.map(({ id }) => id)
}

/** Rows as they are after the write must be ones that the person may add, or may have made of another one. */
export async function requireAllowed(
  query: Query,
  scope: OrgScope,
  table: Table,
  verb: 'insert' | 'update',
  ids: readonly string[],
): Promise<void> {
  const { values, param } = statement()
  const allowed = policySql(table, scope, verb, param, verb === 'update' ? 'after' : 'before')
  if (allowed === null || ids.length === 0) return
  const refused = await query<{ id: string }>(
    `select r.id from table_rows r where r.table_id = ${param(table.id)} and r.id = any(${param(ids)}::text[])
     and not ${allowed}`,
    values,
  )
  if (refused.length > 0)
    throw new Denied(
      table,
      verb,
      refused.map(({ id }) => id),
    )
}

/** Refuses writes to rows that were changed since they were read; the answer has the row as it is now. */
async function requireVersions(
  query: Query,
  scope: OrgScope,
  table: Table,
  writes: readonly TableWrite[],
): Promise<void> {
  const expected = writes.filter((write) => write.kind !== 'insert' && write.if_version !== undefined)
  if (expected.length === 0) return
  const { values, param, conditions } = rowsOf(table, scope, 'select')
  const rows = await query<StoredRow>(
    `select ${ROW_COLUMNS} from table_rows r where r.id = any(${param(expected.map(({ id }) => id))}::text[])
     and ${conditions.join(' and ')} order by r.id for update`,
    values,
  )
  for (const write of expected) {
    const row = rows.find(({ id }) => id === write.id)
    if (write.kind === 'insert' || row?.version === write.if_version) continue
    throw new AppError(
      'conflict',
      row
        ? `The row "${write.id}" was changed in the meantime.`
        : `The row "${write.id}" was deleted in the meantime.`,
      { current: row ? rowOf(row) : null },
    )
  }
}
