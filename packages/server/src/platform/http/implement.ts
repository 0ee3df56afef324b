import type { Permission, Route, RouteAnswer, RouteInput } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OrgScope } from '../scope.ts'

/** Public routes may be called without a scope; every other route has one. */
type ScopeOf<R extends Route> =
  R['permission'] extends Extract<Permission, 'public'> ? OrgScope | null : OrgScope

/** What a handler may need beyond checked values: cookies, a stream, the address of the caller. */
export interface Exchange {
  request: FastifyRequest
  reply: FastifyReply
}

/** A route of the contract with the function that serves it. */
export interface Implementation {
  route: Route
  handle(scope: OrgScope | null, input: RouteInput<Route>, exchange: Exchange): unknown
}

/**
 * Binds a route of the contract to a function. Permission and shape are checked before it is called; it never sees a
 * raw request unless it asks for one.
 */
export function implement<R extends Route>(
  route: R,
  handle: (
    scope: ScopeOf<R>,
    input: RouteInput<R>,
    exchange: Exchange,
  ) => Promise<RouteAnswer<R> | undefined> | RouteAnswer<R> | undefined,
): Implementation {
  return { route, handle: handle as Implementation['handle'] }
}
