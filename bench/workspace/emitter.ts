import { workflow, workflows } from 'bifrost'

/** Starts so many runs of noop, each with a key of its own, and says how long that took. */
export const emitter = workflow({ category: 'Bench' }, async (records: number, from: number) => {
  const orders = Array.from({ length: records }, (_, index) => ({
    id: from + index,
    customer: `C-${index % 100}`,
  }))
  const startedMs = performance.now()
  const { started, duplicates } = await workflows.startMany('processor', orders, {
    key: (order) => `order-${order.id}`,
  })
  return { started, duplicates, tookMs: performance.now() - startedMs }
})

/** What each record is for. */
export const processor = workflow({ category: 'Bench' }, async (id: number, customer: string) => ({
  id,
  customer,
}))
