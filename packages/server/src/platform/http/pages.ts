import { join } from 'node:path'
import { isPage, type Route } from '@bifrost/contract'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { nothingHere } from './nothing-here.ts'

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

/** The policy turns off what our pages do not use, also for a script that got into one; passkeys and copying stay. */
const PAGE_HEADERS = {
  'cache-control': 'no-cache',
  'permissions-policy':
    'accelerometer=(), autoplay=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()',
}

/** The built web app: its files, and its one HTML file at the address of each of its pages. */
export async function addPages(
  app: FastifyInstance,
  webDir: string | null,
  routes: readonly Route[],
): Promise<void> {
  // For pages; answers of the API are JSON, and need no policy except that browsers must not guess their type.
  await app.register(helmet, {
    global: false,
    contentSecurityPolicy: { directives: contentPolicy },
    // Plain HTTP on a laptop must keep working; behind TLS the proxy says what it needs.
    strictTransportSecurity: false,
    // The same as `frame-ancestors`, for what does not know that.
    frameguard: { action: 'deny' },
    crossOriginEmbedderPolicy: false,
  })
  const notFound = nothingHere(routes)
  if (!webDir) {
    app.setNotFoundHandler(notFound)
    return
  }
  await app.register(fastifyStatic, {
    root: webDir,
    wildcard: false,
    index: false,
    serveDotFiles: false,
    // The page goes out below, with its policy; what is in assets goes out compressed, and is kept for good.
    globIgnore: ['index.html', 'assets/**'],
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
      index: false,
    })
  })
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    const reads = request.method === 'GET' || request.method === 'HEAD'
    const isKnown = isPage(path)
    // A person who mistyped an address reads so in the app; a probe or a script gets the plain answer.
    const isPerson = /\btext\/html\b/.test(request.headers.accept ?? '')
    if (!reads || /^\/(api|assets)(\/|$)/.test(path) || !(isKnown || isPerson))
      return notFound(request, reply)
    await reply.helmet()
    if (!isKnown) reply.code(404)
    return reply.headers(PAGE_HEADERS).sendFile('index.html', { cacheControl: false })
  })
}
