import { type ExecutionFilter, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'claims.ts': `import { config, FatalError, sleep, step, workflow } from 'bifrost'
export const claim = workflow({
  columns: {
    Claim: 'steps.fetch.output.id',
    Customer: (run) => run.input.email,
    Amount: (run) => run.steps.fetch.amount,
    Paid: 'result.paid',
    Late: (run) => run.steps.fetch.amount > 100,
  },
}, async (email: string, amount = 10) => {
  await step('audit', () => 1)
  const found = await step('fetch', () => ({ id: 'C-' + amount, amount }))
  await sleep(email === 'wait' ? '1 hour' : '10ms')
  return { paid: found.amount }
})
export const odd = workflow({
  columns: { Bad: (run) => run.steps.none.at.all, Promised: async () => 1, Long: () => 'x'.repeat(1000), List: () => [1, { a: 2 }], Day: () => new Date(0), Nothing: () => undefined },
}, async () => { await step('one', () => 1); return 1 })
export const stops = workflow({ columns: { Step: 'steps.one', Broken: (run) => run.steps.two.id } }, async () => {
  await step('one', () => 'done'); throw new FatalError('no')
})
export const secret = workflow({ columns: { Token: 'steps.read' } }, async () => {
  await config.set('columns.token', 'tok-5f3a9e', { isSecret: true })
  const token = await config.get('columns.token')
  return step('read', () => token).then(() => 1)
})
export const plain = workflow(async () => 1)
`,
    'wrong.ts': `import { workflow } from 'bifrost'
export const wrongPath = workflow({ columns: { A: 'step.fetch' } }, async () => 1)
export const wrongName = workflow({ columns: { 'A=B': 'input.a' } }, async () => 1)
export const wrongShape = workflow({ columns: ['A'] as never }, async () => 1)
export const wrongValue = workflow({ columns: { A: 3 as never } }, async () => 1)
export const tooMany = workflow({ columns: { a: 'input', b: 'input', c: 'input', d: 'input', e: 'input', f: 'input', g: 'input', h: 'input', i: 'input', j: 'input', k: 'input' } }, async () => 1)
`,
  },
})
const columnsOf = async (id: string) => (await server().api(routes.getExecution, { params: { id } })).columns
const found = async (filter: ExecutionFilter) =>
  (await server().api(routes.listExecutions, { query: { ...filter, limit: 100 } })).items.map((run) => run.id)

describe('the columns of a run', () => {
  test('are made of input, outputs and result, and stand in lists', async () => {
    const { execution_id } = await server().execute('claim', { email: 'ada@example.com', amount: 250 })
    const columns = { Claim: 'C-250', Customer: 'ada@example.com', Amount: 250, Paid: 250, Late: true }
    expect(await columnsOf(execution_id)).toEqual(columns)
    const { items } = await server().api(routes.listExecutions, { query: { workflow: 'claim' } })
    expect(items[0]?.columns).toEqual(columns)
    expect((await server().logs(execution_id)).length).toBe(0)
    const workflow = await server().api(routes.getWorkflow, { params: { id: 'claim' } })
    expect(workflow.columns).toEqual(['Claim', 'Customer', 'Amount', 'Paid', 'Late'])
    expect(workflow.warnings).toEqual([])
  })

  test('are there while it waits, as far as it has come', async () => {
    const id = await server().run('claim', { email: 'wait', amount: 7 })
    await server().reaches(id, (status) => status === 'SUSPENDED')
    expect(await columnsOf(id)).toEqual({
      Claim: 'C-7',
      Customer: 'wait',
      Amount: 7,
      Paid: null,
      Late: false,
    })
    // What the code learns again when it comes back changes nothing of them.
    await server().db.query('update waits set due_at = now() where execution_id = $1', [id])
    await server().ended(id)
    expect(await columnsOf(id)).toMatchObject({ Claim: 'C-7', Paid: 7 })
  })

  test('that throw are empty, with one warning each, and the run is fine', async () => {
    const { execution_id, status } = await server().execute('odd')
    expect(status).toBe('SUCCESS')
    expect(await columnsOf(execution_id)).toEqual({
      Bad: null,
      Promised: null,
      Long: `${'x'.repeat(299)}…`,
      List: '[1,{"a":2}]',
      Day: '1970-01-01T00:00:00.000Z',
      Nothing: null,
    })
    const warnings = await until('they are written', async () => {
      const lines = await server().logs(execution_id)
      return lines.length === 2 ? lines : null
    })
    expect(warnings.map((line) => [line.level, line.message])).toEqual([
      ['warning', expect.stringMatching(/^The column "Bad" has no value: .*undefined/)],
      ['warning', 'The column "Promised" has no value: a column cannot be async'],
    ])
  })

  test('of a run that fails are as far as it came', async () => {
    const { execution_id } = await server().execute('stops')
    expect(await columnsOf(execution_id)).toEqual({ Step: 'done', Broken: null })
    expect(await server().logs(execution_id)).toEqual([])
  })

  test('hold no secrets, and a workflow without has none', async () => {
    expect(await columnsOf((await server().execute('secret')).execution_id)).toEqual({ Token: '[REDACTED]' })
    expect(await columnsOf((await server().execute('plain')).execution_id)).toBeNull()
  })
})

describe('runs are found by them', () => {
  test('by column and value, as text, number or yes and no; several must all fit', async () => {
    const first = (await server().execute('claim', { email: 'grace@example.com', amount: 4711 })).execution_id
    const second = (await server().execute('claim', { email: 'grace@example.com', amount: 12 })).execution_id
    expect(await found({ column: ['Claim=C-4711'] })).toEqual([first])
    expect(await found({ column: ['Amount=4711'] })).toEqual([first])
    expect(await found({ column: ['Customer=grace@example.com'] })).toEqual([second, first])
    expect(await found({ column: ['Customer=grace@example.com', 'Late=true'] })).toEqual([first])
    expect(await found({ column: ['Claim=4711'] })).toEqual([])
    expect(await found({ column: ['Other=C-4711'] })).toEqual([])
    expect(await found({ column: ["Claim=C' or 1=1 --"] })).toEqual([])
  })

  test('by text in a value, not in a name', async () => {
    const { execution_id } = await server().execute('claim', { email: 'Hopper@navy.example', amount: 99 })
    expect(await found({ search: 'hopper@NAVY' })).toEqual([execution_id])
    expect(await found({ search: 'c-99' })).toEqual([execution_id])
    expect(await found({ search: 'Customer' })).toEqual([])
    const { execution_id: odd } = await server().execute('claim', { email: 'a"b\\\\c_d%e', amount: 98 })
    for (const search of ['a"B', 'b\\\\C', 'c_d%', 'd%e']) expect(await found({ search })).toEqual([odd])
    expect(await found({ search: 'a%e' })).toEqual([])
  })

  test('a filter by column is that of bulk actions, too, and one without a value is refused', async () => {
    const answer = await server().api(routes.bulkExecutions, {
      body: { action: 'rerun', filter: { column: ['Claim=C-99'] }, dry_run: true },
    })
    expect(answer.matched).toBe(1)
    await expect(found({ column: ['Claim'] })).rejects.toMatchObject({ status: 422 })
  })
})

test.each([
  ['wrongPath', /needs for "A" a function of the run, or a path that begins with input, steps, result/],
  ['wrongName', /needs names of 1 to 60 characters without "="; "A=B" is none/],
  ['wrongShape', /must be an object of names and paths or functions/],
  ['wrongValue', /needs for "A" a function of the run/],
  ['tooMany', /has more than 10 columns/],
])('%s is refused when the file is read', async (name, message) => {
  const { error } = await server().api(routes.getWorkflow, { params: { id: name } })
  expect(error?.message).toMatch(message)
})
