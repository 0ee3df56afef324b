import type { Parameter } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { type ResultOf, type RunOptions, runWorkflow } from './child-run.ts'
import { flag, requireOptions } from './options.ts'
import { startMany } from './start-many.ts'
import type { Executable } from './workflow.ts'

/** A workflow as `workflows.list` gives it. */
export interface WorkflowInfo {
  id: string
  name: string
  description: string
  category: string
  tags: string[]
  type: 'workflow' | 'tool' | 'data_provider'
  /** What its runs take: name, type, whether it is required, and so on. */
  parameters: Parameter[]
}

type Runnable<F extends (...args: never[]) => unknown> = Executable<F> | string

/** With `wait: false` it returns at once, with the run that it started. */
function run<F extends (...args: never[]) => unknown>(
  workflow: Runnable<F>,
  input: Record<string, unknown>,
  options: { wait: false },
): Promise<{ executionId: string }>
function run<F extends (...args: never[]) => unknown>(
  workflow: Runnable<F>,
  input?: Record<string, unknown>,
  options?: RunOptions,
): Promise<ResultOf<F>>
async function run<F extends (...args: never[]) => unknown>(
  workflow: Runnable<F>,
  input: Record<string, unknown> = {},
  options: RunOptions & { wait?: boolean } = {},
): Promise<unknown> {
  if (options.wait !== false) return runWorkflow(workflow, input, options)
  requireOptions('workflows.run() without waiting', options, { wait: flag })
  const { executionIds } = await startMany(workflow, [input], { executionIds: true })
  return { executionId: executionIds?.[0] ?? '' }
}

/**
 * Other workflows of the organization. `run` starts one and waits for its result, `startMany` starts one run per record
 * and continues; both are durable calls.
 * @example const { invoiceId } = await workflows.run(createInvoice, { orderId: order.id })
 * @example const { executionId } = await workflows.run('syncDevices', {}, { wait: false })
 * @example const { started, duplicates } = await workflows.startMany(processOrder, orders, { key: (order) => order.id })
 */
export const workflows = {
  run,
  startMany,
  /** All workflows that can run, by name. */
  async list(): Promise<WorkflowInfo[]> {
    return callPlatform('workflows.list', {})
  },
  /** One workflow by its name or id; undefined when there is none. */
  async get(name: string): Promise<WorkflowInfo | undefined> {
    const found = await callPlatform('workflows.get', { name })
    return found ?? undefined
  },
  /** Cancels a run; true when that changed something. */
  async cancel(executionId: string): Promise<boolean> {
    return await callPlatform('workflows.cancel', { executionId })
  },
}
