import { waitForEvent, workflow, workflows } from 'bifrost'

/** Waits for its payment, and is done. */
export const waiter = workflow({ category: 'Bench' }, async (orderId: number) => {
  await waitForEvent('bench.paid', { match: { orderId } })
})

/** Starts so many waiters, ten for each order. */
export const waiters = workflow({ category: 'Bench' }, async (count: number) => {
  const orders = Array.from({ length: count }, (_, index) => ({ orderId: index % (count / 10) }))
  await workflows.startMany('waiter', orders)
})
