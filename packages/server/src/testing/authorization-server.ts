import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration } from 'oidc-provider'

/** What a token endpoint answers. */
export interface TokenAnswer {
  status: number
  type: string
  body: string
}

/** A real authorization server on loopback, and an API that takes its tokens. */
export class AuthorizationServer {
  readonly issuer: string
  readonly provider: Provider
  /** Grants that were asked for with success, by kind. */
  readonly grants: Record<string, number> = {}
  /** Grants that were refused, by kind. */
  readonly refusals: Record<string, number> = {}
  /** Puts another answer in the place of what the token endpoint answers, as some real ones do. */
  bend: ((answer: Record<string, unknown>) => TokenAnswer) | null = null
  readonly #server: Server

  private constructor(server: Server, issuer: string, provider: Provider) {
    this.#server = server
    this.issuer = issuer
    this.provider = provider
  }

  static async start(configurationOf: (issuer: string) => Configuration): Promise<AuthorizationServer> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const provider = new Provider(issuer, configurationOf(issuer))
    const own = new AuthorizationServer(server, issuer, provider)
    const count = (into: Record<string, number>, kind: unknown) => {
      into[String(kind)] = (into[String(kind)] ?? 0) + 1
    }
    provider.on('grant.success', (ctx) => count(own.grants, ctx.oidc.params?.['grant_type']))
    provider.on('grant.error', (ctx) => count(own.refusals, ctx.oidc.params?.['grant_type']))
    const answer = provider.callback()
    server.on('request', async (request, response) => {
      const { bend } = own
      if (bend && request.url === '/token') {
        const end = response.end.bind(response)
        response.end = ((text: string) => {
          const { status, type, body } = bend(JSON.parse(text) as Record<string, unknown>)
          response.removeHeader('content-length')
          response.writeHead(status, { 'content-type': type })
          return end(body)
        }) as typeof response.end
      }
      if (!request.url?.startsWith('/api/')) return answer(request, response)
      const [, token = ''] = (request.headers.authorization ?? '').split(' ')
      const known = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token))
      response
        .writeHead(known ? 200 : 401, { 'content-type': 'application/json' })
        .end(JSON.stringify(known ? { client: known.clientId, path: request.url } : { error: 'no' }))
    })
    return own
  }

  /** What a person's browser does at the authorization server: signs in, allows it, and is sent back. Answers that address. */
  async allow(authorizationUrl: string, backTo: string): Promise<string> {
    const cookies = new Map<string, string>()
    const visit = async (url: string, form?: Record<string, string>) => {
      const response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
        ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
      })
      for (const cookie of response.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
        cookies.set(name, value)
      }
      await response.arrayBuffer()
      const location = response.headers.get('location')
      return location === null ? null : new URL(location, url).href
    }
    let next: string | null = authorizationUrl
    for (let hop = 0; hop < 12 && next !== null; hop++) {
      if (next.startsWith(backTo)) return next
      const here: string = next
      next = await visit(here)
      if (next === null && here.includes('/interaction/')) {
        next =
          (await visit(here, { prompt: 'login', login: 'ada', password: 'any' })) ??
          (await visit(here, { prompt: 'consent' }))
      }
    }
    throw new Error('The authorization server did not send the browser back.')
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}
