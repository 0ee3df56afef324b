import {
  limits,
  NewTableIndex,
  RowData,
  RowId,
  RowQuery,
  TableColumns,
  TableName,
  TableRef,
  TableWrite,
  Where,
} from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod, withoutSecrets } from '../../engine/sdk-method.ts'
import { demand } from '../../platform/scope.ts'
import type { TableStore } from './tables.ts'

const Table = z.object({ table: TableRef })
const Row = Table.extend({ id: RowId })
const Create = z.object({
  table: TableName,
  description: z.string().max(500).optional(),
  columns: TableColumns.optional(),
  indexes: z.array(NewTableIndex).max(limits.tableIndexesMax).optional(),
})
const Rename = Table.extend({ name: TableName })
const Index = Table.extend({ index: NewTableIndex })
const Query = Table.extend({ query: RowQuery })
const Count = Table.extend({ where: Where })
const Update = Count.extend({ data: RowData })
const Writes = z.object({ writes: z.array(TableWrite).min(1).max(limits.tableWritesMax) })

const parse = <T>(schema: z.ZodType<T>, args: unknown) => parseArguments('tables', schema, args)

const READS = new Set(['list', 'describe', 'get', 'query', 'page', 'count'])

/** `tables.*` as user code calls it; a program outside may do what its key may. */
export const tableSdk = (tables: TableStore): Record<string, SdkMethod> =>
  Object.fromEntries(
    Object.entries(methodsOf(tables)).map(([name, method]): [string, SdkMethod] => [
      `tables.${name}`,
      async (scope, args, run) => {
        if (run.executionId === null) demand(scope, READS.has(name) ? 'table:read' : 'table:write')
        return method(scope, args, run)
      },
    ]),
  )

const methodsOf = (tables: TableStore): Record<string, SdkMethod> => ({
  list: (scope) => tables.list(scope, scope.orgId),
  create: async (scope, args) => {
    const { table: name, ...rest } = parse(Create, args)
    await tables.create(scope, { name, ...rest })
    return null
  },
  describe: (scope, args) => tables.describe(scope, parse(Table, args).table),
  rename: async (scope, args) => {
    const { table, name } = parse(Rename, args)
    await tables.change(scope, table, { name })
    return null
  },
  createIndex: (scope, args) => {
    const { table, index } = parse(Index, args)
    return tables.createIndex(scope, table, index)
  },
  drop: (scope, args) => tables.drop(scope, parse(Table, args).table),
  get: (scope, args) => {
    const { table, id } = parse(Row, args)
    return tables.get(scope, table, id)
  },
  query: async (scope, args) => {
    const { table, query } = parse(Query, args)
    return (await tables.query(scope, table, query)).items
  },
  page: (scope, args) => {
    const { table, query } = parse(Query, args)
    return tables.query(scope, table, query)
  },
  count: (scope, args) => {
    const { table, where } = parse(Count, args)
    return tables.count(scope, table, where)
  },
  // What a run writes is read by others, so without its secrets. Ids stay: they are what rows are found by.
  write: (scope, args, run) => {
    const { writes } = parse(Writes, args)
    return tables.write(
      scope,
      writes.map((write) =>
        write.kind === 'delete' ? write : { ...write, data: withoutSecrets(write.data, run) },
      ),
    )
  },
  updateWhere: (scope, args, run) => {
    const { table, where, data } = parse(Update, args)
    return tables.updateWhere(scope, table, where, withoutSecrets(data, run))
  },
  deleteWhere: (scope, args) => {
    const { table, where } = parse(Count, args)
    return tables.deleteWhere(scope, table, where)
  },
})
