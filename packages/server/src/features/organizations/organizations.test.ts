import { limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { refused } from '../../testing/refused.ts'
import { ADMIN, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'tree.ts': `import { context, organizations, workflow } from 'bifrost'
export const hello = workflow(async () => 'hello')
export const whereAmI = workflow(async () => ({ ...context.organization, global: context.isGlobalScope, scope: context.scope }))
export const grow = workflow(async (name: string) => {
  const made = await organizations.create(name)
  const renamed = await organizations.update(made.id, { name: name + ' Ltd' })
  const found = await organizations.get(made.id)
  const names = (await organizations.list()).map((one) => one.name)
  await organizations.delete(made.id)
  return { renamed: renamed.name, found: found?.name, listed: names.includes(renamed.name), after: (await organizations.get(made.id)) ?? null }
})
export const domains = workflow(async () => {
  const { id, domain: made } = await organizations.create('With a domain', { domain: 'fabrikam.com' })
  const { domain: changed } = await organizations.update(id, { domain: null })
  await organizations.delete(id)
  return { made, changed }
})
export const look = workflow(async () => (await organizations.list()).map((one) => one.name))`,
  },
})

const create = (name: string, parentId?: string) =>
  server().api(routes.createOrganization, { body: { name, ...(parentId ? { parent_id: parentId } : {}) } })

/** A customer, one below it, and one that has nothing to do with them. */
async function family() {
  const parent = await create(`Contoso ${newId()}`)
  const child = await create('Contoso Vienna', parent.id)
  const stranger = await create(`Fabrikam ${newId()}`)
  return { parent, child, stranger }
}

describe('the tree of organizations', () => {
  test('children stand below their parents and know the way up', async () => {
    const { parent, child } = await family()
    expect(child).toMatchObject({ parent_id: parent.id, path: [child.id, parent.id], is_active: true })
    const again = await server().api(routes.getOrganization, { params: { id: parent.id } })
    expect(again).toMatchObject({ sub_organizations: 1, people: 0, is_provider: false })
    const { items } = await server().api(routes.listOrganizations, { query: {} })
    const places = items.map(({ id }) => id)
    expect(places.indexOf(parent.id)).toBeLessThan(places.indexOf(child.id))
  })

  test('a name is found, and pages hold each organization once', async () => {
    const mark = newId()
    for (const name of ['One', 'Two', 'Three']) await create(`${name} ${mark}`)
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = await server().api(routes.listOrganizations, { query: { search: mark, limit: 2, cursor } })
      seen.push(...page.items.map(({ name }) => name))
      cursor = page.next_cursor ?? undefined
    } while (cursor)
    expect(seen).toEqual([`One ${mark}`, `Three ${mark}`, `Two ${mark}`])
    await expect(
      server().api(routes.listOrganizations, { query: { cursor: `x' or '1'='1` } }),
    ).rejects.toMatchObject({ status: 422 })
  })

  test('one that moves takes along what is below it', async () => {
    const { parent, child, stranger } = await family()
    const grandchild = await create('Contoso Vienna North', child.id)
    await server().api(routes.updateOrganization, {
      params: { id: child.id },
      body: { parent_id: stranger.id },
    })
    const moved = await server().api(routes.getOrganization, { params: { id: grandchild.id } })
    expect(moved.path).toEqual([grandchild.id, child.id, stranger.id])
    await server().api(routes.updateOrganization, { params: { id: child.id }, body: { parent_id: null } })
    expect((await server().api(routes.getOrganization, { params: { id: grandchild.id } })).path).toEqual([
      grandchild.id,
      child.id,
    ])
    await expect(
      server().api(routes.updateOrganization, {
        params: { id: child.id },
        body: { parent_id: grandchild.id },
      }),
    ).rejects.toMatchObject({ status: 422 })
    expect(parent.path).toEqual([parent.id])
  })

  test('one may have a domain, which is checked and written down', async () => {
    const { id } = await server().api(routes.createOrganization, {
      body: { name: `Domain ${newId()}`, domain: 'contoso.com' },
    })
    const get = () => server().api(routes.getOrganization, { params: { id } })
    const update = (body: { name?: string; domain?: string | null }) =>
      server().api(routes.updateOrganization, { params: { id }, body })
    expect(await get()).toMatchObject({ domain: 'contoso.com' })
    await update({ name: `Renamed ${newId()}` })
    expect(await get()).toMatchObject({ domain: 'contoso.com' })
    for (const domain of [
      'contoso',
      'https://contoso.com',
      'a b.com',
      '',
      'Contoso.com',
      `${'a'.repeat(254)}.com`,
    ])
      await expect(update({ domain })).rejects.toMatchObject({ status: 422 })
    await update({ domain: null })
    expect(await get()).toMatchObject({ domain: null })
    const [logged] = await server().db.query(
      'select before, after from audit_log where target_id = $1 order by id desc limit 1',
      [id],
    )
    expect(logged).toEqual({ before: { domain: 'contoso.com' }, after: { domain: null } })
    const run = await server().execute('domains')
    expect(run.result).toEqual({ made: 'fabrikam.com', changed: null })
  })

  test('it is so deep at most', async () => {
    let { id } = await create(`Deep ${newId()}`)
    for (let depth = 2; depth <= limits.organizationDepthMax; depth++) ({ id } = await create('Deeper', id))
    await expect(create('Too deep', id)).rejects.toMatchObject({ status: 409 })
  })

  test('so many stand below one customer at most, made at once or moved there', async () => {
    const { parent, child, stranger } = await family()
    const admin = await server().person('org_admin', parent.id)
    const missing = limits.organizationsPerCustomerMax - 1
    await server().db.query(
      `insert into organizations (id, name, parent_id) select gen_random_uuid(), 'Many ' || n, $1 from generate_series(2, $2::int) n`,
      [child.id, missing],
    )
    // Room for one more; of several at the same moment it is one.
    const made = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) =>
        admin.api(routes.createOrganization, { body: { name: `Last ${n}`, parent_id: child.id } }),
      ),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    for (const one of made)
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ status: 409, message: expect.stringMatching(/at most 100 organ/) })
    await expect(
      server().api(routes.updateOrganization, {
        params: { id: stranger.id },
        body: { parent_id: parent.id },
      }),
    ).rejects.toMatchObject({ status: 409 })
    // What is there already may move within its tree, and the provider makes further customers.
    await server().api(routes.updateOrganization, {
      params: { id: child.id },
      body: { parent_id: parent.id, name: 'Renamed' },
    })
    const [some] = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    if (some) {
      const moved = { params: { id: some.id }, body: { parent_id: parent.id } }
      expect(await server().api(routes.updateOrganization, moved)).toMatchObject({ parent_id: parent.id })
    }
    await create('Another customer')
    await create('A branch of another', stranger.id)
  })
})

describe('who sees and changes which', () => {
  test('people of a customer see their own and what is below it, and no trace of others', async () => {
    const { parent, child, stranger } = await family()
    for (const role of ['org_admin', 'developer'] as const) {
      const person = await server().person(role, parent.id)
      const { items } = await person.api(routes.listOrganizations, { query: {} })
      expect(items.map(({ id }) => id)).toEqual([parent.id, child.id])
      for (const id of [stranger.id, await server().providerId(), newId()])
        await expect(person.api(routes.getOrganization, { params: { id } })).rejects.toMatchObject({
          status: 404,
        })
    }
    const below = await server().person('org_admin', child.id)
    await expect(below.api(routes.getOrganization, { params: { id: parent.id } })).rejects.toMatchObject({
      status: 404,
    })
  })

  test.each(['member', 'external'] as const)('%s is refused', async (role) => {
    const { parent } = await family()
    const person = await server().person(role, parent.id)
    await refused(403, [
      person.api(routes.listOrganizations, { query: {} }),
      person.api(routes.getOrganization, { params: { id: parent.id } }),
      person.api(routes.createOrganization, { body: { name: 'Mine' } }),
      person.api(routes.updateOrganization, { params: { id: parent.id }, body: { name: 'Mine' } }),
      person.api(routes.deleteOrganization, { params: { id: parent.id } }),
    ])
  })

  test('an administrator of a customer makes organizations below their own, and nowhere else', async () => {
    const { parent, stranger } = await family()
    const admin = await server().person('org_admin', parent.id)
    const made = await admin.api(routes.createOrganization, { body: { name: 'Branch' } })
    expect(made.parent_id).toBe(parent.id)
    await expect(
      admin.api(routes.createOrganization, { body: { name: 'Top', parent_id: null } }),
    ).rejects.toMatchObject({ status: 403 })
    await expect(
      admin.api(routes.createOrganization, { body: { name: 'Theirs', parent_id: stranger.id } }),
    ).rejects.toMatchObject({ status: 404 })
    await expect(
      admin.api(routes.updateOrganization, { params: { id: made.id }, body: { parent_id: stranger.id } }),
    ).rejects.toMatchObject({ status: 404 })
    for (const change of [{ is_active: false }, { parent_id: made.id }])
      await expect(
        admin.api(routes.updateOrganization, { params: { id: parent.id }, body: change }),
      ).rejects.toMatchObject({ status: 403 })
    await expect(
      admin.api(routes.updateOrganization, { params: { id: stranger.id }, body: { name: 'Mine now' } }),
    ).rejects.toMatchObject({ status: 404 })
  })

  test('no one moves, deactivates or deletes the provider', async () => {
    const id = await server().providerId()
    const { parent } = await family()
    for (const body of [{ is_active: false }, { parent_id: parent.id }])
      await expect(server().api(routes.updateOrganization, { params: { id }, body })).rejects.toMatchObject({
        status: 409,
      })
    await expect(server().api(routes.deleteOrganization, { params: { id } })).rejects.toMatchObject({
      status: 409,
    })
  })
})

describe('a deactivated organization', () => {
  test('no one of it, or of what is below it, gets in, at once', async () => {
    const { parent, child } = await family()
    const people = [await server().person('org_admin', parent.id), await server().person('member', child.id)]
    for (const person of people) expect((await person.fetch('/api/auth/me')).status).toBe(200)
    await server().api(routes.updateOrganization, { params: { id: parent.id }, body: { is_active: false } })
    for (const person of people) expect((await person.fetch('/api/auth/me')).status).toBe(401)
    expect(await server().api(routes.getOrganization, { params: { id: child.id } })).toMatchObject({
      is_active: false,
    })
    await expect(
      server().api(routes.updateOrganization, { params: { id: child.id }, body: { is_active: true } }),
    ).rejects.toMatchObject({ status: 409 })
    await server().api(routes.updateOrganization, { params: { id: parent.id }, body: { is_active: true } })
    expect((await people[0]?.fetch('/api/auth/me'))?.status).toBe(200)
    expect((await people[1]?.fetch('/api/auth/me'))?.status).toBe(401)
  })

  test('no one acts for it, and nothing is started for it', async () => {
    const { parent } = await family()
    const run = (scope: string) =>
      server().fetch('/api/workflows/hello/run', {
        method: 'POST',
        headers: { 'bifrost-scope': scope, 'content-type': 'application/json' },
        body: '{}',
      })
    expect((await run(parent.id)).status).toBe(202)
    await server().api(routes.updateOrganization, { params: { id: parent.id }, body: { is_active: false } })
    expect((await run(parent.id)).status).toBe(403)
  })
})

describe('deleting an organization', () => {
  test('is refused while anything uses it, and says what', async () => {
    const { parent } = await family()
    await server().person('member', parent.id)
    await server().db.query(`insert into config_entries (org_id, key, value) values ($1, 'a', '1')`, [
      parent.id,
    ])
    await expect(
      server().api(routes.deleteOrganization, { params: { id: parent.id } }),
    ).rejects.toMatchObject({
      status: 409,
      code: 'conflict',
      details: {
        used_by: [
          { what: 'organizations below it', count: 1 },
          { what: 'config values', count: 1 },
          { what: 'people', count: 1 },
        ],
      },
    })
  })

  test('one that nothing uses is gone, and the log of the provider says who did it', async () => {
    const { stranger } = await family()
    await server().api(routes.deleteOrganization, { params: { id: stranger.id } })
    await expect(server().api(routes.getOrganization, { params: { id: stranger.id } })).rejects.toMatchObject(
      { status: 404 },
    )
    const rows = await server().db.query(
      `select action, actor_email, target_name from audit_log where target_id = $1 order by id`,
      [stranger.id],
    )
    expect(rows).toEqual([
      { action: 'organization.create', actor_email: ADMIN.email, target_name: stranger.name },
      { action: 'organization.delete', actor_email: ADMIN.email, target_name: stranger.name },
    ])
  })
})

test('a run knows its organization, the one above it, and whether it is for all', async () => {
  const { parent, child } = await family()
  const run = async (scope: string) => {
    const response = await server().fetch('/api/workflows/whereAmI/execute', {
      method: 'POST',
      headers: { 'bifrost-scope': scope, 'content-type': 'application/json' },
      body: '{}',
    })
    return ((await response.json()) as { result: unknown }).result
  }
  expect(await run(child.id)).toEqual({
    id: child.id,
    name: child.name,
    slug: child.slug,
    isProvider: false,
    parent: { id: parent.id, name: parent.name },
    global: false,
    scope: child.id,
  })
  expect(await run('global')).toMatchObject({ isProvider: true, parent: null, global: true, scope: 'global' })
})

describe('organizations in code', () => {
  test('acts with the rights of who started the run', async () => {
    const answer = await server().execute('grow', { name: 'Sprout' })
    expect(answer).toMatchObject({
      status: 'SUCCESS',
      result: { renamed: 'Sprout Ltd', found: 'Sprout Ltd', listed: true, after: null },
    })
    const { parent, child } = await family()
    const developer = await server().person('developer', parent.id)
    const seen = await developer.api(routes.executeWorkflow, { params: { id: 'look' }, body: {} })
    expect(seen.result).toEqual([parent.name, child.name])
    const refused = await developer.api(routes.executeWorkflow, {
      params: { id: 'grow' },
      body: { input: { name: 'Weed' } },
    })
    expect(refused).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining('organization:write') },
    })
    const member = await server().person('member', parent.id)
    const none = await member.api(routes.executeWorkflow, { params: { id: 'look' }, body: {} })
    expect(none.status).toBe('FAILED')
  })
})
