import { limits, routes } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { logCursor, searchLogs } from './logs.ts'

export const logRoutes = (db: Database): Implementation[] => [
  implement(routes.searchLogs, async (scope, { query }) => {
    const limit = query.limit ?? limits.pageSizeDefault
    const found = await searchLogs(scope, db, query, limit + 1)
    const items = found.slice(0, limit)
    const last = items.at(-1)
    return { items, next_cursor: found.length > limit && last ? logCursor(last) : null }
  }),
]
