import { type AuditFilter, type AuditRow, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'
import { pruneAudit } from './audit.ts'

const server = useServer({
  files: {
    'sets.ts': `import { config, workflow } from 'bifrost'
export const sets = workflow(async (key: string) => { await config.set(key, 'by a run') })`,
  },
})

const set = (key: string, value: string, person: TestPerson = server().admin, is_secret = false) =>
  person.api(routes.setConfig, { params: { key }, body: { value, is_secret } })
const list = async (filter: AuditFilter = {}, person: TestPerson = server().admin): Promise<AuditRow[]> =>
  (await person.api(routes.listAudit, { query: { limit: 200, ...filter } })).items

describe('the audit log (76)', () => {
  test('a change says who, what, from where, and what was before and after', async () => {
    await set('plain', 'one')
    await set('plain', 'two')
    await server().api(routes.deleteConfig, { params: { key: 'plain' } })
    const [deleted, changed, made] = await list({ target_type: 'config', target_id: 'plain' })
    const me = await server().api(routes.getMe, {})
    expect(made).toMatchObject({
      action: 'config.set',
      actor: { id: me.id, email: me.email },
      organization: { id: me.organization.id, name: me.organization.name },
      outcome: 'success',
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
      execution_id: null,
      before: null,
      after: { is_secret: false, value: 'one' },
    })
    expect(changed).toMatchObject({ before: { value: 'one' }, after: { value: 'two' } })
    expect(deleted).toMatchObject({ action: 'config.delete', before: { value: 'two' }, after: null })
  })

  test('it holds no secret, nor what was plain before it became one', async () => {
    await set('was-plain', 'hush-hush-1')
    await set('was-plain', 'hush-hush-2', server().admin, true)
    await set('was-plain', 'hush-hush-3', server().admin, true)
    await server().api(routes.deleteConfig, { params: { key: 'was-plain' } })
    const rows = await list({ target_id: 'was-plain' })
    expect(rows).toHaveLength(4)
    expect(JSON.stringify(rows)).not.toMatch(/hush-hush-[23]/)
    expect(rows[2]).toMatchObject({ before: { is_secret: false }, after: { is_secret: true } })
  })

  test('what a run changes names the run, and the person whose run it is', async () => {
    const { execution_id } = await server().execute('sets', { key: 'from-run' })
    const [row] = await list({ target_id: 'from-run' })
    expect(row).toMatchObject({ execution_id, actor: { email: 'admin@example.com' }, address: null })
  })

  test('there is no row without its change', async () => {
    await expect(
      server().api(routes.setConfig, { params: { key: 'refused' }, body: { value: 1, version: 7 } }),
    ).rejects.toMatchObject({ status: 409 })
    expect(await list({ target_id: 'refused' })).toEqual([])
  })

  test('filters find by action, noun, target, who, outcome, text and time; pages leave nothing out', async () => {
    const before = new Date().toISOString()
    const person = await server().person('org_admin')
    for (const key of ['a', 'b', 'c', 'd', 'e']) await set(`pages/${key}`, key, person)
    const ofPerson = { actor: person.id }
    expect(await list(ofPerson)).toHaveLength(5)
    expect(await list({ ...ofPerson, action: 'config' })).toHaveLength(5)
    expect(await list({ ...ofPerson, action: 'config.delete' })).toEqual([])
    expect(await list({ ...ofPerson, outcome: 'failure' })).toEqual([])
    expect(await list({ ...ofPerson, search: 'pages/c' })).toHaveLength(1)
    expect(await list({ ...ofPerson, search: '%' })).toEqual([])
    expect(await list({ ...ofPerson, until: before })).toEqual([])
    expect(await list({ ...ofPerson, since: before })).toHaveLength(5)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: { items: AuditRow[]; next_cursor: string | null } = await server().api(routes.listAudit, {
        query: { ...ofPerson, limit: 2, ...(cursor ? { cursor } : {}) },
      })
      seen.push(...page.items.map((row) => row.target.id ?? ''))
      cursor = page.next_cursor
    } while (cursor)
    expect(seen).toEqual(['e', 'd', 'c', 'b', 'a'].map((key) => `pages/${key}`))
    await expect(server().api(routes.listAudit, { query: { cursor: 'x' } })).rejects.toMatchObject({
      status: 422,
    })
  })

  test('an organization sees its own rows, whatever it asks for; administrators of the platform see what they ask for (59)', async () => {
    const org = await server().organization(`Customer ${newId()}`)
    const admin = await server().person('org_admin', org)
    await set('ours', 'x', admin)
    await set('elsewhere', 'y')
    for (const scope of [undefined, 'global', await server().providerId()]) {
      const rows = await list(scope ? { scope } : {}, admin)
      expect(rows.map((row) => row.target.id)).toEqual(['ours'])
    }
    expect((await list()).map((row) => row.target.id)).toEqual(expect.arrayContaining(['ours', 'elsewhere']))
    expect((await list({ scope: org })).map((row) => row.target.id)).toEqual(['ours'])
    await expect(list({ scope: 'nonsense' })).rejects.toMatchObject({ status: 422 })
  })

  test('the role of the application can add rows, and neither change nor delete one', async () => {
    await set('kept', '1')
    const person = await server().person('org_admin')
    const scope = await scopeOf(server().db.query, person.orgId, person.id)
    if (!scope) throw new Error('no scope')
    const { query } = server().db.as(scope)
    for (const text of ['delete from audit_log', `update audit_log set action = 'x.y'`, 'truncate audit_log'])
      await expect(query(text)).rejects.toThrow(/permission denied/)
    expect(await list({ target_id: 'kept' })).toHaveLength(1)
  })

  test.each(['developer', 'member', 'external'] as const)('%s may not read it', async (role) => {
    const person = await server().person(role)
    await expect(list({}, person)).rejects.toMatchObject({ status: 403 })
    expect((await person.fetch('/api/audit/export?format=csv')).status).toBe(403)
  })

  test('rows that are too old are deleted, and no others', async () => {
    await set('aged', '1')
    await set('aged', '2')
    const rows = await list({ target_id: 'aged' })
    await server().db.query(`update audit_log set at = now() - interval '40 days' where id = $1`, [
      rows[1]?.id,
    ])
    await pruneAudit(server().db.query, 30)
    expect((await list({ target_id: 'aged' })).map((row) => row.id)).toEqual([rows[0]?.id])
  })
})

describe('the export', () => {
  const get = async (query: string) => (await server().fetch(`${routes.exportAudit.path}?${query}`)).text()

  test('CSV has one line per row, and no text that a spreadsheet runs', async () => {
    await set('csv', `=HYPERLINK("http://x","1"),\n"a"`)
    const org = await server().organization('=cmd|calc!A1')
    await set('csv', 'x', await server().person('org_admin', org))
    const [header, ...lines] = (await get('format=csv&target_id=csv')).trim().split('\n')
    expect(header).toBe(
      'at,organization,actor_id,actor_email,action,target_type,target_id,target_name,outcome,address,execution_id,before,after,id',
    )
    expect(lines).toHaveLength(2)
    expect(lines[0]).toContain(`,'=cmd|calc!A1,`)
    expect(lines[1]).toContain(String.raw`""value"":""=HYPERLINK(\""http://x\"",\""1\""),\n\""a\""""`)
  })

  test('JSON is a list of the same rows, whole also over many pages', async () => {
    const { db } = server()
    const org = await server().organization(`Large ${newId()}`)
    await db.query(
      `insert into audit_log (id, org_id, action, target_type, target_id, outcome)
       select gen_random_uuid(), $1, 'test.done', 'test', n::text, 'success' from generate_series(1, 2500) n`,
      [org],
    )
    const rows = JSON.parse(await get(`format=json&scope=${org}`)) as AuditRow[]
    expect(new Set(rows.map((row) => row.target.id)).size).toBe(2500)
    expect(JSON.parse(await get(`format=json&scope=${newId()}`))).toEqual([])
    expect(await get(`format=csv&scope=${newId()}`)).toMatch(/^at,organization,/)
  })

  test('a format that does not exist is refused', async () => {
    expect((await server().fetch('/api/audit/export?format=xlsx')).status).toBe(422)
  })
})
