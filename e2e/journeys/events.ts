import { routes } from '@bifrost/contract'
import { expect } from 'vitest'
import { journey } from '../testing/journey.ts'

journey('an event is emitted by hand, starts a run, wakes it, and is found in the log', async (visit) => {
  const { page, product, open } = visit
  await open('/events', 'Events')
  await page.getByRole('button', { name: 'Emit an event' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'Emit an event' })
  await dialog.getByLabel('Name').fill('shop.order.created')
  await dialog.getByLabel('Payload').fill('{"orderId": ')
  await dialog.getByText('Not valid JSON').waitFor()
  await dialog.getByLabel('Payload').fill('{"orderId": "J-1", "customer": "ada", "total": 60}')
  await dialog.getByLabel('Key').fill('ada')
  await dialog.getByRole('button', { name: 'Emit', exact: true }).click()

  // Its own page, with the run that it started.
  await page.getByRole('heading', { level: 1, name: 'shop.order.created' }).waitFor()
  const main = page.getByRole('main')
  await main.getByText('Started', { exact: true }).waitFor()
  await main.getByRole('link', { name: /^the run/ }).click()
  await page.getByRole('heading', { level: 1, name: 'awaitPayment' }).waitFor()
  await main.getByText(/Waits for event shop\.payment\.received where orderId = "J-1"/).waitFor()
  await main.getByRole('link', { name: 'shop.order.created' }).waitFor()

  const api = await product.api()
  const payment = await api(routes.emitEvent, {
    body: { name: 'shop.payment.received', payload: { orderId: 'J-1', amount: 60 } },
  })
  expect(payment.woken).toBe(1)
  await main.getByText('Succeeded').first().waitFor()

  await open('/events', 'Events')
  await page.getByLabel('Event name').fill('shop.payment.received')
  await main.getByRole('link', { name: 'shop.order.created' }).waitFor({ state: 'detached' })
  await main.getByRole('link', { name: 'shop.payment.received' }).click()
  await main.getByText('Resumed', { exact: true }).waitFor()
})

journey('an event that could not be delivered is replayed from its page', async ({ page, product, open }) => {
  const source = (total: string) => `
    import { workflow } from 'bifrost'
    /** Books what was paid. */
    export const bookPayment = workflow(
      { startOn: { event: 'journey.paid', map: { total: 'payload.${total}' } } },
      async (total: number) => total,
    )`
  product.write('shop/book-payment.ts', source('sum'))
  const api = await product.api()
  await api(routes.getWorkflow, { params: { id: 'bookPayment' } })
  await api(routes.emitEvent, { body: { name: 'journey.paid', payload: { amount: 60 } } })
  await open('/events?failed=true', 'Events')
  await page.getByRole('link', { name: 'journey.paid' }).first().click()
  await page.getByText('The input is invalid: total: is required').waitFor()
  product.write('shop/book-payment.ts', source('amount'))
  await page.getByRole('button', { name: 'Replay failed deliveries' }).click()
  await page.getByText('Failed deliveries were queued again').waitFor()
  await page.getByRole('link', { name: /^the run/ }).click()
  await page.getByText('Succeeded').first().waitFor()
  product.remove('shop/book-payment.ts')
})
