import { expect, test } from 'vitest'
import { formatBytes, formatQuota, shareOf } from './quota-words.ts'

test('sizes read as people say them', () => {
  expect([0, 1023, 1536, 10 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 bytes',
    '1,023 bytes',
    '1.5 KB',
    '10 GB',
  ])
  expect(formatQuota('file_bytes', null)).toBe('No limit')
  expect(formatQuota('runs_per_minute', 1_000_000)).toBe('1,000,000')
})

test('what is used is a share of the limit, when there is one', () => {
  expect(shareOf({ used: 5, limit: 20 })).toBe(0.25)
  expect(shareOf({ used: 50, limit: 20 })).toBe(1)
  expect(shareOf({ used: 0, limit: 0 })).toBe(1)
  expect(shareOf({ used: 5, limit: null })).toBeNull()
})
