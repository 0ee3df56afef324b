import { runWorkflow } from './child-run.ts'

/**
 * Other workflows of the organisation. `run` starts one and waits for its result; it is a durable call.
 * @example const { invoiceId } = await workflows.run(createInvoice, { orderId: order.id })
 */
export const workflows = {
  run: runWorkflow,
}
