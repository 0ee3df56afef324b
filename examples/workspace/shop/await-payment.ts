import { events, logger, step, waitForEvent, workflow } from 'bifrost'

/** What the payment service says. */
interface Payment {
  orderId: string
  amount: number
}

/**
 * Waits for the payment of an order: three days, then a reminder, then three days more. It costs nothing meanwhile, and
 * ends when the order is cancelled.
 * @param orderId Number of the order, such as S-1
 * @param total Price in EUR
 * @param patience How long a customer has until the reminder, and again after it, such as `3 days`
 */
export const awaitPayment = workflow(
  {
    category: 'Shop',
    tags: ['events', 'reminder'],
    startOn: { event: 'shop.order.created' },
    cancelOn: { event: 'shop.order.cancelled', match: { orderId: 'input.orderId' } },
    timeSaved: 5,
  },
  async (orderId: string, total: number, patience = '3 days') => {
    const waiting = { match: { orderId }, timeout: patience }
    let payment = await waitForEvent<Payment>('shop.payment.received', waiting)
    if (payment === undefined) {
      await step('remind', () => logger.info('Please pay %s EUR for the order %s', total, orderId))
      payment = await waitForEvent<Payment>('shop.payment.received', waiting)
    }
    if (payment === undefined) {
      await events.emit('shop.order.cancelled', { orderId, reason: 'It was not paid.' })
      return { orderId, paid: false }
    }
    await events.emit('shop.order.paid', { orderId, amount: payment.amount })
    return { orderId, paid: true }
  },
)
