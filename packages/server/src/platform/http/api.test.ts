import { get as httpGet, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { type Permission, type Route, roleMay, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: { 'hello.ts': `import { workflow } from 'bifrost'\nexport const hello = workflow(async () => 1)\n` },
})

interface ErrorBody {
  error: { code: string; message: string; details: unknown; request_id: string }
}

const all = Object.entries(routes) as [string, Route][]
const id = '0192aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee'
const addressOf = (route: Route) => route.path.replace('{id}', id).replace('{key}', 'no.such.key')

describe('every route of the contract', () => {
  test.each(all)('%s is implemented', async (_name, route) => {
    const response = await server().fetch(addressOf(route), { method: route.method })
    if (response.status === 404)
      expect(((await response.json()) as ErrorBody).error.message).not.toBe('This address does not exist.')
    else await response.body?.cancel()
    expect(response.status).toBeLessThan(500)
  })

  test.each(all)('%s asks who calls, unless it is public by name', async (_name, route) => {
    const response = await server().anonymous(addressOf(route), { method: route.method })
    // An endpoint asks for a key of its own.
    if (route.permission === 'public' && !route.takesEndpointKey) expect(response.status).not.toBe(401)
    else expect(response.status).toBe(401)
    await response.body?.cancel()
  })

  test('each role may call what its permissions say, and nothing else', async () => {
    const people: [Parameters<typeof roleMay>[0], TestPerson][] = []
    for (const role of ['org_admin', 'developer', 'member'] as const)
      people.push([role, await server().person(role)])
    for (const [name, route] of all) {
      if (route.permission === 'public' || route.permission === 'signed_in') continue
      for (const [role, person] of people) {
        // A body that fits no schema: who may call gets 422 or 404, nothing is done.
        const response = await person.fetch(addressOf(route), { method: route.method })
        await response.body?.cancel()
        const allowed = roleMay(role, route.permission as Permission)
        expect(`${name} ${role} ${response.status === 403 ? 'refused' : 'allowed'}`).toBe(
          `${name} ${role} ${allowed ? 'allowed' : 'refused'}`,
        )
      }
    }
  })
})

describe('errors have one shape', () => {
  const cases: [string, string, RequestInit, number, string][] = [
    ['no key', '/api/workflows', { headers: { authorization: '' } }, 401, 'unauthenticated'],
    ['an unknown address', '/api/nothing', {}, 404, 'not_found'],
    ['an unknown page of the API', '/api', {}, 404, 'not_found'],
    [
      'a body that is not JSON',
      '/api/keys',
      { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } },
      415,
      'media_type_unsupported',
    ],
    [
      'broken JSON',
      '/api/keys',
      { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
      400,
      'json_invalid',
    ],
    ['a bad id', '/api/executions/1', {}, 422, 'validation_failed'],
    ['a bad query', '/api/executions?limit=x', {}, 422, 'validation_failed'],
    ['an unknown query', '/api/executions?nonsense=1', {}, 422, 'validation_failed'],
    ['a broken escape', '/api/executions/%zz', {}, 400, 'bad_request'],
    ['another method', '/api/health', { method: 'DELETE' }, 405, 'method_not_allowed'],
    [
      'another method with a parameter',
      `/api/executions/${id}`,
      { method: 'PUT' },
      405,
      'method_not_allowed',
    ],
  ]
  test.each(cases)('%s', async (_what, path, init, status, code) => {
    const response = await server().fetch(path, init)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    const body = (await response.json()) as ErrorBody
    expect(Object.keys(body.error).sort()).toEqual(['code', 'details', 'message', 'request_id'])
    expect({ status: response.status, code: body.error.code }).toEqual({ status, code })
    expect(body.error.message.length).toBeGreaterThan(5)
    expect(body.error.request_id).toMatch(/^[\w-]{8,}$/)
    expect(JSON.stringify(body)).not.toMatch(/ at .*\.ts:\d+|node_modules|select /)
  })

  test.each([
    ['GET', '/api/executions?search=%00', undefined],
    ['GET', '/api/executions?since=0000-01-01T00:00:00Z', undefined],
    ['GET', `/api/executions?workflow=%00`, undefined],
    ['POST', '/api/keys', '{"name":"a\\u0000b"}'],
    ['POST', '/api/auth/login', '{"email":"a\\u0000@example.com","password":"x"}'],
  ])(
    '%s %s with %s: a value that the database cannot hold is the fault of the caller',
    async (method, path, body) => {
      const response = await server().fetch(path, {
        method,
        ...(body ? { body, headers: { 'content-type': 'application/json' } } : {}),
      })
      expect(response.status).toBe(400)
      expect(((await response.json()) as ErrorBody).error.message).not.toMatch(/UTF8|0x00|select/)
    },
  )

  test('a body of very many wrong fields gets a short answer, and none at all without sign-in', async () => {
    const many = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, 1])))
    const post = (path: string, body: string) =>
      server().fetch(path, { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    const keys = await post('/api/keys', many(100_000))
    expect(keys.status).toBe(422)
    expect((await keys.text()).length).toBeLessThan(20_000)
    const input = await post('/api/workflows/hello/execute', `{"input":${many(100_000)}}`)
    expect(input.status).toBe(422)
    expect((await input.text()).length).toBeLessThan(20_000)
    const login = await post('/api/auth/login', many(100_000))
    expect(login.status).toBe(413)
  })

  test('405 names the methods that are allowed', async () => {
    const response = await server().fetch('/api/health', { method: 'POST' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toContain('GET')
  })
})

describe('unusual requests', () => {
  /** Node's own client: fetch refuses some methods. */
  const raw = (method: string, path: string, headers: Record<string, string> = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const url = new URL(server().url)
      const request = httpRequest(
        { host: url.hostname, port: url.port, method, path, headers },
        (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (text: string) => {
            body += text
          })
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
        },
      )
      request.on('error', reject).end()
    })
  const authorization = () => `Bearer ${server().admin.apiKey}`

  test('HEAD answers like GET without a body', async () => {
    const { status, body } = await raw('HEAD', '/api/health')
    expect({ status, body }).toEqual({ status: 200, body: '' })
    expect((await raw('HEAD', '/api/workflows')).status).toBe(401)
  })

  test.each(['TRACE', 'OPTIONS', 'PROPFIND', 'LOCK', 'SEARCH'])('%s is refused', async (method) => {
    const { status, body } = await raw(method, '/api/workflows', { authorization: authorization() })
    expect([404, 405]).toContain(status)
    expect(body).not.toContain(server().admin.apiKey)
  })

  test('bytes that are no HTTP end the connection and nothing else', async () => {
    const url = new URL(server().url)
    const said = await new Promise<string>((resolve) => {
      let text = ''
      const socket = connect(Number(url.port), url.hostname, () => socket.write('\0\x01 rubbish\r\n\r\n'))
      socket.setEncoding('utf8').on('data', (data: string) => {
        text += data
      })
      socket.on('close', () => resolve(text))
      socket.on('error', () => resolve(text))
    })
    expect(said).toContain('400')
    expect((await server().fetch('/api/health')).status).toBe(200)
  })

  test('headers and a URL of any size are refused, not fatal', async () => {
    const huge = await raw('GET', `/api/workflows?search=${'x'.repeat(100_000)}`, {
      authorization: authorization(),
    }).catch((error: Error) => ({ status: 0, body: error.message }))
    expect([0, 400, 414, 422, 431]).toContain(huge.status)
    expect((await server().fetch('/api/health')).status).toBe(200)
  })

  test('a client that goes away in the middle of a sync run leaves the run be', async () => {
    server().write(
      'slow.ts',
      `import { workflow } from 'bifrost'\nexport const slow = workflow(async () => { await new Promise((r) => setTimeout(r, 300)); return 'finished' })\n`,
    )
    await server().execute('slow')
    const stop = new AbortController()
    const call = server().fetch('/api/workflows/slow/execute', { method: 'POST', signal: stop.signal })
    setTimeout(() => stop.abort(), 100)
    await expect(call).rejects.toThrow()
    const [run] = (await server().api(routes.listExecutions, { query: { workflow: 'slow', limit: 1 } })).items
    expect(await server().ended(run?.id ?? '')).toMatchObject({ status: 'SUCCESS', result: 'finished' })
  })
})

test('health tells version and database; the OpenAPI document names every route; the reference is a page', async () => {
  expect(await server().api(routes.getHealth, {})).toMatchObject({ status: 'ok', database: 'ok' })
  const document = (await server().api(routes.getOpenApi, {})) as {
    openapi: string
    paths: Record<string, Record<string, { operationId: string }>>
  }
  expect(document.openapi).toMatch(/^3\.1/)
  const named = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map((one) => one.operationId),
  )
  expect(named.sort()).toEqual(Object.keys(routes).sort())
  const page = await server().anonymous('/api/docs')
  expect(page.headers.get('content-type')).toContain('text/html')
  const html = await page.text()
  expect(html).toContain(`${server().url}/api/workflows/hello/execute`)
  for (const [name] of all) expect(html).toContain(`id="${name}"`)
})

test.each(['/assets/%2e%2e/%2e%2e/package.json', '/assets/..%2f..%2fx', '/assets/%00', '/assets/.env'])(
  '%s is answered without a failure of the platform (V16)',
  async (path) => {
    // Another error than those of the platform would be in its log, which fails the test.
    // As it is: fetch would resolve the dots by itself.
    const status = await new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(server().url)
      httpGet({ hostname, port, path }, (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      }).on('error', reject)
    })
    expect([400, 404]).toContain(status)
  },
)

test('answers carry the headers that keep a browser safe', async () => {
  const { headers } = await server().fetch('/api/health')
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  const page = await server().anonymous('/api/docs')
  expect(page.headers.get('content-security-policy')).toMatch(/frame-ancestors 'none'|default-src/)
  const refused = await server().fetch('/api/nothing')
  expect(refused.headers.get('x-content-type-options')).toBe('nosniff')
  for (const path of ['/', '/index.html', '/some/page']) {
    const app = await server().anonymous(path)
    // Without a built web app there is no page.
    if (app.status === 200) {
      expect(app.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(app.headers.get('x-frame-options')).toBe('DENY')
    }
  }
})
