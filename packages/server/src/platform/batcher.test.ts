import { expect, test } from 'vitest'
import { createBatcher } from './batcher.ts'

class DataError extends Error {}

function recorded(
  options: { lanes?: number; sizeMax?: number; write?: (items: number[]) => Promise<number[]> } = {},
) {
  const batches: number[][] = []
  let under = 0
  let most = 0
  const batcher = createBatcher<number, number>({
    lanes: options.lanes ?? 1,
    sizeMax: options.sizeMax ?? 100,
    isFaultOfItem: (error) => error instanceof DataError,
    async write(items) {
      batches.push(items)
      most = Math.max(most, ++under)
      await new Promise((resolve) => setImmediate(resolve))
      under--
      return options.write ? options.write(items) : items.map((item) => item * 10)
    },
  })
  return { batcher, batches, most: () => most }
}

test('what comes together goes together, and each gets its own result', async () => {
  const { batcher, batches } = recorded()
  expect(await Promise.all([1, 2, 3].map((n) => batcher.add(n)))).toEqual([10, 20, 30])
  expect(batches).toEqual([[1, 2, 3]])
})

test('what comes while a write is under way goes with the next, in order', async () => {
  const { batcher, batches } = recorded()
  const first = batcher.add(1)
  await new Promise((resolve) => setImmediate(resolve))
  const rest = [2, 3, 4].map((n) => batcher.add(n))
  await Promise.all([first, ...rest])
  expect(batches).toEqual([[1], [2, 3, 4]])
})

test('batches have a largest size, and no more writes than lanes are under way', async () => {
  const { batcher, batches, most } = recorded({ sizeMax: 4, lanes: 2 })
  const results = await Promise.all(Array.from({ length: 10 }, (_, n) => batcher.add(n)))
  expect(results).toEqual(Array.from({ length: 10 }, (_, n) => n * 10))
  expect(batches.map((batch) => batch.length)).toEqual([4, 4, 2])
  expect(most()).toBe(2)
})

test('a poisoned item fails alone; the others of its batch are written', async () => {
  const { batcher } = recorded({
    write: async (items) => {
      if (items.includes(13)) throw new DataError('13')
      return items
    },
  })
  const results = await Promise.allSettled([1, 13, 2].map((n) => batcher.add(n)))
  expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
})

test('an error that no item caused fails the batch, and the next batch is tried', async () => {
  let down = true
  const { batcher } = recorded({
    write: async (items) => {
      if (down) throw new Error('the database is unavailable')
      return items
    },
  })
  const results = await Promise.allSettled([1, 2].map((n) => batcher.add(n)))
  expect(results.every((result) => result.status === 'rejected')).toBe(true)
  down = false
  expect(await batcher.add(3)).toBe(3)
})

test('idle waits for all that is under way, and for what waits', async () => {
  const { batcher } = recorded({ sizeMax: 1 })
  let done = 0
  for (const n of [1, 2, 3]) void batcher.add(n).then(() => done++)
  await batcher.idle()
  expect(done).toBe(3)
  await batcher.idle()
})

test('items that are heavy together go in several statements; one that is too heavy goes alone', async () => {
  const batches: number[][] = []
  const batcher = createBatcher<number, number>({
    lanes: 1,
    sizeMax: 100,
    weight: { of: (item) => item, max: 10 },
    isFaultOfItem: () => false,
    async write(items) {
      batches.push(items)
      return items
    },
  })
  expect(await Promise.all([4, 5, 6, 50, 1, 1].map((n) => batcher.add(n)))).toEqual([4, 5, 6, 50, 1, 1])
  expect(batches).toEqual([[4, 5], [6], [50], [1, 1]])
})
