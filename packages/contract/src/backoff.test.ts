import { expect, test } from 'vitest'
import { backoffMs } from './backoff.ts'

test('the first wait is the given one, each next a multiple, and none longer than the longest', () => {
  const waits = [1, 2, 3, 4, 5].map((failures) => backoffMs(failures, { firstMs: 100, maxMs: 500 }))
  expect(waits).toEqual([100, 200, 400, 500, 500])
  expect(backoffMs(4, { firstMs: 100, maxMs: 500, factor: 1 })).toBe(100)
  expect(backoffMs(0, { firstMs: 100, maxMs: 500 })).toBe(100)
  // However often it failed, it is a time that a timer takes.
  expect(backoffMs(5000, { firstMs: 100, maxMs: 500 })).toBe(500)
})
