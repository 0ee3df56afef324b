import { routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { until, useServer } from '../packages/server/src/testing/server.ts'

// The shop of the examples: workflows that know nothing of each other, chained by events.

const server = useServer({ config: { workspaceDir: copyOfExamples() } })

const place = (orderId: string, customer: string, total = 40) =>
  server().execute('placeShopOrder', { orderId, customer, total })

/** The run of this workflow that is about this order. */
const runOf = (workflow: string, orderId: string) =>
  until(`${workflow} of ${orderId} is there`, async () => {
    const { items } = await server().api(routes.listExecutions, { query: { workflow } })
    for (const { id } of items) {
      const run = await server().api(routes.getExecution, { params: { id } })
      if ((run.input as { orderId?: string }).orderId === orderId) return run
    }
    return null
  })

const pay = (orderId: string, amount: number) =>
  server().api(routes.emitEvent, { body: { name: 'shop.payment.received', payload: { orderId, amount } } })

test('placeShopOrder: an order that is paid is shipped, one event after the other', async () => {
  expect((await place('S-1', 'ada')).result).toEqual({ orderId: 'S-1', taken: true })
  expect((await place('S-1', 'ada')).result).toEqual({ orderId: 'S-1', taken: false })
  const { id, event } = await runOf('awaitPayment', 'S-1')
  expect(event?.name).toBe('shop.order.created')
  await server().reaches(id, (status) => status === 'SUSPENDED')
  expect(await pay('S-1', 40)).toMatchObject({ woken: 1 })
  expect((await server().ended(id)).result).toEqual({ orderId: 'S-1', paid: true })
  const shipped = await runOf('shipOrder', 'S-1')
  expect((await server().ended(shipped.id)).result).toEqual({ orderId: 'S-1', parcel: 'parcel-S-1' })
})

test('shipOrder: a small order is not shipped alone', async () => {
  await place('S-2', 'bob', 5)
  const { id } = await runOf('awaitPayment', 'S-2')
  await server().reaches(id, (status) => status === 'SUSPENDED')
  await pay('S-2', 5)
  await server().ended(id)
  const paid = await until('the event has declined', async () => {
    const { items } = await server().api(routes.listEvents, {
      query: { name: 'shop.order.paid', search: 'S-2' },
    })
    return items.find(({ deliveries }) => deliveries.waiting === 0)
  })
  expect(paid.deliveries).toMatchObject({ declined: 1, started: 0 })
})

test('one customer is reminded of one order after the other', async () => {
  await place('S-3', 'cleo')
  await place('S-4', 'cleo')
  const first = await runOf('awaitPayment', 'S-3')
  await server().reaches(first.id, (status) => status === 'SUSPENDED')
  const { items } = await server().api(routes.listEvents, { query: { key: 'cleo', search: 'S-4' } })
  expect(items[0]?.deliveries).toMatchObject({ waiting: 1, started: 0 })
  await server().api(routes.emitEvent, {
    body: { name: 'shop.order.cancelled', payload: { orderId: 'S-3' } },
  })
  expect((await server().ended(first.id)).status).toBe('CANCELLED')
  const second = await runOf('awaitPayment', 'S-4')
  await server().api(routes.cancelExecution, { params: { id: second.id } })
})

test('awaitPayment: reminds, and gives up after the second patience', async () => {
  const { execution_id, result } = await server().execute('awaitPayment', {
    orderId: 'S-5',
    total: 12,
    patience: '1s',
  })
  expect(result).toEqual({ orderId: 'S-5', paid: false })
  expect((await server().logs(execution_id)).map((line) => line.message)).toEqual([
    'Please pay 12 EUR for the order S-5',
  ])
})
