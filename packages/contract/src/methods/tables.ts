import { z } from 'zod'
import { limits } from '../limits.ts'
import { RowData, RowId, RowQuery, TableName, TableRef, TableRow, TableWrite, Where } from '../table.ts'
import { NewTableIndex, TableColumns, TableDetail, TableIndex, TableSummary } from '../table-shape.ts'
import { method } from './method.ts'

const Table = z.object({ table: TableRef })
const Row = Table.extend({ id: RowId })
const Query = Table.extend({ query: RowQuery })
const Matching = Table.extend({ where: Where })
const Count = z.int().min(0)
const read = { permission: 'table:read', effect: 'read', where: 'anywhere' } as const
const write = { permission: 'table:write', effect: 'write', where: 'anywhere' } as const

/** `tables.*`: documents of the organization, of those above it, and of all. */
export const tableMethods = {
  'tables.list': method({ ...read, errors: [], args: z.object({}), result: z.array(TableSummary) }),
  'tables.create': method({
    ...write,
    errors: ['validation_failed', 'quota_exceeded'],
    args: z.object({
      table: TableName,
      description: z.string().max(500).optional(),
      columns: TableColumns.optional(),
      indexes: z.array(NewTableIndex).max(limits.tableIndexesMax).optional(),
    }),
    result: z.null(),
  }),
  'tables.describe': method({ ...read, errors: ['not_found'], args: Table, result: TableDetail }),
  'tables.rename': method({
    ...write,
    errors: ['not_found', 'already_exists'],
    args: Table.extend({ name: TableName }),
    result: z.null(),
  }),
  'tables.createIndex': method({
    ...write,
    errors: ['not_found', 'conflict', 'validation_failed'],
    args: Table.extend({ index: NewTableIndex }),
    result: TableIndex,
  }),
  'tables.drop': method({ ...write, errors: ['conflict'], args: Table, result: z.boolean() }),
  'tables.get': method({ ...read, errors: ['not_found'], args: Row, result: TableRow.nullable() }),
  'tables.query': method({
    ...read,
    errors: ['not_found', 'validation_failed'],
    args: Query,
    result: z.array(TableRow),
  }),
  'tables.page': method({
    ...read,
    errors: ['not_found', 'validation_failed'],
    args: Query,
    result: z.object({ items: z.array(TableRow), next_cursor: z.string().nullable() }),
  }),
  'tables.count': method({
    ...read,
    errors: ['not_found', 'validation_failed'],
    args: Matching,
    result: Count,
  }),
  /** All of them or none. Answers the id of each document, in the order of the writes. */
  'tables.write': method({
    ...write,
    errors: ['not_found', 'already_exists', 'conflict', 'validation_failed', 'quota_exceeded'],
    args: z.object({ writes: z.array(TableWrite).min(1).max(limits.tableWritesMax) }),
    result: z.array(z.string()),
  }),
  'tables.updateWhere': method({
    ...write,
    errors: ['not_found', 'validation_failed'],
    args: Matching.extend({ data: RowData }),
    result: Count,
  }),
  'tables.deleteWhere': method({
    ...write,
    errors: ['not_found', 'validation_failed'],
    args: Matching,
    result: Count,
  }),
}
