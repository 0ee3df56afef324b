import { z } from 'zod'
import { limits } from './limits.ts'
import { Json } from './parameters.ts'

/** The name of a table: begins with a letter, then letters, digits and `_ -`. */
export const TableName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z][\w-]*$/, 'must begin with a letter, and may have letters, digits, _ and -')

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
  startsWith: z.string().optional(),
  endsWith: z.string().optional(),
  /** An object has this key. */
  hasKey: z.string().optional(),
})
export type Condition = z.infer<typeof Condition>

/** Which rows: dotted field paths with a value, or with conditions; all of them hold. */
export const Where = z.record(
  z.string().min(1).max(200),
  z.union([Condition, z.string(), z.number(), z.boolean(), z.null()]),
)
export type Where = z.infer<typeof Where>

/** A query: which rows, in which order, how many. A field that is ordered by and is absent comes last. */
export const RowQuery = z.strictObject({
  where: Where.optional(),
  order_by: z
    .array(z.strictObject({ field: z.string().min(1).max(200), descending: z.boolean().optional() }))
    .max(5)
    .optional(),
  limit: z.int().min(1).max(limits.tableQueryRowsMax).optional(),
  offset: z.int().min(0).max(1_000_000).optional(),
})
export type RowQuery = z.infer<typeof RowQuery>

/** A row as the API gives it. */
export const TableRow = z.object({
  id: z.string(),
  data: RowData,
  version: z.int(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type TableRow = z.infer<typeof TableRow>

/** One write of a transaction. */
export const TableWrite = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('insert'), table: TableName, id: RowId, data: RowData }),
  z.object({ kind: z.literal('upsert'), table: TableName, id: RowId, data: RowData }),
  z.object({ kind: z.literal('update'), table: TableName, id: RowId, data: RowData }),
  z.object({ kind: z.literal('delete'), table: TableName, id: RowId }),
])
export type TableWrite = z.infer<typeof TableWrite>

/** What a transaction has read: the version of a row, or null for one that was not there. */
export const TableRead = z.object({ table: TableName, id: RowId, version: z.int().nullable() })
export type TableRead = z.infer<typeof TableRead>

/** What a step.tx read and wrote. */
export const StepTransaction = z.object({
  reads: z.array(TableRead).max(limits.tableWritesMax),
  writes: z.array(TableWrite).max(limits.tableWritesMax),
})
export type StepTransaction = z.infer<typeof StepTransaction>
