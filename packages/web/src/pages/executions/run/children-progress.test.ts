import { expect, test } from 'vitest'
import { progressOf } from './children-progress.ts'

test('every status is in one group, and those that failed come first', () => {
  const progress = progressOf({
    SUCCESS: 990,
    FAILED: 3,
    TIMEOUT: 1,
    CANCELLED: 1,
    RUNNING: 2,
    PENDING: 2,
    SUSPENDED: 1,
  })
  expect(progress.total).toBe(1000)
  expect(progress.open).toBe(5)
  expect(progress.parts.map(({ id, count }) => [id, count])).toEqual([
    ['failed', 5],
    ['succeeded', 990],
    ['running', 2],
    ['waiting', 3],
  ])
  expect(progress.parts.reduce((sum, { count }) => sum + count, 0)).toBe(progress.total)
})

test('nothing is nothing', () => {
  expect(progressOf({})).toMatchObject({ total: 0, open: 0 })
})
