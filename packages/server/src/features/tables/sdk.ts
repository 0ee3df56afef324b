import { limits, RowId, RowQuery, TableName, TableWrite, Where } from '@bifrost/contract'
import { z } from 'zod'
import { parseArguments, type SdkMethod } from '../../engine/sdk-method.ts'
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
  'tables.write': async (scope, args) => {
    await tables.write(scope, parseArguments('tables', Writes, args).writes)
    return null
  },
})
