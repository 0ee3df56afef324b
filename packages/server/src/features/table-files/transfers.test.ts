import { request } from 'node:http'
import { pathOf, type RouteArguments, routes, type TableImport } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const server = useServer()

type Options = Omit<RouteArguments<typeof routes.importTable>['query'], 'format'> & {
  format?: 'csv' | 'json'
}

/** Sends a file as it is. */
async function send(table: string, file: string | Buffer, query: Options = {}) {
  const path = pathOf(routes.importTable, { table }, { format: 'csv', ...query })
  const response = await server().fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Blob([file as string]),
  })
  const body = (await response.json()) as TableImport & {
    error?: {
      code: string
      message: string
      details: { line: number; column: string | null; message: string }[]
    }
  }
  return { status: response.status, ...body }
}
const fetchFile = async (table: string, query: { format: 'csv' | 'json'; where?: string }) => {
  const response = await server().fetch(pathOf(routes.exportTable, { table }, query))
  expect(response.headers.get('content-disposition')).toContain(`${table}.${query.format}`)
  return response.text()
}
const rowsOf = async (table: string) =>
  (await server().api(routes.queryTable, { params: { table }, body: { limit: 1000 } })).items
let count = 0
const newTable = async (body: Partial<RouteArguments<typeof routes.createTable>['body']> = {}) => {
  const name = `t${++count}`
  await server().api(routes.createTable, { body: { name, ...body } })
  return name
}

test('a CSV becomes rows: types are guessed from its first rows, text stays text', async () => {
  const table = await newTable()
  const file = [
    '\ufeffid,name,zip,total,paid,day,tags,big,note',
    'a,"Ada, ""the"" first",01234,-1.50,true,2026-03-01,"[1,2]",12345678901234567890,=1+1',
    'b,"two',
    'lines",10115,7,false,2026-03-02T10:00:00Z,"[""x""]",1,',
    '',
  ].join('\r\n')
  const looked = await send(table, file, { dry_run: true })
  expect(looked).toMatchObject({ status: 200, rows: 2, inserted: 0, problems: [] })
  expect(await rowsOf(table)).toEqual([])
  expect(looked.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    'name text',
    'zip text',
    'total number',
    'paid boolean',
    'day date',
    'tags json',
    'big text',
    'note text',
  ])
  expect(await send(table, file)).toMatchObject({ status: 200, rows: 2, inserted: 2, updated: 0 })
  const [a, b] = await rowsOf(table)
  expect(a).toMatchObject({
    id: 'a',
    data: {
      name: 'Ada, "the" first',
      zip: '01234',
      total: -1.5,
      paid: true,
      day: '2026-03-01',
      tags: [1, 2],
      big: '12345678901234567890',
      note: '=1+1',
    },
  })
  expect(b?.data).toEqual({
    name: 'two\r\nlines',
    zip: '10115',
    total: 7,
    paid: false,
    day: '2026-03-02T10:00:00Z',
    tags: ['x'],
    big: '1',
  })
})

test('what is wrong is told by line and column, and then nothing is imported', async () => {
  const table = await newTable({
    columns: [
      { name: 'name', type: 'text', required: true },
      { name: 'age', type: 'number' },
    ],
  })
  const refused = await send(table, 'name,age\nAda,36\n,7\nBob,old\nCid,1,2\n')
  expect(refused).toMatchObject({ status: 422 })
  expect(refused.error?.details).toEqual([
    { line: 3, column: 'name', message: 'is required' },
    { line: 4, column: 'age', message: expect.stringContaining('"old"') },
    { line: 5, column: null, message: expect.stringContaining('3 cells') },
  ])
  expect(await rowsOf(table)).toEqual([])
  const looked = await send(table, 'name,age\nAda,36\n,7\n', { dry_run: true })
  expect(looked).toMatchObject({ status: 200, problems: [{ line: 3, column: 'name' }] })
})

test('a guess that does not hold is a problem of the line that breaks it, and the type can be said', async () => {
  const table = await newTable()
  const file = `code\n${Array.from({ length: 1500 }, (_, n) => n + 1).join('\n')}\nX1\n`
  const refused = await send(table, file)
  expect(refused.error?.details).toEqual([
    { line: 1502, column: 'code', message: expect.stringContaining('"X1"') },
  ])
  expect(await send(table, file, { types: '{"code":"text"}' })).toMatchObject({ inserted: 1501 })
  expect((await send(table, file, { types: '["text"]' })).status).toBe(422)
})

test('by a key, rows that are there are replaced', async () => {
  const table = await newTable({ indexes: [{ fields: ['number'], is_unique: true }] })
  await send(table, 'number,total\nA,1\nB,2\n')
  expect(await send(table, 'number,total\nB,3\nC,4\n', { key: 'number' })).toMatchObject({
    inserted: 1,
    updated: 1,
  })
  expect((await rowsOf(table)).map(({ data }) => data['total'])).toEqual([1, 3, 4])
  const twice = await send(table, 'number,total\nD,3\nA,4\n')
  expect(twice).toMatchObject({ status: 409, error: { message: expect.stringMatching(/lines 2 to 3/) } })
  expect(await rowsOf(table)).toHaveLength(3)
  expect(await send(table, 'id,total\nx,1\nx,2\n', { mode: 'upsert' })).toMatchObject({
    inserted: 1,
    updated: 1,
  })
})

test('JSON comes as a list or as lines, and goes back as it was', async () => {
  const rows = [
    { id: 'a', text: '=1+1', list: [1, { deep: null }], n: 1e-7 },
    { id: 'b', text: 'Zoë\n' },
  ]
  const table = await newTable()
  expect(await send(table, ` \n${JSON.stringify(rows)}`, { format: 'json' })).toMatchObject({ inserted: 2 })
  expect(JSON.parse(await fetchFile(table, { format: 'json' }))).toEqual(rows)
  const lines = await newTable()
  const file = rows.map((row) => JSON.stringify(row)).join('\n')
  expect(await send(lines, file, { format: 'json' })).toMatchObject({ inserted: 2 })
  expect(JSON.parse(await fetchFile(lines, { format: 'json' }))).toEqual(rows)
  expect(JSON.parse(await fetchFile(lines, { format: 'json', where: '{"id":"b"}' }))).toEqual([rows[1]])
  expect(
    (
      await server().fetch(
        pathOf(routes.exportTable, { table }, { format: 'json', where: '{"a":{"like":1}}' }),
      )
    ).status,
  ).toBe(422)
})

test('an export as CSV has no cell that a spreadsheet runs, and comes back', async () => {
  const table = await newTable({ columns: [{ name: 'first', type: 'text' }] })
  const cells = ['=cmd()', '+1', '-1+2', '@sum', '\tx', 'plain']
  await server().api(routes.writeTableRows, {
    params: { table },
    body: { rows: cells.map((first, n) => ({ id: `${n}`, data: { first, n: -n, list: [n] } })) },
  })
  const csv = await fetchFile(table, { format: 'csv' })
  const [head, ...lines] = csv.trimEnd().split('\n')
  expect(head).toBe('id,first,list,n')
  expect(lines[0]).toBe("0,'=cmd(),[0],0")
  for (const line of lines) expect(line.split(',')[1]).toMatch(/^"?'|^plain/)
  const back = await newTable()
  expect(await send(back, csv)).toMatchObject({ inserted: 6 })
  expect((await rowsOf(back))[5]).toMatchObject({ id: '5', data: { first: 'plain', n: -5, list: [5] } })
})

test.each<[string, string | Buffer, Options, number, string]>([
  ['a quote without end', 'a,b\n"x,1\n', {}, 400, 'not valid CSV'],
  ['no name', 'a,,c\n1,2,3\n', {}, 400, 'column 2'],
  ['a name twice', 'a,a\n1,2\n', {}, 400, 'twice'],
  ['a prototype', '__proto__\n1\n', {}, 400, '__proto__'],
  ['a forged author', 'created_by\nme\n', {}, 403, 'created_by'],
  ['a NUL', 'a\nx\0y\n', {}, 422, 'NUL'],
  ['no JSON', '[{"a":1},{"a":]', { format: 'json' }, 400, 'not valid JSON'],
  ['a line of no JSON', '{"a":1}\n{"a"\n', { format: 'json' }, 400, 'Line 2'],
  ['no objects', '[{"a":1},2,[3],null]', { format: 'json' }, 422, 'Line 2'],
  ['too much depth', `[{"a":${'['.repeat(5000)}${']'.repeat(5000)}}]`, { format: 'json' }, 422, 'nested'],
  ['a number without end', '[{"a":1e999}]', { format: 'json' }, 422, 'number'],
  ['a row that is too large', `a\n${'x'.repeat(1_100_000)}\n`, {}, 422, '1 MB'],
  ['a line without end', Buffer.alloc(5_000_000, 120), {}, 400, 'not valid CSV'],
  ['a key without an index', 'a\n1\n', { key: 'a' }, 400, 'unique index'],
])('a file with %s is refused', async (_what, file, options, status, words) => {
  const table = await newTable()
  const answer = await send(table, file, options)
  expect(answer.error?.message).toContain(words)
  expect(answer.status).toBe(status)
  expect(await rowsOf(table)).toEqual([])
})

test('the beginning of a file is enough to look at it', async () => {
  const table = await newTable()
  const csv = `n,text\n${Array.from({ length: 50 }, (_, n) => `${n},"row ${n}"`).join('\n')}`
  const cut = await send(table, csv.slice(0, -4), { dry_run: true, partial: true })
  expect(cut).toMatchObject({ status: 200, problems: [] })
  expect(cut.preview).toHaveLength(20)
  const json = JSON.stringify(Array.from({ length: 50 }, (_, n) => ({ n })))
  expect(
    await send(table, json.slice(0, -5), { format: 'json', dry_run: true, partial: true }),
  ).toMatchObject({
    status: 200,
    problems: [],
  })
})

test('an upload that ends early leaves nothing, and the table free', async () => {
  const table = await newTable()
  const url = new URL(pathOf(routes.importTable, { table }, { format: 'csv' }), server().url)
  await new Promise<void>((resolve) => {
    const upload = request(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server().admin.apiKey}`,
        'content-type': 'application/octet-stream',
        'content-length': '1000000',
      },
    })
    upload.on('error', () => resolve())
    upload.write(`a\n${'1\n'.repeat(20_000)}`, () => setTimeout(() => upload.destroy(), 100))
    upload.on('close', () => resolve())
  })
  expect(await rowsOf(table)).toEqual([])
  await server().api(routes.dropTable, { params: { table }, query: {} })
})

test('a file with more rows than the quota leaves room for is refused, however it is cut into parts', async () => {
  const orgId = await server().organization()
  const person = await server().person('developer', orgId)
  await server().api(routes.setQuotas, { params: { id: orgId }, body: { table_rows: 700 } })
  await person.api(routes.createTable, { body: { name: 'few' } })
  const put = async (rows: number) => {
    const response = await person.fetch(pathOf(routes.importTable, { table: 'few' }, { format: 'csv' }), {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: `a\n${'1\n'.repeat(rows)}`,
    })
    await response.body?.cancel()
    return response.status
  }
  expect(await put(1500)).toBe(429)
  expect(await person.api(routes.queryTable, { params: { table: 'few' }, body: {} })).toMatchObject({
    total: 0,
  })
  expect(await put(600)).toBe(200)
})
