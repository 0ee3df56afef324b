import { requireWithoutSecret, type SdkMethods, withoutSecrets } from '../../tenancy/sdk-method.ts'
import type { TableStore } from './tables.ts'

/** `tables.*` as user code calls it: what changes tables, without their rows. */
export const tableSdk = (tables: TableStore) =>
  ({
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
  }) satisfies Partial<SdkMethods>
