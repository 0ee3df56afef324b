import { AppError, routes, type TableWrite } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Rows } from './rows.ts'

export function rowRoutes(rows: Rows): Implementation[] {
  const row = async (scope: OrgScope, table: string, id: string) => {
    const found = await rows.get(scope, table, id)
    if (!found) throw new AppError('not_found', `The table "${table}" has no row "${id}".`)
    return found
  }
  const written = async (scope: OrgScope, write: TableWrite) => {
    await rows.write(scope, [write])
    return row(scope, write.table, write.id)
  }
  return [
    implement(routes.queryTable, (scope, { params, body }) => {
      const { skip_count: skip, estimate_count: estimate, ...query } = body
      return rows.page(scope, params.table, query, { skip, estimate })
    }),
    implement(routes.writeTableRows, async (scope, { params, body }) => {
      const { table } = params
      const { mode = 'insert', key } = body
      if (key && mode === 'insert')
        throw new AppError('bad_request', 'The key names the rows to replace. Use it with the mode upsert.')
      const given = body.rows.map(({ id = newId(), data }) => ({ table, id, data }))
      const ids = await rows.write(
        scope,
        given.map(
          (one): TableWrite =>
            mode === 'insert'
              ? { kind: 'insert', ...one }
              : { kind: 'upsert', ...one, ...(key ? { key } : {}) },
        ),
      )
      return { ids }
    }),
    implement(routes.updateTableRows, async (scope, { params, body }) => ({
      count: await rows.updateWhere(scope, params.table, body.where, body.data),
    })),
    implement(routes.deleteTableRows, async (scope, { params, body }) => ({
      count: await rows.deleteWhere(scope, params.table, body.where),
    })),
    implement(routes.getTableRow, (scope, { params }) => row(scope, params.table, params.id)),
    implement(routes.putTableRow, (scope, { params, body }) =>
      written(scope, { kind: 'upsert', ...params, ...body }),
    ),
    implement(routes.changeTableRow, (scope, { params, body }) =>
      written(scope, { kind: 'update', ...params, ...body, data: body.data ?? {} }),
    ),
    implement(routes.deleteTableRow, async (scope, { params }) => {
      await row(scope, params.table, params.id)
      await rows.write(scope, [{ kind: 'delete', ...params }])
      return null
    }),
  ]
}
