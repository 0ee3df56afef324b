import { describe, expect, test } from 'vitest'
import { isDateTime, isDay, zonedText } from './dates.ts'
import { inputChecker } from './input.ts'
import type { Parameter } from './parameters.ts'

test.each([
  '2026-02-30',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-1-1',
  '20260101',
  ' 2026-01-01',
  '',
  '+002026-01-01',
])('%j is no day', (text) => {
  expect(isDay(text)).toBe(false)
  expect(isDateTime(`${text}T10:00:00Z`)).toBe(false)
})

test.each(['2024-02-29', '2026-12-31', '0001-01-01'])('%s is a day', (text) => {
  expect(isDay(text)).toBe(true)
})

test.each([
  ['2026-01-31T09:00:00Z', true, true],
  ['2026-01-31T09:00+0100', true, true],
  ['2026-01-31T09:00:00.123456-05:00', true, true],
  ['2026-01-31T09:00', true, false],
  ['2026-01-31T25:00:00Z', false, false],
  ['2026-01-31 09:00:00Z', false, false],
  ['2026-02-31T09:00:00Z', false, false],
])('%s as a date and time, and with a zone', (text, without, withZone) => {
  expect(isDateTime(text)).toBe(without)
  expect(isDateTime(text, { zone: true })).toBe(withZone)
})

test('a moment in the zone of the reader is the same moment', () => {
  const at = new Date('2026-07-31T21:15:30Z')
  expect(Date.parse(zonedText(at))).toBe(at.getTime())
  expect(isDateTime(zonedText(at), { zone: true })).toBe(true)
})

describe('as an input', () => {
  const parameter = (type: Parameter['type']) =>
    ({ name: 'value', type, required: true, nullable: false }) as unknown as Parameter
  const problem = (type: Parameter['type'], value: unknown) => {
    const checked = inputChecker([parameter(type)])({ value })
    return checked.ok ? null : checked.errors[0]?.message
  }

  test('a day that no calendar has is refused', () => {
    expect(problem('datetime', '2026-02-30')).toMatch(/must be a valid date and time/)
    expect(problem('datetime', '2026-04-31T10:00:00+02:00')).toMatch(/must be a valid date and time/)
    expect(problem('datetime', '2026-04-30')).toBeNull()
  })

  test('a whole number that is too large is said to be too large', () => {
    expect(problem('integer', 2 ** 53)).toMatch(/^is too large for a whole number/)
    expect(problem('integer', 1.5)).toBe('must be a whole number')
    expect(problem('integer', '1')).toBe('must be a whole number')
  })
})
