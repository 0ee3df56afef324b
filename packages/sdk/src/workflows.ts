import { limits, type Parameter } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { type ResultOf, type RunOptions, runWorkflow } from './child-run.ts'
import { flag, requireOptions } from './options.ts'
import { startEach, startMany } from './start-many.ts'
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

/** How `workflows.run` starts a run that it does not wait for. */
export interface StartOptions {
  wait: false
  /** When it starts, up to a year ahead; at once without it, and where the time has passed. */
  scheduledAt?: Date
  /** In place of `scheduledAt`: after so many seconds. */
  delaySeconds?: number
}

/** With `wait: false` it returns at once, with the run that it started, or that is planned. */
function run<F extends (...args: never[]) => unknown>(
  workflow: Runnable<F>,
  input: Record<string, unknown>,
  options: StartOptions,
): Promise<{ executionId: string }>
function run<F extends (...args: never[]) => unknown>(
  workflow: Runnable<F>,
  input?: Record<string, unknown>,
  options?: RunOptions,
): Promise<ResultOf<F>>
async function run<F extends (...args: never[]) => unknown>(
  workflow: Runnable<F>,
  input: Record<string, unknown> = {},
  options: RunOptions & Omit<StartOptions, 'wait'> & { wait?: boolean } = {},
): Promise<unknown> {
  if (options.wait !== false) return runWorkflow(workflow, input, options)
  requireOptions('workflows.run() without waiting', options, START)
  const { executionIds } = await startEach(workflow, [input], { executionIds: true }, plannedTime(options))
  return { executionId: executionIds?.[0] ?? '' }
}

const START = {
  wait: flag,
  scheduledAt: (value: unknown) =>
    value instanceof Date && !Number.isNaN(value.getTime()) ? null : 'must be a valid Date',
  delaySeconds: (value: unknown) =>
    typeof value === 'number' && value >= 0 && value <= limits.delaySecondsMax
      ? null
      : `must be a number of seconds from 0 to ${limits.delaySecondsMax}`,
} satisfies Record<keyof StartOptions, unknown>

function plannedTime({ scheduledAt, delaySeconds }: Omit<StartOptions, 'wait'>): Date | null {
  if (scheduledAt !== undefined && delaySeconds !== undefined)
    throw new TypeError('workflows.run() takes scheduledAt or delaySeconds, not both.')
  return delaySeconds === undefined ? (scheduledAt ?? null) : new Date(Date.now() + delaySeconds * 1000)
}

/**
 * Other workflows of the organization. `run` starts one and waits for its result, `startMany` starts one run per record
 * and continues; both are durable calls.
 * @example const { invoiceId } = await workflows.run(createInvoice, { orderId: order.id })
 * @example const { executionId } = await workflows.run('syncDevices', {}, { wait: false })
 * @example await workflows.run('remind', { invoice }, { wait: false, scheduledAt: new Date('2027-01-31T09:00:00Z') })
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
