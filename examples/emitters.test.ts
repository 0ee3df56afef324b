import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { until, useServer } from '../packages/server/src/testing/server.ts'

const server = useServer({ config: { workspaceDir: copyOfExamples() } })
const children = (id: string, query: object = {}) =>
  server().api(routes.listExecutionChildren, { params: { id }, query })

test('nightlyInvoices: a run per subscription, the four that fail listed, and nothing to do the next night', async () => {
  const first = await server().execute('nightlyInvoices')
  expect(first).toMatchObject({ status: 'SUCCESS', result: { started: 1000, duplicates: 0 } })
  const counts = await until(
    'all invoices are sent',
    async () => {
      const { counts } = await children(first.execution_id)
      return (counts.SUCCESS ?? 0) + (counts.FAILED ?? 0) === 1000 ? counts : null
    },
    60_000,
  )
  expect(counts).toEqual({ SUCCESS: 996, FAILED: 4 })
  const failed = await children(first.execution_id, { status: ['FAILED'] })
  expect(failed.items.map((run) => run.error?.message)).toContain('C-010 has no address for invoices.')
  expect((await server().execute('nightlyInvoices')).result).toEqual({ started: 0, duplicates: 0 })
}, 90_000)

test('invoiceSubscription: runs by itself, too', async () => {
  const { status, result } = await server().execute('invoiceSubscription', {
    id: 7,
    customer: 'C-007',
    seats: 3,
    pricePerSeat: 9,
  })
  expect({ status, result }).toMatchObject({ status: 'SUCCESS', result: { to: 'invoices+7@example.com' } })
})
