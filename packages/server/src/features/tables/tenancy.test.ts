import { type AppError, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'use.ts': `import { tables, workflow } from 'bifrost'
export const readPrices = workflow(async () => (await tables.query('prices', { orderBy: 'price' })).map((row) => row.price))
export const writePrice = workflow(async (price: number, scope?: string) => tables.insert('prices', { price }, scope ? { scope } : {}))
export const useTeam = workflow(async () => { await tables.insert('team', { hello: 'there' }); return tables.count('team') })
`,
  },
})

/** A request of a person who acts for another organization. */
async function acting(person: TestPerson, scope: string, method: string, path: string, body: object = {}) {
  const response = await person.fetch(path, {
    method,
    headers: { 'bifrost-scope': scope, 'content-type': 'application/json' },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: text ? JSON.parse(text) : null }
}

let parent: string
let child: string
let admin: TestPerson
let ofParent: TestPerson
let ofChild: TestPerson

beforeAll(async () => {
  parent = await server().organization('Parent')
  child = newId()
  await server().db.query('insert into organizations (id, name, parent_id) values ($1, $2, $3)', [
    child,
    'Child',
    parent,
  ])
  admin = await server().person('platform_admin')
  ofParent = await server().person('org_admin', parent)
  ofChild = await server().person('org_admin', child)
})

describe('a table of all', () => {
  test('is read by everybody and written by who acts globally', async () => {
    expect((await acting(admin, 'global', 'POST', '/api/tables', { name: 'prices' })).status).toBe(201)
    const put = await acting(admin, 'global', 'PUT', '/api/tables/prices/rows/a', { data: { price: 10 } })
    expect(put.status).toBe(200)
    for (const person of [ofParent, ofChild]) {
      const { items } = await person.api(routes.queryTable, { params: { table: 'prices' }, body: {} })
      expect(items.map((row) => row.data)).toEqual([{ price: 10 }])
      expect((await person.api(routes.listTables, { query: {} })).items).toMatchObject([
        { name: 'prices', is_own: false, org_id: null, rows: 1 },
      ])
      for (const attack of [
        () => person.api(routes.putTableRow, { params: { table: 'prices', id: 'a' }, body: { data: {} } }),
        () => person.api(routes.deleteTableRow, { params: { table: 'prices', id: 'a' } }),
        () => person.api(routes.deleteTableRows, { params: { table: 'prices' }, body: { where: {} } }),
        () =>
          person.api(routes.updateTableRows, {
            params: { table: 'prices' },
            body: { where: {}, data: { price: 0 } },
          }),
        () => person.api(routes.changeTable, { params: { table: 'prices' }, body: { name: 'ours' } }),
        () => person.api(routes.dropTable, { params: { table: 'prices' }, query: {} }),
        () =>
          person.api(routes.createTableIndex, { params: { table: 'prices' }, body: { fields: ['price'] } }),
        () => person.api(routes.setTablePolicies, { params: { table: 'prices' }, body: { policies: [] } }),
      ])
        await expect(attack()).rejects.toMatchObject({ status: 403 })
    }
  })

  test('steps back behind the one of a parent, and that behind the own one', async () => {
    const read = async () =>
      (await ofChild.api(routes.queryTable, { params: { table: 'prices' }, body: {} })).items.map(
        (row) => row.data['price'],
      )
    await ofParent.api(routes.createTable, { body: { name: 'prices' } })
    await ofParent.api(routes.putTableRow, {
      params: { table: 'prices', id: 'p' },
      body: { data: { price: 20 } },
    })
    expect(await read()).toEqual([20])
    await expect(
      ofChild.api(routes.putTableRow, { params: { table: 'prices', id: 'x' }, body: { data: {} } }),
    ).rejects.toMatchObject({ status: 403 })
    await ofChild.api(routes.createTable, { body: { name: 'prices' } })
    await ofChild.api(routes.putTableRow, {
      params: { table: 'prices', id: 'c' },
      body: { data: { price: 30 } },
    })
    expect(await read()).toEqual([30])
  })

  test('is what a workflow sees, and people of the provider alone write to it from there', async () => {
    expect((await server().execute('readPrices')).result).toEqual([10])
    expect(await server().execute('writePrice', { price: 11, scope: 'global' })).toMatchObject({
      status: 'SUCCESS',
    })
    expect((await server().execute('readPrices')).result).toEqual([10, 11])
    const refused = await ofChild.api(routes.executeWorkflow, {
      params: { id: 'writePrice' },
      body: { input: { price: 12, scope: 'global' } },
    })
    expect(refused).toMatchObject({ status: 'FAILED' })
    const own = await ofChild.api(routes.executeWorkflow, {
      params: { id: 'readPrices' },
      body: { input: {} },
    })
    expect(own.result).toEqual([30])
  })
})

test('by its id, a table of another organization is not there', async () => {
  const { id } = await ofChild.api(routes.createTable, { body: { name: 'private' } })
  const stranger = await server().person('org_admin', await server().organization())
  for (const person of [stranger, ofParent, server().admin]) {
    await expect(person.api(routes.getTable, { params: { table: id } })).rejects.toMatchObject({
      status: 404,
    })
    await expect(
      person.api(routes.writeTableRows, { params: { table: id }, body: { rows: [{ data: {} }] } }),
    ).rejects.toMatchObject({ status: 404 })
  }
  expect(await ofChild.api(routes.getTable, { params: { table: id } })).toMatchObject({ name: 'private' })
  // An administrator of the parent may act for the child, and then finds it.
  expect((await acting(ofParent, child, 'GET', `/api/tables/${id}`)).status).toBe(200)
})

test('administrators of the platform list the tables of all, of one organization, or the global ones (59)', async () => {
  const list = async (scope?: string) =>
    (await admin.api(routes.listTables, { query: scope === undefined ? {} : { scope } })).items.map(
      ({ org_id }) => org_id,
    )
  expect(new Set(await list())).toEqual(new Set([null, parent, child]))
  expect(await list('global')).toEqual([null])
  expect(new Set(await list(child))).toEqual(new Set([child]))
  await expect(list('nonsense')).rejects.toMatchObject({ status: 422 })
})

test('who wrote a row is said by the server alone (60)', async () => {
  const table = { table: 'signed' }
  await ofChild.api(routes.createTable, { body: { name: 'signed' } })
  for (const field of ['created_by', 'updated_by'])
    for (const value of [ofParent.id, null, 'me'])
      await expect(
        ofChild.api(routes.writeTableRows, {
          params: table,
          body: { rows: [{ id: 'good', data: {} }, { data: { [field]: value } }] },
        }),
      ).rejects.toMatchObject({ status: 403 })
  expect(await ofChild.api(routes.queryTable, { params: table, body: {} })).toMatchObject({ total: 0 })
  const second = await server().person('developer', child)
  await ofChild.api(routes.putTableRow, {
    params: { ...table, id: 'a' },
    body: { data: { created_by: ofChild.id } },
  })
  const row = await second.api(routes.changeTableRow, {
    params: { ...table, id: 'a' },
    body: { data: { x: 1 } },
  })
  expect(row).toMatchObject({ data: { x: 1 }, created_by: ofChild.id, updated_by: second.id, version: 2 })
  const mine = await ofChild.api(routes.queryTable, {
    params: table,
    body: { where: { updated_by: second.id } },
  })
  expect(mine.total).toBe(1)
})

describe('a table that roles are given', () => {
  const give = async (name: string, people: TestPerson[]) => {
    const id = newId()
    await server().db.query('insert into roles (id, org_id, name) values ($1, $2, $3)', [id, child, name])
    for (const person of people)
      await server().db.query('insert into role_members (role_id, user_id, org_id) values ($1, $2, $3)', [
        id,
        person.id,
        child,
      ])
    return id
  }

  test('is used by their people, and by those who build', async () => {
    const { id } = await ofChild.api(routes.createTable, { body: { name: 'team', access: 'role_based' } })
    const [inside, outside] = [await server().person('member', child), await server().person('member', child)]
    const role = await give('Team', [inside])
    await server().db.query(
      `insert into role_grants (role_id, kind, resource_id, org_id) values ($1, 'table', $2, $3)`,
      [role, id, child],
    )
    const run = (person: TestPerson) =>
      person.api(routes.executeWorkflow, { params: { id: 'useTeam' }, body: { input: {} } })
    expect(await run(inside)).toMatchObject({ status: 'SUCCESS', result: 1 })
    const refused = await run(outside)
    // The message is for those who may read it: the run's own page of a developer.
    expect(refused.status).toBe('FAILED')
    const { error } = await ofChild.api(routes.getExecution, { params: { id: refused.execution_id } })
    expect(error?.message).toContain('None of your roles')
    expect(await ofChild.api(routes.queryTable, { params: { table: 'team' }, body: {} })).toMatchObject({
      total: 1,
    })
  })

  test('is not dropped while they have it, and the answer says who', async () => {
    const drop = (force?: boolean) =>
      ofChild.api(routes.dropTable, { params: { table: 'team' }, query: force ? { force } : {} })
    const refused = await drop().catch((error: AppError) => error)
    expect(refused).toMatchObject({ status: 409, details: { used_by: [{ type: 'role', name: 'Team' }] } })
    await drop(true)
    const [{ grants = 1 } = {}] = await server().db.query<{ grants: number }>(
      `select count(*)::int as grants from role_grants where kind = 'table'`,
    )
    expect(grants).toBe(0)
  })
})

test('what is done to a table is in the audit log', async () => {
  const params = { table: 'watched' }
  await ofChild.api(routes.createTable, { body: { name: 'watched' } })
  await ofChild.api(routes.changeTable, { params, body: { name: 'seen', description: 'Seen' } })
  await ofChild.api(routes.dropTable, { params: { table: 'seen' }, query: {} })
  const rows = await server().db.query(
    `select action, actor_id, before, after from audit_log where org_id = $1 and target_type = 'table' and target_name in ('watched', 'seen') order by id`,
    [child],
  )
  expect(rows.map(({ action }) => action)).toEqual(['table.create', 'table.change', 'table.drop'])
  expect(rows[1]).toMatchObject({
    actor_id: ofChild.id,
    before: { name: 'watched' },
    after: { name: 'seen' },
  })
})
