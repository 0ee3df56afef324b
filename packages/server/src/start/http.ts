import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { CHECKOUT } from '../config.ts'
import type { FeatureParts } from '../features/feature.ts'
import { listen } from '../platform/http/listen.ts'
import { createHttpServer, type HttpOptions } from '../platform/http/server.ts'
import type { Platform } from './platform.ts'

/** Serves the API and the web app; null in a process without them. */
export async function startHttp(
  { config, files, listening, log }: Platform,
  features: readonly FeatureParts[],
  {
    authenticate,
    addDocsPage,
  }: Pick<HttpOptions, 'authenticate'> & { addDocsPage(app: FastifyInstance): void },
) {
  if (!files) return null
  const webDir = join(CHECKOUT, 'packages/web/dist')
  const { host, port, trustedProxies } = config
  const app = await createHttpServer({
    implementations: features.flatMap(({ routes }) => routes?.(files) ?? []),
    authenticate,
    trustedProxies,
    log,
    webDir: existsSync(webDir) ? webDir : null,
  })
  addDocsPage(app)
  const url = await listen(app, { host, port, setting: 'PORT' })
  listening.port = Number(new URL(url).port) || port
  return { url, close: () => app.close() }
}
