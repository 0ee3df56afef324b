import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

const provider = (ttl: number, name: string) => `
import { dataProvider } from 'bifrost'
let calls = 0
export const ${name} = dataProvider({ cacheTtlSeconds: ${ttl} }, async (team: string, site: string = 'main') => [
  { label: team + ' ' + site, value: ++calls },
])
`

const server = useServer({ files: { 'kept.ts': provider(300, 'kept'), 'fresh.ts': provider(0, 'fresh') } })

const ask = (id: string, input: Record<string, string>) =>
  server().api(routes.executeWorkflow, { params: { id }, body: { input } })

test('47: the same inputs within the time run nothing again and leave no row; others run', async () => {
  const first = await ask('kept', { team: 'a', site: 'x' })
  const again = await ask('kept', { site: 'x', team: 'a' })
  expect(again).toEqual(first)
  const other = await ask('kept', { team: 'b', site: 'x' })
  expect(other.execution_id).not.toBe(first.execution_id)
  const { items } = await server().api(routes.listExecutions, { query: { workflow: 'kept' } })
  expect(items.map((run) => run.id)).toEqual([other.execution_id, first.execution_id])
})

test('47: a time of 0 keeps nothing', async () => {
  const first = await ask('fresh', { team: 'a' })
  const again = await ask('fresh', { team: 'a' })
  expect(again.execution_id).not.toBe(first.execution_id)
})

test('new code gives a new answer', async () => {
  const before = await ask('kept', { team: 'c' })
  await server().write('kept.ts', provider(300, 'kept').replace("' '", "' at '"))
  const after = await ask('kept', { team: 'c' })
  expect(after.execution_id).not.toBe(before.execution_id)
  expect(after.result).toMatchObject([{ label: 'c at main' }])
})
