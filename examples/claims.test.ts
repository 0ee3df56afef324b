import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

const server = useServer({ config: { workspaceDir: copyOfExamples() } })

test('settleClaim: it says what each run is about, and a wrong decision is put right by a fork', async () => {
  const { execution_id: id, result } = await server().execute('settleClaim', { claim: 'C-4711', amount: 900 })
  expect(result).toMatchObject({ decision: 'inspect' })
  const { items } = await server().api(routes.listExecutions, { query: { column: ['Claim=C-4711'] } })
  expect(items.map((run) => [run.id, run.columns])).toEqual([
    [id, { Claim: 'C-4711', Customer: 'Grace Hopper', Decision: 'inspect', High: true }],
  ])

  const fork = await server().api(routes.forkExecution, {
    params: { id },
    body: {
      from_step: 'decide',
      outputs: { 'fetch-claim': { claim: 'C-4711', amount: 90, customer: 'Grace Hopper' } },
    },
  })
  expect(fork.kept).toEqual(['fetch-claim#1'])
  expect((await server().ended(fork.execution_id ?? '')).result).toEqual({
    claim: 'C-4711',
    decision: 'pay',
    email: 'Dear Grace Hopper, your claim is paid.',
  })
})
