import { expect, test } from 'vitest'
import { fromLocalText, toLocalText } from '../../parameter-form/local-time.ts'
import { planOf } from './run-plan.ts'

const nowMs = Date.parse('2026-11-21T12:00:00Z')

test('now says nothing to the API', () => {
  expect(planOf({ kind: 'now' }, nowMs)).toEqual({ ok: true, body: {} })
})

test('a delay is sent in seconds', () => {
  expect(planOf({ kind: 'delay', amount: '1.5', unit: 'hours' }, nowMs)).toEqual({
    ok: true,
    body: { delay_seconds: 5400 },
  })
})

test('a delay that is no time, or more than a year, is refused with a sentence', () => {
  for (const amount of ['', '0', '-1', 'x', '366'])
    expect(planOf({ kind: 'delay', amount, unit: 'days' }, nowMs)).toMatchObject({ ok: false })
})

test('a moment is sent with the offset of the reader', () => {
  const plan = planOf({ kind: 'later', at: toLocalText('2026-11-21T13:00:00Z') }, nowMs)
  expect(plan.ok && Date.parse(plan.body.scheduled_at ?? '')).toBe(Date.parse('2026-11-21T13:00:00Z'))
  expect(plan.ok && plan.body.scheduled_at).toMatch(/[+-]\d{2}:\d{2}$/)
})

test('a moment that has passed or was not chosen is refused', () => {
  expect(planOf({ kind: 'later', at: toLocalText('2026-11-21T11:00:00Z') }, nowMs)).toMatchObject({
    ok: false,
  })
  expect(planOf({ kind: 'later', at: '' }, nowMs)).toMatchObject({ ok: false })
})

test('local text and the moment it names go back and forth', () => {
  for (const iso of ['2026-01-31T09:00:00Z', '2026-07-31T21:15:30Z', '2026-03-29T00:30:00Z'])
    expect(Date.parse(fromLocalText(toLocalText(iso)) ?? '')).toBe(Date.parse(iso))
  expect(fromLocalText('tomorrow')).toBeNull()
  expect(toLocalText('no date')).toBe('')
})

test('a time that the clocks leave out is later by as much as they go forward, never earlier', () => {
  const zone = process.env['TZ']
  process.env['TZ'] = 'Europe/Berlin'
  try {
    expect(fromLocalText('2026-03-29T02:30')).toBe('2026-03-29T03:30:00+02:00')
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})
