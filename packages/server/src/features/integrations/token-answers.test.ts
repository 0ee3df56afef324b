import { routes } from '@bifrost/contract'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AuthorizationServer, type TokenAnswer } from '../../testing/authorization-server.ts'
import { useServer } from '../../testing/server.ts'

// What the token endpoints of real providers answer: a real authorization server grants, and its answer is bent.

const server = useServer({
  config: { egressAllow: ['127.0.0.1'] },
  files: {
    'portal.ts': `import { integrations, workflow } from 'bifrost'
export const call = workflow(async (name: string) => (await integrations.getClient(name)).get('/things', { retries: 0 }))
export const known = workflow(async (name: string) => { const { oauth } = await integrations.get(name); return oauth && { ...oauth, accessToken: oauth.accessToken.length > 0 } })
export const refresh = workflow(async (name: string) => {
  const { oauth } = await integrations.get(name)
  const before = { ...oauth }
  const after = await oauth.refresh()
  return { isAnother: after.accessToken !== before.accessToken, isSame: after === oauth, clientId: after.clientId, tokenUrl: after.tokenUrl, secret: after.clientSecret }
})
export const refreshTwice = workflow(async (name: string) => {
  const [one, two] = await Promise.all([integrations.get(name), integrations.get(name)])
  const tokens = [await one.oauth.refresh(), await two.oauth.refresh()]
  return tokens[0].accessToken === tokens[1].accessToken
})
`,
  },
})

let as: AuthorizationServer
beforeAll(async () => {
  as = await AuthorizationServer.start(() => ({
    clients: [
      {
        client_id: 'robot',
        client_secret: 'robot-secret-0123456789',
        redirect_uris: [],
        grant_types: ['client_credentials'],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    features: { clientCredentials: { enabled: true } },
    cookies: { keys: ['key-of-the-tests'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  }))
})
afterEach(() => {
  as.bend = null
})
afterAll(() => as.close())

let made = 0
const define = async (client_secret = 'robot-secret-0123456789') => {
  const name = `Service ${++made}`
  const { id } = await server().api(routes.createIntegration, {
    body: {
      name,
      auth: 'client_credentials',
      base_url: `${as.issuer}/api`,
      auth_settings: { token_url: `${as.issuer}/token`, client_auth: 'post' },
    },
  })
  await server().api(routes.configureIntegration, {
    params: { id },
    body: { credentials: { client_id: 'robot', client_secret } },
  })
  return { id, name }
}
const json = (body: unknown, status = 200): TokenAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})
const known = async (name: string) => {
  const run = await server().execute('known', { name })
  expect(run).toMatchObject({ status: 'SUCCESS' })
  return run.result as { tokenType: string; scope: string | null; expiresAt: string | null }
}
type Answer = Record<string, unknown>
const without = (answer: Answer, ...names: string[]) =>
  Object.fromEntries(Object.entries(answer).filter(([name]) => !names.includes(name)))

describe('an answer of a token endpoint is understood', () => {
  test.each<[string, (answer: Answer) => TokenAnswer]>([
    ['without expires_in', (answer) => json(without(answer, 'expires_in'))],
    ['without token_type', (answer) => json(without(answer, 'token_type'))],
    ['with token_type "BEARER"', (answer) => json({ ...answer, token_type: 'BEARER' })],
    ['with token_type "bot"', (answer) => json({ ...answer, token_type: 'bot' })],
    [
      'with null members',
      (answer) =>
        json({
          ...answer,
          token_type: null,
          scope: null,
          refresh_token: null,
          id_token: null,
          expires_in: null,
          error: null,
        }),
    ],
    ['with empty members', (answer) => json({ ...answer, refresh_token: '', id_token: '', expires_in: '' })],
    ['with scope as a list', (answer) => json({ ...answer, scope: ['a', 'b'] })],
    ['with status 201', (answer) => json(answer, 201)],
    ['with expires_in as text', (answer) => json({ ...answer, expires_in: '3600' })],
    ['with expires_in beyond all dates', (answer) => json({ ...answer, expires_in: 1e300 })],
    [
      'as a form',
      (answer) => ({
        status: 200,
        type: 'application/x-www-form-urlencoded; charset=utf-8',
        body: new URLSearchParams({ access_token: String(answer['access_token']), scope: 'a,b' }).toString(),
      }),
    ],
    [
      'as JSON that says it is text, with a byte order mark',
      (answer) => ({ status: 200, type: 'text/plain', body: `\uFEFF${JSON.stringify(answer)}` }),
    ],
  ])('%s', async (_name, bend) => {
    const { name } = await define()
    as.bend = bend
    expect(await server().execute('call', { name })).toMatchObject({
      status: 'SUCCESS',
      result: { client: 'robot' },
    })
    expect((await known(name)).tokenType).toBe('bearer')
  })

  test('its members say what they say', async () => {
    const { name } = await define()
    as.bend = (answer) => json({ ...answer, scope: ['a', 'b'], expires_in: '3600' })
    const { scope, expiresAt } = await known(name)
    expect(scope).toBe('a b')
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now())
  })

  test('one that leaves out expires_in means the last lifetime; unknown at first, it is refreshed when refused', async () => {
    const { id, name } = await define()
    const expire = () =>
      server().db.query(
        `update integration_connections set token_expires_at = now() - interval '1 second' where integration_id = $1`,
        [id],
      )
    as.bend = (answer) => json({ ...answer, expires_in: 1234 })
    await known(name)
    await expire()
    as.bend = (answer) => json(without(answer, 'expires_in'))
    const { expiresAt } = await known(name)
    const left = Date.parse(expiresAt ?? '') - Date.now()
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(1234_000)

    const other = await define()
    as.bend = (answer) => json({ ...without(answer, 'expires_in'), access_token: 'of-no-use' })
    expect(await known(other.name)).toMatchObject({ expiresAt: null })
    as.bend = (answer) => json(without(answer, 'expires_in'))
    expect(await server().execute('call', { name: other.name })).toMatchObject({ status: 'SUCCESS' })
  })

  test.each<[string, TokenAnswer]>([
    ['GitHub', json({ error: 'incorrect_client_credentials', error_description: 'Look it up.' })],
    ['Slack', json({ ok: false, error: 'invalid_client_id' })],
    ['a form', { status: 200, type: 'text/plain', body: 'error=invalid_client&error_description=No.' }],
    ['Facebook', json({ error: { type: 'invalid_client', message: 'No.', code: 1 } }, 400)],
  ])('a refusal with status 200 or in another form is one: %s', async (_name, answer) => {
    const { id, name } = await define()
    as.bend = () => answer
    const run = await server().execute('call', { name })
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringMatching(/invalid_client|incorrect_client/) },
    })
    expect((await server().api(routes.getIntegration, { params: { id } })).state).toBe('needs_reconnect')
  })

  test('a page of HTML is none', async () => {
    const { id, name } = await define()
    as.bend = () => ({ status: 200, type: 'text/html', body: '<p>Hello' })
    expect(await server().execute('call', { name })).toMatchObject({ status: 'FAILED' })
    // No person has to connect again for it: the next run asks again.
    as.bend = null
    expect(await server().execute('call', { name })).toMatchObject({ status: 'SUCCESS' })
    expect((await server().api(routes.getIntegration, { params: { id } })).state).toBe('connected')
  })
})

describe('a workflow refreshes the token', () => {
  test('now, for all runs; the secrets of the client are redacted', async () => {
    const { id, name } = await define()
    const before = as.grants['client_credentials'] ?? 0
    const run = await server().execute('refresh', { name })
    expect(run.result).toEqual({
      isAnother: true,
      isSame: true,
      clientId: 'robot',
      tokenUrl: `${as.issuer}/token`,
      secret: '[REDACTED]',
    })
    expect((as.grants['client_credentials'] ?? 0) - before).toBe(2)
    const [row] = await server().db.query<{ count: string }>(
      'select token_version as count from integration_connections where integration_id = $1',
      [id],
    )
    expect(Number(row?.count)).toBeGreaterThanOrEqual(2)
  })

  test('and one whose token was refreshed by another in the meantime gets that one', async () => {
    const { name } = await define()
    const before = as.grants['client_credentials'] ?? 0
    expect((await server().execute('refreshTwice', { name })).result).toBe(true)
    expect((as.grants['client_credentials'] ?? 0) - before).toBe(2)
  })

  test('and fails when the service issues none, though the old one is good for some time', async () => {
    const { name } = await define()
    await known(name)
    as.bend = () => json({ error: 'temporarily_unavailable' }, 503)
    const run = await server().execute('refresh', { name })
    expect(run).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('did not issue') },
    })
  })
})
