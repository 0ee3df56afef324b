import { describe, expect, test } from 'vitest'
import { cronProblem, textOf, timezoneProblem } from './cron.ts'
import { FireTimes } from './fire-times.ts'

const fireTimes = (cron: string, timezone = 'Europe/Berlin') => new FireTimes({ cron, timezone })
const next = (cron: string, timezone: string, after: string, count: number) =>
  fireTimes(cron, timezone)
    .next(count, new Date(after))
    .map((at) => at.toISOString().slice(0, 16))

describe('where the clocks go forward', () => {
  test.each([
    // Berlin: 02:00 becomes 03:00 (01:00 UTC) on 29 March 2026.
    ['30 2 * * *', '2026-03-28T00:00:00Z', ['03-28T01:30', '03-29T01:00', '03-30T00:30']],
    ['0 2 * * *', '2026-03-28T12:00:00Z', ['03-29T01:00', '03-30T00:00']],
    ['*/15 2 * * *', '2026-03-28T12:00:00Z', ['03-29T01:00', '03-30T00:00', '03-30T00:15']],
    ['0 2,3 * * *', '2026-03-28T12:00:00Z', ['03-29T01:00', '03-30T00:00', '03-30T01:00']],
    ['30 2,3 * * *', '2026-03-28T12:00:00Z', ['03-29T01:00', '03-29T01:30', '03-30T00:30']],
    ['0 */2 * * *', '2026-03-28T22:00:00Z', ['03-28T23:00', '03-29T01:00', '03-29T02:00']],
    // A schedule of every hour continues by the hour that passes.
    ['30 * * * *', '2026-03-28T23:00:00Z', ['03-28T23:30', '03-29T00:30', '03-29T01:30']],
    ['*/20 * * * *', '2026-03-29T00:30:00Z', ['03-29T00:40', '03-29T01:00', '03-29T01:20']],
    // A day of the week that lies in the gap, and one that does not.
    ['30 2 * * 0', '2026-03-28T00:00:00Z', ['03-29T01:00', '04-05T00:30']],
    ['30 2 * * 1', '2026-03-28T00:00:00Z', ['03-30T00:30', '04-06T00:30']],
  ])('%s', (cron, after, expected) => {
    expect(next(cron, 'Europe/Berlin', after, expected.length)).toEqual(expected.map((at) => `2026-${at}`))
  })

  test.each([
    [
      'a day that begins at 01:00',
      '0 0 * * *',
      'America/Santiago',
      '2026-09-05T12:00:00Z',
      '2026-09-06T04:00',
    ],
    [
      'a gap of half an hour',
      '15 2 * * *',
      'Australia/Lord_Howe',
      '2026-10-03T12:00:00Z',
      '2026-10-03T15:30',
    ],
    ['a day that was left out', '0 12 * * *', 'Pacific/Apia', '2011-12-29T23:00:00Z', '2011-12-30T10:00'],
  ])('%s', (_what, cron, timezone, after, expected) => {
    expect(next(cron, timezone, after, 1)).toEqual([expected])
  })
})

describe('where the clocks go back', () => {
  test.each([
    // Berlin: 03:00 becomes 02:00 (01:00 UTC) on 25 October 2026.
    ['30 2 * * *', '2026-10-24T12:00:00Z', ['10-25T00:30', '10-26T01:30']],
    ['0 2 * * *', '2026-10-24T12:00:00Z', ['10-25T00:00', '10-26T01:00']],
    ['0 3 * * *', '2026-10-24T12:00:00Z', ['10-25T02:00', '10-26T02:00']],
    ['*/30 2 * * *', '2026-10-24T12:00:00Z', ['10-25T00:00', '10-25T00:30', '10-26T01:00']],
    ['30 2 * * *', '2026-10-25T00:30:00Z', ['10-26T01:30']],
    ['30 2 * * *', '2026-10-25T01:10:00Z', ['10-26T01:30']],
    ['30 * * * *', '2026-10-25T00:00:00Z', ['10-25T00:30', '10-25T01:30', '10-25T02:30']],
    [
      '*/20 * * * *',
      '2026-10-25T00:30:00Z',
      ['10-25T00:40', '10-25T01:00', '10-25T01:20', '10-25T01:40', '10-25T02:00'],
    ],
  ])('%s after %s', (cron, after, expected) => {
    expect(next(cron, 'Europe/Berlin', after, expected.length)).toEqual(expected.map((at) => `2026-${at}`))
  })
})

test('a fixed time comes once a day, in order, through ten years of changes', () => {
  for (const timezone of [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'America/Santiago',
    'UTC',
  ]) {
    for (const cron of ['30 2 * * *', '0 0 * * *', '15 1 * * *']) {
      const all = fireTimes(cron, timezone).next(3653, new Date('2020-06-01T00:00:00Z'))
      const apart = all.slice(1).map((at, index) => (at.getTime() - (all[index]?.getTime() ?? 0)) / 3_600_000)
      expect(Math.min(...apart)).toBeGreaterThanOrEqual(22.5)
      expect(Math.max(...apart)).toBeLessThanOrEqual(25.5)
    }
  }
})

test('the fire times of a stretch of time, the latest of them when there are too many', () => {
  const daily = fireTimes('0 9 * * *', 'UTC')
  const days = (from: string, until: string, max: number) =>
    daily.between(new Date(from), new Date(until), max)
  expect(days('2026-01-01T09:00:00Z', '2026-01-03T09:00:00Z', 10)).toEqual({
    fireTimes: [new Date('2026-01-02T09:00:00Z'), new Date('2026-01-03T09:00:00Z')],
    more: false,
  })
  expect(days('2025-01-01T00:00:00Z', '2026-01-03T08:00:00Z', 1)).toEqual({
    fireTimes: [new Date('2026-01-02T09:00:00Z')],
    more: true,
  })
  expect(days('2026-01-01T09:00:00Z', '2026-01-01T10:00:00Z', 10)).toEqual({ fireTimes: [], more: false })
  const minutes = fireTimes('* * * * *').between(new Date('2020-01-01'), new Date('2026-01-01'), 1000)
  expect(minutes.fireTimes).toHaveLength(1000)
  expect(minutes.more).toBe(true)
})

describe('the preview warns of a change of the clocks', () => {
  const warning = (cron: string, timezone = 'Europe/Berlin') =>
    fireTimes(cron, timezone).warning(new Date('2026-01-01T00:00:00Z'))
  test('when a fire time falls into the gap, and when one comes twice', () => {
    expect(warning('30 2 * * *')).toBe(
      'On 29 March 2026 the clocks in Europe/Berlin go forward: 02:30 does not exist, so it fires once at 03:00. ' +
        'On 25 October 2026 the clocks in Europe/Berlin go back: 02:30 occurs twice, and it fires only the first time.',
    )
  })
  test.each([['30 3 * * *'], ['30 * * * *'], ['30 2 * * 1'], ['30 2 1 7 *']])('not of %s', (cron) => {
    expect(warning(cron)).toBeNull()
  })
  test('not in a zone that leaves its clocks alone', () => {
    expect(warning('30 2 * * *', 'UTC')).toBeNull()
    expect(warning('30 2 * * *', 'Asia/Kolkata')).toBeNull()
  })
})

describe('what is no schedule', () => {
  test.each([
    ['0 0 9 * * 1', 'needs five cron fields'],
    ['0 9 * *', 'needs five cron fields'],
    ['@daily', 'needs five cron fields'],
    ['', 'needs five cron fields'],
    ['60 9 * * *', 'cannot use'],
    ['0 9 * * funday', 'cannot use'],
    ['0 9 31 2 *', 'never fires'],
    ['0 9 30,31 2 *', 'never fires'],
  ])('"%s"', (cron, message) => {
    expect(cronProblem(cron)).toContain(message)
  })
  test.each(['Mars/Olympus', '', '+02:00', 'Europe/Berlin; drop table'])('the zone "%s"', (name) => {
    expect(timezoneProblem(name)).toContain('IANA name')
  })
  test('a day that comes every four years is one', () => {
    expect(cronProblem('0 9 29 2 *')).toBeNull()
    expect(next('0 9 29 2 *', 'UTC', '2026-01-01T00:00:00Z', 1)).toEqual(['2028-02-29T09:00'])
  })
})

test.each([
  ['30 7 * * 1-5', 'At 07:30, Monday through Friday, Europe/Berlin'],
  ['0 0 13 * 5', 'At 00:00, on day 13 of the month, or on Friday, Europe/Berlin'],
  ['*/15 * * * *', 'Every 15 minutes, Europe/Berlin'],
  ['* * * * *', 'Every minute, Europe/Berlin'],
  ['0 * * * *', 'Every hour at minute 0, Europe/Berlin'],
  ['0 */3 * * *', 'Every 3 hours, Europe/Berlin'],
  ['0 9 * * *', 'Every day at 09:00, Europe/Berlin'],
  ['0 9 * * 1', 'Every Monday at 09:00, Europe/Berlin'],
  ['0 9 * * 0', 'Every Sunday at 09:00, Europe/Berlin'],
  ['0 9 * * 7', 'Every Sunday at 09:00, Europe/Berlin'],
  ['0 0 1 * *', 'On the 1st of every month at 00:00, Europe/Berlin'],
  ['0 0 22 * *', 'On the 22nd of every month at 00:00, Europe/Berlin'],
])('%s as a sentence', (cron, text) => {
  expect(textOf({ cron, timezone: 'Europe/Berlin' })).toBe(text)
})

test.each([
  ['0 9 ? * MON', 'day of month'],
  ['0 9 5L * *', 'day of month'],
  ['0 9 15W * *', 'day of month'],
  ['0 9 1#1 * *', 'day of month'],
  ['0 9 0 * *', 'day of month'],
  ['+1 * * * *', 'minute'],
  ['0/15 * * * *', 'minute'],
  ['60 * * * *', 'minute'],
  ['0 24 * * *', 'hour'],
  ['0 9 * 13 *', 'month'],
  ['0 9 * JANUARY *', 'month'],
  ['0 9 * * 8', 'day of week'],
  ['0 9 * * FRI#6', 'day of week'],
  ['0 9 * * 5L', 'day of week'],
])('%s is refused, and the %s is named', (cron, field) => {
  expect(cronProblem(cron)).toMatch(new RegExp(`^cannot use ".*" as the ${field}; write \\*`))
})

test.each(['0 9 L * *', '0 9 1,15 * *', '0 9 * jan-mar FRI#2', '5-59/10 8-17 * * mon,WED', '*/5 * * * 7'])(
  '%s is what the documentation lists',
  (cron) => {
    expect(cronProblem(cron)).toBeNull()
  },
)
