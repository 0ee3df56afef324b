import { z } from 'zod'
import { limits } from './limits.ts'
import { Json } from './parameters.ts'

/** The name of a table: begins with a letter, then letters, digits and `_ -`. */
export const TableName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][\w-]*$/, 'must begin with a letter, and may have letters, digits, _ and -')

/** A table by its name, or by its id. */
export const TableRef = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[\w-]+$/, 'must be the name or the id of a table')

/** The id of a row: chosen by the author, or a UUID. */
export const RowId = z.string().min(1).max(200)

/** A row's own content: an object of JSON values. Its `id` stands beside it. */
export const RowData = z.record(z.string().max(200), Json)
export type RowData = z.infer<typeof RowData>

/** What a field is compared with. Values compare by type: the text `"7"` is not the number 7. */
export const Condition = z.strictObject({
  eq: Json.optional(),
  ne: Json.optional(),
  gt: Json.optional(),
  gte: Json.optional(),
  lt: Json.optional(),
  lte: Json.optional(),
  in: z.array(Json).max(1000).optional(),
  /** True: the field is absent or null. */
  isNull: z.boolean().optional(),
  /** Part of a text, or an element of a list. */
  contains: Json.optional(),
  startsWith: z.string().max(10_000).optional(),
  endsWith: z.string().max(10_000).optional(),
  /** An object has this key. */
  hasKey: z.string().max(10_000).optional(),
})
export type Condition = z.infer<typeof Condition>

/** Which rows: dotted field paths with a value, or with conditions; all of them hold. */
export const Where = z.record(
  z.string().min(1).max(200),
  z.union([Condition, z.string(), z.number(), z.boolean(), z.null()]),
)
export type Where = z.infer<typeof Where>

/** A field that rows are ordered by. */
export const RowOrder = z.strictObject({
  field: z.string().min(1).max(200),
  descending: z.boolean().optional(),
})
export type RowOrder = z.infer<typeof RowOrder>

/**
 * A query: which rows, in which order, how many. A row that has no such field comes last. A page after another one is
 * found by its `cursor`, however deep, or by an `offset`.
 */
export const RowQuery = z.strictObject({
  where: Where.optional(),
  order_by: z.array(RowOrder).max(5).optional(),
  limit: z.int().min(1).max(limits.tableQueryRowsMax).optional(),
  offset: z.int().min(0).max(1_000_000).optional(),
  cursor: z.string().max(5000).optional().describe('next_cursor of the previous page; instead of an offset'),
})
export type RowQuery = z.infer<typeof RowQuery>

/** A row as the API gives it. */
export const TableRow = z.object({
  id: z.string(),
  data: RowData,
  /** Counts the writes: who changes a row says which one they have seen. */
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  created_by: z.uuid().nullable(),
  updated_by: z.uuid().nullable(),
})
export type TableRow = z.infer<typeof TableRow>

/** The fields of a unique index, which say whether a row is there. */
export const UpsertKey = z.array(z.string().min(1).max(200)).min(1).max(3)

const version = z.int().optional().describe('Refused when the row has another version now')

/** One write of a transaction. */
export const TableWrite = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('insert'), table: TableRef, id: RowId, data: RowData }),
  z.object({
    kind: z.literal('upsert'),
    table: TableRef,
    id: RowId,
    data: RowData,
    key: UpsertKey.optional(),
    if_version: version,
  }),
  z.object({
    kind: z.literal('update'),
    table: TableRef,
    id: RowId,
    data: RowData,
    /** Fields that are taken away. */
    unset: z.array(z.string().max(200)).max(100).optional(),
    if_version: version,
  }),
  z.object({ kind: z.literal('delete'), table: TableRef, id: RowId, if_version: version }),
])
export type TableWrite = z.infer<typeof TableWrite>

/** What a transaction has read: the version of a row, or null for one that was not there. */
export const TableRead = z.object({ table: TableRef, id: RowId, version: z.int().nullable() })
export type TableRead = z.infer<typeof TableRead>

/** What a step.tx read and wrote. */
export const StepTransaction = z.object({
  reads: z.array(TableRead).max(limits.tableWritesMax),
  writes: z.array(TableWrite).max(limits.tableWritesMax),
})
export type StepTransaction = z.infer<typeof StepTransaction>
