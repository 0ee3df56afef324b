import { limits, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'tables.ts': `import { type Document, type ExecutionContext, step, StepError, tables, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
export const fill = workflow(async () => {
  await tables.create('people', { description: 'Who works here' })
  await tables.create('people')
  const ada = await tables.insert('people', { id: 'ada', name: 'Ada', age: 36, tags: ['math', '100%'], address: { city: 'London' } })
  await tables.insertMany('people', [{ id: 'bob', name: 'Bob', age: 7 }, { id: 'cid', name: 'C_d', age: '7', tags: [] }, { id: 'dan', name: null }])
  await tables.upsert('people', { id: 'eve', name: 'Eva' })
  await tables.upsert('people', { id: 'eve', name: 'Eve', age: 20 })
  await tables.update('people', 'eve', { age: 21 })
  await tables.insert('people', { id: 'gone' }); await tables.delete('people', 'gone')
  return { ada, eve: await tables.get('people', 'eve'), gone: (await tables.get('people', 'gone')) ?? 'no one', list: (await tables.list()).map(({ name, rows }) => [name, rows]) }
})
export const find = workflow(async (where: Record<string, unknown>) => (await tables.query('people', { where: where as never, orderBy: 'id' })).map((row) => row.id))
export const pages = workflow(async () => {
  const seen: string[] = []
  for (let offset = 0; offset < 5; offset += 2) seen.push(...(await tables.query('people', { orderBy: '-age', limit: 2, offset })).map((row) => row.id))
  return { seen, count: await tables.count('people', { age: { gte: 10 } }) }
})
export const noTable = workflow(async () => tables.insert('nowhere', { a: 1 }))
export const twice = workflow(async () => { await tables.create('once'); await tables.insert('once', { id: 'a' }); await tables.insertMany('once', [{ id: 'b' }, { id: 'a' }]) })
export const large = workflow(async () => { await tables.create('big'); await tables.insert('big', { text: 'x'.repeat(2_000_000) }) })

export const open = workflow(async () => { await tables.create('accounts'); await tables.upsert('accounts', { id: 'a', balance: 100 }); await tables.create('book') })
export const transfer = workflow(async (amount: number) =>
  step.tx('transfer', async (tx) => {
    const account = (await tx.get('accounts', 'a')) as Document & { balance: number }
    await pause(20)
    if (account.balance < amount) throw new Error('not enough')
    tx.update('accounts', 'a', { balance: account.balance - amount })
    return tx.insert('book', { amount }).amount
  }))
export const cutOff = workflow(async () => {
  await step.tx('count', async (tx) => {
    const row = (await tx.get('accounts', 'n')) as (Document & { n: number }) | undefined
    tx.upsert('accounts', { id: 'n', n: (row?.n ?? 0) + 1 })
  })
  await step('after', () => pause(3000))
  return 'done'
})
export const refused = workflow(async () => {
  try { await step.tx('twice', (tx) => { tx.insert('book', { id: 'x' }); tx.insert('book', { id: 'x' }) }) } catch (error) { return [(error as StepError).name, (error as Error).message, await tables.count('book', { id: 'x' })] }
})
export const retried = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 0 } }, async (ctx: ExecutionContext) => {
  await step.tx('count', (tx) => { tx.insert('book', { id: 'retried' }) })
  if (ctx.attempt === 1) throw new Error('again')
  return 'ok'
})
`,
  },
})

const result = async (name: string, input: Record<string, unknown> = {}) => {
  const run = await server().ended(await server().run(name, input))
  if (run.status !== 'SUCCESS') throw new Error(`${run.status}: ${run.error?.message}`)
  return run.result
}

test('documents are written, changed and read back', async () => {
  expect(await result('fill')).toEqual({
    ada: { id: 'ada', name: 'Ada', age: 36, tags: ['math', '100%'], address: { city: 'London' } },
    eve: { id: 'eve', name: 'Eve', age: 21 },
    gone: 'no one',
    list: [['people', 5]],
  })
})

test.each([
  [{ name: 'Ada' }, ['ada']],
  [{ age: { eq: 7 } }, ['bob']],
  [{ age: '7' }, ['cid']],
  [{ age: { ne: 7 } }, ['ada', 'cid', 'dan', 'eve']],
  [{ age: { gt: 7 } }, ['ada', 'eve']],
  [{ age: { gte: 7, lt: 36 } }, ['bob', 'eve']],
  [{ age: { lte: 21 } }, ['bob', 'eve']],
  [{ age: { in: [7, 36, '7'] } }, ['ada', 'bob', 'cid']],
  [{ name: null }, ['dan']],
  [{ age: { isNull: true } }, ['dan']],
  [{ age: { isNull: false } }, ['ada', 'bob', 'cid', 'eve']],
  [{ name: { contains: 'd' } }, ['ada', 'cid']],
  [{ name: { contains: '_' } }, ['cid']],
  [{ name: { contains: '%' } }, []],
  [{ tags: { contains: '100%' } }, ['ada']],
  [{ name: { startsWith: 'E' } }, ['eve']],
  [{ name: { endsWith: '_d' } }, ['cid']],
  [{ address: { hasKey: 'city' } }, ['ada']],
  [{ 'address.city': 'London' }, ['ada']],
  [{ id: { gt: 'cid' } }, ['dan', 'eve']],
  [{ "name'; drop table tables; --": 1 }, []],
])('a query by %j (63)', async (where, ids) => {
  expect(await result('find', { where })).toEqual(ids)
})

test('pages in an order with ties leave nothing out and repeat nothing', async () => {
  const { seen, count } = (await result('pages')) as { seen: string[]; count: number }
  expect(seen.toSorted()).toEqual(['ada', 'bob', 'cid', 'dan', 'eve'])
  expect(count).toBe(2)
})

test.each([
  ['noTable', /There is no table "nowhere"\. Create it/],
  ['twice', /already has a row "a"/],
  ['large', /1 MB/],
])('%s says what is wrong', async (name, message) => {
  await expect(result(name)).rejects.toThrow(message)
})

test('of many writes all are done or none', async () => {
  const { items } = await server().api(routes.queryTable, { params: { table: 'once' }, body: {} })
  expect(items.map((row) => row.id)).toEqual(['a'])
})

describe('step.tx', () => {
  test('writes and the step are stored together; of those that meet, none overwrites another', async () => {
    await result('open')
    const runs = await Promise.all(Array.from({ length: 8 }, () => server().run('transfer', { amount: 15 })))
    const ended = await Promise.all(runs.map((id) => server().ended(id)))
    // 100 is enough for six of eight.
    expect(ended.filter((run) => run.status === 'SUCCESS')).toHaveLength(6)
    const row = await server().api(routes.getTableRow, { params: { table: 'accounts', id: 'a' } })
    expect(row.data).toEqual({ balance: 10 })
    const { total } = await server().api(routes.queryTable, { params: { table: 'book' }, body: {} })
    expect(total).toBe(6)
  })

  test('after a crash what was written is not written again', async () => {
    const id = await server().run('cutOff')
    await until('the step after it runs', async () => {
      const { items } = await server().api(routes.listExecutionSteps, { params: { id }, query: {} })
      return items.some((one) => one.name === 'after') || undefined
    })
    for (const pid of server().childPids()) process.kill(pid, 'SIGKILL')
    expect((await server().ended(id)).result).toBe('done')
    const row = await server().api(routes.getTableRow, { params: { table: 'accounts', id: 'n' } })
    expect(row.data).toEqual({ n: 1 })
  })

  test('what the database refuses fails the step, and nothing of it is stored', async () => {
    const [name, message, count] = (await result('refused')) as unknown[]
    expect([name, count]).toEqual(['StepError', 0])
    expect(message).toContain('already has a row "x"')
  })

  test('a retry of the run does not write again', async () => {
    expect(await result('retried')).toBe('ok')
  })
})

describe('the API', () => {
  test('makes, fills, changes and drops a table', async () => {
    const table = { table: 'stock' }
    await server().api(routes.createTable, { body: { name: 'stock', description: 'What we have' } })
    const first = await server().api(routes.putTableRow, {
      params: { ...table, id: 'bolt' },
      body: { data: { count: 3 } },
    })
    expect(first).toMatchObject({ id: 'bolt', data: { count: 3 }, version: 1 })
    const second = await server().api(routes.putTableRow, {
      params: { ...table, id: 'bolt' },
      body: { data: { count: 2 } },
    })
    expect(second.version).toBe(2)
    const { items } = await server().api(routes.listTables, { query: {} })
    expect(items.find((one) => one.name === 'stock')).toMatchObject({ rows: 1, description: 'What we have' })
    await server().api(routes.deleteTableRow, { params: { ...table, id: 'bolt' } })
    await expect(
      server().api(routes.getTableRow, { params: { ...table, id: 'bolt' } }),
    ).rejects.toMatchObject({ code: 'not_found' })
    await server().api(routes.dropTable, { params: table, query: {} })
    await expect(server().api(routes.dropTable, { params: table, query: {} })).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  test.each(['', '1st', 'a b', 'a;drop', 'x'.repeat(101)])('refuses the name %j', async (name) => {
    await expect(server().api(routes.createTable, { body: { name } })).rejects.toMatchObject({
      code: 'validation_failed',
    })
  })

  test('refuses to give more than the limit', async () => {
    await expect(
      server().api(routes.queryTable, {
        params: { table: 'people' },
        body: { limit: limits.tableQueryRowsMax + 1 },
      }),
    ).rejects.toMatchObject({ code: 'validation_failed' })
  })

  test('another organization has none of it, and a member may not read it', async () => {
    const stranger = await server().person('org_admin', await server().organization())
    expect((await stranger.api(routes.listTables, { query: {} })).items).toEqual([])
    for (const attack of [
      () => stranger.api(routes.queryTable, { params: { table: 'people' }, body: {} }),
      () => stranger.api(routes.putTableRow, { params: { table: 'people', id: 'ada' }, body: { data: {} } }),
      () => stranger.api(routes.dropTable, { params: { table: 'people' }, query: {} }),
    ])
      await expect(attack()).rejects.toMatchObject({ code: 'not_found' })
    await stranger.api(routes.createTable, { body: { name: 'people' } })
    const own = await stranger.api(routes.queryTable, { params: { table: 'people' }, body: {} })
    expect(own).toMatchObject({ items: [], total: 0 })
    const member = await server().person('member')
    await expect(member.api(routes.listTables, { query: {} })).rejects.toMatchObject({ code: 'forbidden' })
  })
})

test('a query that names more fields than the limit is refused', async () => {
  await server().api(routes.createTable, { body: { name: 'wide' } })
  const where = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`f${n}`, n]))
  const find = (count: number) =>
    server().api(routes.queryTable, { params: { table: 'wide' }, body: { where: where(count) } })
  expect(await find(limits.tableWhereFieldsMax)).toMatchObject({ items: [], total: 0 })
  for (const count of [limits.tableWhereFieldsMax + 1, 70_000])
    await expect(find(count)).rejects.toMatchObject({ status: 422 })
})
