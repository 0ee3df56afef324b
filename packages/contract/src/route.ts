import type { z } from 'zod'
import type { Permission } from './permissions.ts'

/** The HTTP methods of the API. */
export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/**
 * A route is a declaration: what it takes, what it answers, who may call it. The server, the typed client, the OpenAPI
 * document and the command line all come from these lines. Schemas are plain data (no transforms), because they are
 * also sent as JSON Schema.
 */
export interface Route {
  method: Method
  /** Path with `{name}` for parameters, as OpenAPI writes it. */
  path: string
  permission: Permission
  tag: string
  summary: string
  description?: string
  params?: z.ZodType
  query?: z.ZodType
  body?: z.ZodType
  response: z.ZodType
  /** Status of a good answer; 200 when absent. */
  status?: 200 | 201 | 202 | 204 | 302
  /** It needs no sign-in, but asks for an endpoint key by itself. */
  takesEndpointKey?: true
  /** How large its JSON body may be, where it is not `limits.smallBodyBytesMax`. */
  bodyBytesMax?: number
  /** Its answer comes when a run has ended, however long that takes: meanwhile it does nothing. */
  waits?: true
  /** The body or the answer is not JSON: bytes up, bytes down, or server-sent events. */
  transport?: 'upload' | 'download' | 'events'
}

/**
 * Declares a route and keeps the exact types of its schemas.
 * @example route({ method: 'GET', path: '/api/health', permission: 'public', tag: 'System', summary: 'Health', response: Health })
 */
export const route = <const R extends Route>(declaration: R): R => declaration

type Part<R extends Route, K extends 'params' | 'query' | 'body'> = R[K] extends z.ZodType
  ? z.infer<R[K]>
  : undefined
type InPart<R extends Route, K extends 'params' | 'query' | 'body'> = R[K] extends z.ZodType
  ? z.input<R[K]>
  : undefined

/** What a handler receives, checked. */
export type RouteInput<R extends Route> = {
  params: Part<R, 'params'>
  query: Part<R, 'query'>
  body: Part<R, 'body'>
}

/** What a caller gives: members whose schema is absent are absent. */
export type RouteArguments<R extends Route> = {
  [K in 'params' | 'query' | 'body' as R[K] extends z.ZodType ? K : never]: InPart<R, K>
}

/** What the route answers. */
export type RouteAnswer<R extends Route> = z.infer<R['response']>
