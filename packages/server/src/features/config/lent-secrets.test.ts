import { routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const READS = (prefix: string) => `import { config, integrations, workflow } from 'bifrost'
const dotted = (value: unknown) => [...JSON.stringify(value ?? 'absent')].join('.')
export const ${prefix}Reads = workflow(async (key: string) => dotted(await config.get(key)))
export const ${prefix}Connects = workflow(async (name: string, how: 'get' | 'getCredentials' | 'getClient') => dotted(await integrations[how](name)))
`
/** As a result shows a value whose author wants to see it. */
const dotted = (value: string) => [...JSON.stringify(value)].join('.')

const server = useServer({ files: { 'everyone.ts': READS('global') } })

let upper: TestPerson
let lower: TestPerson

const family = async () => {
  const parentId = await server().organization(`Upper ${newId()}`)
  const childId = newId()
  await server().db.query(`insert into organizations (id, name, parent_id) values ($1, $2, $3)`, [
    childId,
    `Lower ${newId()}`,
    parentId,
  ])
  const slugs = await server().db.query<{ id: string; slug: string }>(
    'select id, slug from organizations where id = any($1)',
    [[parentId, childId]],
  )
  const slugOf = (id: string) => slugs.find((one) => one.id === id)?.slug ?? ''
  server().write(`organizations/${slugOf(parentId)}/reads.ts`, READS('upper'))
  server().write(`organizations/${slugOf(childId)}/reads.ts`, READS('lower'))
  upper = await server().person('org_admin', parentId)
  lower = await server().person('org_admin', childId)
}

beforeAll(async () => {
  await family()
  await server().api(routes.listWorkflows, { query: { refresh: true } })
})

const put = (person: TestPerson, key: string, body: object, headers = {}) =>
  person.fetch(`/api/config/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const reads = (person: TestPerson, workflow: string, key: string) =>
  person.api(routes.executeWorkflow, { params: { id: workflow }, body: { input: { key } } })
const GLOBAL = { 'bifrost-scope': 'global' }

describe('a secret is read in the clear by code of its owner alone (V9)', () => {
  test('a global one: not by code of a customer, however it is spelled in the result', async () => {
    expect(
      (await put(server().admin, 'provider', { value: 'hush-global', is_secret: true }, GLOBAL)).status,
    ).toBe(200)
    const answer = await reads(lower, 'lowerReads', 'provider')
    expect(answer.status).toBe('FAILED')
    expect(JSON.stringify(answer)).toContain(
      'The secret \\"provider\\" belongs to the provider and is not lent',
    )
    expect(JSON.stringify(answer)).not.toContain('h.u.s.h')
    // What everybody may run, and the provider wrote, reads what the provider has set.
    expect((await reads(lower, 'globalReads', 'provider')).result).toBe(dotted('hush-global'))
  })

  test('one of a parent: not by code of the child', async () => {
    await put(upper, 'of-upper', { value: 'hush-upper', is_secret: true })
    const answer = await reads(lower, 'lowerReads', 'of-upper')
    expect(answer.status).toBe('FAILED')
    expect(JSON.stringify(answer)).toMatch(/belongs to Upper .* and is not lent/)
    // The code of the parent, and that of the provider, read it wherever they run.
    for (const workflow of ['upperReads', 'globalReads'])
      for (const person of [lower, upper])
        expect((await reads(person, workflow, 'of-upper')).result).toBe(dotted('hush-upper'))
  })

  test('one of the organization that the run is for: by all code that may run there', async () => {
    await put(lower, 'of-lower', { value: 'hush-lower', is_secret: true })
    for (const workflow of ['lowerReads', 'upperReads', 'globalReads'])
      expect((await reads(lower, workflow, 'of-lower')).result).toBe(dotted('hush-lower'))
  })

  test('code that is sent with the request is that of the organization which runs it', async () => {
    const code =
      "const { config } = await import('bifrost')\nreturn [...JSON.stringify(await config.get(input.key as string))].join('.')"
    const inline = async (scope: string, key: string): Promise<unknown> => {
      const response = await server().fetch('/api/workflows/code/execute', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'bifrost-scope': scope },
        body: JSON.stringify({ code, input: { key } }),
      })
      return response.json()
    }
    await put(server().admin, 'provider', { value: 'hush-global', is_secret: true }, GLOBAL)
    expect(await inline(lower.orgId, 'provider')).toMatchObject({ status: 'FAILED' })
    expect(await inline(lower.orgId, 'of-upper')).toMatchObject({ status: 'FAILED' })
    expect(await inline(lower.orgId, 'of-lower')).toMatchObject({ result: dotted('hush-lower') })
    expect(await inline(await server().providerId(), 'provider')).toMatchObject({
      result: dotted('hush-global'),
    })
  })

  test('a plain value is inherited as before', async () => {
    await put(server().admin, 'address', { value: 'https://example.com' }, GLOBAL)
    expect((await reads(lower, 'lowerReads', 'address')).result).toBe(dotted('https://example.com'))
  })
})

describe('a secret is lent to the organizations below', () => {
  test('its owner says so, later and without the value; the audit log has it', async () => {
    await put(upper, 'lent', { value: 'hush-lent', is_secret: true })
    expect(await reads(lower, 'lowerReads', 'lent')).toMatchObject({ status: 'FAILED' })
    const lent = await put(upper, 'lent', { lend_below: true })
    expect(await lent.json()).toMatchObject({ is_secret: true, lend_below: true, value: null, version: 2 })
    expect((await reads(lower, 'lowerReads', 'lent')).result).toBe(dotted('hush-lent'))
    const [row] = await server().db.query<{ before: object; after: object }>(
      "select before, after from audit_log where target_id = 'lent' order by at desc limit 1",
    )
    expect(row).toMatchObject({ before: { lend_below: false }, after: { is_secret: true, lend_below: true } })
    expect(JSON.stringify(row)).not.toContain('hush')
    // A new value stays lent, until its owner ends that.
    await put(upper, 'lent', { value: 'hush-second', is_secret: true })
    expect((await reads(lower, 'lowerReads', 'lent')).result).toBe(dotted('hush-second'))
    await put(upper, 'lent', { lend_below: false })
    expect(await reads(lower, 'lowerReads', 'lent')).toMatchObject({ status: 'FAILED' })
  })

  test('an organization below cannot lend what it does not own', async () => {
    await put(upper, 'kept', { value: 'hush-kept', is_secret: true })
    expect((await put(lower, 'kept', { lend_below: true })).status).toBe(422)
    expect(await reads(lower, 'lowerReads', 'kept')).toMatchObject({ status: 'FAILED' })
  })
})

describe('credentials of an integration', () => {
  const define = async () => {
    const name = `service-${newId()}`
    const made = await upper.api(routes.createIntegration, {
      body: { name, auth: 'bearer', base_url: 'https://api.example.com' },
    })
    await upper.api(routes.configureIntegration, {
      params: { id: made.id },
      body: { credentials: { token: 'hush-token' } },
    })
    return { name, id: made.id }
  }
  const connects = (person: TestPerson, workflow: string, name: string, how: string) =>
    person.api(routes.executeWorkflow, { params: { id: workflow }, body: { input: { name, how } } })

  test.each(['get', 'getCredentials', 'getClient'])(
    '%s gives them to code of their owner alone',
    async (how) => {
      const { name, id } = await define()
      const refused = await connects(lower, 'lowerConnects', name, how)
      expect(refused.status).toBe('FAILED')
      expect(JSON.stringify(refused)).toMatch(/signs in with belongs to Upper .* and is not lent/)
      expect(await connects(lower, 'upperConnects', name, how)).toMatchObject({ status: 'SUCCESS' })
      await upper.api(routes.configureIntegration, { params: { id }, body: { lend_below: true } })
      expect(await connects(lower, 'lowerConnects', name, how)).toMatchObject({ status: 'SUCCESS' })
    },
  )

  test('its own credentials for an inherited integration are the organization’s', async () => {
    const { name, id } = await define()
    await lower.api(routes.configureIntegration, {
      params: { id },
      body: { credentials: { token: 'hush-own-token' } },
    })
    const answer = await connects(lower, 'lowerConnects', name, 'getCredentials')
    expect(answer.result).toContain('h.u.s.h.-.o.w.n')
  })
})
