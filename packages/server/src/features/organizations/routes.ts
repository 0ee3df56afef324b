import { limits, routes, validationError } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { Organizations } from './organizations.ts'

export const organizationRoutes = (organizations: Organizations): Implementation[] => [
  implement(routes.listOrganizations, async (scope, { query }) => {
    const { cursor, limit = limits.pageSizeMax, ...filter } = query
    if (cursor !== undefined && !/^[0-9a-f-]{36}$/i.test(cursor))
      throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
    const rows = await organizations.list(scope, { ...filter, after: cursor, limit: limit + 1 })
    const items = rows.slice(0, limit)
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  }),
  implement(routes.getOrganization, (scope, { params }) => organizations.get(scope, params.id)),
  implement(routes.createOrganization, (scope, { body }) => organizations.create(scope, body)),
  implement(routes.updateOrganization, (scope, { params, body }) =>
    organizations.update(scope, params.id, body),
  ),
  implement(routes.deleteOrganization, async (scope, { params }) => {
    await organizations.remove(scope, params.id)
    return null
  }),
]
