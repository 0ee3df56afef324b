import { logger, screen, step, UserError, workflow } from 'bifrost'
import { type Order, orders } from '../_clients/orders.ts'

/** What may be ordered without asking anybody. */
const FREE_UP_TO = 500

/**
 * Approves an order: small ones at once, others by an administrator of the organization, who has two days and is
 * reminded after one.
 * @param orderId Number of the order, such as A-1001
 */
export const approveOrder = workflow({ category: 'Orders', timeSaved: 10 }, async (orderId: string) => {
  const order = await step('fetch-order', () => orders.get(orderId))
  const decision = totalOf(order) <= FREE_UP_TO ? { approved: true } : await ask(order)
  if (!decision) {
    await step('reject', () => orders.reject(order.id, 'No one answered in time.'))
    return { order: order.id, approved: false, reason: 'No one answered in time.' }
  }
  if (!decision.approved) {
    const reason = decision.reason ?? 'No reason given.'
    await step('reject', () => orders.reject(order.id, reason))
    return { order: order.id, approved: false, reason }
  }
  await step('place', { retries: 3 }, ({ idempotencyKey }) => orders.place(order.id, idempotencyKey))
  logger.info('Order %s is placed', order.id)
  return { order: order.id, approved: true }
})

/** Only orders that need a decision come to a person, with all that the decision needs. */
function ask(order: Order) {
  return screen('approve-order', {
    title: `Approve order ${order.id}`,
    description: `More than ${FREE_UP_TO} EUR, so a person has to look at it.`,
    props: {
      supplier: order.supplier,
      requestedBy: order.requestedBy,
      total: totalOf(order),
      lines: [...order.lines],
    },
    fields: {
      approved: { type: 'boolean', label: 'Place this order' },
      reason: {
        type: 'string',
        required: false,
        help: 'The requester reads it when the order is not placed.',
      },
    },
    assignee: { role: 'org_admin' },
    due: '1 day',
    timeout: '2 days',
  })
}

function totalOf({ id, lines }: Order): number {
  if (lines.length === 0) throw new UserError(`The order ${id} has no lines.`)
  return lines.reduce((sum, line) => sum + line.count * line.price, 0)
}
