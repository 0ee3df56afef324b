import { limits, routes, validationError } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { isUuid } from '../../platform/ids.ts'
import type { Events } from './events.ts'

export const eventRoutes = (db: Database, events: Events): Implementation[] => [
  implement(routes.emitEvent, (scope, { body }) =>
    events.emitAndSettle(scope, { ...body, payload: body.payload ?? null }),
  ),
  implement(routes.listEvents, async (scope, { query }) => {
    const limit = query.limit ?? limits.pageSizeDefault
    const { cursor, ...filter } = query
    if (cursor !== undefined && !isUuid(cursor))
      throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
    const found = await events.list(scope, { ...filter, before: cursor, limit: limit + 1 })
    const items = found.slice(0, limit)
    return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null }
  }),
  implement(routes.getEvent, (scope, { params }) => events.get(scope, params.id)),
  implement(routes.replayEvent, async (scope, { params }) => {
    const event = await events.replay(scope, params.id)
    await audit(db.as(scope).query, scope, {
      action: 'event.replay',
      target: { type: 'event', id: event.id, name: event.name },
    })
    return event
  }),
]
