import { afterEach, expect, test, vi } from 'vitest'
import { idAt, isUuid, newId } from './ids.ts'

afterEach(() => vi.useRealTimers())

test('ids of one millisecond stand in the order in which they were made', () => {
  vi.useFakeTimers({ now: Date.now() + 1000 })
  const ids = Array.from({ length: 5000 }, newId)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every(isUuid)).toBe(true)
})

test('a clock that is set back makes no id that is smaller than the last', () => {
  const now = Date.now() + 10_000
  vi.useFakeTimers({ now })
  const before = newId()
  vi.setSystemTime(now - 5000)
  expect(newId() > before).toBe(true)
  vi.setSystemTime(now + 1)
  expect(newId() >= idAt(now + 1)).toBe(true)
})
