import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { type Configuration, Provider } from 'oidc-provider'

/** A person that an identity provider knows. */
export interface KnownPerson {
  sub: string
  email?: string
  email_verified?: boolean
  name?: string
}

export const CLIENT = { id: 'bifrost', secret: 'client secret of the tests' } as const

/** A real identity provider on this machine, which signs in the person that the test names. */
export async function startIdentityProvider(redirectUri: string) {
  let app: RequestListener = () => {}
  const server = await listen((request, response) => app(request, response))
  const issuer = addressOf(server)
  const people = new Map<string, KnownPerson>()
  let present = ''
  const configuration: Configuration = {
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        redirect_uris: [redirectUri],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, sub) => ({ accountId: sub, claims: async () => ({ ...people.get(sub), sub }) }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    cookies: { keys: ['key of the tests'] },
    // The person who is there has agreed to everything.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: CLIENT.id,
        accountId: oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  }
  const provider = new Provider(issuer, configuration)
  provider.use(async (context, next) => {
    if (!context.path.startsWith('/interaction/')) return next()
    context.respond = false
    await provider.interactionFinished(context.req, context.res, { login: { accountId: present } })
  })
  app = provider.callback()
  return {
    issuer,
    /** Says who sits before the browser from now on. */
    signedIn(person: KnownPerson) {
      people.set(person.sub, person)
      present = person.sub
    },
    stop: () => close(server),
  }
}

/** What a false provider puts into an ID token, and how it signs it. */
export interface Forgery {
  claims?: (right: JWTPayload) => JWTPayload
  signedBy?: 'itself' | 'a stranger' | 'no one'
}

/** An identity provider that lies as it is told to. */
export async function startForger() {
  let app: RequestListener = () => {}
  const server = await listen((request, response) => app(request, response))
  const issuer = addressOf(server)
  const own = await generateKeyPair('RS256')
  const stranger = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'own', alg: 'RS256', use: 'sig' }
  let forgery: Forgery = {}
  let nonce = ''
  const idToken = async () => {
    const now = Math.floor(Date.now() / 1000)
    const right: JWTPayload = {
      iss: issuer,
      aud: CLIENT.id,
      sub: 'forged',
      nonce,
      email: 'victim@corp.example',
      email_verified: true,
      iat: now,
      exp: now + 300,
    }
    const claims = forgery.claims?.(right) ?? right
    if (forgery.signedBy === 'no one') return new UnsecuredJWT(claims).encode()
    const { privateKey } = forgery.signedBy === 'a stranger' ? stranger : own
    return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(privateKey)
  }
  app = async (request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    const json = (value: unknown) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer,
          authorization_endpoint: `${issuer}/auth`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ['code'],
          subject_types_supported: ['public'],
          id_token_signing_alg_values_supported: ['RS256'],
        })
      case '/jwks':
        return json({ keys: [jwk] })
      case '/auth': {
        nonce = url.searchParams.get('nonce') ?? ''
        const back = new URL(url.searchParams.get('redirect_uri') ?? '')
        back.searchParams.set('code', 'any')
        back.searchParams.set('state', url.searchParams.get('state') ?? '')
        return response.writeHead(302, { location: back.href }).end()
      }
      default:
        return json({ access_token: 'any', token_type: 'Bearer', expires_in: 60, id_token: await idToken() })
    }
  }
  return {
    issuer,
    forge(next: Forgery) {
      forgery = next
    },
    stop: () => close(server),
  }
}

const listen = (app: RequestListener): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer(app)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })

const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
