import { HttpError } from './errors.ts'
import { type Hop, type HttpOptions, request } from './http-request.ts'
import { toJsonText } from './json.ts'

export type { HttpOptions } from './http-request.ts'

/** HTTP calls with retries, a timeout and limits; see `http`. */
export interface HttpClient {
  /**
   * Like the global fetch: returns what the server answers, also an error status.
   * @example const response = await http.fetch('https://api.example.com/report.csv', { timeoutSeconds: 120 })
   */
  fetch(url: string | URL, options?: HttpOptions): Promise<Response>
  /**
   * Reads JSON. An error status is an HttpError.
   * @example const user = await http.get<User>('https://api.example.com/users', { query: { email } })
   */
  get<T = unknown>(url: string | URL, options?: HttpOptions): Promise<T>
  /**
   * Sends JSON and reads JSON. Not repeated, unless `retries` says so.
   * @example const order = await http.post<Order>('https://api.example.com/orders', { sku: 'A1', count: 2 })
   */
  post<T = unknown>(url: string | URL, body?: unknown, options?: HttpOptions): Promise<T>
  /** Sends JSON with PUT and reads JSON. */
  put<T = unknown>(url: string | URL, body?: unknown, options?: HttpOptions): Promise<T>
  /** Sends JSON with PATCH and reads JSON. */
  patch<T = unknown>(url: string | URL, body?: unknown, options?: HttpOptions): Promise<T>
  /** Calls with DELETE and reads JSON, if there is an answer. */
  delete<T = unknown>(url: string | URL, options?: HttpOptions): Promise<T>
}

const ERROR_BODY_LENGTH_MAX = 10_000

/** What HTTP sends as it is, with a content type of its own. */
const isRawBody = (body: unknown): body is NonNullable<RequestInit['body']> =>
  body instanceof URLSearchParams ||
  body instanceof FormData ||
  body instanceof Blob ||
  body instanceof ReadableStream ||
  body instanceof ArrayBuffer ||
  ArrayBuffer.isView(body)

/** The same calls, with what an integration adds to each hop. */
export function newHttpClient(hop?: Hop): HttpClient {
  const send = async <T>(
    method: string,
    url: string | URL,
    body: unknown,
    options: HttpOptions = {},
  ): Promise<T> => {
    const headers = new Headers(options.headers)
    if (!headers.has('accept')) headers.set('accept', 'application/json')
    const all: HttpOptions = { ...options, method, headers }
    if (isRawBody(body)) all.body = body
    else if (body !== undefined) {
      headers.set('content-type', headers.get('content-type') ?? 'application/json')
      all.body = toJsonText(body, 'body')
    }
    const response = await request(url, all, hop)
    const text = await response.text()
    if (!response.ok) throw errorOf(method, String(response.url || url), response, text)
    if (text === '') return undefined as T
    try {
      return JSON.parse(text) as T
    } catch {
      throw new HttpError(
        `${method} ${shown(response.url || String(url))} answered with something that is not JSON; read it with http.fetch().`,
        response.status,
        text.slice(0, ERROR_BODY_LENGTH_MAX),
      )
    }
  }
  return {
    fetch: (url, options = {}) => request(url, options, hop),
    get: (url, options) => send('GET', url, undefined, options),
    post: (url, body, options) => send('POST', url, body, options),
    put: (url, body, options) => send('PUT', url, body, options),
    patch: (url, body, options) => send('PATCH', url, body, options),
    delete: (url, options) => send('DELETE', url, undefined, options),
  }
}

/**
 * HTTP calls: repeated with backoff where that is safe, with a timeout, a limit of the answer, and the platform's rules of
 * where a call may go, also after a redirect.
 * @example const user = await http.get<{ id: string }>('https://api.example.com/me', { headers: { authorization } })
 */
export const http: HttpClient = newHttpClient()

function errorOf(method: string, url: string, response: Response, text: string): HttpError {
  let body: unknown = text.slice(0, ERROR_BODY_LENGTH_MAX)
  try {
    body = text.length <= ERROR_BODY_LENGTH_MAX ? JSON.parse(text) : body
  } catch {
    // Text it is.
  }
  const said = text.replace(/\s+/g, ' ').trim().slice(0, 200)
  return new HttpError(
    `${method} ${shown(url)} answered ${response.status}${response.statusText ? ` ${response.statusText}` : ''}${said ? `: ${said}` : ''}`,
    response.status,
    body,
  )
}

/** An address without its query, which may hold a key. */
const shown = (url: string): string => url.replace(/[?#].*$/, '')
