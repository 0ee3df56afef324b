import type { Json } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { step } from './step.ts'

/** Up to where a source was read; kept by the platform, per workflow and organization. */
export interface Cursor<T extends Json> {
  /** What was set last; undefined before the first time. In a run that comes back, what it read before. */
  get(): Promise<T | undefined>
  /** Moves it, when the run gets here: call it after the work that it stands for was handed on. */
  set(value: T): Promise<void>
  /** Forgets it: the next run reads from the start. */
  clear(): Promise<void>
}

/**
 * A named place in a source that is read bit by bit: a time, a page, the last id. Read it, start the work for what came
 * since, then move it. A run that dies in between begins at the old place again, and the keys of `workflows.startMany`
 * see to it that nothing is processed twice. Each of its calls is a durable step.
 * @example
 * const place = cursor<string>('orders')
 * const orders = await step('read', async () => changedOrders((await since) ?? '1970-01-01'))
 * await workflows.startMany(processOrder, orders, { key: (order) => `${order.id}@${order.changedAt}` })
 * await place.set(orders.at(-1)?.changedAt ?? since)
 */
export function cursor<T extends Json = string>(name: string): Cursor<T> {
  if (typeof name !== 'string' || name === '' || name.length > 100)
    throw new TypeError('The name of a cursor must have 1 to 100 characters.')
  const what = `cursor("${name}")`
  return {
    async get() {
      const { found, value } = await step(`read cursor ${name}`, () =>
        callPlatform('cursors.get', { name }, what),
      )
      return found ? (value as T) : undefined
    },
    async set(value) {
      await step(`move cursor ${name}`, () => callPlatform('cursors.set', { name, value }, what))
    },
    async clear() {
      await step(`clear cursor ${name}`, () => callPlatform('cursors.clear', { name }, what))
    },
  }
}
