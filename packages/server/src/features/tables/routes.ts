import { Readable } from 'node:stream'
import { AppError, routes, type TableWrite, validationError, Where } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { parseJsonBody } from '../../platform/http/json-body.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { typesOf } from './import-rows.ts'
import type { TableStore } from './tables.ts'

const fileTypes = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' } as const

function filterOf(text: string | undefined): Where {
  if (text === undefined) return {}
  try {
    return Where.parse(parseJsonBody(text))
  } catch {
    throw validationError([
      { field: 'where', message: 'must be a filter as JSON, such as {"status":"open"}' },
    ])
  }
}

export function tableRoutes(tables: TableStore): Implementation[] {
  const row = async (scope: OrgScope, table: string, id: string) => {
    const found = await tables.get(scope, table, id)
    if (!found) throw new AppError('not_found', `The table "${table}" has no row "${id}".`)
    return found
  }
  const written = async (scope: OrgScope, write: TableWrite) => {
    await tables.write(scope, [write])
    return row(scope, write.table, write.id)
  }
  return [
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
    implement(routes.queryTable, (scope, { params, body }) => {
      const { skip_count: skip, estimate_count: estimate, ...query } = body
      return tables.page(scope, params.table, query, { skip, estimate })
    }),
    implement(routes.writeTableRows, async (scope, { params, body }) => {
      const { table } = params
      const { mode = 'insert', key } = body
      if (key && mode === 'insert')
        throw new AppError('bad_request', 'A key says which rows to replace: use it with the mode upsert.')
      const rows = body.rows.map(({ id = newId(), data }) => ({ table, id, data }))
      const ids = await tables.write(
        scope,
        rows.map(
          (one): TableWrite =>
            mode === 'insert'
              ? { kind: 'insert', ...one }
              : { kind: 'upsert', ...one, ...(key ? { key } : {}) },
        ),
      )
      return { ids }
    }),
    implement(routes.updateTableRows, async (scope, { params, body }) => ({
      count: await tables.updateWhere(scope, params.table, body.where, body.data),
    })),
    implement(routes.deleteTableRows, async (scope, { params, body }) => ({
      count: await tables.deleteWhere(scope, params.table, body.where),
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
      await tables.write(scope, [{ kind: 'delete', ...params }])
      return null
    }),
    implement(routes.createTableIndex, (scope, { params, body }) =>
      tables.createIndex(scope, params.table, body),
    ),
    implement(routes.dropTableIndex, async (scope, { params }) => {
      await tables.dropIndex(scope, params.table, params.id)
      return null
    }),
    implement(routes.importTable, (scope, { params, query }, { request }) =>
      tables.importFile(scope, params.table, request.raw, {
        format: query.format,
        mode: query.mode ?? (query.key ? 'upsert' : 'insert'),
        key: query.key?.split(',').map((field) => field.trim()),
        types: typesOf(query.types),
        delimiter: query.delimiter ?? ',',
        encoding: query.encoding,
        dryRun: query.dry_run ?? false,
        partial: query.partial ?? false,
      }),
    ),
    implement(routes.exportTable, async (scope, { params, query }, { reply }) => {
      const parts = await tables.exportFile(scope, params.table, query.format, filterOf(query.where))
      await reply
        .code(200)
        .headers({
          'content-type': fileTypes[query.format],
          'content-disposition': `attachment; filename="${params.table}.${query.format}"`,
          'cache-control': 'no-store',
          'x-content-type-options': 'nosniff',
        })
        .send(Readable.from(parts))
      return undefined
    }),
    implement(routes.setTablePolicies, (scope, { params, body }) =>
      tables.setPolicies(scope, params.table, body.policies),
    ),
  ]
}
