import { type Int, step, UserError, workflow } from 'bifrost'
import { addressOf, sendInvoice } from '../_clients/subscriptions.ts'

/**
 * Invoices one subscription. `nightlyInvoices` starts one such run for each subscription that changed.
 * @param id The number of the subscription.
 * @param customer Whose it is; one customer gets one invoice at a time.
 * @param seats How many seats it has.
 * @param pricePerSeat What one seat costs per month.
 */
export const invoiceSubscription = workflow(
  {
    category: 'Billing',
    // However many subscriptions a customer has, their invoices do not come all in one second.
    concurrency: { limit: 2, key: 'input.customer' },
    timeSaved: 2,
  },
  async (id: Int, customer: string, seats: Int, pricePerSeat: number) => {
    const to = await step('find address', () => addressOf(id))
    if (!to) throw new UserError(`${customer} has no address for invoices.`)
    return step('send', { retries: 3 }, ({ idempotencyKey }) =>
      sendInvoice(to, seats * pricePerSeat, idempotencyKey),
    )
  },
)
