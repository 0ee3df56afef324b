import { expect, test } from 'vitest'
import { CoalescedWork } from './coalesced-work.ts'

/** Work that ends when it is told to. */
function held() {
  const ends: (() => void)[] = []
  const work = new CoalescedWork(
    () =>
      new Promise<number>((resolve) => {
        ends.push(() => resolve(0))
      }),
  )
  const begun = async (count: number) => {
    while (ends.length < count) await new Promise(setImmediate)
  }
  return { work, ends, begun }
}

test('callers during a turn share the next one, which begins after their call', async () => {
  const { work, ends, begun } = held()
  const first = work.run()
  await begun(1)
  const others = Promise.all(Array.from({ length: 500 }, () => work.run()))
  ends[0]?.()
  await first
  await begun(2)
  ends[1]?.()
  await others
  expect(ends).toHaveLength(2)
})

test('callers stop waiting for a turn that takes too long, and later callers do not wait at all', async () => {
  const { work, ends, begun } = held()
  expect(await work.within(1)).toBe(false)
  await begun(1)
  while (work.busyMs < 1) await new Promise(setImmediate)
  expect(await work.within(1)).toBe(false)
  const stopped = work.stop()
  ends[0]?.()
  await stopped
  expect(ends).toHaveLength(1)
})

test('work that failed is done again by the next caller, and its own caller hears of it', async () => {
  let turns = 0
  const work = new CoalescedWork(async () => {
    turns += 1
    if (turns === 1) throw new Error('the disk is gone')
    return 0
  })
  await expect(work.run()).rejects.toThrow('the disk is gone')
  await work.run()
  expect(turns).toBe(2)
})
