import type { Json } from '@bifrost/contract'
import { runWorkflow } from './child-run.ts'
import { requireRun } from './current-run.ts'
import { startMany } from './start-many.ts'

/** A workflow as `workflows.list` gives it. */
export interface WorkflowInfo {
  id: string
  name: string
  description: string
  category: string
  tags: string[]
  type: 'workflow' | 'tool' | 'data_provider'
  /** What its runs take: name, type, whether it is required, and so on. */
  parameters: Json[]
}

/**
 * Other workflows of the organisation. `run` starts one and waits for its result, `startMany` starts one run per record
 * and goes on; both are durable calls.
 * @example const { invoiceId } = await workflows.run(createInvoice, { orderId: order.id })
 * @example const { started, duplicates } = await workflows.startMany(processOrder, orders, { key: (order) => order.id })
 */
export const workflows = {
  run: runWorkflow,
  startMany,
  /** All workflows that can run, by name. */
  async list(): Promise<WorkflowInfo[]> {
    return (await requireRun('workflows.list').call('workflows.list', {})) as WorkflowInfo[]
  },
  /** One workflow by its name or id; undefined when there is none. */
  async get(name: string): Promise<WorkflowInfo | undefined> {
    const found = await requireRun('workflows.get').call('workflows.get', { name })
    return (found ?? undefined) as WorkflowInfo | undefined
  },
  /** Asks a run to end, as its page does; true when that changed something. */
  async cancel(executionId: string): Promise<boolean> {
    return (await requireRun('workflows.cancel').call('workflows.cancel', { executionId })) as boolean
  },
}
