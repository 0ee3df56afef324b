import { afterEach, describe, expect, test, vi } from 'vitest'
import { durationMs, setLongTimeout, timeoutSignal } from './durations.ts'

describe('a duration', () => {
  test.each([
    ['90s', 90_000],
    ['1h', 3_600_000],
    ['3 days', 259_200_000],
    ['1.5h', 5_400_000],
    ['100ms', 100],
    [10, 10_000],
    [0, 0],
    [0.5, 500],
  ])('%j is %i ms', (text, ms) => expect(durationMs(text, 'It')).toBe(ms))

  test.each(['10', '', ' ', '-5s', 's', '5 parsecs', '1h 30m', 'x'.repeat(200), Number.NaN, -1, Infinity])(
    '%j is refused with words that say what is wanted',
    (value) => expect(() => durationMs(value, 'The time')).toThrow(/^The time must be a time with a unit/),
  )

  test.each([null, undefined, {}, 5n])('%s is refused as well', (value) =>
    expect(() => durationMs(value as never, 'The time')).toThrow(/^The time must be a time with a unit/),
  )

  test('more than a hundred years is refused', () =>
    expect(() => durationMs('200 years', 'It')).toThrow('It is longer than 100 years.'))
})

describe('a time limit', () => {
  afterEach(() => vi.useRealTimers())

  test('of more days than a timer counts does not pass at once', () => {
    vi.useFakeTimers()
    const signal = timeoutSignal(30 * 86_400, 'The limit')
    vi.advanceTimersByTime(29 * 86_400_000)
    expect(signal.aborted).toBe(false)
    vi.advanceTimersByTime(86_400_000 + 1)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
  })

  test('a moment far ahead comes once', () => {
    vi.useFakeTimers()
    let calls = 0
    setLongTimeout(() => calls++, Date.now() + 100 * 86_400_000)
    vi.advanceTimersByTime(99 * 86_400_000)
    expect(calls).toBe(0)
    vi.advanceTimersByTime(2 * 86_400_000)
    expect(calls).toBe(1)
  })

  test.each([-1, Number.NaN, 'soon'])('%s is refused', (seconds) =>
    expect(() => timeoutSignal(seconds as number, 'The limit')).toThrow(
      'The limit must be a number of seconds',
    ),
  )
})
