import { expect, test } from 'vitest'
import { formatQuota, shareOf } from './quota-words.ts'

test('a limit reads as people say it', () => {
  expect(formatQuota('file_bytes', 10 * 1024 ** 3)).toBe('10 GB')
  expect(formatQuota('file_bytes', null)).toBe('No limit')
  expect(formatQuota('runs_per_minute', 1_000_000)).toBe('1,000,000')
})

test('what is used is a share of the limit, when there is one', () => {
  expect(shareOf({ used: 5, limit: 20 })).toBe(0.25)
  expect(shareOf({ used: 50, limit: 20 })).toBe(1)
  expect(shareOf({ used: 0, limit: 0 })).toBe(1)
  expect(shareOf({ used: 5, limit: null })).toBeNull()
})
