import { type AccountRole, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { refused } from '../../testing/refused.ts'
import { ADMIN, type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'people.ts': `import { users, workflow } from 'bifrost'
export const roster = workflow(async () => (await users.list({ isActive: true })).map((user) => user.email).sort())
export const hire = workflow(async (email: string, role: 'member' | 'platform_admin') => {
  const made = await users.create({ email, name: 'New', role })
  await users.update(made.id, { name: 'Newer' })
  const found = await users.get(made.id)
  await users.delete(made.id)
  return { name: found?.name, role: found?.role, after: (await users.get(made.id)) ?? null }
})`,
  },
})

const emailOf = async ({ id }: TestPerson) => (await server().api(routes.getUser, { params: { id } })).email
/** A person of the provider creates an account of an organization. */
const createIn = async (orgId: string, body: { email: string; name: string; password?: string }) => {
  const response = await server().fetch('/api/users', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'bifrost-scope': orgId },
    body: JSON.stringify(body),
  })
  expect(response.status).toBe(201)
  return (await response.json()) as { id: string }
}
const change = (by: TestPerson, id: string, body: Record<string, unknown>) =>
  by.api(routes.updateUser, { params: { id }, body })
const signIn = (email: string, password: string) =>
  server().anonymous('/api/auth/login', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })

/** Two customers, each with people of every role. */
async function twoCustomers() {
  const make = async (name: string) => {
    const orgId = await server().organization(`${name} ${newId()}`)
    const of = (role: AccountRole) => server().person(role, orgId)
    return {
      orgId,
      admin: await of('org_admin'),
      developer: await of('developer'),
      member: await of('member'),
      external: await of('external'),
    }
  }
  return { ours: await make('Contoso'), theirs: await make('Fabrikam') }
}

describe('people', () => {
  test('are listed with their role and organization, found by a part of the name, and paged', async () => {
    const { ours } = await twoCustomers()
    const { items } = await ours.admin.api(routes.listUsers, { query: {} })
    expect(items.map(({ role }) => role).sort()).toEqual(['developer', 'external', 'member', 'org_admin'])
    expect(items.every(({ organization }) => organization.id === ours.orgId)).toBe(true)
    const found = await ours.admin.api(routes.listUsers, { query: { search: 'develop' } })
    expect(found.items.map(({ id }) => id)).toEqual([ours.developer.id])
    const first = await ours.admin.api(routes.listUsers, { query: { limit: 3 } })
    const second = await ours.admin.api(routes.listUsers, {
      query: { limit: 3, cursor: first.next_cursor ?? '' },
    })
    expect(new Set([...first.items, ...second.items].map(({ id }) => id)).size).toBe(4)
    expect(second.next_cursor).toBeNull()
  })

  test('an administrator of the platform lists all, or those of one organization', async () => {
    const { ours, theirs } = await twoCustomers()
    const ids = async (query: { scope?: string }) =>
      (await server().api(routes.listUsers, { query: { ...query, limit: 200 } })).items.map(({ id }) => id)
    expect(await ids({})).toEqual(expect.arrayContaining([ours.member.id, theirs.member.id]))
    expect(await ids({ scope: theirs.orgId })).not.toContain(ours.member.id)
    await expect(ids({ scope: 'nowhere' })).rejects.toMatchObject({ status: 422 })
    const seen = await ours.admin.api(routes.listUsers, { query: { scope: theirs.orgId } })
    expect(seen.items.map(({ id }) => id)).not.toContain(theirs.member.id)
  })

  test('with a password they can sign in; an address has one account', async () => {
    const { ours } = await twoCustomers()
    const email = `ada-${newId()}@example.com`
    const made = await createIn(ours.orgId, { email, name: ' Ada ', password: 'a-long-password-of-ada' })
    expect(made).toMatchObject({
      name: 'Ada',
      role: 'member',
      is_active: true,
      organization: { id: ours.orgId },
    })
    expect((await signIn(email, 'a-long-password-of-ada')).status).toBe(200)
    await expect(
      server().api(routes.createUser, { body: { email: email.toUpperCase(), name: 'Other' } }),
    ).rejects.toMatchObject({ status: 409, code: 'already_exists' })
  })

  test('whether another organization has an address is not told to administrators of customers', async () => {
    const { ours, theirs } = await twoCustomers()
    const answers = async (email: string) => {
      const created = await ours.admin.fetch('/api/users', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, name: 'Ada', password: 'a-long-password-of-ada' }),
      })
      const { error } = (await created.json()) as { error: { code: string; message: string } }
      const byCode = await ours.admin.api(routes.executeWorkflow, {
        params: { id: 'hire' },
        body: { input: { email, role: 'member' } },
      })
      const invited = await ours.admin.api(routes.createInvitation, { body: { email } })
      return {
        created: [created.status, error.code, error.message],
        byCode: [byCode.status, byCode.error],
        invited: [Object.keys(invited), invited.mail, invited.is_expired, invited.name],
      }
    }
    const known = await answers(await emailOf(theirs.member))
    expect(known).toEqual(await answers(`unknown-${newId()}@example.com`))
    expect(known.created.slice(0, 2)).toEqual([409, 'conflict'])
  })

  test('the organization of a new person is never read from the body', async () => {
    const { ours, theirs } = await twoCustomers()
    for (const field of ['organization_id', 'org_id', 'organization'])
      await expect(
        ours.admin.api(routes.createUser, {
          body: { email: `x-${newId()}@example.com`, name: 'X', [field]: theirs.orgId } as never,
        }),
      ).rejects.toMatchObject({ status: 422 })
  })
})

describe('people of another organization', () => {
  test('are not there: not to read, not to change, not to delete', async () => {
    const { ours, theirs } = await twoCustomers()
    const params = { id: theirs.member.id }
    await refused(404, [
      ours.admin.api(routes.getUser, { params }),
      change(ours.admin, params.id, { name: 'Mine' }),
      change(ours.admin, params.id, { is_active: false }),
      ours.admin.api(routes.deleteUser, { params }),
    ])
    expect((await theirs.member.fetch('/api/auth/me')).status).toBe(200)
  })

  test('cannot be moved in, nor may own people be moved out', async () => {
    const { ours, theirs } = await twoCustomers()
    await expect(change(ours.admin, theirs.member.id, { organization_id: ours.orgId })).rejects.toMatchObject(
      { status: 404 },
    )
    await expect(change(ours.admin, ours.member.id, { organization_id: theirs.orgId })).rejects.toMatchObject(
      { status: 403 },
    )
  })

  test('a key with the header bifrost-scope of another organization is refused', async () => {
    const { ours, theirs } = await twoCustomers()
    for (const scope of [theirs.orgId, 'global', await server().providerId()]) {
      const answer = await ours.admin.fetch('/api/users', { headers: { 'bifrost-scope': scope } })
      expect(answer.status).toBe(403)
      expect(await answer.text()).not.toContain(theirs.member.id)
    }
  })
})

describe('roles of accounts', () => {
  test.each(['developer', 'member', 'external'] as const)('%s changes no one', async (role) => {
    const { ours } = await twoCustomers()
    const person = ours[role]
    await refused(403, [
      person.api(routes.createUser, { body: { email: `n-${newId()}@example.com`, name: 'N' } }),
      person.api(routes.createInvitation, { body: { email: `n-${newId()}@example.com` } }),
      change(person, person.id, { role: 'org_admin' }),
      person.api(routes.deleteUser, { params: { id: ours.admin.id } }),
    ])
  })

  test('an administrator of an organization makes no administrator of the platform, by no way', async () => {
    const { ours } = await twoCustomers()
    const body = { email: `p-${newId()}@example.com`, name: 'P', role: 'platform_admin' as const }
    await refused(403, [
      ours.admin.api(routes.createUser, { body }),
      ours.admin.api(routes.createInvitation, { body }),
      change(ours.admin, ours.member.id, { role: 'platform_admin' }),
      change(ours.admin, ours.admin.id, { role: 'platform_admin' }),
    ])
  })

  test('administrators of the provider stop at their own role, too, and change no one above them', async () => {
    const admin = await server().person('org_admin')
    const platform = await server().person('platform_admin')
    const member = await server().person('member')
    await expect(change(admin, member.id, { role: 'platform_admin' })).rejects.toMatchObject({ status: 403 })
    await refused(403, [
      change(admin, platform.id, { role: 'member' }),
      change(admin, platform.id, { is_active: false }),
      change(admin, platform.id, { name: 'Fallen' }),
      admin.api(routes.deleteUser, { params: { id: platform.id } }),
    ])
  })

  test('only people of the provider become administrators of the platform', async () => {
    const { ours } = await twoCustomers()
    await expect(change(server().admin, ours.admin.id, { role: 'platform_admin' })).rejects.toMatchObject({
      status: 422,
    })
    const colleague = await server().person('developer')
    expect(await change(server().admin, colleague.id, { role: 'platform_admin' })).toMatchObject({
      role: 'platform_admin',
    })
    // One who leaves the provider leaves the role, too.
    await expect(change(server().admin, colleague.id, { organization_id: ours.orgId })).rejects.toMatchObject(
      { status: 422 },
    )
    await change(server().admin, colleague.id, { role: 'member', organization_id: ours.orgId })
  })

  test('a change counts at once', async () => {
    const { ours } = await twoCustomers()
    expect((await ours.member.fetch('/api/users')).status).toBe(403)
    await change(ours.admin, ours.member.id, { role: 'developer' })
    expect((await ours.member.fetch('/api/users')).status).toBe(200)
    await change(ours.admin, ours.member.id, { role: 'external' })
    expect((await ours.member.fetch('/api/users')).status).toBe(403)
  })

  test('no one decides about their own account', async () => {
    const { ours } = await twoCustomers()
    await refused(403, [
      change(ours.admin, ours.admin.id, { role: 'member' }),
      change(ours.admin, ours.admin.id, { is_active: false }),
      ours.admin.api(routes.deleteUser, { params: { id: ours.admin.id } }),
    ])
    expect(await change(ours.admin, ours.admin.id, { name: 'Boss' })).toMatchObject({ name: 'Boss' })
  })

  test('of two administrators of the platform who remove each other, one stays', async () => {
    const { id } = await server().api(routes.getMe)
    const { query } = server().db
    await query(`update users set role = 'developer' where role = 'platform_admin' and id <> $1`, [id])
    const other = await server().person('platform_admin')
    const outcomes = await Promise.allSettled([
      change(server().admin, other.id, { is_active: false }),
      change(other, id, { is_active: false }),
    ])
    const left = await query(`select id from users where role = 'platform_admin' and is_active`)
    expect(left).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await query('update users set is_active = true where id = any($1)', [[id, other.id]])
    await server().restart()
  })
})

describe('a deactivated person', () => {
  test('is refused with the next request, by key and by session, and cannot sign in', async () => {
    const { ours } = await twoCustomers()
    const email = `eve-${newId()}@example.com`
    const password = 'a-long-password-of-eve'
    const eve = await createIn(ours.orgId, { email, name: 'Eve', password })
    const cookie = (await signIn(email, password)).headers.get('set-cookie')?.split(';')[0] ?? ''
    const asEve = () => server().anonymous('/api/auth/me', { headers: { cookie } })
    expect((await asEve()).status).toBe(200)
    expect((await ours.member.fetch('/api/auth/me')).status).toBe(200)
    await change(ours.admin, eve.id, { is_active: false })
    await change(ours.admin, ours.member.id, { is_active: false })
    expect((await asEve()).status).toBe(401)
    expect((await ours.member.fetch('/api/auth/me')).status).toBe(401)
    expect((await signIn(email, password)).status).toBe(401)
    await change(ours.admin, eve.id, { is_active: true })
    // What was ended stays ended; the account is there again.
    expect((await asEve()).status).toBe(401)
    expect((await signIn(email, password)).status).toBe(200)
  })
})

describe('moving a person', () => {
  test('ends what they had, and leaves the roles of the old organization there', async () => {
    const { ours, theirs } = await twoCustomers()
    const role = newId()
    const { query } = server().db
    await query('insert into roles (id, org_id, name) values ($1, $2, $3)', [role, ours.orgId, 'Night shift'])
    await query('insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)', [
      role,
      ours.member.id,
      ours.orgId,
    ])
    const provider = newId()
    await query(
      `insert into identity_providers (id, org_id, name, issuer, client_id, domains)
       values ($1, $2, 'Contoso', 'https://id.contoso.example', 'bifrost', '{contoso.example}')`,
      [provider, ours.orgId],
    )
    await query('insert into identities (provider_id, subject, user_id, org_id) values ($1, $2, $3, $4)', [
      provider,
      newId(),
      ours.member.id,
      ours.orgId,
    ])
    await query(`insert into totp_factors (user_id, org_id, ciphertext) values ($1, $2, '\\x00')`, [
      ours.member.id,
      ours.orgId,
    ])
    const moved = await change(server().admin, ours.member.id, { organization_id: theirs.orgId })
    // The old organization's identity provider vouches for its own people alone; the second factor is the person's.
    expect(await query('select from identities where user_id = $1', [ours.member.id])).toEqual([])
    expect(await query('select org_id from totp_factors where user_id = $1', [ours.member.id])).toEqual([
      { org_id: theirs.orgId },
    ])
    expect(moved).toMatchObject({ organization: { id: theirs.orgId }, roles: [] })
    expect((await ours.member.fetch('/api/auth/me')).status).toBe(401)
    await expect(ours.admin.api(routes.getUser, { params: { id: ours.member.id } })).rejects.toMatchObject({
      status: 404,
    })
    expect(await theirs.admin.api(routes.getUser, { params: { id: ours.member.id } })).toMatchObject({
      role: 'member',
    })
  })
})

describe('deleting a person', () => {
  test('is refused while schedules run as them, and says so', async () => {
    const { ours } = await twoCustomers()
    await ours.developer.api(routes.createSchedule, {
      body: { workflow: 'roster', cron: '0 3 * * *', timezone: 'UTC' },
    })
    await expect(
      ours.admin.api(routes.deleteUser, { params: { id: ours.developer.id } }),
    ).rejects.toMatchObject({
      status: 409,
      details: { used_by: [{ what: 'schedules that run as them', count: 1 }] },
    })
    const email = await emailOf(ours.member)
    await ours.admin.api(routes.deleteUser, { params: { id: ours.member.id } })
    expect((await ours.member.fetch('/api/auth/me')).status).toBe(401)
    const rows = await server().db.query(
      `select action, outcome from audit_log where org_id = $1 and target_name = $2`,
      [ours.orgId, email],
    )
    expect(rows).toEqual([{ action: 'user.delete', outcome: 'success' }])
  })
})

describe('users in code', () => {
  test('are those of the organization of the run, and changed with the rights of who started it', async () => {
    const { ours } = await twoCustomers()
    const run = (by: TestPerson, id: string, input: Record<string, string> = {}) =>
      by.api(routes.executeWorkflow, { params: { id }, body: { input } })
    const { result } = await run(ours.developer, 'roster')
    const expected = await Promise.all([ours.admin, ours.developer, ours.member, ours.external].map(emailOf))
    expect(result).toEqual(expected.sort())
    const email = `hired-${newId()}@example.com`
    const provider = await server().person('org_admin')
    expect(await run(provider, 'hire', { email, role: 'member' })).toMatchObject({
      status: 'SUCCESS',
      result: { name: 'Newer', role: 'member', after: null },
    })
    for (const [by, role] of [
      [ours.admin, 'platform_admin'],
      [ours.developer, 'member'],
    ] as const)
      expect(await run(by, 'hire', { email, role })).toMatchObject({ status: 'FAILED' })
    expect(await run(ours.member, 'roster')).toMatchObject({ status: 'FAILED' })
  })
})

test('the log of the organization says who did what to which person', async () => {
  const { ours } = await twoCustomers()
  const email = await emailOf(ours.member)
  await change(ours.admin, ours.member.id, { role: 'developer', is_active: false })
  const [row] = await server().db.query(
    'select actor_id, before, after from audit_log where org_id = $1 and target_name = $2',
    [ours.orgId, email],
  )
  expect(row).toEqual({
    actor_id: ours.admin.id,
    before: { role: 'member', is_active: true },
    after: { role: 'developer', is_active: false },
  })
  expect(ADMIN.email).not.toBe(email)
})
