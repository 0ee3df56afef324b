import { limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer()

const failed = { list: 'executions', name: 'Failed tonight', filter: { status: 'failed,timeout', q: 'sync' } }
const customer = async () => {
  const orgId = await server().organization(`Customer ${newId()}`)
  return {
    orgId,
    admin: await server().person('org_admin', orgId),
    ada: await server().person('member', orgId),
    ben: await server().person('member', orgId),
    guest: await server().person('external', orgId),
  }
}
const save = (
  { api }: TestPerson,
  more: Partial<typeof failed> & { shared?: boolean; default?: boolean } = {},
) => api(routes.createView, { body: { ...failed, ...more } })
const change = ({ api }: TestPerson, id: string, body: Record<string, unknown>) =>
  api(routes.updateView, { params: { id }, body })
const seen = async ({ api }: TestPerson, list?: string) =>
  (await api(routes.listViews, { query: list ? { list } : {} })).items
const namesOf = async (person: TestPerson) => (await seen(person)).map(({ name }) => name)
const refused = (code: string, message?: RegExp) => ({
  code,
  ...(message ? { message: expect.stringMatching(message) } : {}),
})

describe('a saved view', () => {
  test('keeps the filter of a list under a name, for the person who saved it', async () => {
    const { ada, ben, admin } = await customer()
    const view = await save(ada)
    expect(view).toMatchObject({ ...failed, shared: false, default: false, can_edit: true })
    expect(await seen(ada, 'executions')).toEqual([view])
    expect(await seen(ada, 'tables')).toEqual([])
    expect(await seen(ada, `rows:${newId()}`)).toEqual([])
    expect(await namesOf(ben)).toEqual([])
    expect(await namesOf(admin)).toEqual([])
    await expect(change(ben, view.id, { name: 'Mine' })).rejects.toMatchObject(refused('not_found'))
    await expect(ben.api(routes.deleteView, { params: { id: view.id } })).rejects.toMatchObject(
      refused('not_found'),
    )
  })

  test('is shared within the organization and no further', async () => {
    const { ada, ben, guest } = await customer()
    const other = await customer()
    const view = await save(ada, { shared: true })
    expect(await seen(ben)).toMatchObject([
      { id: view.id, can_edit: false, created_by: { name: expect.anything() } },
    ])
    expect(await namesOf(guest)).toEqual(['Failed tonight'])
    expect(await namesOf(other.admin)).toEqual([])
    await expect(change(other.admin, view.id, { name: 'Mine' })).rejects.toMatchObject(refused('not_found'))
  })

  test('is changed by the person who made it and, once shared, by an administrator', async () => {
    const { ada, ben, admin } = await customer()
    const view = await save(ada, { shared: true })
    await expect(change(ben, view.id, { name: 'Mine' })).rejects.toMatchObject(refused('forbidden', /Only/))
    expect(await change(ada, view.id, { filter: { status: 'failed' } })).toMatchObject({
      name: 'Failed tonight',
      filter: { status: 'failed' },
    })
    expect(await change(admin, view.id, { name: 'Failed' })).toMatchObject({ name: 'Failed', can_edit: true })
    await expect(change(admin, view.id, { shared: false })).rejects.toMatchObject(refused('forbidden'))
    await admin.api(routes.deleteView, { params: { id: view.id } })
    expect(await namesOf(ada)).toEqual([])
  })

  test('is shared by people of the organization, not by guests', async () => {
    const { guest } = await customer()
    await expect(save(guest, { shared: true })).rejects.toMatchObject(refused('forbidden', /cannot share/))
    const own = await save(guest)
    await expect(change(guest, own.id, { shared: true })).rejects.toMatchObject(refused('forbidden'))
  })

  test('can be the default of each person who sees it; a list has one', async () => {
    const { ada, ben } = await customer()
    const [first, second] = [
      await save(ada, { shared: true, default: true }),
      await save(ben, { default: true }),
    ]
    const defaultsOf = async (person: TestPerson) =>
      (await seen(person)).filter((view) => view.default).map(({ id }) => id)
    expect(await defaultsOf(ada)).toEqual([first.id])
    expect(await defaultsOf(ben)).toEqual([second.id])
    await change(ben, first.id, { default: true })
    expect(await defaultsOf(ben)).toEqual([first.id])
    await change(ada, first.id, { default: false })
    expect([await defaultsOf(ada), await defaultsOf(ben)]).toEqual([[], [first.id]])
    await change(ada, first.id, { shared: false })
    expect(await defaultsOf(ben)).toEqual([])
  })

  test('has a name of its own among one’s own views of a list, and among the shared ones', async () => {
    const { ada, ben } = await customer()
    await save(ada)
    await expect(save(ada, { name: 'FAILED tonight' })).rejects.toMatchObject(refused('already_exists'))
    await save(ada, { list: 'audit' })
    await save(ada, { shared: true })
    const own = await save(ben)
    await expect(change(ben, own.id, { shared: true })).rejects.toMatchObject(refused('already_exists'))
  })

  test('is written to the audit log with what changed; a default is not', async () => {
    const { ada, admin } = await customer()
    const { id } = await save(ada)
    await change(ada, id, { name: 'Failed', shared: true })
    await change(ada, id, { default: true })
    await ada.api(routes.deleteView, { params: { id } })
    const { items } = await admin.api(routes.listAudit, { query: { target_id: id } })
    expect(items.map(({ action, before, after }) => ({ action, before, after }))).toMatchObject([
      { action: 'view.delete', before: { list: 'executions', name: 'Failed', shared: true } },
      {
        action: 'view.update',
        before: { name: 'Failed tonight', shared: false },
        after: { name: 'Failed', shared: true },
      },
      { action: 'view.create', after: { ...failed, shared: false } },
    ])
  })

  test('survives, when it is shared, the account of the person who made it', async () => {
    const { ada, ben, orgId, admin } = await customer()
    await save(ada, { shared: true })
    await save(ada, { name: 'Own' })
    await server().db.query('delete from users where id = $1', [ada.id])
    expect(await seen(ben)).toMatchObject([{ name: 'Failed tonight', created_by: null }])
    expect(await namesOf(admin)).toEqual(['Failed tonight'])
    const left = await server().db.query('select name from saved_views where org_id = $1', [orgId])
    expect(left).toEqual([{ name: 'Failed tonight' }])
  })
})

describe('refused', () => {
  test.each([
    ['a filter of objects', { filter: { status: { not: 'failed' } } }, 'filter'],
    ['a filter that is too long', { filter: { a: Array(50).fill('x'.repeat(1000)) } }, 'filter'],
    ['a name of spaces', { name: '   ' }, 'name'],
    ['a list that is no name', { list: 'Executions/../x' }, 'list'],
  ])('is %s, in words', async (_, body, field) => {
    const { ada } = await customer()
    const answer = await ada.fetch('/api/views', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...failed, ...body }),
    })
    expect(answer.status).toBe(422)
    const { error } = (await answer.json()) as { error: { details: { field: string }[] } }
    expect(error.details[0]?.field).toContain(field)
  })

  test('are more views than there may be, one’s own and shared ones each', async () => {
    const { ada } = await customer()
    const { ownViewsMax, sharedViewsMax } = limits
    Object.assign(limits, { ownViewsMax: 1, sharedViewsMax: 1 })
    try {
      await save(ada)
      await save(ada, { shared: true })
      await expect(save(ada, { name: 'B' })).rejects.toMatchObject(refused('conflict', /at most 1 saved/))
      await expect(save(ada, { name: 'B', shared: true })).rejects.toMatchObject(
        refused('conflict', /at most 1/),
      )
    } finally {
      Object.assign(limits, { ownViewsMax, sharedViewsMax })
    }
  })
})
