import { backoffMs, fetchReason, limits, nextHop } from '@bifrost/contract'
import { callerRun } from './current-run.ts'
import { timeoutSignal } from './durations.ts'
import { anything, notNegative, positive, requireOptions, wholeFrom } from './options.ts'
import { retryAfterMs } from './retry-after.ts'

/** How a call is made. */
export interface HttpOptions {
  method?: string
  headers?: RequestInit['headers']
  /** Appended to the address. Members that are undefined are left out. */
  query?: Record<string, string | number | boolean | undefined>
  body?: RequestInit['body']
  /** All attempts and redirects together, until the answer is read. Default 30. */
  timeoutSeconds?: number
  /**
   * How often it is repeated after a lost connection or one of 408, 425, 429, 500, 502, 503, 504. Default 2 for GET, HEAD,
   * OPTIONS, PUT and DELETE, and 0 for others, since they may have had their effect.
   */
  retries?: number
  /** Redirects that are followed; 0 answers the redirect itself. Default 5. */
  redirects?: number
  /** Of the answer, unpacked. Default 32 MB. */
  responseBytesMax?: number
  signal?: AbortSignal
}

/** What an integration does with each hop: relative addresses get their start, and credentials go to its own hosts only. */
export interface Hop {
  resolve(url: string | URL): URL
  /** Changes address and headers of a request that is about to leave. */
  leave(url: URL, headers: Headers): Promise<void>
  /** A hop was answered 401; true when it should be tried once more with other credentials. */
  refused(url: URL): Promise<boolean>
}

const REPEATED = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const TRY_AGAIN = new Set([408, 425, 429, 500, 502, 503, 504])
const BACKOFF = { firstMs: 600, maxMs: 20_000 }

const OPTIONS = {
  method: anything,
  headers: anything,
  query: anything,
  body: anything,
  timeoutSeconds: positive,
  retries: wholeFrom(0),
  redirects: wholeFrom(0),
  responseBytesMax: notNegative,
  signal: anything,
} satisfies Record<keyof HttpOptions, unknown>

/** The address to call; throws for what is none, or none of the web. */
function addressOf(url: string | URL): URL {
  const address = URL.canParse(String(url)) ? new URL(url) : null
  if (!address) throw new TypeError(`http needs a full address such as https://example.com; it got "${url}".`)
  return address
}

function requireWeb({ protocol }: URL): void {
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`http calls addresses that begin with http: or https:, not with ${protocol}`)
}

/** A call with its retries. */
export async function request(url: string | URL, options: HttpOptions, hop?: Hop): Promise<Response> {
  requireOptions('http', options, OPTIONS)
  const method = (options.method ?? 'GET').toUpperCase()
  const retries = options.retries ?? (REPEATED.has(method) ? 2 : 0)
  const endMs = performance.now() + (options.timeoutSeconds ?? 30) * 1000
  const signals = [
    timeoutSignal(options.timeoutSeconds ?? 30, 'timeoutSeconds of a call'),
    options.signal,
    callerRun()?.context.signal,
  ]
  const signal = AbortSignal.any(signals.filter((one) => one !== undefined))
  const first = hop ? hop.resolve(url) : addressOf(url)
  requireWeb(first)
  for (const [name, value] of Object.entries(options.query ?? {}))
    if (value !== undefined) first.searchParams.append(name, String(value))
  const canRepeat = !(options.body instanceof ReadableStream)
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt >= retries || !canRepeat
    try {
      const response = await follow(first, method, options, signal, hop)
      if (isLast || !TRY_AGAIN.has(response.status)) return response
      const asked = retryAfterMs(response.headers.get('retry-after'))
      // There is no time for another attempt: the answer says more than a timeout would.
      if (asked !== null && performance.now() + asked >= endMs) return response
      const waitMs = asked ?? restMs(attempt + 1)
      await response.body?.cancel()
      await pause(waitMs, signal)
    } catch (error) {
      const reason = reasonOf(error, first)
      if (isLast || signal.aborted || isRefusal(reason)) throw reason
      await pause(restMs(attempt + 1), signal)
    }
  }
}

/** One attempt with its redirects, followed by hand: each of them decides again what may leave. */
async function follow(
  first: URL,
  firstMethod: string,
  options: HttpOptions,
  signal: AbortSignal,
  hop: Hop | undefined,
): Promise<Response> {
  const redirects = options.redirects ?? limits.egressRedirectsMax
  let url = first
  let method = firstMethod
  let headers = new Headers(options.headers)
  let body = options.body ?? null
  let renewed = false
  for (let count = 0; ; ) {
    const leaving = new Headers(headers)
    const address = new URL(url)
    await hop?.leave(address, leaving)
    const response = await fetch(address, { method, headers: leaving, body, redirect: 'manual', signal })
    if (response.status === 401 && hop && !renewed && !(body instanceof ReadableStream)) {
      renewed = true
      if (await hop.refused(url)) {
        await response.body?.cancel()
        continue
      }
    }
    const next =
      redirects > 0
        ? nextHop(
            { url: url.href, method, headers, hasBody: body !== null },
            response.status,
            response.headers.get('location'),
          )
        : null
    if (!next) return limited(response, options.responseBytesMax ?? limits.egressBytesMax)
    await response.body?.cancel()
    if (++count > redirects) throw new Error(`${first.origin} redirected more than ${redirects} times.`)
    if (next.keepsBody && body instanceof ReadableStream)
      throw new Error(`${first.origin} redirected a request whose body can be sent only once.`)
    url = new URL(next.url)
    method = next.method
    headers = next.headers
    if (!next.keepsBody) body = null
  }
}

/** What was wrong, instead of "fetch failed". The path and the query may hold secrets. */
function reasonOf(error: unknown, { origin }: URL): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (isRefusal(cause)) return cause
  if (error instanceof TypeError && error.message === 'fetch failed')
    return new Error(`The call to ${origin} failed: ${fetchReason(error)}`, { cause: error })
  return error
}

const isRefusal = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'egress_refused'

/** Somewhere between nothing and twice as much as the last time: those who failed together do not come back together. */
const restMs = (failures: number): number => Math.random() * backoffMs(failures, BACKOFF)

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal.reason)
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
}

function limited(response: Response, bytesMax: number): Response {
  if (!response.body) return response
  let bytes = 0
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.byteLength
        if (bytes > bytesMax)
          controller.error(
            new Error(`The response has more than ${bytesMax} bytes. To allow more, raise responseBytesMax.`),
          )
        else controller.enqueue(piece)
      },
    }),
  )
  const { status, statusText, headers, url } = response
  const copy = new Response(counted, { status, statusText, headers })
  Object.defineProperty(copy, 'url', { value: url })
  return copy
}
