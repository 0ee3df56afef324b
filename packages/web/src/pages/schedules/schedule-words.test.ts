import type { ScheduleFireTime } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { fireTimeKind, fireTimeWord, formatInZone } from './schedule-words.ts'

const fireTime = (more: Partial<ScheduleFireTime>): ScheduleFireTime => ({
  fire_time: '2026-11-23T06:30:00Z',
  kind: 'on_time',
  status: 'started',
  reason: null,
  count: 1,
  execution: null,
  ...more,
})

test('a fire time says what became of it', () => {
  expect(fireTimeWord(fireTime({ status: 'skipped' }))).toBe('Skipped')
  expect(fireTimeWord(fireTime({ status: 'skipped', count: 1440 }))).toBe('1,440 times skipped')
  expect(fireTimeWord(fireTime({ status: 'waiting' }))).toBe('Waiting for the previous run')
  expect(fireTimeKind(fireTime({ kind: 'catch_up' }))).toBe('caught up')
  expect(fireTimeKind(fireTime({}))).toBeNull()
})

test('a moment is shown on the clocks of the schedule', () => {
  expect(formatInZone('2026-11-23T06:30:00Z', 'Europe/Berlin')).toMatch(/^Mon, .*2026, 07:30$/)
  expect(formatInZone('2026-11-23T06:30:00Z', 'America/New_York')).toMatch(/^Mon, .*2026, 01:30$/)
})
