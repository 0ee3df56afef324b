import { requireRun } from './current-run.ts'
import type { ExecutionContext } from './types.ts'

/**
 * The context of the run that asks, anywhere in the call tree.
 * Using it outside a run throws an Error that says so.
 * @example
 * import { context } from 'bifrost'
 * const where = `${context.orgName} / ${context.email}`
 */
export const context: ExecutionContext = new Proxy({} as ExecutionContext, {
  get: (_, key) => Reflect.get(requireRun('context').context, key),
  has: (_, key) => Reflect.has(requireRun('context').context, key),
  ownKeys: () => Reflect.ownKeys(requireRun('context').context),
  getOwnPropertyDescriptor: (_, key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(requireRun('context').context, key)
    return descriptor && { ...descriptor, configurable: true }
  },
  set: () => false,
})
