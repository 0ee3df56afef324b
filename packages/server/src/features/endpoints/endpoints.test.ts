import { pathOf, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'endpoints.ts': `import { workflow, context, type Int } from 'bifrost'
type Color = 'red' | 'green'
export const typed = workflow({ endpointEnabled: true, allowedMethods: ['GET', 'POST'] },
  async (name: string, count: Int = 1, ratio: number = 0.5, active: boolean = false, tags: string[] = [], color: Color = 'red', extra: unknown = null) =>
    ({ name, count, ratio, active, tags, color, extra, org: context.orgId }))
export const queued = workflow({ endpointEnabled: true, executionMode: 'async' }, async (name: string) => name)
export const open = workflow({ endpointEnabled: true, publicEndpoint: true, allowedMethods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] }, async (name = 'no name') => name)
export const own = workflow({ endpointEnabled: true, disableGlobalKey: true }, async () => 'own')
export const closed = workflow(async () => 'closed')`,
  },
})

interface Answer {
  status: number
  body: {
    execution_id: string
    status: string
    result: Record<string, unknown>
    error: { code: string; message: string; details: { field: string }[] }
  }
  headers: Headers
}

async function call(path: string, init: RequestInit & { key?: string } = {}): Promise<Answer> {
  const { key, ...rest } = init
  const response = await server().anonymous(path, {
    ...rest,
    headers: {
      ...(rest.body ? { 'content-type': 'application/json' } : {}),
      ...(key ? { 'x-bifrost-key': key } : {}),
      ...(rest.headers as Record<string, string>),
    },
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null, headers: response.headers }
}
const post = (path: string, key: string, body: unknown = {}) =>
  call(path, { method: 'POST', key, body: JSON.stringify(body) })

const makeKey = async (options: { workflow?: string; calls_per_minute?: number } = {}, person?: TestPerson) =>
  (person ?? server().admin).api(routes.createEndpointKey, { body: { name: 'test', ...options } })

describe('who may call (42, 44)', () => {
  test('without a key, and with a wrong one, the answer is 401, whether or not there is such a workflow', async () => {
    for (const name of ['typed', 'closed', 'unknown', 'own', crypto.randomUUID()]) {
      expect(await call(`/api/endpoints/${name}`, { method: 'POST' })).toMatchObject({ status: 401 })
      expect(await post(`/api/endpoints/${name}`, 'bfe_wrong')).toMatchObject({ status: 401 })
    }
    expect(await call('/api/execute/bfe_wrong')).toMatchObject({ status: 401 })
  })

  test('with a global key an unknown workflow is 404, and one that is no endpoint, too', async () => {
    const { key } = await makeKey()
    expect(await post('/api/endpoints/unknown', key)).toMatchObject({ status: 404 })
    const closed = await post('/api/endpoints/closed', key)
    expect(closed.status).toBe(404)
    expect(closed.body.error.message).toContain('endpointEnabled')
  })

  test('a method that is not allowed is 405, with those that are', async () => {
    const { key } = await makeKey()
    const refused = await call('/api/endpoints/typed', { method: 'DELETE', key })
    expect(refused).toMatchObject({ status: 405 })
    expect(refused.headers.get('allow')).toBe('GET, POST')
    expect(await call('/api/endpoints/queued?name=x', { key })).toMatchObject({ status: 405 })
    expect((await call('/api/endpoints/open', { method: 'HEAD' })).status).toBe(405)
  })

  test('a key is shown once, listed without itself, and refused from the moment that it is deleted', async () => {
    const made = await makeKey({ workflow: 'typed' })
    expect(made.key).toMatch(/^bfe_[\w-]{43}$/)
    expect(made.workflow).toMatchObject({ name: 'typed' })
    const { items } = await server().api(routes.listEndpointKeys, { query: { workflow: 'typed' } })
    expect(items.map(({ id }) => id)).toContain(made.id)
    expect(JSON.stringify(items)).not.toContain(made.key)
    const [stored] = await server().db.query<{ text: string }>(
      'select row_to_json(k)::text as text from endpoint_keys k where id = $1',
      [made.id],
    )
    expect(stored?.text).not.toContain(made.key)
    expect(await post('/api/endpoints/typed', made.key, { name: 'a' })).toMatchObject({ status: 200 })
    await server().api(routes.deleteEndpointKey, { params: { id: made.id } })
    expect(await post('/api/endpoints/typed', made.key, { name: 'a' })).toMatchObject({ status: 401 })
  })

  test('an expired key is refused', async () => {
    const made = await makeKey()
    await server().db.query(
      `update endpoint_keys set expires_at = now() - interval '1 second' where id = $1`,
      [made.id],
    )
    expect(await post('/api/endpoints/typed', made.key, { name: 'a' })).toMatchObject({ status: 401 })
  })

  test('a key of one workflow calls no other', async () => {
    const { key } = await makeKey({ workflow: 'queued' })
    expect(await post('/api/endpoints/typed', key, { name: 'a' })).toMatchObject({
      status: 401,
      body: { error: { message: expect.stringContaining('to another endpoint') } },
    })
  })

  test('a key for a workflow that is no endpoint is not made', async () => {
    await expect(makeKey({ workflow: 'closed' })).rejects.toMatchObject({
      status: 422,
      details: [{ field: 'workflow', message: expect.stringContaining('endpointEnabled') }],
    })
  })

  test('a public endpoint needs none, by every method that it allows', async () => {
    for (const method of ['POST', 'PUT', 'PATCH'])
      expect(await call('/api/endpoints/open', { method, body: '{"name":"Ada"}' })).toMatchObject({
        status: 200,
        body: { status: 'SUCCESS', result: 'Ada' },
      })
    for (const method of ['GET', 'DELETE'])
      expect(await call('/api/endpoints/open?name=Ada', { method })).toMatchObject({
        status: 200,
        body: { result: 'Ada' },
      })
  })

  test('disableGlobalKey: its own keys are taken, a global one is not', async () => {
    expect(await post('/api/endpoints/own', (await makeKey()).key)).toMatchObject({ status: 403 })
    expect(await post('/api/endpoints/own', (await makeKey({ workflow: 'own' })).key)).toMatchObject({
      status: 200,
      body: { result: 'own' },
    })
  })

  test('an API key stands in for a person; the cookie of a session does not count', async () => {
    const member = await server().person('member')
    const response = await member.fetch('/api/endpoints/typed?name=Ada')
    const { execution_id } = (await response.json()) as { execution_id: string }
    expect(await server().api(routes.getExecution, { params: { id: execution_id } })).toMatchObject({
      trigger: 'endpoint',
      started_by: { id: member.id },
    })
    const signedIn = await server().anonymous('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'admin@example.com', password: 'correct-horse-battery' }),
    })
    const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect(await call('/api/endpoints/typed?name=Ada', { headers: { cookie } })).toMatchObject({
      status: 401,
    })
  })

  test('a key may be used so often in a minute, and says when it may again', async () => {
    const { key } = await makeKey({ calls_per_minute: 2 })
    const statuses = []
    for (let n = 0; n < 3; n++) statuses.push(await post('/api/endpoints/typed', key, { name: 'a' }))
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(Number(statuses[2]?.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('what arrives (43)', () => {
  test('texts of a query become what the parameters are', async () => {
    const { key } = await makeKey()
    const { body, status } = await call(
      `/api/endpoints/typed?name=5&count=3&ratio=0.25&active=true&tags=a&tags=b&color=green&extra=${encodeURIComponent('{"a":[1]}')}`,
      { key },
    )
    expect(status).toBe(200)
    expect(body).toMatchObject({
      status: 'SUCCESS',
      result: {
        name: '5',
        count: 3,
        ratio: 0.25,
        active: true,
        tags: ['a', 'b'],
        color: 'green',
        extra: { a: [1] },
      },
    })
    expect(body.execution_id).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('one value makes a list, and a list may be JSON', async () => {
    const { key } = await makeKey()
    expect((await call('/api/endpoints/typed?name=a&tags=one', { key })).body.result['tags']).toEqual(['one'])
    expect((await call('/api/endpoints/typed?name=a&tags=["x","y"]', { key })).body.result['tags']).toEqual([
      'x',
      'y',
    ])
  })

  test('query and body reach the workflow together; the body counts where both say something', async () => {
    const { key } = await makeKey()
    const { body } = await post('/api/endpoints/typed?name=query&count=7', key, {
      name: 'body',
      active: true,
    })
    expect(body.result).toMatchObject({ name: 'body', count: 7, active: true })
  })

  test.each([
    ['count=many', 'count'],
    ['count=1.5', 'count'],
    ['active=perhaps', 'active'],
    ['color=blue', 'color'],
    ['unknown=1', 'unknown'],
    ['count=', 'count'],
  ])('?%s is refused by name', async (query, field) => {
    const { key } = await makeKey()
    const { status, body } = await call(`/api/endpoints/typed?name=a&${query}`, { key })
    expect(status).toBe(422)
    expect(body.error.details.map((detail) => detail.field)).toEqual([field])
  })

  test('what is missing is named; __proto__ and deep JSON are refused', async () => {
    const { key } = await makeKey()
    expect((await call('/api/endpoints/typed', { key })).body.error.details).toEqual([
      { field: 'name', message: 'is required' },
    ])
    expect((await call('/api/endpoints/typed?name=a&__proto__=1', { key })).status).toBe(400)
    expect((await call(`/api/endpoints/typed?name=a&extra=${'['.repeat(500)}`, { key })).status).toBe(400)
  })

  test('a body over its limit is refused', async () => {
    const { key } = await makeKey()
    expect(await post('/api/endpoints/typed', key, { name: 'x'.repeat(1024 * 1024) })).toMatchObject({
      status: 413,
    })
  })
})

describe('how it answers', () => {
  test('an asynchronous workflow answers 202 with the id, and its run ends', async () => {
    const { key } = await makeKey()
    const { status, body } = await post('/api/endpoints/queued', key, { name: 'later' })
    expect(status).toBe(202)
    expect(Object.keys(body).sort()).toEqual(['execution_id', 'status'])
    await until('the run ends', async () => {
      const run = await server().api(routes.getExecution, { params: { id: body.execution_id } })
      return run.status === 'SUCCESS' && run.result === 'later' && run.started_by === null
    })
  })

  test('an idempotency key gives the same run again', async () => {
    const { key } = await makeKey()
    const once = () =>
      call('/api/endpoints/queued', {
        method: 'POST',
        key,
        body: '{"name":"once"}',
        headers: { 'idempotency-key': 'order-1' },
      })
    expect((await once()).body.execution_id).toBe((await once()).body.execution_id)
  })

  test('the key may stand in the address: one of a workflow, or a global one with its name', async () => {
    const own = await makeKey({ workflow: 'typed' })
    expect(
      (await call(pathOf(routes.getByKey, { key: own.key }, { name: 'a', count: 2 }))).body.result,
    ).toMatchObject({ count: 2 })
    const global = await makeKey()
    expect(
      await post(pathOf(routes.postByKey, { key: global.key }, { workflow: 'typed' }), '', { name: 'b' }),
    ).toMatchObject({
      status: 200,
      body: { result: { name: 'b' } },
    })
    expect(await call(`/api/execute/${global.key}?name=a`)).toMatchObject({
      status: 422,
      body: { error: { details: [{ field: 'workflow' }] } },
    })
  })
})

describe('organizations', () => {
  test('a key runs in its own organization, no matter who calls', async () => {
    const org = await server().organization('Keys')
    const developer = await server().person('developer', org)
    const { key } = await makeKey({}, developer)
    const { body } = await post('/api/endpoints/typed', key, {
      name: 'a',
      extra: { org_id: server().admin.orgId },
    })
    expect(body.result['org']).toBe(org)
    const forged = await call('/api/endpoints/typed?name=a', {
      key,
      headers: { 'bifrost-scope': await server().providerId() },
    })
    expect(forged.body.result['org']).toBe(org)
  })

  test('keys of another organization are neither seen nor deleted; a deactivated one calls nothing', async () => {
    const org = await server().organization('Keys of others')
    const stranger = await server().person('developer', org)
    const ours = await makeKey()
    expect((await stranger.api(routes.listEndpointKeys, { query: {} })).items).toEqual([])
    await expect(stranger.api(routes.deleteEndpointKey, { params: { id: ours.id } })).rejects.toMatchObject({
      status: 404,
    })
    const theirs = await makeKey({}, stranger)
    await server().db.query('update organizations set is_active = false where id = $1', [org])
    expect(await post('/api/endpoints/typed', theirs.key, { name: 'a' })).toMatchObject({ status: 401 })
  })

  test('members make no keys', async () => {
    const member = await server().person('member')
    await expect(makeKey({}, member)).rejects.toMatchObject({ status: 403 })
    await expect(member.api(routes.listEndpointKeys, { query: {} })).rejects.toMatchObject({ status: 403 })
  })
})

describe('a workflow that goes by role', () => {
  test('is there for keys, and for people only with the role', async () => {
    await server().api(routes.setWorkflowAccess, { params: { id: 'typed' }, body: { access: 'role_based' } })
    try {
      const member = await server().person('member')
      expect((await member.fetch('/api/endpoints/typed?name=a')).status).toBe(404)
      const document = (await (await member.fetch('/api/openapi.json')).json()) as { paths: object }
      expect(document.paths).not.toHaveProperty(['/api/endpoints/typed'])
      const { key } = await makeKey({ workflow: 'typed' })
      expect(await post('/api/endpoints/typed', key, { name: 'a' })).toMatchObject({ status: 200 })
    } finally {
      await server().api(routes.setWorkflowAccess, {
        params: { id: 'typed' },
        body: { access: 'authenticated' },
      })
    }
  })
})

describe('the OpenAPI document (45)', () => {
  test('has each endpoint with its parameters and the header of the key, for those who may see it', async () => {
    const document = (await (await server().admin.fetch('/api/openapi.json')).json()) as {
      paths: Record<
        string,
        Record<string, { parameters: unknown[]; requestBody: unknown; security: unknown }>
      >
      components: { securitySchemes: Record<string, unknown> }
    }
    expect(document.components.securitySchemes['endpointKey']).toMatchObject({
      type: 'apiKey',
      in: 'header',
      name: 'X-Bifrost-Key',
    })
    const endpoint = document.paths['/api/endpoints/typed']
    expect(Object.keys(endpoint ?? {})).toEqual(['get', 'post'])
    expect(endpoint?.['get']?.parameters).toContainEqual({
      name: 'count',
      in: 'query',
      required: false,
      schema: { type: 'integer' },
    })
    expect(endpoint?.['post']?.requestBody).toMatchObject({
      content: {
        'application/json': {
          schema: { required: ['name'], properties: { color: { enum: ['red', 'green'] } } },
        },
      },
    })
    expect(endpoint?.['get']?.security).toEqual([{ endpointKey: [] }, { apiKey: [] }])
    expect(document.paths['/api/endpoints/open']?.['get']?.security).toEqual([])
    expect(document.paths['/api/endpoints/closed']).toBeUndefined()
  })

  test('does not list the endpoints without sign-in', async () => {
    const document = (await (await server().anonymous('/api/openapi.json')).json()) as {
      paths: Record<string, unknown>
    }
    expect(document.paths['/api/endpoints/typed']).toBeUndefined()
    expect(document.paths['/api/endpoints/{workflow}']).toBeDefined()
  })
})
