import { AppError, routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { TableStore } from './tables.ts'

export const tableRoutes = (tables: TableStore): Implementation[] => [
  implement(routes.listTables, async (scope, { query }) => ({
    items: await tables.list(scope, query.scope),
  })),
  implement(routes.createTable, (scope, { body }) => tables.create(scope, body)),
  implement(routes.getTable, (scope, { params }) => tables.describe(scope, params.table)),
  implement(routes.changeTable, (scope, { params, body }) => tables.change(scope, params.table, body)),
  implement(routes.dropTable, async (scope, { params, query }) => {
    if (!(await tables.drop(scope, params.table, query.force)))
      throw new AppError('not_found', `There is no table "${params.table}".`)
    return null
  }),
  implement(routes.createTableIndex, (scope, { params, body }) =>
    tables.createIndex(scope, params.table, body),
  ),
  implement(routes.dropTableIndex, async (scope, { params }) => {
    await tables.dropIndex(scope, params.table, params.id)
    return null
  }),
  implement(routes.setTablePolicies, (scope, { params, body }) =>
    tables.setPolicies(scope, params.table, body.policies),
  ),
]
