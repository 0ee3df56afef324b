import { Readable } from 'node:stream'
import { routes, validationError, Where } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { parseJsonBody } from '../../platform/http/json-body.ts'
import { typesOf } from './import-rows.ts'
import type { Transfers } from './transfers.ts'

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

export const tableFileRoutes = (transfers: Transfers): Implementation[] => [
  implement(routes.importTable, (scope, { params, query }, { request }) =>
    transfers.importFile(scope, params.table, request.raw, {
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
    const parts = await transfers.exportFile(scope, params.table, query.format, filterOf(query.where))
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
]
