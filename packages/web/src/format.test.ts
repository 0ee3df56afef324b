import { afterEach, expect, test, vi } from 'vitest'
import {
  formatAgo,
  formatBytes,
  formatClock,
  formatCount,
  formatDay,
  formatDuration,
  formatLeft,
  formatMeasured,
  formatTick,
  localeOf,
} from './format.ts'

test('durations have the units that matter', () => {
  const cases: [number, string][] = [
    [0, '0 ms'],
    [0.4, '< 1 ms'],
    [12.4, '12 ms'],
    [999, '999 ms'],
    [1190, '1.19 s'],
    [12_340, '12.3 s'],
    [59_999, '59.9 s'],
    [60_000, '1 min'],
    [83_400, '1 min 23 s'],
    [3_600_000, '1 h'],
    [3_725_000, '1 h 2 min'],
    [90_000_000, '1 d 1 h'],
  ]
  for (const [ms, text] of cases) expect(formatDuration(ms)).toBe(text)
})

test('what was measured as 0 ms took some time', () => {
  expect([0, 1, 1190].map(formatMeasured)).toEqual(['< 1 ms', '1 ms', '1.19 s'])
})

test('a timer keeps its width', () => {
  expect(formatClock(7_300)).toBe('0:07')
  expect(formatClock(723_000)).toBe('12:03')
  expect(formatClock(3_723_000)).toBe('1:02:03')
  expect(formatClock(-5)).toBe('0:00')
})

test('moments are told by their distance', () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  expect(formatAgo(now - 2_000, now)).toBe('just now')
  expect(formatAgo(now - 120_000, now)).toMatch(/2.*m/)
  expect(formatAgo(now + 3_600_000 * 5, now)).toMatch(/in 5/)
})

test('days have names while they are near', () => {
  const now = new Date(2026, 10, 21, 0, 5)
  expect(formatDay(new Date(2026, 10, 21, 0, 1), now)).toBe('Today')
  expect(formatDay(new Date(2026, 10, 20, 23, 59), now)).toBe('Yesterday')
  expect(formatDay(new Date(2025, 10, 20), now)).toContain('2025')
})

test('sizes and counts read well', () => {
  expect([0, 1023, 1536, 200 * 1024 ** 2, 10 * 1024 ** 3].map(formatBytes)).toEqual([
    '0 bytes',
    '1,023 bytes',
    '1.5 KB',
    '200 MB',
    '10 GB',
  ])
  expect(formatCount(1, 'run')).toBe('1 run')
  expect(formatCount(2, 'run')).toBe('2 runs')
})

test('what is left of a wait is told in whole seconds, and never less than nothing', () => {
  expect(formatLeft(12_300)).toBe('13 s')
  expect(formatLeft(59_001)).toBe('1 min')
  expect(formatLeft(3 * 86_400_000)).toBe('3 d')
  expect(formatLeft(-1)).toBe('0 s')
})

test('marks on a line of time are short', () => {
  expect([500, 1500, 5_000, 120_000, 172_800_000].map(formatTick)).toEqual([
    '500 ms',
    '1.5 s',
    '5 s',
    '2 min',
    '2 d',
  ])
})

test('the locale is the English of the reader, or any when they have none', () => {
  expect(localeOf(['de-DE', 'en-GB', 'en-US'])).toBe('en-GB')
  expect(localeOf(['en'])).toBe('en')
  expect(localeOf(['de-DE', 'enm'])).toBe('en')
  expect(localeOf([])).toBe('en')
})

afterEach(() => vi.unstubAllGlobals())

test.each([
  ['en-GB', '1 Feb 2026', '2 hr ago'],
  ['en-US', 'Feb 1, 2026', '2h ago'],
])('dates, distances and numbers of a page have one locale: %s', async (language, date, distance) => {
  vi.stubGlobal('navigator', { languages: ['de-DE', language] })
  vi.resetModules()
  const page = await import('./format.ts')
  expect(page.formatDateTime(new Date(2026, 1, 1, 12))).toContain(date)
  expect(page.formatAgo(0, 7_200_000)).toBe(distance)
  expect(page.formatNumber(1234.5)).toBe('1,234.5')
})
