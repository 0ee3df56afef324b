import { limits, RowId, RowQuery, TableName, TableWrite, Where } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod, withoutSecrets } from '../../engine/sdk-method.ts'
import type { TableStore } from './tables.ts'

const Table = z.object({ table: TableName })
const Row = Table.extend({ id: RowId })
const Create = Table.extend({ description: z.string().max(500) })
const Query = Table.extend({ query: RowQuery })
const Count = Table.extend({ where: Where })
const Writes = z.object({ writes: z.array(TableWrite).min(1).max(limits.tableWritesMax) })

/** `tables.*` as user code calls it. */
export const tableSdk = (tables: TableStore): Record<string, SdkMethod> => ({
  'tables.list': (scope) => tables.list(scope),
  'tables.create': async (scope, args) => {
    const { table, description } = parseArguments('tables', Create, args)
    await tables.create(scope, table, description)
    return null
  },
  'tables.drop': (scope, args) => tables.drop(scope, parseArguments('tables', Table, args).table),
  'tables.get': (scope, args) => {
    const { table, id } = parseArguments('tables', Row, args)
    return tables.get(scope, table, id)
  },
  'tables.query': (scope, args) => {
    const { table, query } = parseArguments('tables', Query, args)
    return tables.query(scope, table, query)
  },
  'tables.count': (scope, args) => {
    const { table, where } = parseArguments('tables', Count, args)
    return tables.count(scope, table, where)
  },
  // What a run writes is read by others, so without its secrets. Ids stay: they are what rows are found by.
  'tables.write': async (scope, args, run) => {
    const { writes } = parseArguments('tables', Writes, args)
    await tables.write(
      scope,
      writes.map((write) =>
        write.kind === 'delete' ? write : { ...write, data: withoutSecrets(write.data, run) },
      ),
    )
    return null
  },
})
