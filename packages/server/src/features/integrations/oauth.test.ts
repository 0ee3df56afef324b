import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routes } from '@bifrost/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createEgress } from '../../platform/egress/egress.ts'
import { silentLog } from '../../platform/log.ts'
import { createNotifier } from '../../platform/notify.ts'
import { makeScope } from '../../platform/scope.ts'
import { createSealer } from '../../platform/secrets/sealer.ts'
import { AuthorizationServer } from '../../testing/authorization-server.ts'
import { ADMIN, useServer } from '../../testing/server.ts'
import { integrationOutbox } from './outbox.ts'
import { createIntegrationParts } from './parts.ts'

// Against a real authorization server: oidc-provider on loopback, which the installation of these tests opens.

const server = useServer({
  config: { egressAllow: ['127.0.0.1'] },
  files: {
    'portal.ts': `import { integrations, workflow } from 'bifrost'
export const call = workflow(async (name: string) => (await integrations.getClient(name)).get('/things', { retries: 0 }))
export const token = workflow(async (name: string) => { const { oauth } = await integrations.get(name); return { token: oauth?.accessToken, length: oauth?.accessToken.length } })
`,
  },
})

let as: AuthorizationServer
let cookie = ''
let redirectUri = ''

beforeAll(async () => {
  redirectUri = server().url + routes.finishConnect.path
  as = await AuthorizationServer.start(() => ({
    clients: [
      {
        client_id: 'portal',
        client_secret: 'portal-secret-0123456789',
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_post',
      },
      {
        client_id: 'robot',
        client_secret: 'robot-secret-0123456789',
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    features: { clientCredentials: { enabled: true } },
    scopes: ['openid', 'offline_access', 'things'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    cookies: { keys: ['key-of-the-tests'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  }))
  cookie = await signIn()
})
afterAll(() => as.close())

const signIn = async () => {
  const response = await server().anonymous('/api/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ADMIN),
  })
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}
const browser = (path: string, init: RequestInit = {}, as = cookie) =>
  server().anonymous(path, { redirect: 'manual', ...init, headers: { cookie: as, ...init.headers } })

let made = 0
const define = async (changes: object = {}) => {
  const name = `Portal ${++made}`
  const integration = await server().api(routes.createIntegration, {
    body: {
      name,
      auth: 'oauth',
      base_url: `${as.issuer}/api`,
      auth_settings: { issuer: as.issuer, scopes: ['openid', 'things'], parameters: { prompt: 'consent' } },
      ...changes,
    },
  })
  return integration
}
const configured = async () => {
  const { id, name } = await define()
  await server().api(routes.configureIntegration, {
    params: { id },
    body: { credentials: { client_id: 'portal', client_secret: 'portal-secret-0123456789' } },
  })
  return { id, name }
}
const begin = async (id: string) => {
  const response = await browser(`/api/integrations/${id}/connect`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin' },
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { url: string }).url
}
/** Goes to the authorization server and comes back; answers where our callback leads to. */
const comeBack = async (address: string, as = cookie) => {
  const { pathname, search } = new URL(address)
  const response = await browser(pathname + search, {}, as)
  expect(response.status).toBe(303)
  return response.headers.get('location') ?? ''
}
const connected = async () => {
  const integration = await configured()
  const back = await as.allow(await begin(integration.id), redirectUri)
  expect(await comeBack(back)).toBe(`/integrations/${integration.id}?connected=true`)
  return integration
}
const state = async (id: string) => (await server().api(routes.getIntegration, { params: { id } })).state
const expire = (id: string) =>
  server().db.query(
    `update integration_connections set token_expires_at = now() - interval '1 second' where integration_id = $1`,
    [id],
  )

describe('connecting', () => {
  test('goes by way of the authorization server with PKCE, and runs then use its token', async () => {
    const { id, name } = await configured()
    expect(await state(id)).toBe('not_connected')
    const url = new URL(await begin(id))
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
    expect(url.searchParams.get('redirect_uri')).toBe(redirectUri)
    const back = await as.allow(url.href, redirectUri)
    expect(await comeBack(back)).toBe(`/integrations/${id}?connected=true`)
    expect(await server().api(routes.getIntegration, { params: { id } })).toMatchObject({
      state: 'connected',
      problem: null,
      credentials: ['client_id', 'client_secret'],
      own: { is_connected: true },
    })
    expect(await server().execute('call', { name })).toMatchObject({
      status: 'SUCCESS',
      result: { client: 'portal', path: '/api/things' },
    })
    const { result } = await server().execute('token', { name })
    expect(result).toMatchObject({ token: '[REDACTED]', length: expect.any(Number) })
    expect(await server().api(routes.testIntegration, { params: { id } })).toMatchObject({ ok: true })
  })

  test('a state is good once', async () => {
    const { id } = await configured()
    const back = await as.allow(await begin(id), redirectUri)
    expect(await comeBack(back)).toContain('connected=true')
    expect(decodeURIComponent(await comeBack(back))).toMatch(/problem=expired/)
  })

  test('only the session that began comes back, and its state is used up by another', async () => {
    const { id } = await configured()
    const back = await as.allow(await begin(id), redirectUri)
    expect(decodeURIComponent(await comeBack(back, await signIn()))).toMatch(/problem=other_session/)
    expect(decodeURIComponent(await comeBack(back, ''))).toMatch(/problem=expired/)
    expect(await state(id)).toBe('not_connected')
  })

  test('an expired state, an unknown one, and none at all lead nowhere', async () => {
    const { id } = await configured()
    const back = await as.allow(await begin(id), redirectUri)
    await server().db.query(`update integration_connects set expires_at = now() - interval '1 second'`)
    for (const address of [
      back,
      `${redirectUri}?code=x&state=st_made-up`,
      redirectUri,
      `${redirectUri}?state=`,
    ])
      expect(decodeURIComponent(await comeBack(address))).toMatch(/problem=expired/)
    expect(await state(id)).toBe('not_connected')
  })

  test('an answer of another issuer is refused (mix-up)', async () => {
    const { id } = await configured()
    const back = new URL(await as.allow(await begin(id), redirectUri))
    back.searchParams.set('iss', 'https://evil.example')
    expect(decodeURIComponent(await comeBack(back.href))).toMatch(/problem=failed/)
    expect(await state(id)).toBe('not_connected')
  })

  test('what the authorization server says when a person declines is one of a closed list', async () => {
    const { id } = await configured()
    const url = new URL(await begin(id))
    const back = `${redirectUri}?error=access_denied&error_description=Call%20this%20number&state=${url.searchParams.get('state')}`
    expect(decodeURIComponent(await comeBack(back))).toBe(`/integrations/${id}?problem=access_denied`)
  })

  test('needs a browser, and someone who may', async () => {
    const { id } = await configured()
    await expect(server().api(routes.connectIntegration, { params: { id } })).rejects.toMatchObject({
      status: 400,
    })
    const developer = await server().person('developer')
    await expect(developer.api(routes.connectIntegration, { params: { id } })).rejects.toMatchObject({
      status: 403,
    })
    const foreign = await browser(`/api/integrations/${id}/connect`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site' },
    })
    expect(foreign.status).toBe(403)
  })

  test('endpoints that are entered by hand do as well', async () => {
    const { id, name } = await define({
      auth_settings: {
        authorize_url: `${as.issuer}/auth`,
        token_url: `${as.issuer}/token`,
        scopes: ['things'],
        parameters: { prompt: 'consent' },
      },
    })
    await server().api(routes.configureIntegration, {
      params: { id },
      body: { credentials: { client_id: 'portal', client_secret: 'portal-secret-0123456789' } },
    })
    expect(await comeBack(await as.allow(await begin(id), redirectUri))).toContain('connected=true')
    expect((await server().execute('call', { name })).status).toBe('SUCCESS')
  })
})

describe('refreshing', () => {
  test('happens once however many runs ask, and the rotated token is kept', async () => {
    const { id, name } = await connected()
    for (const round of [1, 2]) {
      const before = as.grants['refresh_token'] ?? 0
      await expire(id)
      const runs = await Promise.all(Array.from({ length: 50 }, () => server().execute('call', { name })))
      expect(runs.map(({ status }) => status)).toEqual(Array(50).fill('SUCCESS'))
      expect({ round, refreshes: (as.grants['refresh_token'] ?? 0) - before }).toEqual({
        round,
        refreshes: 1,
      })
    }
    expect(as.refusals['refresh_token']).toBeUndefined()
  })

  test('happens once in however many processes, and the others get its token', async () => {
    const { id } = await connected()
    await expire(id)
    const before = as.grants['refresh_token'] ?? 0
    const scope = makeScope({
      orgId: await server().providerId(),
      orgName: 'Provider',
      userId: null,
      email: null,
      name: null,
      role: 'member',
    })
    const egress = createEgress({ allow: ['127.0.0.1'] })
    const processes = Array.from({ length: 4 }, () =>
      createIntegrationParts({
        db: server().db,
        sealer: createSealer(server().config),
        egress,
        notifier: createNotifier(),
        log: silentLog,
        allowOf: () => [],
      }),
    )
    const used = await Promise.all(
      processes.flatMap(({ use }) => Array.from({ length: 10 }, () => use.use(scope, { id }))),
    )
    expect(new Set(used.map(({ tokens }) => tokens?.access_token)).size).toBe(1)
    expect((as.grants['refresh_token'] ?? 0) - before).toBe(1)
    await egress.close()
  })

  test('by a process that died in the middle is taken over by another', async () => {
    const { id, name } = await connected()
    await expire(id)
    await server().db.query(
      `update integration_connections set refreshing_until = now() + interval '300 ms' where integration_id = $1`,
      [id],
    )
    expect((await server().execute('call', { name })).status).toBe('SUCCESS')
  })

  test('a token that the service does not take is refreshed once, and the call is made again', async () => {
    const { name } = await connected()
    await server().execute('call', { name })
    const before = as.grants['refresh_token'] ?? 0
    // The authorization server forgets all access tokens; ours look good for an hour yet.
    const tokens = as.provider.AccessToken as unknown as { find(token: string): Promise<object | undefined> }
    const find = tokens.find.bind(tokens)
    const known = new Set<string>()
    tokens.find = async (token) => {
      const found = await find(token)
      if (found && as.grants['refresh_token'] === before) known.add(token)
      return known.has(token) ? undefined : found
    }
    try {
      const runs = await Promise.all(Array.from({ length: 10 }, () => server().execute('call', { name })))
      expect(runs.map(({ status }) => status)).toEqual(Array(10).fill('SUCCESS'))
      expect((as.grants['refresh_token'] ?? 0) - before).toBe(1)
    } finally {
      tokens.find = find
    }
  })

  test('one that is refused asks for a new connection: in the list, in the run, in the audit log, by mail', async () => {
    const { id, name } = await connected()
    await server().db.query('delete from integration_mails')
    // Access was revoked at the authorization server.
    const tokens = as.provider.RefreshToken as unknown as { find(): Promise<object | undefined> }
    const find = tokens.find.bind(tokens)
    tokens.find = async () => undefined
    await expire(id)
    try {
      const runs = await Promise.all(Array.from({ length: 5 }, () => server().execute('call', { name })))
      for (const run of runs)
        expect(run).toMatchObject({
          status: 'FAILED',
          error: {
            message: expect.stringMatching(
              new RegExp(`${name} must be connected again.*invalid_grant.*an administrator of`),
            ),
          },
        })
    } finally {
      tokens.find = find
    }
    expect(as.refusals['refresh_token']).toBe(1)
    const item = (await server().api(routes.listIntegrations, { query: {} })).items.find(
      (one) => one.id === id,
    )
    expect(item).toMatchObject({
      state: 'needs_reconnect',
      problem: expect.stringContaining('connected again'),
    })
    expect(await server().db.query('select user_id from integration_mails')).toHaveLength(1)
    const outbox = integrationOutbox(server().db, 'https://bifrost.example.com')
    const [mail] = await outbox.take(10)
    expect(mail).toMatchObject({
      to: { address: ADMIN.email },
      content: {
        subject: `Connect ${name} again`,
        text: expect.stringContaining(`https://bifrost.example.com/integrations/${id}`),
      },
    })
    if (mail) await outbox.postpone(mail, 'the mail server is unavailable')
    const audited = await server().db.query<{ action: string }>(
      `select action from audit_log where target_id = $1 order by id`,
      [id],
    )
    expect(audited.map(({ action }) => action)).toContain('integration.refused')
    expect(audited.map(({ action }) => action)).toContain('integration.connect')
    // Connecting again fixes it.
    expect(await comeBack(await as.allow(await begin(id), redirectUri))).toContain('connected=true')
    expect((await server().execute('call', { name })).status).toBe('SUCCESS')
    // No one has to be told any more.
    await server().db.query('update integration_mails set next_at = now()')
    expect(await outbox.take(10)).toMatchObject([{ content: null }])
  })

  test('a server that is unavailable for a moment does not take the connection away', async () => {
    const { id, name } = await connected()
    await expire(id)
    await server().db.query(
      `update integrations set auth_settings = auth_settings || '{"token_url":"http://127.0.0.1:9/token"}' where id = $1`,
      [id],
    )
    expect(await server().execute('call', { name })).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('did not issue a token') },
    })
    expect(await state(id)).toBe('connected')
  })
})

describe('client credentials', () => {
  test('need no person to connect, and their token is fetched once', async () => {
    const { id, name } = await define({
      auth: 'client_credentials',
      auth_settings: { issuer: as.issuer, client_auth: 'basic' },
    })
    expect(await state(id)).toBe('not_configured')
    await server().api(routes.configureIntegration, {
      params: { id },
      body: { credentials: { client_id: 'robot', client_secret: 'robot-secret-0123456789' } },
    })
    const runs = await Promise.all(Array.from({ length: 20 }, () => server().execute('call', { name })))
    expect(runs.map(({ result }) => result)).toEqual(Array(20).fill({ client: 'robot', path: '/api/things' }))
    expect(as.grants['client_credentials']).toBe(1)
  })

  test('that are wrong say so, and new ones fix it', async () => {
    const { id, name } = await define({
      auth: 'client_credentials',
      auth_settings: { issuer: as.issuer, client_auth: 'basic' },
    })
    const set = (client_secret: string) =>
      server().api(routes.configureIntegration, {
        params: { id },
        body: { credentials: { client_id: 'robot', client_secret } },
      })
    await set('wrong-secret')
    expect(await server().execute('call', { name })).toMatchObject({ status: 'FAILED' })
    expect(await state(id)).toBe('needs_reconnect')
    await set('robot-secret-0123456789')
    expect((await server().execute('call', { name })).status).toBe('SUCCESS')
  })
})

describe('metadata', () => {
  let liar: Server
  let address = ''
  let answer: (url: string) => { status: number; headers: Record<string, string>; body: string }
  let visited: string[] = []
  beforeAll(async () => {
    liar = createServer((request, response) => {
      visited.push(request.url ?? '')
      const { status, headers, body } = answer(request.url ?? '')
      response.writeHead(status, headers).end(body)
    })
    await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
    address = `http://127.0.0.1:${(liar.address() as AddressInfo).port}`
  })
  afterEach(() => {
    visited = []
  })
  afterAll(() => {
    liar.closeAllConnections()
    liar.close()
  })
  const refused = async () => {
    const { id } = await define({ auth_settings: { issuer: address } })
    await server().api(routes.configureIntegration, {
      params: { id },
      body: { credentials: { client_id: 'x' } },
    })
    const response = await browser(`/api/integrations/${id}/connect`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    return { id, status: response.status, text: await response.text() }
  }

  test.each(['http://127.0.0.2/', 'http://169.254.169.254/latest/', 'http://10.0.0.1/x'])(
    'that redirects to %s is not followed',
    async (location) => {
      answer = () => ({ status: 302, headers: { location }, body: '' })
      expect(await refused()).toMatchObject({
        status: 409,
        text: expect.stringContaining('cannot be connected'),
      })
      expect(visited.every((url) => url.startsWith('/.well-known/'))).toBe(true)
    },
  )

  test('that names another issuer is refused', async () => {
    answer = () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        issuer: as.issuer,
        authorization_endpoint: `${as.issuer}/auth`,
        token_endpoint: 'x',
      }),
    })
    expect(await refused()).toMatchObject({ status: 409 })
  })

  test('that names a private token address gets no code', async () => {
    let isReached = false
    const inside = createServer((_request, response) => {
      isReached = true
      response.end('{}')
    })
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.2', resolve))
    try {
      answer = () => ({
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          issuer: address,
          authorization_endpoint: `${address}/auth`,
          token_endpoint: `http://127.0.0.2:${(inside.address() as AddressInfo).port}/token`,
          response_types_supported: ['code'],
        }),
      })
      const { id, status, text } = await refused()
      expect(status).toBe(200)
      const state = new URL((JSON.parse(text) as { url: string }).url).searchParams.get('state')
      const back = await comeBack(`${redirectUri}?code=abc&state=${state}`)
      expect(decodeURIComponent(back)).toMatch(/problem=failed/)
      expect(isReached).toBe(false)
      expect((await server().api(routes.getIntegration, { params: { id } })).state).toBe('not_connected')
    } finally {
      await new Promise((resolve) => inside.close(resolve))
    }
  })
})
