import type { LogLevel, LogLine } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { countLevels, filterLines, linesToText } from './log-filter.ts'

const line = (seq: number, level: LogLevel, message: string): LogLine => ({
  seq,
  level,
  message,
  timestamp: '2026-11-21T12:00:00.000Z',
})
const lines = [line(1, 'debug', 'cursor=a'), line(2, 'info', 'Page 1'), line(3, 'error', 'page two FAILED')]

test('without a filter the very same list comes back', () => {
  expect(filterLines(lines, new Set(), ' ')).toBe(lines)
})

test('levels are hidden and text is found whatever its case', () => {
  expect(filterLines(lines, new Set<LogLevel>(['debug']), 'PAGE').map(({ seq }) => seq)).toEqual([2, 3])
  expect(filterLines(lines, new Set(), 'failed').map(({ seq }) => seq)).toEqual([3])
})

test('levels are counted', () => {
  expect(countLevels(lines)).toEqual({ debug: 1, info: 1, warning: 0, error: 1 })
})

test('copied lines carry time and level', () => {
  expect(linesToText([lines[1]!])).toBe('2026-11-21T12:00:00.000Z info    Page 1')
})
