import { graph, logger } from 'bifrost'
import { findOrder } from '../_clients/shop.ts'

const isPayment = (payload: unknown) => (payload as { amount: number }).amount

/**
 * Sends an invoice and waits for the payment: an event `order.paid` with the id of the order. Who has not paid after
 * three days is reminded, and has three more. The run costs nothing while it waits.
 * @param orderId Which order: A-1001 or A-1002.
 * @param patience How long to wait each time, such as `20 seconds` to see the reminder; three days when left empty.
 */
export const awaitPayment = graph<{ orderId: string; patience?: string }>('awaitPayment', {
  category: 'Orders',
  tags: ['graph', 'events'],
})
  .step('send-invoice', { retries: 5 }, async (ctx) => {
    const order = await findOrder(ctx.input.orderId)
    logger.info('Invoice of %d to %s', order.total, order.customer)
    return { customer: order.customer, total: order.total }
  })
  .waitForEvent('order.paid', {
    match: (ctx) => ({ orderId: ctx.input.orderId }),
    timeout: (ctx) => ctx.input.patience ?? '3 days',
    parse: isPayment,
  })
  .if(
    (ctx) => ctx.results['order.paid'] === undefined,
    (then) =>
      then
        .step('remind', { retries: 5 }, (ctx) => {
          logger.warning('Reminder to %s', ctx.results['send-invoice'].customer)
          return ctx.results['send-invoice'].customer
        })
        .waitForEvent('order.paid', {
          as: 'late-payment',
          match: (ctx) => ({ orderId: ctx.input.orderId }),
          timeout: (ctx) => ctx.input.patience ?? '3 days',
          parse: isPayment,
        }),
  )
  .step('close', ({ results }) => {
    const paid = results['order.paid'] ?? results['late-payment']
    return {
      paid: paid ?? 0,
      reminded: results.remind !== undefined,
      open: results['send-invoice'].total - (paid ?? 0),
    }
  })
