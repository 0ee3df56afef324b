import { AppError, limits, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { useServer } from '../../testing/server.ts'
import { createRows } from './rows.ts'

const server = useServer({
  files: {
    'bad.ts': `import { tables, workflow } from 'bifrost'
const nested = (depth: number): any => { let value: any = 1; for (let n = 0; n < depth; n++) value = [value]; return value }
const values: Record<string, () => any> = {
  nul: () => 'a\\u0000b', surrogate: () => '\\ud800', deep: () => nested(100), proto: () => JSON.parse('{"__proto__": {"admin": true}}'),
}
export const write = workflow(async (which: string) => { await tables.insert('things', { value: values[which]!() }) })
export const find = workflow(async (which: string) => tables.query('things', { where: { value: values[which]!() } }))
`,
  },
})

const params = { table: 'things' }
const send = async (path: string, text: string, method = 'POST') => {
  const response = await server().fetch(`/api/tables/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: text,
  })
  const body = (await response.json()) as { items?: unknown[]; error?: { code: string; message: string } }
  return { status: response.status, ...body }
}
const insert = (data: string) => send('things/rows', `{"rows":[{"data":${data}}]}`)

beforeAll(async () => {
  await server().api(routes.createTable, {
    body: {
      name: 'things',
      indexes: [{ fields: ['value'] }],
      columns: [
        { name: 'count', type: 'number' },
        { name: 'day', type: 'date' },
      ],
    },
  })
  await server().api(routes.putTableRow, { params: { ...params, id: 'one' }, body: { data: { value: 1 } } })
})

describe('a row', () => {
  test.each([
    ['a NUL', '{"value":"a\\u0000b"}', 422, 'value'],
    ['a NUL in a key', '{"a\\u0000b":1}', 422, 'NUL'],
    ['half a surrogate pair', '{"value":"\\ud800"}', 422, 'value'],
    ['a number without end', '{"value":1e400}', 422, 'value'],
    ['a prototype', '{"a":{"__proto__":{"admin":true}}}', 400, '__proto__'],
    ['too much depth', `{"value":${'['.repeat(65)}${']'.repeat(65)}}`, 400, 'nested'],
    ['another id', '{"id":"two"}', 422, 'id'],
    ['another type', '{"count":"7"}', 422, 'count'],
    ['a day that no calendar has', '{"day":"2026-02-30"}', 422, 'day'],
    ['a long key', `{"${'k'.repeat(201)}":1}`, 422, ''],
  ])('with %s is refused', async (_what, data, status, words) => {
    const answer = await insert(data)
    expect(answer.status).toBe(status)
    expect(answer.error?.message).toContain(words)
    expect(JSON.stringify(answer.error)).not.toMatch(/select |insert |syntax error|jsonb/i)
  })

  test.each([
    ['{"constructor":{"prototype":1},"hasOwnProperty":2,"toString":null}'],
    ['{"value":9007199254740993,"small":5e-324,"big":1.7976931348623157e308}'],
    ['{"":1,"a.b":2,"$where":"1=1"}'],
    [`{"value":"${'x'.repeat(100_000)}"}`],
  ])('with odd content is kept as it is: %s', async (data) => {
    const { ids } = await server().api(routes.writeTableRows, {
      params,
      body: { rows: [{ data: JSON.parse(data) }] },
    })
    const row = await server().api(routes.getTableRow, { params: { ...params, id: ids[0] ?? '' } })
    expect(row.data).toEqual(JSON.parse(data))
    await server().api(routes.deleteTableRow, { params: { ...params, id: row.id } })
  })

  test('may not grow beyond its limit by changes', async () => {
    const half = 'x'.repeat(600_000)
    await server().api(routes.putTableRow, { params: { ...params, id: 'fat' }, body: { data: { a: half } } })
    await expect(
      server().api(routes.changeTableRow, { params: { ...params, id: 'fat' }, body: { data: { b: half } } }),
    ).rejects.toMatchObject({ status: 413 })
    await expect(
      server().api(routes.updateTableRows, { params, body: { where: { id: 'fat' }, data: { b: half } } }),
    ).rejects.toMatchObject({ status: 413 })
    await server().api(routes.deleteTableRow, { params: { ...params, id: 'fat' } })
  })
})

const attacks = [
  "'; drop table table_rows; --",
  "value')::text) = '1' or true --",
  '$1',
  'r.org_id',
  '__proto__',
  'constructor',
  'a"b',
  "data #>> '{value}'",
  'value}',
  '{a,b}',
  'ｉｄ',
]
describe.each(attacks)('the field %j', (field) => {
  test('finds and orders nothing else, and breaks nothing', async () => {
    for (const body of [
      { where: { [field]: 'x' } },
      { where: { [field]: { in: ['x', 1], gt: 0, contains: '%', hasKey: field } } },
      { where: { value: { eq: field } } },
      { where: { value: { startsWith: field, endsWith: field } } },
    ]) {
      // Written as text: an object of this test would lose a member called __proto__.
      const text = JSON.stringify(body).replace('"where":{}', `"where":{${JSON.stringify(field)}:"x"}`)
      const answer = await send('things/query', text)
      expect([200, 400]).toContain(answer.status)
      expect(answer.items ?? []).toEqual([])
    }
    const ordered = await send(
      'things/query',
      JSON.stringify({ order_by: [{ field }, { field, descending: true }] }),
    )
    expect(ordered.status).toBe(200)
    const { total } = await server().api(routes.queryTable, {
      params,
      body: { where: { [`x${field}`]: 'x' } },
    })
    expect(total).toBe(0)
  })
})

test.each([
  ['a path without end', { where: { [Array.from({ length: 11 }, () => 'a').join('.')]: 1 } }],
  ['a path with a hole', { order_by: [{ field: 'a..b' }] }],
  ['a NUL in a field', { where: { 'a\0b': 1 } }],
  ['an unknown operator', { where: { a: { like: '%' } } }],
  ['a limit of none', { limit: 0 }],
  ['a negative offset', { offset: -1 }],
  ['too many orders', { order_by: Array.from({ length: 6 }, () => ({ field: 'a' })) }],
  ['too many values', { where: { a: { in: Array.from({ length: 1001 }, (_, n) => n) } } }],
])('a query with %s is refused', async (_what, body) => {
  expect((await send('things/query', JSON.stringify(body))).status).toBe(422)
})

test('a query with a NUL as a value answers 400', async () => {
  expect((await send('things/query', '{"where":{"other":"a\\u0000"}}')).status).toBe(400)
})

test.each(['nul', 'surrogate', 'deep', 'proto'])(
  'from a workflow, %s is the run’s mistake and not ours',
  async (which) => {
    const run = await server().execute('write', { which })
    if (which === 'proto') expect(run.status).toBe('FAILED')
    expect(['FAILED', 'SUCCESS']).toContain(run.status)
    const found = await server().execute('find', { which })
    expect(['FAILED', 'SUCCESS']).toContain(found.status)
    await server().api(routes.deleteTableRows, { params, body: { where: { id: { ne: 'one' } } } })
  },
)

describe('two people', () => {
  test('edit one row: the second is told, with the row as it is', async () => {
    const row = await server().api(routes.getTableRow, { params: { ...params, id: 'one' } })
    const edit = (data: Record<string, number>) =>
      server().api(routes.changeTableRow, {
        params: { ...params, id: 'one' },
        body: { data, if_version: row.version },
      })
    await edit({ count: 1 })
    await expect(edit({ count: 2 })).rejects.toMatchObject({
      status: 409,
      details: { current: { data: { count: 1 }, version: row.version + 1 } },
    })
    await expect(
      server().api(routes.putTableRow, {
        params: { ...params, id: 'no' },
        body: { data: {}, if_version: 1 },
      }),
    ).rejects.toMatchObject({ status: 409, details: { current: null } })
  })

  test('at once: of many with the same version one wins', async () => {
    const { version } = await server().api(routes.getTableRow, { params: { ...params, id: 'one' } })
    const edits = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) =>
        server().api(routes.changeTableRow, {
          params: { ...params, id: 'one' },
          body: { data: { n }, if_version: version },
        }),
      ),
    )
    expect(edits.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })
})

test('a table that is full takes no more rows', async () => {
  const scope = await scopeOf(server().db.query, await server().providerId(), null)
  if (!scope) throw new Error('There is the organization.')
  const small = createRows(server().db, () => 3)
  await server().api(routes.createTable, { body: { name: 'small' } })
  const add = (count: number) =>
    small.write(
      scope,
      Array.from({ length: count }, () => ({
        kind: 'insert' as const,
        table: 'small',
        id: crypto.randomUUID(),
        data: {},
      })),
    )
  await add(2)
  await expect(add(2)).rejects.toThrow(AppError)
  await add(1)
  await expect(add(1)).rejects.toThrow('3 is the maximum')
  expect(await small.count(scope, 'small', {})).toBe(3)
})

test('more writes than the limit are refused at once', async () => {
  const rows = Array.from({ length: limits.tableWritesMax + 1 }, () => ({ data: {} }))
  expect((await send('things/rows', JSON.stringify({ rows }))).status).toBe(422)
})

test('a name that is taken is not given', async () => {
  await server().api(routes.createTable, { body: { name: 'taken' } })
  await expect(server().api(routes.changeTable, { params, body: { name: 'taken' } })).rejects.toMatchObject({
    status: 409,
  })
  for (const columns of [
    [
      { name: 'a', type: 'text' as const },
      { name: 'a', type: 'number' as const },
    ],
    [{ name: 'created_by', type: 'text' as const }],
  ])
    await expect(server().api(routes.changeTable, { params, body: { columns } })).rejects.toMatchObject({
      status: 422,
    })
})
