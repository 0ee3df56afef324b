import { graph, UserError } from 'bifrost'
import { chargeCustomer, fetchOrder, isLarge, printLabel, releaseLine, reserveLine } from './_steps.ts'

/**
 * Takes an order from the shop to the lorry. Large ones are looked at by a person first; what was reserved goes back to
 * the shelf when the order cannot be sent.
 * @param orderId Which order: A-1001 is small, A-1002 is large.
 */
export const processOrder = graph<{ orderId: string }>('processOrder', {
  category: 'Orders',
  tags: ['graph'],
  timeSaved: 12,
})
  .step('fetch-order', { retries: 3 }, fetchOrder)
  .if(isLarge, (then) =>
    then
      .screen('approve', {
        title: (ctx) => `Approve order ${ctx.input.orderId}`,
        description: 'Orders over 1,000 are looked at before they are sent.',
        props: ({ results: { 'fetch-order': order } }) => ({ customer: order.customer, total: order.total }),
        fields: {
          approved: { type: 'boolean', help: 'Should it be sent?' },
          comment: { type: 'string', required: false },
        },
        due: '2 days',
      })
      .step('stop-when-refused', ({ results: { approve } }) => {
        if (!approve.approved) throw new UserError(`The order was refused. ${approve.comment ?? ''}`.trim())
        return 'approved'
      }),
  )
  .forEach(
    'lines',
    (ctx) => ctx.results['fetch-order'].lines,
    (line) => line.step('reserve', { retries: 5, undo: releaseLine }, reserveLine),
    { key: (line) => line.sku, concurrency: 3 },
  )
  .parallel({
    payment: (branch) => branch.step('charge', { retries: 5 }, chargeCustomer),
    parcel: (branch) => branch.step('print-label', { retries: 2 }, printLabel),
  })
  .step('summary', ({ results }) => ({
    order: results['fetch-order'].id,
    shelves: results.lines.map((line) => line.shelf),
    paid: results.charge.amount,
    tracking: results['print-label'].tracking,
  }))
