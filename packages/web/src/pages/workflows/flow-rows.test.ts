import { expect, test } from 'vitest'
import { flowRows } from './flow-rows.ts'

test('only what an option says is told', () => {
  expect(flowRows(null)).toEqual([])
  expect(
    flowRows({
      concurrency: { limit: 5, key: 'input.customer.id' },
      rate: { limit: 100, per_seconds: 60, key: null },
      debounce: null,
      singleton: null,
      idempotency: null,
      priority: 7,
    }),
  ).toEqual([
    ['Concurrency', '5 for each customer.id'],
    ['Rate', '100 in 1 min'],
    ['Priority', '7'],
  ])
})

test('a singleton and a debounce say what happens to later starts', () => {
  const none = { concurrency: null, rate: null, idempotency: null, priority: 0 }
  expect(
    flowRows({ ...none, debounce: null, singleton: { key: null, on_conflict: 'cancel_running' } }),
  ).toEqual([['Singleton', 'One live run; later starts cancel it']])
  expect(
    flowRows({ ...none, singleton: null, debounce: { seconds: 30, max_seconds: 300, key: 'input.id' } }),
  ).toEqual([['Debounce', '30 s after the last start for each id, at most 5 min']])
})
