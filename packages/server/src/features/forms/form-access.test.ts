import { type FormField, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const quiet = `
import { workflow } from 'bifrost'
export const quiet = workflow(async (name: string) => 'hello ' + name)
`
const server = useServer({ files: { 'quiet.ts': quiet } })
const admin = () => server().admin
let member: TestPerson
let developer: TestPerson
let stranger: TestPerson
beforeAll(async () => {
  member = await server().person('member')
  developer = await server().person('developer')
  stranger = await server().person('org_admin', await server().organization('Elsewhere'))
})

let count = 0
const create = (fields: FormField[], more: Record<string, unknown> = {}, by: TestPerson = admin()) =>
  by.api(routes.createForm, { body: { name: `Form ${++count}`, workflow: 'quiet', fields, ...more } })
const submit = (id: string, fields: Record<string, string>, by = member) =>
  by.api(routes.submitForm, { params: { id }, body: { fields } })
const status = (promise: Promise<unknown>) =>
  promise.then(
    () => 200,
    (error: { status: number }) => error.status,
  )

describe('53: who may', () => {
  const role = async (...people: TestPerson[]) => {
    const id = newId()
    const org = await server().providerId()
    await server().db.query('insert into roles (id, org_id, name) values ($1, $2, $3)', [
      id,
      org,
      `Role ${id}`,
    ])
    for (const person of people)
      await server().db.query('insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)', [
        id,
        person.id,
        org,
      ])
    return id
  }
  const sees = async (person: TestPerson, id: string) =>
    (await person.api(routes.listForms, { query: {} })).items.some((form) => form.id === id)
  const fields: FormField[] = [{ name: 'name', type: 'text', label: 'Name' }]

  test('a form for everybody is for everybody of its organization', async () => {
    const form = await create(fields)
    expect(await sees(member, form.id)).toBe(true)
    expect(await member.api(routes.getForm, { params: { id: form.id } })).toMatchObject({ name: form.name })
    expect(await sees(stranger, form.id)).toBe(false)
    const params = { id: form.id }
    expect(await status(stranger.api(routes.getForm, { params }))).toBe(404)
    expect(await status(stranger.api(routes.getFormSettings, { params }))).toBe(404)
    expect(await status(stranger.api(routes.updateForm, { params, body: { name: 'x' } }))).toBe(404)
    expect(await status(stranger.api(routes.deleteForm, { params }))).toBe(404)
    expect(await status(stranger.api(routes.createFormLink, { params, body: {} }))).toBe(404)
    expect(await status(submit(form.id, { name: 'x' }, stranger))).toBe(404)
  })

  test('a form for a role is for its members, and a person who may not run its workflow runs it through the form', async () => {
    const insider = await server().person('external')
    const roleId = await role(insider)
    const form = await create(fields, { access: 'role_based', role_ids: [roleId] })
    const [row] = await server().db.query<{ id: string }>(`select id from workflows where name = 'quiet'`)
    await server().db.query(`update workflows set access = 'role_based' where id = $1`, [row?.id])
    expect(await sees(member, form.id)).toBe(false)
    expect(await status(member.api(routes.getForm, { params: { id: form.id } }))).toBe(404)
    expect(await status(submit(form.id, { name: 'x' }))).toBe(404)
    expect(await sees(insider, form.id)).toBe(true)
    const { execution_id } = await submit(form.id, { name: 'Ada' }, insider)
    const run = await server().ended(execution_id)
    expect(run).toMatchObject({ result: 'hello Ada', started_by: { id: insider.id } })
    await server().db.query(`update workflows set access = 'authenticated' where id = $1`, [row?.id])
  })

  test('roles stay when a change does not name them; an unknown one is refused', async () => {
    const [one, two] = [await role(member), await role()]
    const form = await create(fields, { access: 'role_based', role_ids: [one] })
    const params = { id: form.id }
    const changed = await admin().api(routes.updateForm, { params, body: { description: 'new' } })
    expect(changed.role_ids).toEqual([one])
    expect(await sees(member, form.id)).toBe(true)
    const moved = await admin().api(routes.updateForm, { params, body: { role_ids: [two] } })
    expect(moved.role_ids).toEqual([two])
    expect(await sees(member, form.id)).toBe(false)
    expect(await status(admin().api(routes.updateForm, { params, body: { role_ids: [newId()] } }))).toBe(404)
    expect(await status(create(fields, { role_ids: [newId()] }))).toBe(404)
    const foreign = newId()
    await server().db.query('insert into roles (id, org_id, name) values ($1, $2, $3)', [
      foreign,
      stranger.orgId,
      'Foreign',
    ])
    expect(await status(create(fields, { role_ids: [foreign] }))).toBe(404)
  })

  test('a member builds no forms; a change is seen at once; a form that is switched off or gone is used by no one', async () => {
    expect(await status(create(fields, {}, member))).toBe(403)
    const form = await create(fields, {}, developer)
    const params = { id: form.id }
    expect(await status(member.api(routes.updateForm, { params, body: { name: 'x' } }))).toBe(403)
    expect(await status(member.api(routes.getFormSettings, { params }))).toBe(403)
    await developer.api(routes.updateForm, { params, body: { name: 'Changed' } })
    expect(await member.api(routes.getForm, { params })).toMatchObject({ name: 'Changed' })
    await developer.api(routes.updateForm, { params, body: { is_active: false } })
    expect(await status(submit(form.id, { name: 'x' }))).toBe(404)
    expect(await status(submit(form.id, { name: 'x' }, developer))).toBe(409)
    await developer.api(routes.deleteForm, { params })
    expect(await status(developer.api(routes.getForm, { params }))).toBe(404)
    const log = await server().db.query<{ action: string }>(
      'select action from audit_log where target_id = $1 order by id',
      [form.id],
    )
    expect(log.map((entry) => entry.action)).toEqual([
      'form.create',
      'form.update',
      'form.update',
      'form.delete',
    ])
  })

  test('a global form is for every organization, its runs are those of the person who submits, and it is changed globally', async () => {
    const globally = (path: string, init: RequestInit) =>
      admin().fetch(path, {
        ...init,
        headers: { 'bifrost-scope': 'global', 'content-type': 'application/json' },
      })
    const made = await globally('/api/forms', {
      method: 'POST',
      body: JSON.stringify({ name: 'For all', workflow: 'quiet', fields }),
    })
    expect(made.status).toBe(201)
    const form = (await made.json()) as { id: string; org_id: null }
    expect(form.org_id).toBe(null)
    expect(await sees(stranger, form.id)).toBe(true)
    const { execution_id } = await submit(form.id, { name: 'Ada' }, stranger)
    const run = await until('the run ends', async () => {
      const found = await stranger.api(routes.getExecution, { params: { id: execution_id } })
      return found.status === 'SUCCESS' ? found : null
    })
    expect(run.org_id).toBe(stranger.orgId)
    expect(
      await status(stranger.api(routes.updateForm, { params: { id: form.id }, body: { name: 'x' } })),
    ).toBe(403)
    expect((await globally(`/api/forms/${form.id}`, { method: 'DELETE' })).status).toBe(204)
  })

  test('59: an administrator of the platform lists those of all, the global ones, or those of one organization', async () => {
    const own = await create(fields)
    const theirs = await create(fields, {}, stranger)
    const names = async (person: TestPerson, scope?: string) => {
      const { items } = await person.api(routes.listForms, { query: { ...(scope && { scope }), limit: 200 } })
      return items.map((form) => form.id).filter((id) => [own.id, theirs.id].includes(id))
    }
    expect((await names(admin())).sort()).toEqual([own.id, theirs.id].sort())
    expect(await names(admin(), 'global')).toEqual([])
    expect(await names(admin(), await server().providerId())).toEqual([own.id])
    expect(await names(admin(), stranger.orgId)).toEqual([theirs.id])
    expect(await status(names(admin(), 'unknown'))).toBe(422)
    expect(await names(stranger, await server().providerId())).toEqual([theirs.id])
    expect(await names(member)).toEqual([own.id])
  })

  test('pages of the list have no form twice and none is left out', async () => {
    const { items: all } = await admin().api(routes.listForms, { query: { limit: 200 } })
    const paged: string[] = []
    let cursor: string | undefined
    do {
      const page = await admin().api(routes.listForms, { query: { limit: 2, cursor } })
      paged.push(...page.items.map((form) => form.id))
      cursor = page.next_cursor ?? undefined
    } while (cursor)
    expect(paged).toEqual(all.map((form) => form.id))
    expect(await status(admin().api(routes.listForms, { query: { cursor: 'x' } }))).toBe(422)
  })
})
