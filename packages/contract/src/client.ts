import { ErrorBody } from './errors.ts'
import type { Route, RouteAnswer, RouteArguments } from './route.ts'

/** An answer that is an error, with its code and details. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string
  readonly details: unknown
  readonly requestId: string | null

  constructor(status: number, code: string, message: string, details: unknown, requestId: string | null) {
    super(message)
    this.status = status
    this.code = code
    this.details = details
    this.requestId = requestId
  }
}

/** Where the server is, and who calls. */
export interface ClientOptions {
  /** Where the server is, such as `http://localhost:3000`; empty in a page that the server served. */
  baseUrl: string
  /** An API key; absent in the browser, where the session cookie signs in. */
  apiKey?: string
  fetch?: typeof globalThis.fetch
  /** Says that the command line calls, for the history. */
  client?: 'cli'
  /** Further headers of each request, such as for which organization it is. */
  headers?: (route: Route) => Record<string, string>
}

type Upload<R extends Route> = R['transport'] extends 'upload'
  ? { body: Blob | Uint8Array<ArrayBuffer> }
  : unknown
type Arguments<R extends Route> = RouteArguments<R> & Upload<R> & { signal?: AbortSignal }
type CallArguments<R extends Route> = keyof RouteArguments<R> extends never
  ? [args?: Arguments<R>]
  : Record<never, never> extends RouteArguments<R>
    ? [args?: Arguments<R>]
    : [args: Arguments<R>]

/**
 * A typed client for the whole API: one function, the route tells the types.
 * @example
 * const api = createClient({ baseUrl: 'http://localhost:3000', apiKey })
 * const { items } = await api(routes.listWorkflows, { query: { search: 'user' } })
 */
export function createClient({
  baseUrl,
  apiKey,
  client,
  headers: further,
  fetch = globalThis.fetch,
}: ClientOptions) {
  return async function call<R extends Route>(
    route: R,
    ...[args]: CallArguments<R>
  ): Promise<RouteAnswer<R>> {
    const { params, query, body, signal } = (args ?? {}) as {
      params?: Record<string, unknown>
      query?: Record<string, unknown>
      body?: unknown
      signal?: AbortSignal
    }
    const headers: Record<string, string> = { accept: 'application/json', ...further?.(route) }
    if (apiKey) headers['authorization'] = `Bearer ${apiKey}`
    if (client) headers['bifrost-client'] = client
    const init: RequestInit = { method: route.method, headers, credentials: 'same-origin' }
    if (signal) init.signal = signal
    if (route.transport === 'upload') {
      init.body = body as Blob
      headers['content-type'] = 'application/octet-stream'
    } else if (route.body) {
      init.body = JSON.stringify(body ?? {})
      headers['content-type'] = 'application/json'
    }
    const response = await fetch(baseUrl + pathOf(route, params, query), init)
    if (!response.ok) throw await apiError(response)
    if (response.status === 204) return null as RouteAnswer<R>
    return (await response.json()) as RouteAnswer<R>
  }
}
/** A function that calls any route of the contract; see `createClient`. */
export type Client = ReturnType<typeof createClient>

/**
 * The address of a route with its parameters filled in.
 * @example pathOf(routes.getExecution, { id }) // '/api/executions/0192…'
 */
export function pathOf(
  route: Route,
  params: Record<string, unknown> = {},
  query: Record<string, unknown> = {},
): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined && one !== null) search.append(name, String(one))
  return search.size > 0 ? `${path}?${search}` : path
}

async function apiError(response: Response): Promise<ApiError> {
  const text = await response.text()
  try {
    const { error } = ErrorBody.parse(JSON.parse(text))
    return new ApiError(response.status, error.code, error.message, error.details, error.request_id)
  } catch {
    return new ApiError(response.status, 'internal', `The server answered ${response.status}.`, null, null)
  }
}
