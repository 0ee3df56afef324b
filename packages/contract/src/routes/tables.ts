import { z } from 'zod'
import { route } from '../route.ts'
import { RowData, RowId, RowQuery, TableName, TableRow } from '../table.ts'
import { Nothing } from './common.ts'

const tag = 'Tables'
const InTable = z.object({ table: TableName })
const OfRow = InTable.extend({ id: RowId })
const Table = z.object({
  name: z.string(),
  description: z.string(),
  rows: z.int(),
  created_at: z.iso.datetime(),
})

export const tableRoutes = {
  listTables: route({
    method: 'GET',
    path: '/api/tables',
    permission: 'table:read',
    tag,
    summary: 'List tables with the number of their rows',
    response: z.object({ items: z.array(Table) }),
  }),
  createTable: route({
    method: 'POST',
    path: '/api/tables',
    permission: 'table:write',
    tag,
    summary: 'Create a table; one that exists stays as it is',
    status: 201,
    body: z.strictObject({ name: TableName, description: z.string().max(500).optional() }),
    response: Table,
  }),
  dropTable: route({
    method: 'DELETE',
    path: '/api/tables/{table}',
    permission: 'table:write',
    tag,
    summary: 'Delete a table with all its rows',
    params: InTable,
    status: 204,
    response: Nothing,
  }),
  queryTable: route({
    method: 'POST',
    path: '/api/tables/{table}/query',
    permission: 'table:read',
    tag,
    summary: 'Find rows; total counts all that match',
    params: InTable,
    body: RowQuery,
    response: z.object({ items: z.array(TableRow), total: z.int() }),
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
    summary: 'Write a row, whether or not it is there',
    params: OfRow,
    body: z.strictObject({ data: RowData }),
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
} as const
