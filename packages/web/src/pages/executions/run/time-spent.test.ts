import { expect, test } from 'vitest'
import { timeSpent } from './time-spent.ts'

const at = (seconds: number) => new Date(Date.parse('2026-11-21T12:00:00Z') + seconds * 1000).toISOString()
const now = Date.parse(at(100))
const times = { created_at: at(0), scheduled_at: null, started_at: null, ended_at: null, duration_ms: null }

test('a queued run waits since it was accepted', () => {
  expect(timeSpent(times, now)).toEqual({ queuedMs: 100_000, loadedMs: null, ranMs: null })
})

test('a planned run is not queued before its time', () => {
  expect(timeSpent({ ...times, scheduled_at: at(90), started_at: at(91) }, now)).toEqual({
    queuedMs: 1000,
    loadedMs: null,
    ranMs: 9000,
  })
})

test('an ended run tells loading from running', () => {
  const ended = { ...times, started_at: at(2), ended_at: at(10), duration_ms: 7500 }
  expect(timeSpent(ended, now)).toEqual({ queuedMs: 2000, loadedMs: 500, ranMs: 7500 })
})

test('a run that was cancelled in the queue never ran', () => {
  expect(timeSpent({ ...times, ended_at: at(5) }, now)).toEqual({
    queuedMs: 5000,
    loadedMs: null,
    ranMs: null,
  })
})

test('clocks that disagree never give less than nothing', () => {
  expect(timeSpent({ ...times, created_at: at(200), started_at: at(150) }, now)).toMatchObject({
    queuedMs: 0,
    ranMs: 0,
  })
})
