import { type RowQuery, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer()

const people = [
  { id: 'a', name: 'Ada', age: 36, member: true, city: { name: 'London' } },
  { id: 'b', name: 'Bob', age: -7.5, member: false },
  { id: 'c', name: 'ada', age: '36', member: null },
  { id: 'd', name: null, age: 1e21 },
  { id: 'e', name: `${'x'.repeat(300)}1`, age: 0 },
  { id: 'f', name: `${'x'.repeat(300)}2`, age: -0.0001 },
  { id: 'g', name: 'Zoë', age: 36 },
  { id: 'h', name: '', age: [1, 2], city: { name: 'Berlin' } },
  { id: 'i', name: 12, age: true },
]
const names = { plain: 'plain', indexed: 'indexed' }

beforeAll(async () => {
  const rows = people.map(({ id, ...data }) => ({ id, data }))
  for (const name of Object.values(names)) {
    const indexes =
      name === names.indexed
        ? ['name', 'age', 'member', 'city.name'].map((field) => ({ fields: [field] }))
        : []
    await server().api(routes.createTable, { body: { name, indexes } })
    await server().api(routes.writeTableRows, { params: { table: name }, body: { rows } })
  }
})

const idsOf = async (table: string, body: RowQuery) =>
  (await server().api(routes.queryTable, { params: { table }, body })).items.map(({ id }) => id)

test.each<RowQuery['where'] & object>([
  { name: 'Ada' },
  { name: null },
  { name: { ne: 'Ada' } },
  { name: { ne: null } },
  { name: { isNull: false }, age: { isNull: false } },
  { name: { in: ['ada', 12, null] } },
  { name: { in: [] } },
  { name: { gt: 'Bob' } },
  { name: { gte: 'Ada', lt: 'a' } },
  { name: { lte: '' } },
  { name: { startsWith: 'A' } },
  { name: { startsWith: '' } },
  { name: { startsWith: 'x'.repeat(299) } },
  { name: { gt: `${'x'.repeat(300)}1` } },
  { name: `${'x'.repeat(300)}2` },
  { name: { endsWith: 'a' } },
  { name: { contains: 'o' } },
  { age: 36 },
  { age: { eq: '36' } },
  { age: { ne: 36 } },
  { age: { gt: -1 } },
  { age: { gte: 0, lt: 37 } },
  { age: { lt: 0 } },
  { age: { lte: 1e21 } },
  { age: { eq: [1, 2] } },
  { age: { contains: 2 } },
  { member: true },
  { member: { ne: true } },
  { member: { gt: false } },
  { 'city.name': { startsWith: 'L' } },
  { city: { hasKey: 'name' } },
])('a filter finds the same with an index as without: %j', async (where) => {
  const without = await idsOf(names.plain, { where, order_by: [{ field: 'id' }] })
  expect(await idsOf(names.indexed, { where, order_by: [{ field: 'id' }] })).toEqual(without)
})

describe.each(Object.values(names))('in order, %s', (table) => {
  const orders: NonNullable<RowQuery['order_by']>[] = [
    [],
    [{ field: 'name' }],
    [{ field: 'name', descending: true }],
    [{ field: 'age', descending: true }],
    [{ field: 'city.name' }],
    [{ field: 'member' }, { field: 'age', descending: true }],
    [{ field: 'member', descending: true }, { field: 'name' }],
    [{ field: 'id', descending: true }],
    [{ field: '$created_at' }],
  ]
  test.each(orders.map((order) => [order]))(
    'pages by cursor and by offset give each row once, as one page does: %j',
    async (order_by) => {
      const all = await idsOf(table, { order_by })
      expect(all.toSorted()).toEqual(people.map(({ id }) => id))
      for (const limit of [1, 2, 4]) {
        const byCursor: string[] = []
        const byOffset: string[] = []
        for (let cursor: string | undefined; ; ) {
          const page = await server().api(routes.queryTable, {
            params: { table },
            body: { order_by, limit, skip_count: true, ...(cursor ? { cursor } : {}) },
          })
          expect(page.total).toBe(-1)
          byCursor.push(...page.items.map(({ id }) => id))
          byOffset.push(...(await idsOf(table, { order_by, limit, offset: byOffset.length })))
          if (page.next_cursor === null) break
          cursor = page.next_cursor
        }
        expect(byCursor).toEqual(all)
        expect(byOffset).toEqual(all)
      }
    },
  )

  test('what has no such field comes last, up as down', async () => {
    for (const descending of [false, true]) {
      const ids = await idsOf(table, { order_by: [{ field: 'city.name', descending }] })
      expect(ids.slice(0, 2)).toEqual(descending ? ['a', 'h'] : ['h', 'a'])
    }
  })
})

test('a cursor of another order, or an unknown one, is refused', async () => {
  const { next_cursor: cursor } = await server().api(routes.queryTable, {
    params: { table: names.plain },
    body: { limit: 1 },
  })
  for (const body of [
    { cursor: cursor ?? '', order_by: [{ field: 'name' }] },
    { cursor: 'bm90aGluZw' },
    { cursor: cursor ?? '', offset: 3 },
  ])
    await expect(
      server().api(routes.queryTable, { params: { table: names.plain }, body }),
    ).rejects.toMatchObject({ status: 422 })
})

test('keys follow what is written, and go with the index', async () => {
  const params = { table: 'moving' }
  await server().api(routes.createTable, { body: { name: 'moving', indexes: [{ fields: ['n'] }] } })
  await server().api(routes.putTableRow, { params: { ...params, id: 'a' }, body: { data: { n: 1 } } })
  await server().api(routes.changeTableRow, { params: { ...params, id: 'a' }, body: { data: { n: 2 } } })
  expect(await idsOf('moving', { where: { n: 2 } })).toEqual(['a'])
  await server().api(routes.updateTableRows, { params, body: { where: { n: 2 }, data: { n: 3 } } })
  expect(await idsOf('moving', { where: { n: 3 } })).toEqual(['a'])
  await server().api(routes.changeTableRow, { params: { ...params, id: 'a' }, body: { unset: ['n'] } })
  expect(await idsOf('moving', { where: { n: null } })).toEqual(['a'])
  const [index] = (await server().api(routes.getTable, { params })).indexes
  await server().api(routes.dropTableIndex, { params: { ...params, id: index?.id ?? '' } })
  expect(await idsOf('moving', { where: { n: null } })).toEqual(['a'])
  expect((await server().api(routes.getTable, { params })).indexes).toEqual([])
  await until('its keys are gone', async () => {
    const [{ left = 1 } = {}] = await server().db.query<{ left: number }>(
      'select count(*)::int as left from table_indexes i join tables t on t.id = i.table_id where t.name = $1',
      ['moving'],
    )
    return left === 0
  })
  await expect(
    server().api(routes.dropTableIndex, { params: { ...params, id: index?.id ?? '' } }),
  ).rejects.toMatchObject({ status: 404 })
})

test('the index of a large table is built in the background, and then used', async () => {
  const params = { table: 'large' }
  const { id } = await server().api(routes.createTable, { body: { name: 'large' } })
  const owner = await server().providerId()
  await server().db.query(
    `insert into table_rows (table_id, id, org_id, data) select $1, n::text, $2, jsonb_build_object('n', n, 'half', n / 2) from generate_series(1, 20000) n`,
    [id, owner],
  )
  const index = await server().api(routes.createTableIndex, { params, body: { fields: ['n'] } })
  expect(index).toMatchObject({ fields: ['n'], is_unique: false })
  // While it is built, as before it.
  expect(await idsOf('large', { where: { n: 19_999 } })).toEqual(['19999'])
  await server().api(routes.putTableRow, { params: { ...params, id: 'new' }, body: { data: { n: 20_001 } } })
  const done = await until('it is ready', async () => {
    const { indexes } = await server().api(routes.getTable, { params })
    return indexes.find(({ state }) => state === 'ready')
  })
  expect(done.rows_done).toBeGreaterThanOrEqual(20_000)
  expect(await idsOf('large', { where: { n: { gt: 19_999 } }, order_by: [{ field: 'n' }] })).toEqual([
    '20000',
    'new',
  ])
  const page = await server().api(routes.queryTable, {
    params,
    body: { order_by: [{ field: 'n', descending: true }], limit: 2, offset: 20_000, estimate_count: true },
  })
  expect(page.items.map((row) => row.id)).toEqual(['1'])
  expect(page.total_estimated).toBe(true)
  expect(page.total).toBeGreaterThan(10_000)

  const twice = await server().api(routes.createTableIndex, {
    params,
    body: { fields: ['half'], is_unique: true },
  })
  const failed = await until('it says why not', async () => {
    const { indexes } = await server().api(routes.getTable, { params })
    return indexes.find((one) => one.id === twice.id && one.state === 'failed')
  })
  expect(failed.error).toContain('the same half')
  // What failed blocks no other.
  await server().api(routes.putTableRow, {
    params: { ...params, id: 'new' },
    body: { data: { n: 1, half: 1 } },
  })
})

describe('a unique index', () => {
  test('keeps values apart, and is what an upsert can go by', async () => {
    const params = { table: 'orders' }
    await server().api(routes.createTable, {
      body: {
        name: 'orders',
        indexes: [
          { fields: ['shop', 'number'], is_unique: true },
          { fields: ['mail'], is_unique: true },
        ],
      },
    })
    const upsert = (rows: { data: Record<string, string | number> }[], key = ['number', 'shop']) =>
      server().api(routes.writeTableRows, { params, body: { rows, mode: 'upsert', key } })
    const first = await upsert([
      { data: { shop: 'x', number: 1, total: 5 } },
      { data: { shop: 'y', number: 1, mail: 'a' } },
    ])
    const second = await upsert([{ data: { shop: 'x', number: 1, total: 6 } }])
    expect(second.ids).toEqual([first.ids[0]])
    expect(
      await server().api(routes.getTableRow, { params: { ...params, id: first.ids[0] ?? '' } }),
    ).toMatchObject({
      data: { total: 6 },
      version: 2,
    })
    for (const [data, code] of [
      [{ shop: 'x', number: 1 }, 'already_exists'],
      [{ shop: 'z', mail: 'a' }, 'already_exists'],
    ] as const)
      await expect(
        server().api(routes.writeTableRows, { params, body: { rows: [{ data }] } }),
      ).rejects.toMatchObject({ code, message: expect.stringMatching(/the same (shop, number|mail)/) })
    // What has not all of its fields is not compared.
    await server().api(routes.writeTableRows, {
      params,
      body: { rows: [{ data: { shop: 'x' } }, { data: { shop: 'x' } }] },
    })
    await expect(upsert([{ data: { shop: 'x' } }])).rejects.toMatchObject({ status: 400 })
    await expect(upsert([{ data: { shop: 'x', number: 1 } }], ['total'])).rejects.toMatchObject({
      status: 400,
    })
    await expect(
      upsert([{ data: { shop: 'q', number: 1 } }, { data: { shop: 'q', number: 1 } }]),
    ).rejects.toMatchObject({ status: 400 })
  })

  test('is refused where values are not unique', async () => {
    const params = { table: names.plain }
    const declare = (fields: string[]) =>
      server().api(routes.createTableIndex, { params, body: { fields, is_unique: true } })
    await expect(declare(['age'])).rejects.toMatchObject({ status: 409 })
    expect((await server().api(routes.getTable, { params })).indexes).toEqual([])
  })
})

test.each([
  [{ fields: ['id'] }, 422],
  [{ fields: ['a..b'] }, 422],
  [{ fields: ['a', 'b'] }, 422],
  [{ fields: ['a', 'a'], is_unique: true }, 422],
  [{ fields: [] }, 422],
  [{ fields: ["x')); drop table tables; --"] }, 201],
])('an index of %j answers %i', async (body, status) => {
  await server().api(routes.createTable, { body: { name: 'odd' } })
  const answer = await server().fetch('/api/tables/odd/indexes', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(status)
  await answer.body?.cancel()
})

test('a table has so many indexes, and each once', async () => {
  const params = { table: 'many' }
  await server().api(routes.createTable, { body: { name: 'many' } })
  const declare = (field: string) =>
    server().api(routes.createTableIndex, { params, body: { fields: [field] } })
  for (let n = 1; n <= 8; n++) await declare(`f${n}`)
  await expect(declare('f1')).rejects.toMatchObject({ code: 'already_exists' })
  await expect(declare('f9')).rejects.toMatchObject({ status: 400 })
})
