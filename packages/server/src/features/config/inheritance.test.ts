import { type ConfigEntry, type Json, routes } from '@bifrost/contract'
import { beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'reads.ts': `import { config, workflow } from 'bifrost'
export const reads = workflow(async (key: string, scope?: string) => (await config.get<unknown>(key, 'absent', scope ? { scope } : {})))
export const lists = workflow(async () => (await config.list()).map(({ key, value, source }) => [key, value, source]))
export const writes = workflow(async (scope: string) => { await config.set('written', 1, { scope }); return config.delete('absent', { scope }) })`,
  },
})

interface Family {
  parent: string
  child: string
  parentAdmin: TestPerson
  childAdmin: TestPerson
  stranger: TestPerson
}
let family: Family

beforeEach(async () => {
  await server().db.query('delete from config_entries')
  const parent = await server().organization(`Parent ${newId()}`)
  const child = newId()
  await server().db.query(`insert into organizations (id, name, parent_id) values ($1, 'Branch', $2)`, [
    child,
    parent,
  ])
  family = {
    parent,
    child,
    parentAdmin: await server().person('org_admin', parent),
    childAdmin: await server().person('org_admin', child),
    stranger: await server().person('org_admin', await server().organization(`Stranger ${newId()}`)),
  }
})

const put = (
  person: TestPerson,
  key: string,
  body: { value?: Json; is_secret?: boolean; version?: number },
  headers = {},
) =>
  person.fetch(`/api/config/${key}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const setGlobal = (key: string, value: Json, is_secret = false) =>
  put(server().admin, key, { value, is_secret }, { 'bifrost-scope': 'global' })
const set = (person: TestPerson, key: string, value: Json, is_secret = false) =>
  put(person, key, { value, is_secret })
const entries = async (person: TestPerson, scope?: string): Promise<ConfigEntry[]> =>
  (await person.api(routes.listConfig, { query: scope ? { scope } : {} })).items
const read = async (person: TestPerson, input: Record<string, string>) =>
  person.api(routes.executeWorkflow, { params: { id: 'reads' }, body: { input } })

describe('a value is inherited (H5)', () => {
  test('a run gets its own, else that of the nearest parent, else the global one', async () => {
    const { parentAdmin, childAdmin, stranger } = family
    const seen = async () => [
      (await read(childAdmin, { key: 'url' })).result,
      (await read(parentAdmin, { key: 'url' })).result,
      (await read(stranger, { key: 'url' })).result,
    ]
    expect(await seen()).toEqual(['absent', 'absent', 'absent'])
    await setGlobal('url', 'global')
    expect(await seen()).toEqual(['global', 'global', 'global'])
    await set(parentAdmin, 'url', 'parent')
    expect(await seen()).toEqual(['parent', 'parent', 'global'])
    await set(childAdmin, 'url', 'child')
    expect(await seen()).toEqual(['child', 'parent', 'global'])
    await childAdmin.api(routes.deleteConfig, { params: { key: 'url' } })
    await parentAdmin.api(routes.deleteConfig, { params: { key: 'url' } })
    expect(await seen()).toEqual(['global', 'global', 'global'])
  })

  test('the list says where each value comes from and what it hides', async () => {
    const { parentAdmin, childAdmin, parent, child } = family
    await setGlobal('url', 'global')
    await setGlobal('secret', 'global-hush', true)
    await set(parentAdmin, 'url', 'parent')
    await set(childAdmin, 'url', 'child')
    await set(childAdmin, 'secret', 'child-hush', true)
    const [secret, url] = await entries(childAdmin)
    expect(url).toMatchObject({
      value: 'child',
      source: { kind: 'own', organization: { id: child, name: 'Branch' } },
      overrides: [
        { kind: 'parent', organization: { id: parent }, value: 'parent' },
        { kind: 'global', organization: null, value: 'global' },
      ],
    })
    expect(secret).toMatchObject({
      value: null,
      overrides: [{ kind: 'global', value: null, is_secret: true }],
    })
    expect(JSON.stringify(await entries(childAdmin))).not.toContain('hush')
    const [own] = await entries(parentAdmin).then((all) => all.filter(({ key }) => key === 'url'))
    expect(own).toMatchObject({ value: 'parent', source: { kind: 'own' }, overrides: [{ kind: 'global' }] })
    const listed = await childAdmin.api(routes.executeWorkflow, { params: { id: 'lists' }, body: {} })
    expect(listed.result).toEqual([
      ['secret', null, 'Branch'],
      ['url', 'child', 'Branch'],
    ])
  })

  test('what is inherited is neither changed nor deleted from below', async () => {
    const { childAdmin, stranger } = family
    await setGlobal('url', 'global')
    await expect(childAdmin.api(routes.deleteConfig, { params: { key: 'url' } })).rejects.toMatchObject({
      status: 404,
    })
    await set(childAdmin, 'url', 'child')
    expect((await read(stranger, { key: 'url' })).result).toBe('global')
  })

  test('a secret of a parent is hidden in what a run of the child writes', async () => {
    await set(family.parentAdmin, 'token', 'parent-hush-hush', true)
    const answer = await read(family.childAdmin, { key: 'token' })
    expect(answer).toMatchObject({ status: 'SUCCESS', result: '[REDACTED]' })
  })
})

describe('administrators of the platform (59)', () => {
  test('list everybody’s values, the global ones, or those of one organization', async () => {
    const { parentAdmin, childAdmin, child } = family
    await setGlobal('a', 1)
    await set(parentAdmin, 'b', 2)
    await set(childAdmin, 'c', 3)
    const keys = async (scope?: string) => (await entries(server().admin, scope)).map((entry) => entry.key)
    expect(await keys()).toEqual(['a', 'b', 'c'])
    expect(await keys('global')).toEqual(['a'])
    expect(await keys(child)).toEqual(['c'])
    await expect(keys('nonsense')).rejects.toMatchObject({ status: 422 })
    expect((await entries(parentAdmin, child)).map((entry) => entry.key)).toEqual(['a', 'b'])
  })
})

describe('asking for another organization (56, 57)', () => {
  test('code of ordinary people is refused; that of the provider is heard', async () => {
    const { parentAdmin, stranger, child } = family
    await set(family.childAdmin, 'url', 'child')
    for (const scope of ['global', child])
      expect(await read(stranger, { key: 'url', scope })).toMatchObject({ status: 'FAILED' })
    expect((await read(parentAdmin, { key: 'url', scope: child })).result).toBe('child')
    expect((await read(server().admin, { key: 'url', scope: child })).result).toBe('child')
    const wrote = await server().execute('writes', { scope: 'global' })
    expect(wrote).toMatchObject({ status: 'SUCCESS', result: false })
    expect((await read(stranger, { key: 'written' })).result).toBe(1)
    const forged = await stranger.api(routes.executeWorkflow, {
      params: { id: 'writes' },
      body: { input: { scope: 'global' } },
    })
    expect(forged.status).toBe('FAILED')
  })
})

describe('two people at once', () => {
  test('the second is told that the first was there, when both say what they saw', async () => {
    const { parentAdmin } = family
    expect((await put(parentAdmin, 'x', { value: 1, version: 0 })).status).toBe(200)
    expect((await put(parentAdmin, 'x', { value: 2, version: 0 })).status).toBe(409)
    const both = await Promise.all([2, 3].map((value) => put(parentAdmin, 'x', { value, version: 1 })))
    expect(both.map((response) => response.status).sort()).toEqual([200, 409])
    expect((await put(parentAdmin, 'x', { value: 4 })).status).toBe(200)
    expect((await put(parentAdmin, 'gone', { value: 4, version: 3 })).status).toBe(409)
  })

  test('who sets without saying so has the last word, and nothing breaks', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, value) => put(family.parentAdmin, 'race', { value })),
    )
    expect(answers.every((response) => response.status === 200)).toBe(true)
    const [entry] = await entries(family.parentAdmin)
    expect(entry?.version).toBe(8)
  })
})

describe('bad input', () => {
  test('an empty value keeps a secret (62), and is refused for a new one', async () => {
    const { parentAdmin } = family
    await set(parentAdmin, 'token', 'kept-hush-hush', true)
    for (const body of [{ is_secret: true }, { value: '', is_secret: true }, {}])
      expect((await put(parentAdmin, 'token', body)).status).toBe(200)
    expect((await entries(parentAdmin))[0]).toMatchObject({ is_secret: true, version: 1 })
    expect((await put(parentAdmin, 'new', { is_secret: true, value: '' })).status).toBe(422)
    expect((await put(parentAdmin, 'plain', { value: '' })).status).toBe(200)
  })

  test('a value that is too large is refused with its limit', async () => {
    const response = await set(family.parentAdmin, 'large', 'x'.repeat(70_000))
    expect(response.status).toBe(422)
    expect(await response.text()).toContain('64 KB')
  })

  test('an owner in the body is no part of the request', async () => {
    const response = await family.stranger.fetch('/api/config/forged', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ value: 1, org_id: family.parent }),
    })
    expect(response.status).toBe(422)
    expect(await entries(family.parentAdmin)).toEqual([])
  })

  test('a ciphertext that is moved to another organization does not open there', async () => {
    await set(family.parentAdmin, 'token', 'moved-hush-hush', true)
    await server().db.query('update config_entries set org_id = $1', [family.stranger.orgId])
    server().expectError(/platform call failed/)
    const answer = await read(family.stranger, { key: 'token' })
    expect(answer.status).toBe('FAILED')
    expect(JSON.stringify(answer)).not.toContain('moved-hush')
  })
})
