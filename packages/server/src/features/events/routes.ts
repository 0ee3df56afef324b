import { limits, routes, validationError } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { Events } from './events.ts'

export const eventRoutes = (events: Events): Implementation[] => [
  implement(routes.emitEvent, (scope, { body }) =>
    events.emitAndSettle(scope, { ...body, payload: body.payload ?? null }),
  ),
  implement(routes.listEvents, async (scope, { query }) => {
    const limit = query.limit ?? limits.pageSizeDefault
    const { cursor, ...filter } = query
    if (cursor !== undefined && !isUuid(cursor))
      throw validationError([{ field: 'cursor', message: 'is not one of ours' }])
    const found = await events.list(scope, { ...filter, before: cursor, limit: limit + 1 })
    const items = found.slice(0, limit)
    return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null }
  }),
  implement(routes.getEvent, (scope, { params }) => events.get(scope, params.id)),
  implement(routes.replayEvent, (scope, { params }) => events.replay(scope, params.id)),
]

const isUuid = (text: string) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
