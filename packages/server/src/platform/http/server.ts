import { AppError, type ErrorBody, errorCodes, limits, type Route } from '@bifrost/contract'
import cookie from '@fastify/cookie'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { changeSource } from '../audit.ts'
import { isUnavailable, isValueError, limitError } from '../database.ts'
import { workBegan, workEnded } from '../event-loop-watchdog.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log.ts'
import { type OrgScope, requirePermission } from '../scope.ts'
import { takeActingQuery } from './acting-query.ts'
import { compileAnswer } from './answers.ts'
import { bodyText, JSON_TYPE, requirePlainBody } from './body-text.ts'
import { compressAnswer } from './compress.ts'
import { boundConnections } from './connection-bounds.ts'
import type { Implementation } from './implement.ts'
import { parseJsonBody } from './json-body.ts'
import { addPages } from './pages.ts'
import { RequestShares } from './request-shares.ts'
import { fastifySchema } from './schemas.ts'
import { compileValidator, SchemaError } from './validation.ts'

export interface HttpOptions {
  implementations: readonly Implementation[]
  /** Who calls: by API key or session cookie; null without a sign-in. Throws `unauthenticated` for a wrong key. */
  authenticate(request: FastifyRequest, reply: FastifyReply | null): Promise<OrgScope | null>
  /** The built web app; null: the API alone. */
  webDir: string | null
  /** Whose X-Forwarded headers are trusted. */
  trustedProxies: readonly string[]
  log: Log
}

const REQUEST_MS = 10 * 60 * 1000
/** From this length on, making the text of an answer takes longer than what happens beside it. */
const LARGE_ANSWER = 64 * 1024

export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: limits.bodyBytesMax,
    // A request that is sent byte by byte ends at last; long enough for a large upload on a slow line.
    requestTimeout: REQUEST_MS,
    // Only these are trusted to say who sent a request: other programs of this machine may belong to any user, too.
    trustProxy: options.trustedProxies.length > 0 && [...options.trustedProxies],
    genReqId: requestIds(),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    // An address that cannot be read gets no further than the router.
    frameworkErrors: (error, request, reply) => answerError(options.log, error, request, reply),
  })
  // With `localhost` there is a second server, which only this machine reaches.
  boundConnections(app.server, options.trustedProxies)
  app.setValidatorCompiler(compileValidator)
  app.setSerializerCompiler(compileAnswer)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (request, body, done) => {
    const began = workBegan()
    try {
      done(null, parseJsonBody(bodyText(body as Buffer, request.headers['content-type'])))
    } catch (error) {
      done(error as Error)
    }
    // With what follows at once: the check of its shape, and the first steps of the handler.
    workEnded(began, request.scope?.orgId ?? null, () => `${placeOf(request)}: body`)
  })
  // Handlers of upload routes read the stream themselves, so that nothing large is held in memory.
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null))
  app.decorateRequest('answeredAt', 0)
  await app.register(cookie)
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(options.log, error, request, reply),
  )
  app.addHook('onSend', compressAnswer)
  const shares = new RequestShares()
  for (const implementation of options.implementations) addRoute(app, implementation, options, shares)
  await addPages(
    app,
    options.webDir,
    options.implementations.map(({ route }) => route),
  )
  return app
}

function addRoute(
  app: FastifyInstance,
  { route, handle }: Implementation,
  options: HttpOptions,
  shares: RequestShares,
): void {
  const bodyBytesMax =
    route.bodyBytesMax ??
    (route.permission === 'public' ? limits.publicBodyBytesMax : limits.smallBodyBytesMax)
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: fastifySchema(route),
    bodyLimit: bodyBytesMax,
    // Before the body is read: we do not parse for a caller that may not call.
    onRequest: async (request, reply) => {
      takeActingQuery(request)
      // Answers of streams write their own headers, so that nothing can be handed out with them.
      const scope = await options.authenticate(request, route.transport ? null : reply)
      request.scope = scope
      if (route.permission !== 'public') {
        if (!scope)
          throw new AppError('unauthenticated', 'Sign in, or send an API key as "Authorization: Bearer …".')
        if (route.permission !== 'signed_in') requirePermission(scope, route.permission)
      }
      requirePlainBody(request.headers['content-encoding'])
      if (!route.body) return
      // Without a length it may be as long as it likes, up to the limit; a longer one is refused by its length alone.
      const length = Number(request.headers['content-length'] ?? bodyBytesMax)
      shares.body(scope, request.ip, Math.min(length, bodyBytesMax), reply.raw)
    },
    ...(route.body ? { preValidation: takeNoBodyAsEmpty } : {}),
    // The answer is text by now, or packed.
    onSend: (request, reply, payload, done) => {
      if (request.answeredAt > 0) {
        workEnded(request.answeredAt, request.scope?.orgId ?? null, () => `${placeOf(request)}: answer`)
        // Small ones are answered many in one turn, and the time of each would have that of all the others in it.
        if (!route.waits && typeof payload === 'string' && payload.length > LARGE_ANSWER)
          shares.worked(request.scope, request.ip, request.answeredAt)
      }
      request.answeredAt = 0
      try {
        if (typeof payload === 'string' || Buffer.isBuffer(payload))
          shares.answer(request.scope, request.ip, payload.length, reply.raw)
        done(null, payload)
      } catch (error) {
        done(error as Error)
      }
    },
    handler: async (request, reply) => {
      const { params, query, body } = request as { params: unknown; query: unknown; body: unknown }
      const asked = { route, scope: request.scope, address: request.ip, response: reply.raw }
      const answer = await changeSource.run({ address: request.ip }, () =>
        shares.handle(asked, async () =>
          handle(request.scope, { params, query, body } as never, { request, reply }),
        ),
      )
      if (reply.sent || route.status === 302) return reply
      request.answeredAt = workBegan()
      // A handler may have chosen another good status, such as 202 for what continues.
      if (reply.statusCode === 200) reply.code(statusOf(route))
      reply.headers(ANSWER_HEADERS)
      return route.status === 204 ? reply.send() : answer
    },
  })
}

/** A request without a body and without a content type is not parsed; it means the same as `{}`. */
async function takeNoBodyAsEmpty(request: FastifyRequest): Promise<void> {
  if (request.body !== undefined) return
  // Bytes are for routes that read them as a stream; here they would be dropped without a word.
  if (request.headers['content-type']?.startsWith('application/octet-stream'))
    throw new AppError('media_type_unsupported', 'Send the body as application/json.')
  request.body = {}
}

// Answers are of one person at one moment, and JSON.
const ANSWER_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const statusOf = (route: Route) => route.status ?? 200

const placeOf = (request: FastifyRequest) => `${request.method} ${request.routeOptions.url}`

declare module 'fastify' {
  interface FastifyRequest {
    scope: OrgScope | null
    /** When its handler had the answer; 0 before. */
    answeredAt: number
  }
}

function answerError(log: Log, error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const known = knownError(error, request)
  if (known.code === 'internal')
    log.error({ err: error, request_id: request.id, url: request.url }, 'a request failed')
  // The rest of the body is not read, so the connection is of no further use; a client that kept it would wait for ever.
  const isUnread = (known.code === 'quota_exceeded' || known.code === 'rate_limited') && !request.raw.complete
  if (known.code === 'body_too_large' || isUnread) reply.header('connection', 'close')
  const { retry_after_seconds: retryAfter, allow } = (known.details ?? {}) as Record<string, unknown>
  if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter)
  if (known.code === 'method_not_allowed' && Array.isArray(allow)) reply.header('allow', allow.join(', '))
  const body: ErrorBody = {
    error: { code: known.code, message: known.message, details: known.details, request_id: request.id },
  }
  void reply
    .code(errorCodes[known.code].http)
    .headers(ANSWER_HEADERS)
    .header('content-type', 'application/json')
    .send(JSON.stringify(body))
}

/** Our own errors keep their code; those of Fastify are translated; all others are `internal` and say nothing. */
function knownError(error: FastifyError, request: FastifyRequest): AppError {
  if (error instanceof AppError) return error
  if (error instanceof SchemaError) return schemaError(error)
  if (error.validation) return new AppError('validation_failed', error.message, error.validation)
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new AppError(
        'body_too_large',
        `The body is larger than ${request.routeOptions.bodyLimit / 1024} KB.`,
      )
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new AppError('media_type_unsupported', 'Send the body as application/json.')
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new AppError('bad_request', 'The Content-Length does not match the body.')
  }
  if (error.statusCode === 400) return new AppError('bad_request', error.message)
  // Such as a NUL in a text, or a time that no calendar has. What the database says of it is not for the caller.
  if (isValueError(error))
    return new AppError('bad_request', 'A value of the request cannot be stored in the database.')
  const limited = limitError(error)
  if (limited) return limited
  if (isUnavailable(error))
    return new AppError('unavailable', 'The database is not responding. Try again in a moment.')
  // A path that leaves the folder of a file is nothing here, either.
  if (error.statusCode === 403 || error.statusCode === 404 || error.statusCode === 414)
    return new AppError('not_found', 'This address does not exist.')
  return new AppError(
    'internal',
    'An internal error occurred. The server log has the cause under this request ID.',
  )
}

function schemaError(error: SchemaError): AppError {
  const [first] = error.errors
  const more = error.errors.length > 1 ? ` (and ${error.errors.length - 1} more)` : ''
  return new AppError('validation_failed', `${first?.field}: ${first?.message}${more}`, error.errors)
}

/** Unique across restarts, and cheap: one is made for every request, and read once in a thousand. */
function requestIds(): () => string {
  const start = newId().slice(0, 18)
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}
