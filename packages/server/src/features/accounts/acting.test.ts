import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { grantedTo, mayUse, roleIdsOf } from '../../engine/access.ts'
import { scopeOf } from '../../engine/scope-of.ts'
import { audit } from '../../platform/audit.ts'
import { newId } from '../../platform/ids.ts'
import { ADMIN, type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'where.ts': `import { config, workflow, context } from 'bifrost'
export const where = workflow(async () => context.orgName)
export const elsewhere = workflow(async (scope: string) => (await config.list({ scope })).length)`,
  },
})

/** A customer with an organisation below it. */
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

describe('acting for another organisation with a key', () => {
  test('people of the provider act for every organisation, and globally', async () => {
    const { child } = await family()
    const developer = await server().person('developer')
    expect(await meAs(developer, child)).toMatchObject({
      status: 200,
      me: { acting: child, organization: { id: child, name: 'Branch' }, role: 'developer' },
    })
    expect((await meAs(developer, 'global')).me).toMatchObject({ acting: 'global' })
  })

  test('those who build in an organisation act for the ones below it, and for no other', async () => {
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

  test('what is no organisation is refused as such', async () => {
    expect((await meAs(server().admin, `' or true --`)).status).toBe(422)
  })

  test('a run belongs to the organisation that somebody acts for', async () => {
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

describe('acting for another organisation in a session', () => {
  const signIn = async () => {
    const response = await server().anonymous('/api/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(ADMIN),
    })
    const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? ''
    return (path: string, body?: unknown) =>
      server().anonymous(path, {
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
        headers: {
          cookie,
          origin: server().url,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
      })
  }

  test('the choice stays until it is changed', async () => {
    const { child } = await family()
    const as = await signIn()
    const switched = await as(routes.switchScope.path, { scope: child })
    expect(await switched.json()).toMatchObject({ acting: child })
    expect(await (await as('/api/auth/me')).json()).toMatchObject({ acting: child })
    await as(routes.switchScope.path, { scope: 'home' })
    expect(await (await as('/api/auth/me')).json()).toMatchObject({ acting: 'home' })
  })

  test('an organisation that was deactivated is left', async () => {
    const { child } = await family()
    const as = await signIn()
    await as(routes.switchScope.path, { scope: child })
    await server().db.query('update organizations set is_active = false where id = $1', [child])
    expect((await as(routes.switchScope.path, { scope: child })).status).toBe(403)
  })

  test('a key says it with each request instead', async () => {
    await expect(server().api(routes.switchScope, { body: { scope: 'global' } })).rejects.toMatchObject({
      status: 400,
    })
  })
})

describe('user code that asks for another organisation', () => {
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
      if (!one) throw new Error('nobody')
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
    if (!scope) throw new Error('nobody')
    await audit(server().db.query, scope, { action: 'test.done', target: { type: 'test', id: '1' } })
    const rows = await server().db.query(
      'select org_id, actor_id, outcome from audit_log where action = $1',
      ['test.done'],
    )
    expect(rows).toEqual([{ org_id: parent, actor_id: person.id, outcome: 'success' }])
  })
})
