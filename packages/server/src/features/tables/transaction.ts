import { AppError, limits, type TableRead, type TableWrite } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

/** The id of a table of the organisation, locked against being dropped meanwhile. */
export async function tableId(query: Query, scope: OrgScope, name: string): Promise<string> {
  const [table] = await query<{ id: string }>(
    'select id from tables where org_id = $1 and name = $2 for key share',
    [scope.orgId, name],
  )
  if (!table)
    throw new AppError('not_found', `There is no table "${name}"; create it with tables.create('${name}').`)
  return table.id
}

/**
 * What a step.tx read and wrote, inside the transaction that also stores the step. Refused with `conflict` when a row
 * that it read has changed since.
 */
export async function applyTransaction(
  query: Query,
  scope: OrgScope,
  { reads, writes }: { reads: TableRead[]; writes: TableWrite[] },
): Promise<void> {
  const ids = new Map<string, string>()
  // In one order for everybody, so that no two transactions wait for each other.
  for (const name of [...new Set([...reads, ...writes].map((one) => one.table))].sort())
    ids.set(name, await tableId(query, scope, name))
  await lockRows(query, [...reads, ...writes], ids)
  for (const read of reads) await demandUnchanged(query, read, ids)
  for (const write of writes) await applyWrite(query, scope, write, ids.get(write.table) ?? '')
}

async function lockRows(
  query: Query,
  rows: { table: string; id: string }[],
  ids: Map<string, string>,
): Promise<void> {
  const keys = [...new Set(rows.map((row) => `${ids.get(row.table)}/${row.id}`))].sort()
  await query(
    `select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) with ordinality as k (key, n) order by n`,
    [keys],
  )
}

async function demandUnchanged(query: Query, read: TableRead, ids: Map<string, string>): Promise<void> {
  const [row] = await query<{ version: number }>(
    'select version from table_rows where table_id = $1 and id = $2',
    [ids.get(read.table), read.id],
  )
  if ((row?.version ?? null) !== read.version)
    throw new AppError('conflict', `The row "${read.id}" of "${read.table}" was changed meanwhile.`)
}

async function applyWrite(query: Query, scope: OrgScope, write: TableWrite, table: string): Promise<void> {
  if (write.kind === 'delete') {
    await query('delete from table_rows where table_id = $1 and id = $2', [table, write.id])
    return
  }
  const data = JSON.stringify(write.data)
  if (data.length > limits.tableRowBytesMax)
    throw new AppError(
      'body_too_large',
      `A row may have ${limits.tableRowBytesMax / 1024 / 1024} MB; store a file and its path instead.`,
    )
  const values = [table, write.id, scope.orgId, data]
  if (write.kind === 'insert') {
    const inserted = await query(
      `insert into table_rows (table_id, id, org_id, data) values ($1, $2, $3, $4) on conflict do nothing returning id`,
      values,
    )
    if (inserted.length === 0)
      throw new AppError('already_exists', `The table "${write.table}" has a row "${write.id}" already.`)
  } else if (write.kind === 'upsert')
    await query(
      `insert into table_rows as r (table_id, id, org_id, data) values ($1, $2, $3, $4)
       on conflict (table_id, id) do update set data = excluded.data, version = r.version + 1, updated_at = now()`,
      values,
    )
  else {
    const updated = await query(
      `update table_rows set data = data || $4::jsonb, version = version + 1, updated_at = now()
       where table_id = $1 and id = $2 and org_id = $3 returning id`,
      values,
    )
    if (updated.length === 0)
      throw new AppError('not_found', `The table "${write.table}" has no row "${write.id}".`)
  }
}
