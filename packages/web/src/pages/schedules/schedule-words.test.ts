import type { ScheduleSlot } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { formatInZone, slotKind, slotWord } from './schedule-words.ts'

const slot = (more: Partial<ScheduleSlot>): ScheduleSlot => ({
  slot: '2026-11-23T06:30:00Z',
  kind: 'slot',
  status: 'started',
  reason: null,
  count: 1,
  execution: null,
  ...more,
})

test('a slot says what became of it', () => {
  expect(slotWord(slot({ status: 'skipped' }))).toBe('Skipped')
  expect(slotWord(slot({ status: 'skipped', count: 1440 }))).toBe('1,440 times skipped')
  expect(slotWord(slot({ status: 'waiting' }))).toBe('Waiting for the previous run')
  expect(slotKind(slot({ kind: 'catch_up' }))).toBe('caught up')
  expect(slotKind(slot({}))).toBeNull()
})

test('a moment is shown on the clocks of the schedule', () => {
  expect(formatInZone('2026-11-23T06:30:00Z', 'Europe/Berlin')).toMatch(/^Mon, .*2026, 07:30$/)
  expect(formatInZone('2026-11-23T06:30:00Z', 'America/New_York')).toMatch(/^Mon, .*2026, 01:30$/)
})
