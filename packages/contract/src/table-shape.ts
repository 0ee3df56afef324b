import { z } from 'zod'
import { limits } from './limits.ts'
import { nameSchema } from './names.ts'
import { accountRoles } from './permissions.ts'
import { TableName, Where } from './table.ts'

/** What a declared column holds. `date` is a text such as 2026-03-01 or 2026-03-01T12:00:00Z. */
export const ColumnType = z.enum(['text', 'number', 'boolean', 'date', 'json'])
export type ColumnType = z.infer<typeof ColumnType>

/** A declared field: rows that do not fit are refused. Undeclared fields hold anything. */
export const TableColumn = z.strictObject({
  name: nameSchema(200),
  type: ColumnType,
  required: z.boolean().optional(),
})
export type TableColumn = z.infer<typeof TableColumn>

/** All declared columns of a table. */
export const TableColumns = z.array(TableColumn).max(limits.tableColumnsMax)

const IndexFields = z.array(z.string().min(1).max(200)).min(1).max(3)

/** An index to make: of one field, or a unique one of up to three. */
export const NewTableIndex = z.strictObject({ fields: IndexFields, is_unique: z.boolean().optional() })
export type NewTableIndex = z.infer<typeof NewTableIndex>

/** A declared index. Queries use it when it is ready; until then they find the same, slower. */
export const TableIndex = z.object({
  id: z.uuid(),
  fields: z.array(z.string()),
  is_unique: z.boolean(),
  state: z.enum(['building', 'ready', 'failed']),
  /** Why it failed. */
  error: z.string().nullable(),
  /** How many rows have been read for it. */
  rows_done: z.int(),
  created_at: z.iso.datetime(),
})
export type TableIndex = z.infer<typeof TableIndex>

/** What a policy allows. */
export const PolicyVerb = z.enum(['select', 'insert', 'update', 'delete'])
export type PolicyVerb = z.infer<typeof PolicyVerb>

/**
 * Allows some people something with some rows. Values of its condition may be `$user.id`, `$user.email` and `$org.id`.
 * What no policy of a table allows is refused, once it has one.
 */
export const TablePolicy = z.strictObject({
  name: nameSchema(100),
  verbs: z.array(PolicyVerb).min(1).max(4),
  /** Account roles (`member`), and ids of custom roles; none: everybody. */
  roles: z
    .array(z.union([z.enum(accountRoles), z.uuid()]))
    .max(50)
    .optional(),
  condition: Where.optional(),
  /** What a row must be like after an update; absent: what `condition` says about the person must still hold. */
  check: Where.optional(),
})
export type TablePolicy = z.infer<typeof TablePolicy>

/** Who may use a table: everybody of the organization, or those whose roles were granted it. */
export const TableAccess = z.enum(['authenticated', 'role_based'])

/** A table in a list. */
export const TableSummary = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  /** Whose it is; null: everybody's. */
  org_id: z.uuid().nullable(),
  /** Whether it is one to write to from here; those of parents and of everybody are read. */
  is_own: z.boolean(),
  rows: z.int(),
  /** `rows` is not counted but estimated, as for all large tables. */
  rows_estimated: z.boolean(),
  access: TableAccess,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type TableSummary = z.infer<typeof TableSummary>

/** A table with all that was declared about it. */
export const TableDetail = TableSummary.extend({
  columns: TableColumns,
  indexes: z.array(TableIndex),
  policies: z.array(TablePolicy),
})
export type TableDetail = z.infer<typeof TableDetail>

/** A table to make. */
export const NewTable = z.strictObject({
  name: TableName,
  description: z.string().max(500).optional(),
  columns: TableColumns.optional(),
  indexes: z.array(NewTableIndex).max(limits.tableIndexesMax).optional(),
  access: TableAccess.optional(),
})
export type NewTable = z.infer<typeof NewTable>

/** What of a table may be changed. */
export const TableChange = z.strictObject({
  name: TableName.optional(),
  description: z.string().max(500).optional(),
  columns: TableColumns.optional(),
  access: TableAccess.optional(),
})
export type TableChange = z.infer<typeof TableChange>
