import { listen } from '../../platform/http/listen.ts'
import { createHttpServer, type HttpOptions } from '../../platform/http/server.ts'
import { type ProbeOptions, probeRoutes } from './routes.ts'

export interface ProbeServer {
  url: string
  close(): Promise<void>
}

export interface ProbeServerOptions extends ProbeOptions, Pick<HttpOptions, 'trustedProxies' | 'log'> {
  host: string
  port: number
}

/** What a process without the API has of HTTP: a service manager asks whether it lives and whether it is ready. */
export async function startProbeServer({ host, port, ...options }: ProbeServerOptions): Promise<ProbeServer> {
  const { trustedProxies, log } = options
  const app = await createHttpServer({
    implementations: probeRoutes(options),
    authenticate: async () => null,
    webDir: null,
    trustedProxies,
    log,
  })
  const url = await listen(app, { host, port, setting: 'BIFROST_PROBE_PORT' })
  return { url, close: () => app.close() }
}
