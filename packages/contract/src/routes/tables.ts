import { z } from 'zod'
import { limits } from '../limits.ts'
import { route } from '../route.ts'
import { RowData, RowId, RowQuery, TableRef, TableRow, UpsertKey, Where } from '../table.ts'
import { TableFileEncoding, TableFileFormat, TableImport } from '../table-import.ts'
import {
  NewTable,
  NewTableIndex,
  TableChange,
  TableDetail,
  TableIndex,
  TablePolicy,
  TableSummary,
} from '../table-shape.ts'
import { ListScope, Nothing } from './common.ts'

const tag = 'Tables'
const InTable = z.object({ table: TableRef })
const OfRow = InTable.extend({ id: RowId })
const Count = z.object({ count: z.int() })

export const tableRoutes = {
  listTables: route({
    method: 'GET',
    path: '/api/tables',
    permission: 'table:read',
    tag,
    summary: 'List tables with their number of rows',
    query: z.strictObject({ scope: ListScope }),
    response: z.object({ items: z.array(TableSummary) }),
  }),
  createTable: route({
    method: 'POST',
    path: '/api/tables',
    permission: 'table:write',
    tag,
    summary: 'Create a table; an existing one stays as it is',
    status: 201,
    body: NewTable,
    response: TableDetail,
  }),
  getTable: route({
    method: 'GET',
    path: '/api/tables/{table}',
    permission: 'table:read',
    tag,
    summary: 'Get a table: columns, indexes, policies',
    params: InTable,
    response: TableDetail,
  }),
  changeTable: route({
    method: 'PATCH',
    path: '/api/tables/{table}',
    permission: 'table:write',
    tag,
    summary: 'Update a table: name, description, columns, access',
    params: InTable,
    body: TableChange,
    response: TableDetail,
  }),
  dropTable: route({
    method: 'DELETE',
    path: '/api/tables/{table}',
    permission: 'table:write',
    tag,
    summary: 'Delete a table with all its rows',
    description:
      'Refused while roles have grants for it (`force` removes them), or while an import writes to it.',
    params: InTable,
    query: z.strictObject({ force: z.boolean().optional() }),
    status: 204,
    response: Nothing,
  }),
  queryTable: route({
    method: 'POST',
    path: '/api/tables/{table}/query',
    permission: 'table:read',
    bodyBytesMax: limits.queryBodyBytesMax,
    tag,
    summary: 'Find rows; total is the number of all that match',
    params: InTable,
    body: RowQuery.extend({
      skip_count: z.boolean().optional().describe('Do not count: total is -1'),
      estimate_count: z.boolean().optional().describe('Above 10,000, estimate instead of counting'),
    }),
    response: z.object({
      items: z.array(TableRow),
      total: z.int(),
      total_estimated: z.boolean(),
      next_cursor: z.string().nullable(),
    }),
  }),
  writeTableRows: route({
    method: 'POST',
    path: '/api/tables/{table}/rows',
    permission: 'table:write',
    bodyBytesMax: limits.bodyBytesMax,
    tag,
    summary: 'Insert rows, or upsert them with mode upsert; all of them or none',
    description: '`key` names the fields of a unique index: a row with the same values is replaced.',
    params: InTable,
    status: 201,
    body: z.strictObject({
      rows: z
        .array(z.strictObject({ id: RowId.optional(), data: RowData }))
        .min(1)
        .max(limits.tableWritesMax),
      mode: z.enum(['insert', 'upsert']).optional(),
      key: UpsertKey.optional(),
    }),
    response: z.object({ ids: z.array(z.string()) }),
  }),
  updateTableRows: route({
    method: 'POST',
    path: '/api/tables/{table}/update',
    permission: 'table:write',
    bodyBytesMax: limits.queryBodyBytesMax,
    tag,
    summary: 'Update fields of all rows that match',
    params: InTable,
    body: z.strictObject({ where: Where, data: RowData }),
    response: Count,
  }),
  deleteTableRows: route({
    method: 'POST',
    path: '/api/tables/{table}/delete',
    permission: 'table:write',
    bodyBytesMax: limits.queryBodyBytesMax,
    tag,
    summary: 'Delete all rows that match',
    params: InTable,
    body: z.strictObject({ where: Where }),
    response: Count,
  }),
  getTableRow: route({
    method: 'GET',
    path: '/api/tables/{table}/rows/{id}',
    permission: 'table:read',
    tag,
    summary: 'Get one row',
    params: OfRow,
    response: TableRow,
  }),
  putTableRow: route({
    method: 'PUT',
    path: '/api/tables/{table}/rows/{id}',
    permission: 'table:write',
    tag,
    summary: 'Insert or replace a row',
    description: 'With `if_version`, only when it was not changed since: 409 gives the row as it is.',
    params: OfRow,
    body: z.strictObject({ data: RowData, if_version: z.int().optional() }),
    response: TableRow,
  }),
  changeTableRow: route({
    method: 'PATCH',
    path: '/api/tables/{table}/rows/{id}',
    permission: 'table:write',
    tag,
    summary: 'Update fields of a row',
    description: 'With `if_version`, only when it was not changed since: 409 gives the row as it is.',
    params: OfRow,
    body: z.strictObject({
      data: RowData.optional(),
      unset: z.array(z.string().max(200)).max(100).optional().describe('Fields to remove'),
      if_version: z.int().optional(),
    }),
    response: TableRow,
  }),
  deleteTableRow: route({
    method: 'DELETE',
    path: '/api/tables/{table}/rows/{id}',
    permission: 'table:write',
    tag,
    summary: 'Delete a row',
    params: OfRow,
    status: 204,
    response: Nothing,
  }),
  createTableIndex: route({
    method: 'POST',
    path: '/api/tables/{table}/indexes',
    permission: 'table:write',
    tag,
    summary: 'Create an index; it is built in the background',
    params: InTable,
    status: 201,
    body: NewTableIndex,
    response: TableIndex,
  }),
  dropTableIndex: route({
    method: 'DELETE',
    path: '/api/tables/{table}/indexes/{id}',
    permission: 'table:write',
    tag,
    summary: 'Delete an index',
    params: InTable.extend({ id: z.uuid() }),
    status: 204,
    response: Nothing,
  }),
  setTablePolicies: route({
    method: 'PUT',
    path: '/api/tables/{table}/policies',
    permission: 'table:write',
    tag,
    summary: 'Set the policies of a table; without any, everyone who may use the table may use all its rows',
    params: InTable,
    body: z.strictObject({ policies: z.array(TablePolicy).max(limits.tablePoliciesMax) }),
    response: TableDetail,
  }),
  importTable: route({
    method: 'POST',
    path: '/api/tables/{table}/import',
    permission: 'table:write',
    tag,
    summary: 'Import a CSV or JSON file; all of its rows or none',
    description:
      'The body is the file: CSV with a header, a JSON array of objects, or an object per line. Text stays text: formulas are never evaluated. Errors name line and column. `dry_run` writes nothing and shows the first rows; with `partial`, the body is the beginning of a file.',
    params: InTable,
    query: z.strictObject({
      format: TableFileFormat,
      mode: z.enum(['insert', 'upsert']).optional(),
      key: z
        .string()
        .max(700)
        .optional()
        .describe('Fields of a unique index, separated by commas, for mode upsert'),
      types: z.string().max(20_000).optional().describe('Types of columns as JSON: {"zip":"text"}'),
      delimiter: z.enum([',', ';', '\t', '|']).optional(),
      encoding: TableFileEncoding.optional().describe('Encoding of a CSV; utf-8 when absent'),
      dry_run: z.boolean().optional(),
      partial: z.boolean().optional(),
    }),
    transport: 'upload',
    response: TableImport,
  }),
  exportTable: route({
    method: 'GET',
    path: '/api/tables/{table}/export',
    permission: 'table:read',
    tag,
    summary: 'Download the rows as CSV or JSON',
    description:
      'Objects and lists are JSON in a cell. In CSV, a text that a spreadsheet would read as a formula gets an apostrophe in front.',
    params: InTable,
    query: z.strictObject({
      format: TableFileFormat,
      where: z.string().max(20_000).optional().describe('A filter as in a query, as JSON'),
    }),
    transport: 'download',
    response: z.string(),
  }),
} as const
