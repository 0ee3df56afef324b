import { z } from 'zod'
import { RowData } from './table.ts'
import { ColumnType } from './table-shape.ts'

/** How rows leave a table and come into one. */
export const TableFileFormat = z.enum(['csv', 'json'])
export type TableFileFormat = z.infer<typeof TableFileFormat>

/** How the text of a file is written. Spreadsheets of Windows write windows-1252 unless they are told otherwise. */
export const TableFileEncoding = z.enum(['utf-8', 'windows-1252', 'iso-8859-2', 'iso-8859-15', 'utf-16le'])
export type TableFileEncoding = z.infer<typeof TableFileEncoding>

/** What is wrong with a file, and where: a line of a CSV, a row of JSON. */
export const ImportProblem = z.object({
  line: z.int(),
  column: z.string().nullable(),
  message: z.string(),
})
export type ImportProblem = z.infer<typeof ImportProblem>

/** What an import did, or would do. */
export const TableImport = z.object({
  /** Rows that the file has. */
  rows: z.int(),
  inserted: z.int(),
  updated: z.int(),
  /** The columns of the file, each with what its values are taken for. */
  columns: z.array(z.object({ name: z.string(), type: ColumnType, declared: z.boolean() })),
  /** The first rows as they are stored. */
  preview: z.array(z.object({ line: z.int(), id: z.string().nullable(), data: RowData })),
  /** Only of a dry run: an import that has any does nothing. */
  problems: z.array(ImportProblem),
})
export type TableImport = z.infer<typeof TableImport>
