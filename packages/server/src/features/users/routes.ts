import { limits, routes, validationError } from '@bifrost/contract'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { Invitations } from './invitations.ts'
import type { Users } from './users.ts'

export const userRoutes = (users: Users, invitations: Invitations): Implementation[] => [
  implement(routes.listUsers, async (scope, { query }) => {
    const { cursor, scope: asked, limit = limits.pageSizeDefault, ...filter } = query
    if (cursor !== undefined && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(cursor))
      throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
    const rows = await users.list(scope, asked, { ...filter, after: cursor, limit: limit + 1 })
    const items = rows.slice(0, limit)
    return { items, next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
  }),
  implement(routes.getUser, (scope, { params }) => users.get(scope, params.id)),
  implement(routes.createUser, (scope, { body }) => users.create(scope, body)),
  implement(routes.updateUser, (scope, { params, body }) => users.update(scope, params.id, body)),
  implement(routes.deleteUser, async (scope, { params }) => {
    await users.remove(scope, params.id)
    return null
  }),
  implement(routes.listInvitations, async (scope, { query }) => ({
    items: await invitations.list(scope, query.scope),
  })),
  implement(routes.createInvitation, (scope, { body }) => invitations.create(scope, body)),
  implement(routes.deleteInvitation, async (scope, { params }) => {
    await invitations.remove(scope, params.id)
    return null
  }),
  implement(routes.showInvitation, (_scope, { body }) => invitations.show(body.token)),
  implement(routes.acceptInvitation, (_scope, { body }) =>
    invitations.accept(body.token, body.name, body.password),
  ),
]
