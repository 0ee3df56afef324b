import { requireWithoutSecret, type SdkModule, withoutSecrets } from '../../tenancy/sdk-method.ts'
import type { TableStore } from './tables.ts'

/** `tables.*` as user code calls it. */
export const tableSdk = (tables: TableStore): SdkModule<'tables'> => ({
  'tables.list': (scope) => tables.list(scope, scope.orgId),
  'tables.create': async (scope, args, run) => {
    const { table: name, ...rest } = await withoutSecrets(args, run)
    await requireWithoutSecret('The name of the table', args.table, run)
    await tables.create(scope, { name, ...rest })
    return null
  },
  'tables.describe': (scope, { table }) => tables.describe(scope, table),
  'tables.rename': async (scope, { table, name }) => {
    await tables.change(scope, table, { name })
    return null
  },
  'tables.createIndex': (scope, { table, index }) => tables.createIndex(scope, table, index),
  'tables.drop': (scope, { table }) => tables.drop(scope, table),
  'tables.get': (scope, { table, id }) => tables.get(scope, table, id),
  'tables.query': async (scope, { table, query }) => (await tables.query(scope, table, query)).items,
  'tables.page': (scope, { table, query }) => tables.query(scope, table, query),
  'tables.count': (scope, { table, where }) => tables.count(scope, table, where),
  // What a run writes is read by others, so without its secrets. Ids stay: they are what rows are found by.
  'tables.write': async (scope, { writes }, run) => {
    const shown = await withoutSecrets(
      writes.map((write) => (write.kind === 'delete' ? null : write.data)),
      run,
    )
    return tables.write(
      scope,
      writes.map((write, index) =>
        write.kind === 'delete' ? write : { ...write, data: shown[index] ?? write.data },
      ),
    )
  },
  'tables.updateWhere': async (scope, { table, where, data }, run) =>
    tables.updateWhere(scope, table, where, await withoutSecrets(data, run)),
  'tables.deleteWhere': (scope, { table, where }) => tables.deleteWhere(scope, table, where),
})
