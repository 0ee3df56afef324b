import { expect, test } from 'vitest'
import { BuilderPool, type BuilderPoolOptions, type Owner } from './builder-pool.ts'
import type { BuilderProcess } from './builder-process.ts'

// The processes are played here: what is tested is who gets which place, and when.

/** "a1" and "a2" are organizations of the customer "a"; whatever is null is everybody's. */
const holderOf = (owner: Owner) => owner?.slice(0, 1) ?? ''

function setUp(options: Partial<BuilderPoolOptions> = {}) {
  /** Owners whose processes run, in the order of their starts. */
  const running: Owner[] = []
  /** Who was served, in order. */
  const served: Owner[] = []
  const pool = new BuilderPool({
    make: (owner) => {
      running.push(owner)
      const process = { stop: async () => void running.splice(running.indexOf(owner), 1) }
      return process as unknown as BuilderProcess
    },
    holderOf,
    placesMax: 2,
    waitingMax: 100,
    busyMs: 60_000,
    ...options,
  })
  /** A request that is at work until it is ended. */
  const ask = (owner: Owner) => {
    const work = Promise.withResolvers<void>()
    const done = pool.run(owner, () => {
      served.push(owner)
      return work.promise
    })
    const end = () => {
      work.resolve()
      return done
    }
    return { done, end }
  }
  return { pool, ask, served, running }
}

/** All that can happen without anybody's doing has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('two organizations of a customer leave a place for another customer', async () => {
  const { ask, served } = setUp()
  const first = ask('a1')
  const second = ask('a2')
  await settled()
  expect(served).toEqual(['a1'])
  const other = ask('b1')
  await settled()
  expect(served).toEqual(['a1', 'b1'])
  await first.end()
  await settled()
  expect(served).toEqual(['a1', 'b1', 'a2'])
  await Promise.all([second.end(), other.end()])
})

test('customers take turns, and within a customer its organizations', async () => {
  const { ask, served } = setUp({ placesMax: 1 })
  const all = ['a1', 'a2', 'a3', 'a2', 'a3', 'b1', 'b1', null].map(ask)
  await Promise.all(all.map(({ end }) => end()))
  expect(served).toEqual(['a1', 'a2', 'b1', null, 'a3', 'b1', 'a2', 'a3'])
})

test('what waits is counted for the customer', async () => {
  const { ask } = setUp({ placesMax: 1, waitingMax: 3 })
  const asked = ['a1', 'a2', 'a2', 'a3'].map(ask)
  await expect(ask('a4').done).rejects.toMatchObject({ code: 'rate_limited' })
  await Promise.all([...asked, ask('b1')].map(({ end }) => end()))
})

test('a customer that kept a place busy leaves the last one to others, whichever of its organizations asks', async () => {
  const { ask, served } = setUp({ busyMs: 0 })
  await ask('a1').end()
  const held = ask('c1')
  const second = ask('a2')
  const other = ask('b1')
  await settled()
  expect(served).toEqual(['a1', 'c1', 'b1'])
  await held.end()
  await other.end()
  await second.end()
})

test('each owner has a process of its own; those of a customer make room for one another, not those of others', async () => {
  const { ask, running } = setUp()
  await ask('b1').end()
  await ask('a1').end()
  await ask('a2').end()
  expect(running).toEqual(['b1', 'a2'])
  await ask('c1').end()
  expect(running).toEqual(['a2', 'c1'])
})
