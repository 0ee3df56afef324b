import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../testing/server.ts'

// Whatever leaves a run is JSON as it is, and text that the database can hold; what is not is refused where it is sent.

const server = useServer({
  files: {
    'sends.ts': `import { config, cursor, events, screen, tables, workflow, workflows } from 'bifrost'
export const takes = workflow(async (given: unknown) => given ?? null)
const VALUES: Record<string, () => unknown> = {
  map: () => new Map([['a', 1]]), nan: () => Number.NaN, date: () => new Date(0), bigint: () => 10n, regexp: () => /a/,
}
export const sends = workflow(async (to: string, what: string) => {
  const bent = { list: [VALUES[what]!()] } as never
  try {
    if (to === 'run') await workflows.run(takes, { given: bent })
    if (to === 'no wait') await workflows.run(takes, { given: bent }, { wait: false })
    if (to === 'config') await config.set('k', bent)
    if (to === 'cursor') await cursor('c').set(bent)
    if (to === 'table') { await tables.create('t' + what); await tables.upsert('t' + what, { id: 'a', bent }) }
    if (to === 'event') await events.emit('sent', { bent })
    return 'sent'
  } catch (error) { return String((error as Error).message) }
})
export const columned = workflow({ columns: { Odd: () => 'a\\0b', Half: () => 'a\\ud800b', Right: () => 'right' } }, async () => 1)
export const asks = workflow(async () =>
  screen('look', { title: 'T\\0 \\ud800', description: 'D\\0', fields: { ok: { type: 'boolean', help: 'H\\0' } } }))
export const names = workflow(async (title: string) =>
  screen('look at it', { title, fields: { ok: 'boolean' } }))
export const assigns = workflow(async () => {
  try { await screen('look', { title: 'T', fields: { ok: 'boolean' }, assignee: { user: 'a\\0b' } }) } catch (error) { return String((error as Error).message) }
})
`,
  },
})

test.each(
  ['run', 'no wait', 'config', 'cursor', 'table', 'event'].flatMap((to) =>
    ['map', 'nan', 'date', 'bigint', 'regexp'].map((what) => [to, what] as const),
  ),
)('to %s: a %s is refused with its place, and the refusal can be caught', async (to, what) => {
  const { status, result } = await server().execute('sends', { to, what })
  expect(status).toBe('SUCCESS')
  expect(result).toMatch(/list\[0\] is .*, which JSON does not have: /)
})

test('text that the database cannot hold is kept as far as it can be', async () => {
  const { execution_id: id } = await server().execute('columned')
  const { columns } = await server().api(routes.getExecution, { params: { id } })
  expect(columns).toEqual({ Odd: 'a\u2400b', Half: 'a\ufffdb', Right: 'right' })
  await server().run('asks')
  const items = await until('there is a task', async () => {
    const list = await server().api(routes.listTasks, { query: {} })
    return list.items.length > 0 ? list.items : undefined
  })
  expect(items).toMatchObject([{ title: 'T\u2400 \ufffd' }])
  const task = await server().api(routes.getTask, { params: { id: items[0]?.id ?? '' } })
  expect(task).toMatchObject({ description: 'D\u2400' })
})

test.each([
  ['Order 7\nof \u202eAda\r\n', 'Order 7 of Ada'],
  ['tab\there\u0007 \u2028now', 'tab here now'],
  [' \n\u200b', 'Look At It'],
  ['', 'Look At It'],
])('a title %j of a task is one line, and costs no process', async (title, shown) => {
  const id = await server().run('names', { title })
  await server().reaches(id, (status) => status === 'SUSPENDED')
  const { items } = await server().api(routes.listTasks, { query: {} })
  expect(items.find((task) => task.execution_id === id)?.title).toBe(shown)
})

test('a text of a call that the database cannot hold says so', async () => {
  const { result } = await server().execute('assigns')
  expect(result).toMatch(/contains a NUL/)
})
