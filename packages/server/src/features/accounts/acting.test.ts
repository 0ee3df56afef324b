import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { audit } from '../../platform/audit.ts'
import { newId } from '../../platform/ids.ts'
import { grantedTo, mayUse, roleIdsOf } from '../../tenancy/access.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { ADMIN, type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'where.ts': `import { config, workflow, context } from 'bifrost'
export const where = workflow(async () => context.orgName)
export const elsewhere = workflow(async (scope: string) => (await config.list({ scope })).length)`,
  },
})

/** A customer with an organization below it. */
async function family() {
  const parent = await server().organization(`Parent ${newId()}`)
  const child = newId()
  await server().db.query('insert into organizations (id, name, parent_id) values ($1, $2, $3)', [
    child,
    'Branch',
    parent,
  ])
  return { parent, child, stranger: await server().organization(`Stranger ${newId()}`) }
}

const meAs = async (person: TestPerson, scope: string) => {
  const response = await person.fetch('/api/auth/me', { headers: { 'bifrost-scope': scope } })
  return { status: response.status, me: (await response.json()) as Record<string, unknown> }
}

describe('acting for another organization with a key', () => {
  test('people of the provider act for every organization, and globally', async () => {
    const { child } = await family()
    const developer = await server().person('developer')
    expect(await meAs(developer, child)).toMatchObject({
      status: 200,
      me: { acting: child, organization: { id: child, name: 'Branch' }, role: 'developer' },
    })
    expect((await meAs(developer, 'global')).me).toMatchObject({ acting: 'global' })
  })

  test('those who build in an organization act for the ones below it, and for no other', async () => {
    const { parent, child, stranger } = await family()
    const developer = await server().person('developer', parent)
    expect((await meAs(developer, child)).me).toMatchObject({ acting: child })
    for (const other of [stranger, 'global', newId(), await server().providerId()])
      expect((await meAs(developer, other)).status).toBe(403)
    const below = await server().person('org_admin', child)
    expect((await meAs(below, parent)).status).toBe(403)
  })

  test.each(['member', 'external'] as const)('%s acts at home alone', async (role) => {
    const { parent, child } = await family()
    const person = await server().person(role, parent)
    expect((await meAs(person, child)).status).toBe(403)
    expect((await meAs(person, 'global')).status).toBe(403)
    expect((await meAs(person, parent)).me).toMatchObject({ acting: 'home' })
  })

  test('what is no organization is refused as such', async () => {
    expect((await meAs(server().admin, `' or true --`)).status).toBe(422)
  })

  test('a run belongs to the organization that a person acts for', async () => {
    const { child } = await family()
    const response = await server().admin.fetch('/api/workflows/where/execute', {
      method: 'POST',
      headers: { 'bifrost-scope': child, 'content-type': 'application/json' },
      body: '{}',
    })
    const { execution_id, result } = (await response.json()) as { execution_id: string; result: string }
    expect(result).toBe('Branch')
    const [row] = await server().db.query('select org_id from executions where id = $1', [execution_id])
    expect(row).toEqual({ org_id: child })
  })
})

describe('acting for another organization in a session', () => {
  const signIn = async () => {
    const response = await server().anonymous('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return async (path: string, headers: Record<string, string> = {}, body?: unknown) => {
      const response = await server().anonymous(path, {
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        headers: {
          cookie,
          origin: server().url,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
      })
      return { status: response.status, body: (await response.json()) as Record<string, unknown> }
    }
  }
  const slugOf = async (id: string) => {
    const { slug } = await server().api(routes.getOrganization, { params: { id } })
    return slug
  }

  test('each request names its organization, and one that names none is for home', async () => {
    const { child, stranger } = await family()
    const as = await signIn()
    const run = (scope: string) =>
      as('/api/workflows/where/execute', { 'bifrost-scope': scope }, {}).then(({ body }) => body['result'])
    const [first, second] = await Promise.all([run(child), run(stranger)])
    expect(first).toBe('Branch')
    expect(second).toMatch(/^Stranger/)
    expect((await as('/api/auth/me')).body).toMatchObject({ acting: 'home' })
    expect((await as('/api/auth/me', { 'bifrost-scope': 'home' })).body).toMatchObject({ acting: 'home' })
    expect((await as('/api/auth/me', { 'bifrost-scope': 'global' })).body).toMatchObject({ acting: 'global' })
  })

  test('an organization may be named by its short name, also by a key', async () => {
    const { child } = await family()
    const as = await signIn()
    const slug = await slugOf(child)
    const expected = { acting: child, organization: { id: child, slug } }
    expect((await as('/api/auth/me', { 'bifrost-scope': slug })).body).toMatchObject(expected)
    expect((await meAs(server().admin, slug)).me).toMatchObject(expected)
    expect((await meAs(server().admin, 'no-such-organization')).status).toBe(403)
  })

  test('what can send no headers says it in the query', async () => {
    const { child } = await family()
    const as = await signIn()
    const { body: run } = await as('/api/workflows/where/execute', { 'bifrost-scope': child }, {})
    const path = `/api/executions/${String(run['execution_id'])}`
    expect((await as(path)).status).toBe(404)
    expect((await as(`${path}?bifrost-scope=${child}`)).status).toBe(200)
    // A stream, a download, and a route with a query of its own.
    const stream = await server().fetch(`${path}/stream?bifrost-scope=${child}`)
    expect(await stream.text()).toContain('event: end')
    expect((await as(`/api/executions?limit=1&bifrost-scope=${child}`)).body['items']).toHaveLength(1)
  })

  test('what the query says acts or is refused; it is never done at home instead', async () => {
    const { child, stranger } = await family()
    const as = await signIn()
    const refused = async (asked: ReturnType<typeof as>, message: string) =>
      expect(await asked).toMatchObject({
        status: 400,
        body: { error: { code: 'bad_request', message: expect.stringContaining(message) } },
      })
    const execute = (query: string) => as(`/api/workflows/where/execute?${query}`, {}, {})
    await refused(execute(`bifrost-scope=${child}`), 'Send bifrost-scope as a header')
    await refused(execute(`bifrost-user=${newId()}`), 'Send bifrost-user as a header')
    await refused(execute(`Bifrost-Scope=${child}`), 'Send bifrost-scope as a header')
    const byKey = await server().fetch(`/api/workflows/where/execute?bifrost-scope=${child}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    })
    expect(byKey.status).toBe(400)
    await refused(as(`/api/auth/me?Bifrost-Scope=${child}`), 'as bifrost-scope')
    await refused(as(`/api/auth/me?bifrost-scope=${child}&bifrost-scope=${child}`), 'once')
    await refused(
      as(`/api/auth/me?bifrost-scope=${child}`, { 'bifrost-scope': stranger }),
      'differ. Send only the header',
    )
    expect((await as(`/api/auth/me?bifrost-scope=${child}`, { 'bifrost-scope': child })).body).toMatchObject({
      acting: child,
    })
  })

  test('an organization that was deactivated is refused, and nothing happens at home instead', async () => {
    const { child } = await family()
    const as = await signIn()
    const start = () => as('/api/workflows/where/execute', { 'bifrost-scope': child }, {})
    expect((await start()).status).toBe(200)
    await server().api(routes.updateOrganization, { params: { id: child }, body: { is_active: false } })
    expect((await start()).status).toBe(403)
    expect((await as('/api/auth/me', { 'bifrost-scope': child })).status).toBe(403)
    expect((await as('/api/auth/me', { 'bifrost-scope': 'no organization' })).status).toBe(422)
  })

  test('a page of a person who is no longer signed in is refused', async () => {
    const as = await signIn()
    const { id } = (await as('/api/auth/me')).body as { id: string }
    expect((await as('/api/auth/me', { 'bifrost-user': id })).status).toBe(200)
    for (const path of ['/api/auth/me', '/api/executions'])
      expect(await as(path, { 'bifrost-user': newId() })).toMatchObject({
        status: 409,
        body: { error: { code: 'acting_changed' } },
      })
    expect((await as(`/api/executions?bifrost-user=${newId()}`)).status).toBe(409)
  })
})

describe('whose something is', () => {
  test('is told to those who may act for that organization and may see such things', async () => {
    const { parent, child, stranger } = await family()
    const { api } = await server().person('developer', child)
    const { execution_id: id } = await api(routes.executeWorkflow, { params: { id: 'where' }, body: {} })
    const find = (person: TestPerson) =>
      person.api(routes.findActing, { params: { kind: 'execution', id } }).then(
        ({ organization }) => organization?.name,
        (error: { status: number }) => error.status,
      )
    expect(await find(server().admin)).toBe('Branch')
    expect(await find(await server().person('developer', parent))).toBe('Branch')
    for (const [role, org] of [
      ['member', parent],
      ['org_admin', stranger],
      ['member', stranger],
      ['external', stranger],
    ] as const)
      expect(await find(await server().person(role, org))).toBe(404)
    await server().api(routes.updateOrganization, { params: { id: child }, body: { is_active: false } })
    expect(await find(server().admin)).toBe(404)
  })

  test('is not told of what does not exist', async () => {
    await expect(
      server().api(routes.findActing, { params: { kind: 'task', id: newId() } }),
    ).rejects.toMatchObject({ status: 404 })
  })
})

describe('user code that asks for another organization', () => {
  const elsewhere = async (person: TestPerson, scope: string) =>
    (await (
      await person.fetch('/api/workflows/elsewhere/execute', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ input: { scope } }),
      })
    ).json()) as { status: string; error: { message: string } | null; result: unknown }

  test('is refused for ordinary people, and heard for those of the provider', async () => {
    const { parent, stranger } = await family()
    const admin = await server().person('org_admin', parent)
    for (const scope of ['global', stranger])
      expect(await elsewhere(admin, scope)).toMatchObject({ status: 'FAILED' })
    expect(await elsewhere(server().admin, stranger)).toMatchObject({ status: 'SUCCESS', result: 0 })
    expect(await elsewhere(server().admin, 'global')).toMatchObject({ status: 'SUCCESS' })
  })
})

describe('what roles grant', () => {
  test('people from outside use what a role of theirs was granted, and nothing else', async () => {
    const { parent } = await family()
    const external = await server().person('external', parent)
    const member = await server().person('member', parent)
    const scope = async (person: TestPerson) => {
      const one = await scopeOf(server().db.query, person.orgId, person.id)
      if (!one) throw new Error('no person')
      return one
    }
    const role = newId()
    const thing = newId()
    const { query } = server().db
    await query('insert into roles (id, org_id, name) values ($1, $2, $3)', [role, parent, 'Guests'])
    await query('insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)', [
      role,
      external.id,
      parent,
    ])
    await query(`insert into role_grants (role_id, kind, resource_id, org_id) values ($1, 'form', $2, $3)`, [
      role,
      thing,
      parent,
    ])
    const outside = await scope(external)
    const inside = await scope(member)
    expect(await roleIdsOf(query, outside)).toEqual([role])
    expect(await grantedTo(query, outside, 'form')).toEqual(new Set([thing]))
    expect(await mayUse(query, outside, 'form', { id: thing, access: 'role_based' })).toBe(true)
    expect(await mayUse(query, outside, 'form', { id: newId(), access: 'authenticated' })).toBe(false)
    expect(await mayUse(query, outside, 'workflow', { id: thing, access: 'role_based' })).toBe(false)
    expect(await mayUse(query, inside, 'form', { id: thing, access: 'authenticated' })).toBe(true)
    expect(await mayUse(query, inside, 'form', { id: thing, access: 'role_based' })).toBe(false)
  })

  test('a row of the audit log says who', async () => {
    const { parent } = await family()
    const person = await server().person('org_admin', parent)
    const scope = await scopeOf(server().db.query, parent, person.id)
    if (!scope) throw new Error('no scope')
    await audit(server().db.query, scope, { action: 'test.done', target: { type: 'test', id: '1' } })
    const rows = await server().db.query(
      'select org_id, actor_id, outcome from audit_log where action = $1',
      ['test.done'],
    )
    expect(rows).toEqual([{ org_id: parent, actor_id: person.id, outcome: 'success' }])
  })
})
