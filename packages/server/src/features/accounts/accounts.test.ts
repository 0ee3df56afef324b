import { type ApiError, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { ADMIN, type ServerUnderTest, useServer, withServer } from '../../testing/server.ts'

const server = useServer()

const json = (body: unknown, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})
const login = (to: ServerUnderTest, password: string = ADMIN.password, email: string = ADMIN.email) =>
  to.anonymous('/api/auth/login', json({ email, password }))
const cookieOf = (response: Response) => response.headers.get('set-cookie')?.split(';')[0] ?? ''
const errorOf = async (response: Response) =>
  ((await response.json()) as { error: { code: string; message: string } }).error

describe('sign-in', () => {
  test('gives a session cookie that scripts and other sites do not get', async () => {
    const response = await login(server())
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ email: ADMIN.email, role: 'platform_admin' })
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^bifrost_session=bfs_[\w-]{43}; /)
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Lax')
    const me = await server().anonymous('/api/auth/me', { headers: { cookie: cookieOf(response) } })
    expect(await me.json()).toMatchObject({ email: ADMIN.email, organization: { name: 'Provider' } })
  })

  test('the cookie is for https alone where the page came by https', async () => {
    const body = { email: ADMIN.email, password: ADMIN.password }
    const flags = async (headers: Record<string, string>) =>
      (await server().anonymous('/api/auth/login', json(body, headers))).headers.get('set-cookie')
    expect(await flags({ origin: 'https://bifrost.example' })).toContain('Secure')
    expect(await flags({ origin: 'http://localhost:3000' })).not.toContain('Secure')
    // What a proxy says counts when the settings trust it.
    expect(await flags({ 'x-forwarded-proto': 'https' })).not.toContain('Secure')
    await withServer({ config: { trustedProxies: ['loopback'] } }, async (behind) => {
      const answer = await behind.anonymous('/api/auth/login', json(body, { 'x-forwarded-proto': 'https' }))
      expect(answer.headers.get('set-cookie')).toContain('Secure')
    })
  })

  test('the address is compared without case; the password is not', async () => {
    expect((await login(server(), ADMIN.password, 'ADMIN@example.com')).status).toBe(200)
    expect((await login(server(), ADMIN.password.toUpperCase())).status).toBe(401)
  })

  test('a wrong password and an unknown address answer alike', async () => {
    const wrong = await errorOf(await login(server(), 'wrong-password-here'))
    const unknown = await errorOf(await login(server(), 'wrong-password-here', 'unknown@example.com'))
    expect({ ...unknown, request_id: '' }).toEqual({ ...wrong, request_id: '' })
    expect(wrong).toMatchObject({ code: 'sign_in_failed' })
  })

  test('signing out ends the session at once', async () => {
    const cookie = cookieOf(await login(server()))
    const me = () => server().anonymous('/api/auth/me', { headers: { cookie } })
    expect((await me()).status).toBe(200)
    expect(
      (
        await server().anonymous('/api/auth/logout', {
          method: 'POST',
          headers: { cookie, origin: server().url },
        })
      ).status,
    ).toBe(204)
    expect((await me()).status).toBe(401)
  })

  test('sessions and keys are stored as hashes, passwords with argon2id', async () => {
    const cookie = cookieOf(await login(server()))
    const token = cookie.split('=')[1] ?? ''
    const rows = await server().db.query<{ text: string }>(
      `select encode(token_hash, 'escape') as text from sessions union all select encode(key_hash, 'escape') from api_keys
       union all select password_hash from users`,
    )
    const text = rows.map((row) => row.text).join('\n')
    expect(text).toContain('$argon2id$')
    for (const secret of [token, server().admin.apiKey, ADMIN.password]) expect(text).not.toContain(secret)
  })

  test('an expired session and one of a deactivated person are not accepted', async () => {
    const cookie = cookieOf(await login(server()))
    await server().db.query(`update sessions set expires_at = now() - interval '1 second'`)
    expect((await server().anonymous('/api/auth/me', { headers: { cookie } })).status).toBe(401)
    const person = await server().person('member')
    await server().db.query('update users set is_active = false where id = $1', [person.id])
    expect((await person.fetch('/api/auth/me')).status).toBe(401)
  })
})

describe('requests that another site causes', () => {
  test.each([
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 204],
    // No browser leaves out both.
    [{}, 403],
    [{ 'content-type': 'text/plain' }, 403],
  ])('with a cookie and %o answer %i', async (headers, status) => {
    const cookie = cookieOf(await login(server()))
    const response = await server().anonymous('/api/auth/logout', {
      method: 'POST',
      headers: { cookie, ...(headers as Record<string, string>) },
    })
    expect(response.status).toBe(status)
  })

  test.each(['POST', 'PUT', 'PATCH', 'DELETE'])(
    '%s is refused before anything else is looked at',
    async (method) => {
      const cookie = cookieOf(await login(server()))
      const headers = { cookie, origin: 'https://evil.example', 'content-type': 'text/plain' }
      for (const { path, method: own } of Object.values(routes)) {
        if (own !== method) continue
        const response = await server().anonymous(path.replace(/\{\w+\}/, 'x'), {
          method,
          headers,
          body: 'x',
        })
        await response.body?.cancel()
        expect(`${path} ${response.status}`).toBe(`${path} 403`)
      }
    },
  )

  test('the page of the public address is ours, whatever name a proxy calls us by', async () => {
    await withServer({ config: { publicUrl: 'https://bifrost.example' } }, async (behind) => {
      const cookie = cookieOf(await login(behind))
      const logout = (origin: string) =>
        behind.anonymous('/api/auth/logout', { method: 'POST', headers: { cookie, origin } })
      expect((await logout('http://bifrost.example')).status).toBe(403)
      expect((await logout('https://bifrost.example')).status).toBe(204)
    })
  })

  test('an API key needs no such check (69)', async () => {
    const response = await server().fetch(
      '/api/keys',
      json({ name: 'k' }, { origin: 'https://evil.example' }),
    )
    expect(response.status).toBe(201)
  })

  test('a body that a form of another site can send is refused', async () => {
    const cookie = cookieOf(await login(server()))
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const response = await server().anonymous('/api/keys', {
        method: 'POST',
        headers: { cookie, origin: server().url, 'content-type': type },
        body: '{"name":"x"}',
      })
      expect(response.status).toBe(415)
      expect(await errorOf(response)).toMatchObject({ code: 'media_type_unsupported' })
    }
  })
})

describe('API keys', () => {
  test('a key is shown once, works, is listed without itself, and is revoked at once (44)', async () => {
    const made = await server().api(routes.createKey, { body: { name: 'ci', expires_in_days: 1 } })
    expect(made.key).toMatch(/^bfk_[\w-]{43}$/)
    const me = () => server().anonymous('/api/auth/me', { headers: { authorization: `Bearer ${made.key}` } })
    expect((await me()).status).toBe(200)
    const list = await server().fetch('/api/keys')
    const text = await list.text()
    expect(text).not.toContain(made.key)
    expect(text).toContain(made.prefix)
    await server().api(routes.deleteKey, { params: { id: made.id } })
    const after = await me()
    expect(after.status).toBe(401)
    expect(await errorOf(after)).toMatchObject({ code: 'unauthenticated' })
    await expect(server().api(routes.deleteKey, { params: { id: made.id } })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('an expired key is refused', async () => {
    const made = await server().api(routes.createKey, { body: { name: 'old', expires_in_days: 1 } })
    await server().db.query(`update api_keys set expires_at = now() - interval '1 second' where id = $1`, [
      made.id,
    ])
    const response = await server().anonymous('/api/auth/me', {
      headers: { authorization: `Bearer ${made.key}` },
    })
    expect(response.status).toBe(401)
  })

  test.each([
    'Bearer wrong',
    'Bearer ',
    'Bearer',
    'Basic YWRtaW46YWRtaW4=',
    'bfk_something',
    `Bearer ${'x'.repeat(5000)}`,
    "Bearer ' or 1=1 --",
  ])('the header "%s" answers 401, also on a public route', async (authorization) => {
    for (const path of ['/api/workflows', '/api/executions', '/api/auth/me']) {
      const response = await server().anonymous(path, { headers: { authorization } })
      expect(response.status).toBe(401)
      expect(await errorOf(response)).toMatchObject({ code: 'unauthenticated', message: expect.any(String) })
    }
  })

  test('a key does what it was made for, and makes no key that does more', async () => {
    const { key } = await server().api(routes.createKey, {
      body: { name: 'reader', permissions: ['workflow:read', 'key:manage'] },
    })
    const reader = (path: string, body?: object) =>
      server().anonymous(path, {
        ...(body ? json(body) : {}),
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      })
    expect((await reader('/api/workflows')).status).toBe(200)
    expect((await reader('/api/executions')).status).toBe(403)
    expect(await (await reader('/api/auth/me')).json()).toMatchObject({
      permissions: ['workflow:read', 'key:manage'],
    })
    expect((await reader('/api/keys', { name: 'more', permissions: ['execution:read'] })).status).toBe(403)
    for (const path of ['/api/auth/security', '/api/auth/sessions'])
      expect((await reader(path)).status).toBe(403)
    const same = (await (await reader('/api/keys', { name: 'same' })).json()) as { permissions: string[] }
    expect(same.permissions).toEqual(['workflow:read', 'key:manage'])
  })

  test('a key makes none that outlives it', async () => {
    const { key, expires_at } = await server().api(routes.createKey, {
      body: { name: 'short-lived', permissions: ['key:manage'], expires_in_days: 1 },
    })
    for (const body of [{ name: 'more' }, { name: 'more', expires_in_days: 30 }]) {
      const made = await server().anonymous('/api/keys', {
        ...json(body),
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      })
      expect(await made.json()).toMatchObject({ expires_at })
    }
  })

  test('a member cannot make a key of an administrator', async () => {
    const member = await server().person('member')
    const body = { name: 'more', permissions: ['platform:admin' as const] }
    await expect(member.api(routes.createKey, { body })).rejects.toMatchObject({ status: 403 })
  })

  test("another's key is not one's to see or revoke", async () => {
    const member = await server().person('member')
    const mine = await server().api(routes.createKey, { body: { name: 'mine' } })
    expect((await member.api(routes.listKeys, {})).items.map((key) => key.id)).not.toContain(mine.id)
    await expect(member.api(routes.deleteKey, { params: { id: mine.id } })).rejects.toMatchObject({
      status: 404,
    })
  })
})

test('too many failed sign-ins have to wait; other accounts do not', async () => {
  await withServer({}, async (limited) => {
    const codes: string[] = []
    for (let n = 0; n < 12; n++) codes.push((await errorOf(await login(limited, `wrong password ${n}`))).code)
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('sign_in_failed'))
    expect(codes.slice(10)).toEqual(['rate_limited', 'rate_limited'])
    expect((await login(limited)).status).toBe(429)
    expect((await login(limited, 'x'.repeat(20), 'other@example.com')).status).toBe(401)
    expect((await limited.fetch('/api/auth/me')).status).toBe(200)
  })
})

test('what an untrusted client says of addresses and hosts is ignored', async () => {
  await withServer({}, async (open) => {
    const port = new URL(open.url).port
    const { id } = await open.person('member')
    const headers = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      'content-type': 'application/json',
    }
    const device = await open.anonymous('/api/auth/device', {
      method: 'POST',
      headers,
      body: JSON.stringify({ client_name: 'laptop' }),
    })
    expect(await device.json()).toMatchObject({ verification_uri: `http://localhost:${port}/device` })
    const link = await open.fetch(`/api/users/${id}/password-reset`, { method: 'POST', headers, body: '{}' })
    expect(JSON.stringify(await link.json())).toContain(`http://localhost:${port}/reset-password#`)
    const from = async (n: number) =>
      (
        await open.anonymous(
          '/api/auth/login',
          json(
            { email: `p${n}@example.com`, password: 'wrong password' },
            {
              'x-forwarded-for': `203.0.113.${n}`,
              forwarded: `for=203.0.113.${n}`,
              'x-real-ip': `203.0.113.${n}`,
            },
          ),
        )
      ).status
    const all = await Promise.all(Array.from({ length: 51 }, (_, n) => from(n)))
    expect(all.filter((status) => status === 401)).toHaveLength(50)
    const rows = await open.db.query<{ address: string }>(
      `select distinct address::text from audit_log where address is not null`,
    )
    expect(rows.map(({ address }) => address.replace('/32', ''))).toEqual(['127.0.0.1'])
  })
})

test('failed sign-ins count for the address that a trusted proxy names', async () => {
  await withServer({ config: { trustedProxies: ['loopback'] } }, async (limited) => {
    const from = async (address: string, n: number) =>
      (
        await limited.anonymous(
          '/api/auth/login',
          json({ email: `p${n}@example.com`, password: 'wrong password' }, { 'x-forwarded-for': address }),
        )
      ).status
    const first = await Promise.all(Array.from({ length: 51 }, (_, n) => from('203.0.113.9', n)))
    expect(first.filter((status) => status === 401)).toHaveLength(50)
    // What stands before the address that the proxy saw is the caller's own invention.
    expect(await from('198.51.100.1, 203.0.113.9', 0)).toBe(429)
    expect(await from('203.0.113.10', 0)).toBe(401)
  })
})

describe('the first administrator', () => {
  const fresh = { config: { adminEmail: null, adminPassword: null, adminApiKey: null } }
  const first = { email: 'first@example.com', name: 'First', password: 'a long enough password' }

  test('comes by the set-up link, which works once (69)', async () => {
    await withServer(fresh, async (empty) => {
      const token = /\/setup\?token=(\S+)/.exec(empty.notes.join('\n'))?.[1] ?? ''
      expect(token.length).toBeGreaterThan(30)
      const needed = async () => (await (await empty.anonymous('/api/auth/setup')).json()) as unknown
      expect(await needed()).toEqual({ needed: true })
      const setUp = (body: object) => empty.anonymous('/api/auth/setup', json(body))
      expect((await setUp({ ...first, token: 'guess' })).status).toBe(403)
      expect((await setUp({ ...first, token, password: 'short' })).status).toBe(422)
      expect((await setUp({ ...first, token, email: 'no-address' })).status).toBe(422)
      const both = await Promise.all([
        setUp({ ...first, token }),
        setUp({ ...first, token, email: 'b@example.com' }),
      ])
      expect(both.map((response) => response.status).sort()).toEqual([201, expect.any(Number)])
      expect(both.filter((response) => response.status === 201)).toHaveLength(1)
      const made = both.find((response) => response.status === 201)
      const me = await empty.anonymous('/api/auth/me', { headers: { cookie: cookieOf(made as Response) } })
      expect(await me.json()).toMatchObject({ role: 'platform_admin' })
      expect(await needed()).toEqual({ needed: false })
      expect([403, 409]).toContain((await setUp({ ...first, token, email: 'c@example.com' })).status)
      await empty.restart()
      expect(empty.notes.join()).not.toContain('token=')
    })
  })

  test('a start without it gives a new link, and the old one is void', async () => {
    await withServer(fresh, async (empty) => {
      const tokenOf = () => /token=(\S+)/.exec(empty.notes.join('\n'))?.[1]
      const old = tokenOf()
      await empty.restart()
      expect(tokenOf()).not.toBe(old)
      expect((await empty.anonymous('/api/auth/setup', json({ ...first, token: old }))).status).toBe(403)
    })
  })

  test('the key of the settings is exactly the one of now', async () => {
    const keys = await server().db.query<{ name: string }>(
      `select name from api_keys where name = 'BIFROST_ADMIN_API_KEY'`,
    )
    expect(keys).toHaveLength(1)
  })
})

test('an error never tells more than its shape', async () => {
  const error = (await server()
    .api(routes.deleteKey, { params: { id: 'nonsense' } })
    .catch((thrown: unknown) => thrown)) as ApiError
  expect(error).toMatchObject({ status: 422, details: [{ field: 'id', message: expect.any(String) }] })
})
