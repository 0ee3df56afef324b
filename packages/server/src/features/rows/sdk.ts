import { type SdkMethods, withoutSecrets } from '../../tenancy/sdk-method.ts'
import type { Rows } from './rows.ts'

/** `tables.*` as user code calls it: what reads and writes rows. */
export const rowSdk = (rows: Rows) =>
  ({
    'tables.get': (scope, { table, id }) => rows.get(scope, table, id),
    'tables.query': async (scope, { table, query }) => (await rows.query(scope, table, query)).items,
    'tables.page': (scope, { table, query }) => rows.query(scope, table, query),
    'tables.count': (scope, { table, where }) => rows.count(scope, table, where),
    // What a run writes is read by others, so without its secrets. Ids stay: they are what rows are found by.
    'tables.write': async (scope, { writes }, run) => {
      const shown = await withoutSecrets(
        writes.map((write) => (write.kind === 'delete' ? null : write.data)),
        run,
      )
      return rows.write(
        scope,
        writes.map((write, index) =>
          write.kind === 'delete' ? write : { ...write, data: shown[index] ?? write.data },
        ),
      )
    },
    'tables.updateWhere': async (scope, { table, where, data }, run) =>
      rows.updateWhere(scope, table, where, await withoutSecrets(data, run)),
    'tables.deleteWhere': (scope, { table, where }) => rows.deleteWhere(scope, table, where),
  }) satisfies Partial<SdkMethods>
