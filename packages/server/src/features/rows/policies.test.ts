import { routes, type TablePolicy } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'use.ts': `import { step, tables, workflow } from 'bifrost'
export const seen = workflow(async () => ({ rows: (await tables.query('notes', { orderBy: 'id' })).map((row) => row.id), count: await tables.count('notes'), other: (await tables.get('notes', 'of-admin')) ?? 'nothing' }))
export const change = workflow(async (id: string) => step.tx('change', async (tx) => { await tx.get('notes', id); tx.update('notes', id, { text: 'changed' }) }))
export const remove = workflow(async (id: string) => { await tables.delete('notes', id) })
export const idle = workflow({ schedule: '0 0 1 1 *' }, async () => 1)
`,
  },
})

let org: string
let admin: TestPerson
let ada: TestPerson
let bob: TestPerson
const params = { table: 'notes' }

const own: TablePolicy = {
  name: 'own',
  verbs: ['select', 'insert', 'update', 'delete'],
  condition: { owner: '$user.id' },
}
const all: TablePolicy = {
  name: 'administrators',
  verbs: ['select', 'insert', 'update', 'delete'],
  roles: ['org_admin'],
}
const setPolicies = (policies: TablePolicy[]) =>
  admin.api(routes.setTablePolicies, { params, body: { policies } })
const ids = async (person: TestPerson) =>
  (await person.api(routes.queryTable, { params, body: { order_by: [{ field: 'id' }] } })).items.map(
    ({ id }) => id,
  )
const denials = () =>
  server().db.query(
    `select action, actor_id, after from audit_log where org_id = $1 and outcome = 'failure' order by id`,
    [org],
  )

beforeAll(async () => {
  org = await server().organization()
  admin = await server().person('org_admin', org)
  ;[ada, bob] = [await server().person('developer', org), await server().person('developer', org)]
  await admin.api(routes.createTable, { body: { name: 'notes', indexes: [{ fields: ['owner'] }] } })
  await admin.api(routes.writeTableRows, {
    params,
    body: {
      rows: [
        { id: 'of-admin', data: { owner: admin.id } },
        { id: 'of-ada', data: { owner: ada.id, state: 'draft' } },
        { id: 'of-bob', data: { owner: bob.id, state: 'draft' } },
        { id: 'of-no-one', data: { owner: null } },
      ],
    },
  })
})

test('without policies everybody may do everything; with one, only what it says', async () => {
  expect(await ids(bob)).toHaveLength(4)
  await setPolicies([{ name: 'gone', verbs: ['delete'], condition: { state: 'gone' } }])
  for (const person of [admin, ada]) expect(await ids(person)).toEqual([])
  await expect(
    admin.api(routes.writeTableRows, { params, body: { rows: [{ data: {} }] } }),
  ).rejects.toMatchObject({
    status: 403,
  })
})

describe('own rows', () => {
  beforeAll(() => setPolicies([own, all]))

  test('are what a list, a row, and a count are about', async () => {
    expect(await ids(ada)).toEqual(['of-ada'])
    expect(await ids(admin)).toHaveLength(4)
    await expect(ada.api(routes.getTableRow, { params: { ...params, id: 'of-bob' } })).rejects.toMatchObject({
      status: 404,
    })
    const page = await ada.api(routes.queryTable, {
      params,
      body: { where: { state: 'draft' }, estimate_count: true },
    })
    expect(page.total).toBe(1)
  })

  test('are what changes and deletions by a filter touch', async () => {
    const update = { params, body: { where: { state: 'draft' }, data: { seen: true } } }
    expect(await ada.api(routes.updateTableRows, update)).toEqual({ count: 1 })
    expect(await admin.api(routes.queryTable, { params, body: { where: { seen: true } } })).toMatchObject({
      total: 1,
    })
    expect(
      await ada.api(routes.deleteTableRows, { params, body: { where: { owner: { ne: ada.id } } } }),
    ).toEqual({ count: 0 })
  })

  test('are not given away, and not taken; of a batch with one that is denied nothing is written (60)', async () => {
    const before = (await denials()).length
    const attacks = [
      {
        rows: [
          { id: 'new', data: { owner: ada.id } },
          { id: 'forged', data: { owner: bob.id } },
        ],
      },
      {
        rows: [
          { id: 'new', data: { owner: ada.id } },
          { id: 'of-bob', data: { owner: ada.id } },
        ],
        mode: 'upsert' as const,
      },
    ]
    for (const body of attacks)
      await expect(ada.api(routes.writeTableRows, { params, body })).rejects.toMatchObject({ status: 403 })
    await expect(
      ada.api(routes.changeTableRow, {
        params: { ...params, id: 'of-ada' },
        body: { data: { owner: bob.id } },
      }),
    ).rejects.toMatchObject({ status: 403 })
    await expect(
      ada.api(routes.updateTableRows, { params, body: { where: {}, data: { owner: bob.id } } }),
    ).rejects.toMatchObject({ status: 403 })
    // What she does not see is not there.
    await expect(
      ada.api(routes.changeTableRow, { params: { ...params, id: 'of-bob' }, body: { data: { x: 1 } } }),
    ).rejects.toMatchObject({ status: 404 })
    expect(await ids(admin)).toEqual(['of-ada', 'of-admin', 'of-bob', 'of-no-one'])
    const left = (await denials()).slice(before)
    expect(left.map(({ action, actor_id }) => [action, actor_id])).toEqual([
      ['table.insert', ada.id],
      ['table.update', ada.id],
      ['table.update', ada.id],
      ['table.update', ada.id],
    ])
    expect(left[0]).toMatchObject({ after: { rows: ['forged'], reason: 'policy' } })
  })

  test('are what a workflow of theirs sees, and what its step.tx writes', async () => {
    const run = async (person: TestPerson, id: string, input = {}) =>
      person.api(routes.executeWorkflow, { params: { id }, body: { input } })
    expect((await run(ada, 'seen')).result).toEqual({ rows: ['of-ada'], count: 1, other: 'nothing' })
    expect(await run(ada, 'change', { id: 'of-ada' })).toMatchObject({ status: 'SUCCESS' })
    expect(await run(ada, 'change', { id: 'of-bob' })).toMatchObject({ status: 'FAILED' })
    await run(ada, 'remove', { id: 'of-bob' })
    expect(await ids(bob)).toEqual(['of-bob'])
  })

  test('without an owner are not those of a run without a person', async () => {
    const { id } = await admin.api(routes.getTable, { params })
    const [{ condition } = {}] = await server().db.query(
      'select condition from table_policies where table_id = $1 order by position',
      [id],
    )
    expect(condition).toEqual({ owner: '$user.id' })
    const { createRows } = await import('./rows.ts')
    const { scopeOf } = await import('../../tenancy/scope-of.ts')
    const scope = await scopeOf(server().db.query, org, null)
    if (!scope) throw new Error('There is the organization.')
    const store = createRows(server().db)
    expect(await store.count(scope, 'notes', {})).toBe(0)
  })
})

test('an update is judged on the row as it was; of what it says about the person, also afterwards (64)', async () => {
  await setPolicies([
    { name: 'read', verbs: ['select'] },
    { name: 'drafts', verbs: ['update'], condition: { owner: '$user.id', state: 'draft' } },
  ])
  const send = () =>
    ada.api(routes.changeTableRow, { params: { ...params, id: 'of-ada' }, body: { data: { state: 'sent' } } })
  expect(await send()).toMatchObject({ data: { state: 'sent' } })
  await expect(send()).rejects.toMatchObject({ status: 403 })
  await expect(ada.api(routes.deleteTableRow, { params: { ...params, id: 'of-ada' } })).rejects.toMatchObject(
    { status: 403 },
  )

  await setPolicies([
    { name: 'read', verbs: ['select'] },
    { name: 'all', verbs: ['update'], condition: {}, check: { state: { in: ['draft', 'sent'] } } },
  ])
  await expect(
    ada.api(routes.changeTableRow, {
      params: { ...params, id: 'of-ada' },
      body: { data: { state: 'paid' } },
    }),
  ).rejects.toMatchObject({ status: 403 })
  expect(
    await ada.api(routes.changeTableRow, {
      params: { ...params, id: 'of-ada' },
      body: { data: { state: 'draft' } },
    }),
  ).toMatchObject({ data: { state: 'draft' } })
})

test('of several policies one is enough; those of a role are for its people', async () => {
  const role = newId()
  await server().db.query('insert into roles (id, org_id, name) values ($1, $2, $3)', [role, org, 'Readers'])
  await setPolicies([
    own,
    { name: 'mine by mail', verbs: ['select'], condition: { id: 'of-no-one' }, roles: ['member'] },
    {
      name: 'of the admin',
      verbs: ['select'],
      condition: { owner: { in: [admin.id, '$org.id'] } },
      roles: [role],
    },
  ])
  expect(await ids(ada)).toEqual(['of-ada'])
  await server().db.query('insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)', [
    role,
    ada.id,
    org,
  ])
  expect(await ids(ada)).toEqual(['of-ada', 'of-admin'])
})

test.each([
  [{ name: 'x', verbs: [] }],
  [{ name: 'x', verbs: ['drop'] }],
  [{ name: 'x', verbs: ['select'], roles: ['king'] }],
  [{ name: 'x', verbs: ['select'], condition: { a: { like: '%' } } }],
  [{ name: 'x', verbs: ['select'], condition: { 'a..b': 1 } }],
])('a policy that is none is refused: %j', async (policy) => {
  const answer = await admin.fetch('/api/tables/notes/policies', {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ policies: [policy] }),
  })
  expect(answer.status).toBe(422)
  await answer.body?.cancel()
})
