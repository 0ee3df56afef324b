import { join } from 'node:path'
import { AppError, type ErrorBody, errorCodes, limits, type Route } from '@bifrost/contract'
import cookie from '@fastify/cookie'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import { changeSource } from '../audit.ts'
import { isUnavailable, isValueError } from '../database.ts'
import { newId } from '../ids.ts'
import type { Log } from '../log.ts'
import { demand, type OrgScope } from '../scope.ts'
import type { Implementation } from './implement.ts'
import { parseJsonBody } from './json-body.ts'
import { nothingHere } from './nothing-here.ts'
import { fastifySchema } from './schemas.ts'
import { compileValidator, SchemaError } from './validation.ts'

export interface HttpOptions {
  implementations: readonly Implementation[]
  /** Who calls: by API key or session cookie; null when nobody signed in. Throws `unauthenticated` for a wrong key. */
  authenticate(request: FastifyRequest, reply: FastifyReply | null): Promise<OrgScope | null>
  /** The built web app; null: the API alone. */
  webDir: string | null
  log: Log
}

const REQUEST_MS = 10 * 60 * 1000

export async function createHttpServer(options: HttpOptions): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: limits.bodyBytesMax,
    // A request that is sent byte by byte ends at last; long enough for a large upload on a slow line.
    requestTimeout: REQUEST_MS,
    // A proxy on this machine may say for whom it speaks; nobody else is believed.
    trustProxy: 'loopback',
    genReqId: requestIds(),
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 300 },
    // An address that cannot be read gets no further than the router.
    frameworkErrors: (error, request, reply) => answerError(options.log, error, request, reply),
  })
  app.setValidatorCompiler(compileValidator)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseJsonBody(body as string))
    } catch (error) {
      done(error as Error)
    }
  })
  // Handlers of upload routes read the stream themselves, so that nothing large is held in memory.
  app.addContentTypeParser('application/octet-stream', (_request, _payload, done) => done(null))
  await app.register(cookie)
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(options.log, error, request, reply),
  )
  for (const implementation of options.implementations) addRoute(app, implementation, options)
  await addPages(app, options)
  return app
}

// Styles in attributes come from measured widths (virtual lists, bars); scripts come from our files alone.
const contentPolicy = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  connectSrc: ["'self'"],
  objectSrc: ["'none'"],
  baseUri: ["'self'"],
  frameAncestors: ["'none'"],
  formAction: ["'self'"],
  upgradeInsecureRequests: null,
}

function addRoute(app: FastifyInstance, { route, handle }: Implementation, options: HttpOptions): void {
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ':$1'),
    schema: fastifySchema(route),
    bodyLimit:
      route.bodyBytesMax ?? (route.permission === 'public' ? limits.publicBodyBytesMax : limits.bodyBytesMax),
    // Before the body is read: who may not call shall not make us parse.
    onRequest: async (request, reply) => {
      // Answers of streams write their own headers, so that nothing can be handed out with them.
      const scope = await options.authenticate(request, route.transport ? null : reply)
      request.scope = scope
      if (route.permission === 'public') return
      if (!scope)
        throw new AppError('unauthenticated', 'Sign in, or send an API key as "Authorization: Bearer …".')
      if (route.permission !== 'signed_in') demand(scope, route.permission)
    },
    ...(route.body ? { preValidation: takeNoBodyAsEmpty } : {}),
    handler: async (request, reply) => {
      const { params, query, body } = request as { params: unknown; query: unknown; body: unknown }
      const answer = await changeSource.run({ address: request.ip }, () =>
        handle(request.scope, { params, query, body } as never, { request, reply }),
      )
      if (reply.sent || route.status === 302) return reply
      // A handler may have chosen another good status, such as 202 for what goes on.
      if (reply.statusCode === 200) reply.code(statusOf(route))
      reply.headers(ANSWER_HEADERS)
      return route.status === 204 ? reply.send() : answer
    },
  })
}

/** A request without a body and without a content type is not parsed; it means the same as `{}`. */
async function takeNoBodyAsEmpty(request: FastifyRequest): Promise<void> {
  if (request.body === undefined) request.body = {}
}

// Answers are of one person at one moment, and JSON.
const ANSWER_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

const statusOf = (route: Route) => route.status ?? 200

declare module 'fastify' {
  interface FastifyRequest {
    scope: OrgScope | null
  }
}

function answerError(log: Log, error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const known = knownError(error, request)
  if (known.code === 'internal')
    log.error({ err: error, request_id: request.id, url: request.url }, 'a request failed')
  // The rest of the body is not read, so the connection is of no further use; a client that kept it would wait for ever.
  const isUnread = known.code === 'quota_exceeded' && !request.raw.complete
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

/** Errors of ours keep their code; those of Fastify are translated; all others are `internal` and say nothing. */
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
      return new AppError('bad_request', 'The Content-Length does not fit the body.')
  }
  if (error.statusCode === 400) return new AppError('bad_request', error.message)
  // Such as a NUL in a text, or a time that no calendar has. What the database says of it is not for the caller.
  if (isValueError(error))
    return new AppError('bad_request', 'A value of the request is one that the database cannot hold.')
  if (isUnavailable(error))
    return new AppError('unavailable', 'The database does not answer; try again in a moment.')
  if (error.statusCode === 404 || error.statusCode === 414)
    return new AppError('not_found', 'There is nothing here.')
  return new AppError(
    'internal',
    'Something went wrong in the platform; its log has the cause under this request id.',
  )
}

function schemaError(error: SchemaError): AppError {
  const [first] = error.errors
  const more = error.errors.length > 1 ? ` (and ${error.errors.length - 1} more)` : ''
  return new AppError('validation_failed', `${first?.field}: ${first?.message}${more}`, error.errors)
}

/** Unique across restarts, and cheap: one is made for every request, and read by somebody once in a thousand. */
function requestIds(): () => string {
  const start = newId().slice(0, 18)
  let count = 0
  return () => `${start}-${(++count).toString(36)}`
}

async function addPages(
  app: FastifyInstance,
  { webDir, implementations }: Pick<HttpOptions, 'webDir' | 'implementations'>,
): Promise<void> {
  // For pages; answers of the API are JSON, and need no policy but that nobody guesses their type.
  await app.register(helmet, {
    global: false,
    contentSecurityPolicy: { directives: contentPolicy },
    // Plain HTTP on a laptop must go on working; behind TLS the proxy says what it needs.
    strictTransportSecurity: false,
    crossOriginEmbedderPolicy: false,
  })
  const notFound = nothingHere(implementations.map(({ route }) => route))
  if (!webDir) {
    app.setNotFoundHandler(notFound)
    return
  }
  await app.register(fastifyStatic, {
    root: webDir,
    wildcard: false,
    index: false,
    serveDotFiles: false,
    // The page goes out below, with its policy.
    globIgnore: ['index.html'],
  })
  await app.register(async (assets) => {
    await assets.register(fastifyStatic, {
      root: join(webDir, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      // Their names hold a hash of their content.
      immutable: true,
      // The build writes them beside; see the web app's build settings.
      preCompressed: true,
      maxAge: '365d',
    })
  })
  app.setNotFoundHandler(async (request, reply) => {
    const isPage = request.method === 'GET' && !/^\/(api|assets)(\/|$|\?)/.test(request.url)
    if (!isPage) return notFound(request, reply)
    await reply.helmet()
    return reply.header('cache-control', 'no-cache').sendFile('index.html')
  })
}
