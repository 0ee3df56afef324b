import { routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const USES = `import { integrations, workflow } from 'bifrost'
export const entity = workflow(async (name: string) => (await integrations.get(name))?.entityId ?? null)
export const list = workflow(async (name: string) => (await integrations.listMappings(name)).map(({ organizationName, entityId }) => organizationName + ' ' + entityId))
export const nearest = workflow(async (name: string) => (await integrations.getMapping(name))?.entityId ?? null)
export const map = workflow(async (name: string, entityId: string, scope?: string) => integrations.upsertMapping(name, { entityId, entityName: 'Tenant', ...(scope ? { scope } : {}) }))
export const unmap = workflow(async (name: string, scope?: string) => integrations.deleteMapping(name, scope ? { scope } : {}))
`

const server = useServer({ files: { 'uses.ts': USES } })

let contoso: string
let below: string
let fabrikam: string
let ofContoso: TestPerson
let ofBelow: TestPerson
let ofFabrikam: TestPerson

beforeAll(async () => {
  contoso = await server().organization('Contoso')
  fabrikam = await server().organization('Fabrikam')
  below = newId()
  await server().db.query('insert into organizations (id, name, parent_id) values ($1, $2, $3)', [
    below,
    'Contoso West',
    contoso,
  ])
  ofContoso = await server().person('org_admin', contoso)
  ofBelow = await server().person('org_admin', below)
  ofFabrikam = await server().person('org_admin', fabrikam)
})

let made = 0
/** An integration of all organizations. */
const define = async () => {
  const response = await server().fetch('/api/integrations', {
    method: 'POST',
    headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
    body: JSON.stringify({ name: `Service ${++made}`, auth: 'none', base_url: 'https://service.invalid' }),
  })
  return (await response.json()) as { id: string; name: string }
}
const put = (
  person: TestPerson,
  id: string,
  ...mappings: { organization_id: string; entity_id: string | null }[]
) => person.api(routes.putIntegrationMappings, { params: { id }, body: { mappings } })
const listed = async (person: TestPerson, id: string, query: { mapped?: boolean; search?: string } = {}) =>
  (await person.api(routes.listIntegrationMappings, { params: { id }, query })).items.map(
    ({ organization_name, entity_id }) => [organization_name, entity_id],
  )
const runs = async (person: TestPerson, name: string, input: Record<string, string>) =>
  person.api(routes.executeWorkflow, { params: { id: name }, body: { input } })
const loggedOf = async (orgId: string, integrationId: string) =>
  (
    await server().db.query(
      `select action, actor_id, before, after from audit_log where org_id = $1 and target_id = $2 order by id`,
      [orgId, integrationId],
    )
  ).map(({ action, actor_id, before, after }) => ({ action, actor_id, before, after }))

describe('which organization is which at a service', () => {
  test('is said by people of the provider, of all organizations at once, and written down for each', async () => {
    const { id } = await define()
    const { items } = await put(
      server().admin,
      id,
      { organization_id: contoso, entity_id: 't-1' },
      { organization_id: fabrikam, entity_id: 't-2' },
    )
    expect(items).toMatchObject([{ organization_name: 'Contoso' }, { organization_name: 'Fabrikam' }])
    expect(await listed(server().admin, id, { mapped: true })).toEqual([
      ['Contoso', 't-1'],
      ['Fabrikam', 't-2'],
    ])
    expect(await listed(server().admin, id, { search: 't-2' })).toEqual([['Fabrikam', 't-2']])
    expect(await listed(server().admin, id, { mapped: false })).toContainEqual(['Contoso West', null])
    await put(server().admin, id, { organization_id: contoso, entity_id: null })
    expect(await listed(server().admin, id, { mapped: true })).toEqual([['Fabrikam', 't-2']])
    const entity = { entity_id: 't-1', entity_name: null }
    expect(await loggedOf(contoso, id)).toMatchObject([
      { action: 'integration.map', before: null, after: entity },
      { action: 'integration.unmap', before: entity, after: null },
    ])
    expect(await loggedOf(fabrikam, id)).toHaveLength(1)
  })

  test('is a page at a time', async () => {
    const { id } = await define()
    const names: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await server().api(routes.listIntegrationMappings, {
        params: { id },
        query: { limit: 2, ...(cursor ? { cursor } : {}) },
      })
      names.push(...page.items.map((item) => item.organization_name))
      cursor = page.next_cursor
    }
    expect(names).toEqual([...new Set(names)])
    expect(names).toEqual(expect.arrayContaining(['Contoso', 'Contoso West', 'Fabrikam']))
  })

  test('an organization sees its own and those below it, and changes none of a global integration', async () => {
    const { id } = await define()
    await put(
      server().admin,
      id,
      { organization_id: contoso, entity_id: 't-1' },
      { organization_id: fabrikam, entity_id: 't-2' },
    )
    expect(await listed(ofContoso, id)).toEqual([
      ['Contoso', 't-1'],
      ['Contoso West', null],
    ])
    expect(await listed(ofBelow, id)).toEqual([['Contoso West', null]])
    for (const [person, organization_id] of [
      [ofContoso, contoso],
      [ofContoso, below],
      [ofContoso, fabrikam],
      [ofFabrikam, contoso],
    ] as const) {
      await expect(put(person, id, { organization_id, entity_id: 'mine' })).rejects.toMatchObject({
        status: 403,
      })
      await expect(
        person.api(routes.deleteIntegrationMapping, { params: { id, organization_id } }),
      ).rejects.toMatchObject({ status: 403 })
    }
    expect(await listed(server().admin, id, { mapped: true })).toHaveLength(2)
    expect((await ofContoso.api(routes.getIntegration, { params: { id } })).may_map).toBe(false)
    expect((await server().api(routes.getIntegration, { params: { id } })).may_map).toBe(true)
  })

  test('of its own integration, an organization says it of itself and of those below, and of no other', async () => {
    const { id } = await ofContoso.api(routes.createIntegration, {
      body: { name: `Own ${++made}`, auth: 'none', base_url: 'https://own.invalid' },
    })
    await put(
      ofContoso,
      id,
      { organization_id: contoso, entity_id: 'a' },
      { organization_id: below, entity_id: 'b' },
    )
    await expect(put(ofContoso, id, { organization_id: fabrikam, entity_id: 'c' })).rejects.toMatchObject({
      status: 422,
    })
    // Neither the one below, nor one that cannot see it.
    await expect(put(ofBelow, id, { organization_id: below, entity_id: 'x' })).rejects.toMatchObject({
      status: 403,
    })
    await expect(put(ofFabrikam, id, { organization_id: fabrikam, entity_id: 'x' })).rejects.toMatchObject({
      status: 404,
    })
    expect(await listed(ofContoso, id)).toEqual([
      ['Contoso', 'a'],
      ['Contoso West', 'b'],
    ])
    await ofContoso.api(routes.deleteIntegrationMapping, { params: { id, organization_id: below } })
    await expect(
      ofContoso.api(routes.deleteIntegrationMapping, { params: { id, organization_id: below } }),
    ).rejects.toMatchObject({ status: 404 })
  })

  test('names each organization once, and nothing is saved when one is wrong', async () => {
    const { id } = await define()
    const one = { organization_id: contoso, entity_id: 't-1' }
    await expect(put(server().admin, id, one, one)).rejects.toMatchObject({ status: 422 })
    await expect(
      put(server().admin, id, one, { organization_id: newId(), entity_id: 'x' }),
    ).rejects.toMatchObject({ status: 422 })
    expect(await listed(server().admin, id, { mapped: true })).toEqual([])
  })

  test('a developer reads it and may not change it', async () => {
    const { id } = await define()
    const developer = await server().person('developer')
    await expect(put(developer, id, { organization_id: contoso, entity_id: 'x' })).rejects.toMatchObject({
      status: 403,
    })
    expect(await listed(developer, id, { mapped: true })).toEqual([])
  })

  test('who acts for an organization looks at it and at those below', async () => {
    const { id } = await define()
    const response = await server().fetch(`/api/integrations/${id}/mappings`, {
      headers: { 'bifrost-scope': contoso },
    })
    const { items } = (await response.json()) as { items: { organization_name: string }[] }
    expect(items.map((item) => item.organization_name)).toEqual(['Contoso', 'Contoso West'])
  })
})

describe('in a run', () => {
  test('the mapping counts before what the organization has entered, and is inherited', async () => {
    const { id, name } = await define()
    const entered = (person: TestPerson, entity_id: string) =>
      person.api(routes.configureIntegration, { params: { id }, body: { entity_id } })
    await entered(ofContoso, 'entered')
    expect((await runs(ofContoso, 'entity', { name })).result).toBe('entered')
    await put(server().admin, id, { organization_id: contoso, entity_id: 't-1' })
    // Otherwise it could name the entity of another customer, where the credentials are those of the provider.
    await entered(ofBelow, 'of another customer')
    for (const person of [ofContoso, ofBelow]) {
      expect((await runs(person, 'entity', { name })).result).toBe('t-1')
      expect((await runs(person, 'nearest', { name })).result).toBe('t-1')
    }
    expect((await runs(ofFabrikam, 'entity', { name })).result).toBeNull()
    expect((await runs(ofFabrikam, 'nearest', { name })).result).toBeNull()
    expect(await ofBelow.api(routes.getIntegration, { params: { id } })).toMatchObject({
      entity_id: 't-1',
      is_mapped: true,
    })
  })

  test('of a person of the provider, code maps other organizations and lists them all', async () => {
    const { id, name } = await define()
    const mapped = await server().execute('map', { name, entityId: 't-1', scope: contoso })
    expect(mapped.result).toMatchObject({
      integrationId: id,
      organizationId: contoso,
      organizationName: 'Contoso',
      entityId: 't-1',
      entityName: 'Tenant',
    })
    await server().execute('map', { name, entityId: 't-2', scope: fabrikam })
    expect((await server().execute('list', { name })).result).toEqual(['Contoso t-1', 'Fabrikam t-2'])
    expect((await runs(ofContoso, 'list', { name })).result).toEqual(['Contoso t-1'])
    expect((await server().execute('unmap', { name, scope: contoso })).result).toBe(true)
    expect((await server().execute('unmap', { name, scope: contoso })).result).toBe(false)
    expect((await loggedOf(contoso, id)).map(({ action }) => action)).toEqual([
      'integration.map',
      'integration.unmap',
    ])
  })

  test('of a customer, it reaches no other organization', async () => {
    const { id, name } = await define()
    const refused = await runs(ofContoso, 'map', { name, entityId: 'x', scope: fabrikam })
    expect(refused.status).toBe('FAILED')
    expect(await listed(server().admin, id, { mapped: true })).toEqual([])
  })

  test('global code maps the organization of the run; code of the organization may not', async () => {
    const { id, name } = await define()
    const member = await server().person('member', contoso)
    expect((await runs(member, 'map', { name, entityId: 't-1' })).status).toBe('SUCCESS')
    const [{ slug } = { slug: '' }] = await server().db.query<{ slug: string }>(
      'select slug from organizations where id = $1',
      [contoso],
    )
    server().write(`organizations/${slug}/own.ts`, USES.replaceAll('export const ', 'export const own_'))
    await server().api(routes.listWorkflows, { query: { refresh: true } })
    const own = await runs(ofContoso, 'own_map', { name, entityId: 'x' })
    expect(own.status).toBe('FAILED')
    expect(await listed(server().admin, id, { mapped: true })).toEqual([['Contoso', 't-1']])
  })
})

test('row security hides the rows of other organizations', async () => {
  const { id } = await define()
  await put(
    server().admin,
    id,
    { organization_id: contoso, entity_id: 't-1' },
    { organization_id: fabrikam, entity_id: 't-2' },
  )
  const seen = await server().db.transaction(async (query) => {
    await query('set local role bifrost_app')
    await query(`select set_config('bifrost.org', $1, true), set_config('bifrost.chain', $2, true)`, [
      below,
      `{${below},${contoso}}`,
    ])
    return query('select entity_id from integration_mappings where integration_id = $1', [id])
  })
  expect(seen).toEqual([{ entity_id: 't-1' }])
})
