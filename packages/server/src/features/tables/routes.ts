import { AppError, routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { TableStore } from './tables.ts'

export function tableRoutes(tables: TableStore): Implementation[] {
  const row = async (scope: OrgScope, table: string, id: string) => {
    const found = await tables.get(scope, table, id)
    if (!found) throw new AppError('not_found', `The table "${table}" has no row "${id}".`)
    return found
  }
  return [
    implement(routes.listTables, async (scope) => ({ items: await tables.list(scope) })),
    implement(routes.createTable, (scope, { body }) =>
      tables.create(scope, body.name, body.description ?? ''),
    ),
    implement(routes.dropTable, async (scope, { params }) => {
      if (!(await tables.drop(scope, params.table)))
        throw new AppError('not_found', `There is no table "${params.table}".`)
      return null
    }),
    implement(routes.queryTable, async (scope, { params, body }) => ({
      items: await tables.query(scope, params.table, body),
      total: await tables.count(scope, params.table, body.where),
    })),
    implement(routes.getTableRow, (scope, { params }) => row(scope, params.table, params.id)),
    implement(routes.putTableRow, async (scope, { params, body }) => {
      await tables.write(scope, [{ kind: 'upsert', table: params.table, id: params.id, data: body.data }])
      return row(scope, params.table, params.id)
    }),
    implement(routes.deleteTableRow, async (scope, { params }) => {
      await row(scope, params.table, params.id)
      await tables.write(scope, [{ kind: 'delete', table: params.table, id: params.id }])
      return null
    }),
  ]
}
