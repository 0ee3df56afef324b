import { limits } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { LoopShare } from './loop-share.ts'

test('who has taken long pauses, and others do not', () => {
  let now = 0
  const share = new LoopShare(() => now)
  expect(share.spend('a', limits.loopBurstMs)).toBe(0)
  expect(share.spend('a', 30)).toBeCloseTo(50)
  expect(share.spend('b', 30)).toBe(0)
  expect(share.pauseMs('a')).toBeCloseTo(50)
  now += 30
  expect(share.pauseMs('a')).toBeCloseTo(20)
  expect(share.pauseMs('b')).toBe(0)
  now += 10_000
  expect(share.pauseMs('a')).toBe(0)
  expect(share.spend('a', 30)).toBe(0)
})

test('a key is contended for a while after another one came', () => {
  let now = 0
  const share = new LoopShare(() => now)
  share.came('a')
  expect(share.isContended('a')).toBe(false)
  share.came('b')
  share.came('a')
  expect(share.isContended('a')).toBe(true)
  now += 20_000
  share.came('a')
  expect(share.isContended('a')).toBe(false)
  expect(share.isContended('b')).toBe(true)
})

test('in the long run one key has no more than its part of the time', () => {
  let now = 0
  let worked = 0
  const share = new LoopShare(() => now)
  while (now < 60_000) {
    now += 5
    worked += 5
    now += share.spend('a', 5)
  }
  expect(worked / now).toBeLessThan(0.62)
})
