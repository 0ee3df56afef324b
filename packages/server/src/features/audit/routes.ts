import { Readable } from 'node:stream'
import { limits, routes } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { AuditLog } from './audit.ts'

const types = { csv: 'text/csv; charset=utf-8', json: 'application/json; charset=utf-8' } as const

export const auditRoutes = (log: AuditLog): Implementation[] => [
  implement(routes.listAudit, (scope, { query: { cursor, limit = limits.pageSizeDefault, ...filter } }) =>
    log.list(scope, filter, { cursor, limit }),
  ),
  implement(routes.exportAudit, async (scope, { query: { format, ...filter } }, { reply }) => {
    const day = new Date().toISOString().slice(0, 10)
    await reply
      .code(200)
      .headers({
        'content-type': types[format],
        'content-disposition': `attachment; filename="audit-${day}.${format}"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      })
      .send(Readable.from(log.export(scope, filter, format)))
    return undefined
  }),
]
