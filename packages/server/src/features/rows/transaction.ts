import { AppError, type TableRead, type TableWrite } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { rowsOf } from './read-rows.ts'
import { rowError } from './row-errors.ts'
import { findOwnTable, findTable, type Table } from './table.ts'
import { writeRows } from './write-rows.ts'

/**
 * What a step.tx read and wrote, inside the transaction that also stores the step. Refused with `conflict` when a row
 * that it read has changed since. Answers the ids of what was written.
 */
export async function applyTransaction(
  query: Query,
  scope: OrgScope,
  { reads, writes }: { reads: TableRead[]; writes: TableWrite[] },
): Promise<string[]> {
  const tables = new Map<string, Table>()
  const written = new Set(writes.map(({ table }) => table))
  // In one order for everybody, so that no two transactions wait for each other.
  for (const name of [...new Set([...reads, ...writes].map((one) => one.table))].sort())
    tables.set(name, await (written.has(name) ? findOwnTable : findTable)(query, scope, name))
  await lockRows(query, [...reads, ...writes], tables)
  // Changes by a filter do not take the locks of rows, so those that are about to be written are held.
  for (const read of reads) await requireUnchanged(query, scope, read, tables, written.has(read.table))
  const ids: string[] = []
  for (const [name, ofTable] of byTable(writes)) {
    const table = tables.get(name)
    if (!table) continue
    try {
      ids.push(...(await writeRows(query, scope, table, ofTable)))
    } catch (error) {
      throw rowError(error, table)
    }
  }
  return ids
}

/** Neighbors that write to one table. */
function byTable(writes: readonly TableWrite[]): [string, TableWrite[]][] {
  const parts: [string, TableWrite[]][] = []
  for (const write of writes) {
    const last = parts.at(-1)
    if (last?.[0] === write.table) last[1].push(write)
    else parts.push([write.table, [write]])
  }
  return parts
}

async function lockRows(
  query: Query,
  rows: { table: string; id: string }[],
  tables: Map<string, Table>,
): Promise<void> {
  const keys = [...new Set(rows.map((row) => `${tables.get(row.table)?.id}/${row.id}`))].sort()
  await query(
    `select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) with ordinality as k (key, n) order by n`,
    [keys],
  )
}

async function requireUnchanged(
  query: Query,
  scope: OrgScope,
  read: TableRead,
  tables: Map<string, Table>,
  hold: boolean,
): Promise<void> {
  const table = tables.get(read.table)
  if (!table) return
  const { values, param, conditions } = rowsOf(table, scope, 'select')
  const [row] = await query<{ version: number }>(
    `select r.version from table_rows r where r.id = ${param(read.id)} and ${conditions.join(' and ')}${hold ? ' for update' : ''}`,
    values,
  )
  if ((row?.version ?? null) !== read.version)
    throw new AppError('conflict', `The row "${read.id}" of "${read.table}" was changed in the meantime.`)
}
