import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isOwnHost, routes } from '@bifrost/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const SECRET = 'hush-hush-0123456789'

const server = useServer({
  config: { egressAllow: ['127.0.0.1'] },
  files: {
    'uses.ts': `import { integrations, logger, workflow } from 'bifrost'
export const call = workflow(async (name: string, path: string) => (await integrations.getClient(name)).get(path, { retries: 0 }))
export const read = workflow(async (name: string) => integrations.get(name))
export const credentials = workflow(async (name: string) => { const found = await integrations.getCredentials(name); logger.info(JSON.stringify(found)); return { ...found, lengths: Object.values(found).map((value) => String(value).length) } })
export const all = workflow(async () => (await integrations.list()).map(({ name, state }) => name + ' ' + state))
`,
  },
})

let target: Server
let other: Server
let base = ''
let otherBase = ''
let seen: { host: string; url: string; headers: IncomingMessage['headers'] }[] = []
let location = ''
beforeAll(async () => {
  const serving = () =>
    createServer((request, response) => {
      const { url = '', headers } = request
      seen.push({ host: headers.host ?? '', url, headers })
      if (url.startsWith('/v1/away')) response.writeHead(302, { location }).end()
      else if (url.startsWith('/v1/no')) response.writeHead(401).end('{}')
      else response.end('{"ok":true}')
    })
  const listen = async (one: Server) => {
    await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(one.address() as AddressInfo).port}`
  }
  target = serving()
  other = serving()
  base = `${await listen(target)}/v1`
  otherBase = await listen(other)
})
beforeEach(() => {
  seen = []
})
afterAll(() => {
  for (const one of [target, other]) {
    one.closeAllConnections()
    one.close()
  }
})

let made = 0
const define = async (changes: object = {}, api = server().api) => {
  const name = `Service ${++made}`
  return api(routes.createIntegration, {
    body: { name, auth: 'bearer', base_url: base, ...changes },
  })
}
const configure = (id: string, body: object, api = server().api) =>
  api(routes.configureIntegration, { params: { id }, body })
const globally = async (method: string, path: string, body?: object) => {
  const response = await server().fetch(path, {
    method,
    headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  return (await response.json()) as { id: string; name: string }
}

describe('each way of signing in', () => {
  test.each([
    ['bearer', {}, { token: SECRET }, { authorization: `Bearer ${SECRET}` }],
    ['api_key', { name: 'X-Key' }, { api_key: SECRET }, { 'x-key': SECRET }],
    ['api_key', { prefix: 'Token' }, { api_key: SECRET }, { authorization: `Token ${SECRET}` }],
    [
      'basic',
      {},
      { username: 'robot', password: SECRET },
      { authorization: `Basic ${Buffer.from(`robot:${SECRET}`).toString('base64')}` },
    ],
    ['none', {}, undefined, {}],
  ])('%s %j', async (auth, auth_settings, credentials, headers) => {
    const { id, name } = await define({ auth, auth_settings })
    if (credentials) {
      expect(await server().execute('call', { name, path: '/users' })).toMatchObject({
        status: 'FAILED',
        error: { message: expect.stringContaining('an administrator must enter them') },
      })
      await configure(id, { credentials })
    }
    expect(await server().execute('call', { name, path: '/users' })).toMatchObject({ status: 'SUCCESS' })
    expect(seen.at(-1)).toMatchObject({ url: '/v1/users', headers })
  })

  test('a key in the query', async () => {
    const { id, name } = await define({ auth: 'api_key', auth_settings: { in: 'query', name: 'key' } })
    await configure(id, { credentials: { api_key: SECRET } })
    await server().execute('call', { name, path: 'users?top=1' })
    expect(seen.at(-1)?.url).toBe(`/v1/users?top=1&key=${SECRET}`)
  })
})

describe('credentials go to the own hosts only', () => {
  const ready = async (changes: object = {}) => {
    const integration = await define(changes)
    await configure(integration.id, { credentials: { token: SECRET } })
    return integration
  }
  const withSecret = () => seen.filter(({ headers, url }) => JSON.stringify([headers, url]).includes(SECRET))

  test('not to another one that is named in the call', async () => {
    const { name } = await ready()
    expect((await server().execute('call', { name, path: `${otherBase}/steal` })).status).toBe('SUCCESS')
    expect(seen).toHaveLength(1)
    expect(withSecret()).toEqual([])
  })

  test.each(['//evil.test/x', '\\\\evil.test/x', '/\\evil.test/x'])(
    '%s stays with the base',
    async (path) => {
      const { name } = await ready()
      await server().execute('call', { name, path })
      expect(seen.map(({ host }) => host)).toEqual([new URL(base).host])
    },
  )

  test('not after a redirect to another one, and again after one back', async () => {
    const { name } = await ready()
    location = `${otherBase}/end`
    await server().execute('call', { name, path: '/away' })
    expect(seen.map(({ url }) => url)).toEqual(['/v1/away', '/end'])
    expect(withSecret().map(({ url }) => url)).toEqual(['/v1/away'])
  })

  test('to others that the definition names', async () => {
    const { name } = await ready({ hosts: [new URL(otherBase).host] })
    await server().execute('call', { name, path: `${otherBase}/mine` })
    expect(withSecret().map(({ url }) => url)).toEqual(['/mine'])
  })

  test.each([
    ['https://api.example.com/x', true],
    ['https://API.example.com:443/x', true],
    ['http://api.example.com/x', false],
    ['https://api.example.com:8443/x', false],
    ['https://api.example.com.evil.test/x', false],
    ['https://evil.test/?api.example.com', false],
    ['https://user@api.example.com/', false],
    ['https://a.files.example.com/', true],
    ['https://files.example.com/', false],
    ['https://evilfiles.example.com/', false],
    ['https://other.example.com:9000/', true],
    ['https://other.example.com/', false],
  ])('%s: %s', (url, expected) => {
    const own = {
      baseUrl: 'https://api.example.com/v1',
      hosts: ['*.files.example.com', 'other.example.com:9000'],
    }
    expect(isOwnHost(own, new URL(url))).toBe(expected)
  })

  test('when the definition goes elsewhere, the credentials are dropped', async () => {
    const { id, name } = await ready()
    const changed = await server().api(routes.updateIntegration, {
      params: { id },
      body: { description: 'Only words' },
    })
    expect(changed.state).toBe('connected')
    const moved = await server().api(routes.updateIntegration, {
      params: { id },
      body: { base_url: `${otherBase}/v1` },
    })
    expect(moved).toMatchObject({ state: 'not_configured', credentials: [] })
    expect((await server().execute('call', { name, path: '/x' })).status).toBe('FAILED')
    expect(seen).toEqual([])
  })
})

describe('secrets', () => {
  test('are answered by no route, stored encrypted, and redacted in runs', async () => {
    const { id, name } = await define({ auth: 'basic' })
    const answered = await configure(id, { credentials: { username: 'robot', password: SECRET } })
    expect(answered.credentials).toEqual(['username', 'password'])
    const answers = await Promise.all(
      ['/api/integrations', `/api/integrations/${id}`].map(async (path) =>
        (await server().fetch(path)).text(),
      ),
    )
    expect(answers.join() + JSON.stringify(answered)).not.toContain(SECRET)
    const rows = await server().db.query(
      'select row_to_json(c)::text as text from integration_connections c union all select row_to_json(a)::text from audit_log a',
    )
    expect(JSON.stringify(rows)).not.toContain(SECRET)
    const run = await server().execute('credentials', { name })
    expect(run.result).toMatchObject({ username: 'robot', password: '[REDACTED]' })
    expect(JSON.stringify(await server().logs(run.execution_id))).not.toContain(SECRET)
  })

  test('stay when a change does not mention them, and go when it says null', async () => {
    const { id } = await define()
    await configure(id, { credentials: { token: SECRET } })
    expect((await configure(id, { entity_id: 'tenant-1' })).credentials).toEqual(['token'])
    expect(await configure(id, { credentials: { token: null } })).toMatchObject({
      credentials: [],
      entity_id: 'tenant-1',
      state: 'not_configured',
    })
  })

  test.each([
    [{ password: 'x' }, 'does not apply'],
    [{ token: 'a\r\nX-Other: b' }, 'must be one line'],
  ])('%j are refused', async (credentials, message) => {
    const { id } = await define()
    await expect(configure(id, { credentials })).rejects.toMatchObject({
      status: 422,
      message: expect.stringContaining(message),
    })
  })
})

describe('inheritance: global, organization, sub-organization', () => {
  const tree = async () => {
    const parent = await server().organization('Parent')
    const child = await server().organization('Child')
    await server().db.query(
      `update organizations set parent_id = $2::uuid, path = array[id, $2::uuid] where id = $1`,
      [child, parent],
    )
    const [above, below, stranger] = await Promise.all([
      server().person('org_admin', parent),
      server().person('org_admin', child),
      server().person('org_admin', await server().organization('Elsewhere')),
    ])
    const { id, name } = await globally('POST', '/api/integrations', {
      name: `Shared ${++made}`,
      auth: 'bearer',
      base_url: base,
      config_fields: [
        { name: 'region', type: 'string', default: 'eu' },
        { name: 'limit', type: 'number' },
      ],
    })
    return { above, below, stranger, id, name }
  }

  test('a run uses what is nearest to its organization', async () => {
    const { above, below, stranger, id, name } = await tree()
    const tokenOf = async (person: typeof above) => {
      seen = []
      const run = await person.api(routes.executeWorkflow, {
        params: { id: 'call' },
        body: { input: { name, path: '/x' } },
      })
      return run.status === 'SUCCESS' ? seen[0]?.headers.authorization : run.status
    }
    expect(await tokenOf(below)).toBe('FAILED')
    await globally('PUT', `/api/integrations/${id}/connection`, { credentials: { token: 'for-all-123' } })
    expect(await tokenOf(below)).toBe('Bearer for-all-123')
    await configure(id, { credentials: { token: 'of-parent-123' }, config: { limit: 5 } }, above.api)
    expect(await tokenOf(below)).toBe('Bearer of-parent-123')
    expect(await tokenOf(stranger)).toBe('Bearer for-all-123')
    await configure(id, { credentials: { token: 'of-child-123' }, config: { region: 'us' } }, below.api)
    expect(await tokenOf(below)).toBe('Bearer of-child-123')
    expect(await tokenOf(above)).toBe('Bearer of-parent-123')
    const read = await below.api(routes.executeWorkflow, {
      params: { id: 'read' },
      body: { input: { name } },
    })
    expect(read.result).toMatchObject({ config: { region: 'us', limit: 5 }, oauth: null })
    expect(await below.api(routes.getIntegration, { params: { id } })).toMatchObject({
      is_own: false,
      inherited_from: null,
      own: { config: { region: 'us' } },
    })
    await below.api(routes.disconnectIntegration, { params: { id } })
    expect(await tokenOf(below)).toBe('Bearer of-parent-123')
    expect(await below.api(routes.getIntegration, { params: { id } })).toMatchObject({
      inherited_from: { name: 'Parent' },
    })
  })

  test('what is inherited is changed by its owner only', async () => {
    const { above, below, id } = await tree()
    for (const person of [above, below]) {
      await expect(
        person.api(routes.updateIntegration, { params: { id }, body: { base_url: otherBase } }),
      ).rejects.toMatchObject({ status: 403 })
      await expect(
        person.api(routes.deleteIntegration, { params: { id }, query: { force: true } }),
      ).rejects.toMatchObject({ status: 403 })
    }
  })

  test('an organization finds no trace of another one', async () => {
    const { above, below, stranger } = await tree()
    const own = await define({}, above.api)
    await configure(own.id, { credentials: { token: SECRET } }, above.api)
    const params = { id: own.id }
    expect((await below.api(routes.getIntegration, { params })).state).toBe('connected')
    expect(
      (await stranger.api(routes.listIntegrations, { query: {} })).items.map(({ id }) => id),
    ).not.toContain(own.id)
    for (const attempt of [
      () => stranger.api(routes.getIntegration, { params }),
      () => stranger.api(routes.updateIntegration, { params, body: { description: 'x' } }),
      () => stranger.api(routes.deleteIntegration, { params, query: {} }),
      () => stranger.api(routes.configureIntegration, { params, body: { credentials: { token: 'x' } } }),
      () => stranger.api(routes.disconnectIntegration, { params }),
      () => stranger.api(routes.testIntegration, { params }),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 404 })
    const run = await stranger.api(routes.executeWorkflow, {
      params: { id: 'call' },
      body: { input: { name: own.name, path: '/x' } },
    })
    expect(run).toMatchObject({ status: 'FAILED' })
    expect(seen).toEqual([])
    // The name is free for it, and stands for its own.
    const same = await define({ name: own.name }, stranger.api)
    expect(same.id).not.toBe(own.id)
  })

  test('lists are what administrators ask for', async () => {
    const { id } = await tree()
    const list = async (query: { scope?: string }) =>
      (await server().api(routes.listIntegrations, { query })).items.map((one) => one.id)
    expect(await list({ scope: 'global' })).toContain(id)
    await expect(list({ scope: 'nonsense' })).rejects.toMatchObject({ status: 422 })
  })
})

describe('a definition', () => {
  test.each([
    [{ base_url: 'http://example.com' }, 'base_url'],
    [{ base_url: 'http://127.0.0.2/' }, 'base_url'],
    [{ base_url: 'ftp://example.com' }, 'base_url'],
    [{ base_url: 'https://user:pass@example.com' }, 'base_url'],
    [{ hosts: ['https://example.com'] }, 'hosts.0'],
    [{ hosts: ['*'] }, 'hosts.0'],
    [{ auth_settings: { issuer: 'https://example.com' } }, 'auth_settings.issuer'],
    [{ auth: 'oauth' }, 'auth_settings.issuer'],
    [{ auth: 'oauth', auth_settings: { issuer: 'http://example.com' } }, 'auth_settings.issuer'],
    [
      { auth: 'oauth', auth_settings: { issuer: 'https://x.example', parameters: { redirect_uri: 'x' } } },
      'auth_settings.parameters.redirect_uri',
    ],
    [{ auth: 'api_key', auth_settings: { name: 'X Key' } }, 'auth_settings.name'],
    [{ auth: 'api_key', auth_settings: { in: 'query' } }, 'auth_settings.name'],
    [{ config_fields: [{ name: 'a', type: 'number', default: 'x' }] }, 'config_fields.0.default'],
    [{ name: '<script>' }, 'name'],
  ])('%j is refused at %s', async (changes, field) => {
    await expect(define(changes)).rejects.toMatchObject({
      status: 422,
      details: expect.arrayContaining([expect.objectContaining({ field })]),
    })
  })

  test('has a name of its own', async () => {
    const { name } = await define()
    await expect(define({ name: name.toUpperCase() })).rejects.toMatchObject({ status: 409 })
    const { id } = await define()
    await expect(
      server().api(routes.updateIntegration, { params: { id }, body: { name } }),
    ).rejects.toMatchObject({ status: 409 })
  })

  test('that says so needs values, and takes those of the right type only', async () => {
    const { id, name } = await define({
      auth: 'none',
      config_fields: [{ name: 'tenant', type: 'string', required: true }],
    })
    expect(await server().execute('call', { name, path: '/x' })).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('no value for tenant') },
    })
    for (const missing of [name, 'Nothing of this name'])
      expect(await server().execute('read', { name: missing })).toMatchObject({
        status: 'SUCCESS',
        result: null,
      })
    for (const config of [{ tenant: 5 }, { other: 'x' }])
      await expect(configure(id, { config })).rejects.toMatchObject({ status: 422 })
    await configure(id, { config: { tenant: 't1' } })
    expect((await server().execute('read', { name })).result).toMatchObject({ config: { tenant: 't1' } })
  })

  test('in use is deleted only by force, and the answer says what uses it', async () => {
    const { id, name } = await define({ auth: 'none' })
    await server().execute('call', { name, path: '/x' })
    await expect(server().api(routes.deleteIntegration, { params: { id }, query: {} })).rejects.toMatchObject(
      { status: 409, message: expect.stringContaining('used by the workflow call') },
    )
    expect((await server().api(routes.getIntegration, { params: { id } })).used_by).toMatchObject([
      { workflow: 'call' },
    ])
    await server().api(routes.deleteIntegration, { params: { id }, query: { force: true } })
    await expect(server().api(routes.getIntegration, { params: { id } })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('that nothing uses is deleted', async () => {
    const { id } = await define()
    await server().api(routes.deleteIntegration, { params: { id }, query: {} })
    await expect(server().api(routes.getIntegration, { params: { id } })).rejects.toMatchObject({
      status: 404,
    })
  })
})

describe('the test button', () => {
  test('says whether the service takes the credentials', async () => {
    const { id } = await define({ test_path: '/users' })
    const tried = () => server().api(routes.testIntegration, { params: { id } })
    expect(await tried()).toMatchObject({ ok: false, status: null })
    await configure(id, { credentials: { token: SECRET } })
    expect(await tried()).toMatchObject({ ok: true, status: 200 })
    await server().api(routes.updateIntegration, { params: { id }, body: { test_path: '/no' } })
    expect(await tried()).toMatchObject({ ok: false, status: 401, message: expect.stringContaining('401') })
  })

  test('does not follow redirects, and refuses private addresses', async () => {
    location = `${otherBase}/end`
    const { id } = await define({ auth: 'none', test_path: '/away' })
    expect(await server().api(routes.testIntegration, { params: { id } })).toMatchObject({ status: 302 })
    expect(seen.map(({ url }) => url)).toEqual(['/v1/away'])
    const closed = await define({ auth: 'none', base_url: 'https://127.0.0.2/' })
    expect(await server().api(routes.testIntegration, { params: { id: closed.id } })).toMatchObject({
      ok: false,
      message: expect.stringContaining('not on the public internet'),
    })
  })
})

test.each(['member', 'external'] as const)('a %s sees none, and runs still use them', async (role) => {
  const { id, name } = await define()
  await configure(id, { credentials: { token: SECRET } })
  const person = await server().person(role)
  for (const attempt of [
    () => person.api(routes.listIntegrations, { query: {} }),
    () => person.api(routes.getIntegration, { params: { id } }),
  ])
    await expect(attempt()).rejects.toMatchObject({ status: 403 })
  const developer = await server().person('developer')
  expect((await developer.api(routes.getIntegration, { params: { id } })).state).toBe('connected')
  await expect(configure(id, {}, developer.api)).rejects.toMatchObject({ status: 403 })
  expect((await server().execute('all')).result).toContain(`${name} connected`)
})
