import { limits } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { startIn, usePools } from '../testing/pool.ts'
import { until } from '../testing/server.ts'
import type { Child } from './child.ts'
import { childrenMaxOf, type Pool } from './pool.ts'

const makePool = usePools()

const NO_OP = "async () => 'done'"
/** Each number is another code version; it sleeps until its process ends. */
const sleeper = (n: number) =>
  `async () => new Promise((resolve) => setTimeout(resolve, 1e8)) ${' '.repeat(n)}`

/** Starts sleepers on so many code versions, and waits until as many are at work as may be. */
async function fill(pool: Pool, orgId: string, versions: number, atWork: number) {
  const children: Child[] = []
  const runs = Array.from({ length: versions }, (_, n) => startIn(pool, sleeper(n), { orgId }))
  for (const { started } of runs) void started.then((child) => children.push(child))
  await until(`${orgId} has its share`, () => children.length === atWork)
  return { children, runs }
}

test('an organization that sleeps on many code versions has its share of the processes; the next one runs at once', async () => {
  const pool = makePool({ childrenMax: 9 })
  const hog = await fill(pool, 'hog', 30, 4)
  expect((await startIn(pool, NO_OP, { orgId: 'other' }).outcome).value).toBe('done')
  expect(hog.children).toHaveLength(4)
})

test('all organizations below one customer have one share together', async () => {
  const pool = makePool({ childrenMax: 9 })
  const children: Child[] = []
  const below = Array.from({ length: 12 }, (_, n) =>
    startIn(pool, sleeper(n), { orgId: `below ${n}`, shareHolder: 'hog' }),
  )
  for (const { started } of below) void started.then((child) => children.push(child))
  await until('the customer has its share', () => children.length === 4)
  expect((await startIn(pool, NO_OP, { orgId: 'other' }).outcome).value).toBe('done')
  expect(children).toHaveLength(4)
  // What waits is served, whichever of them it belongs to.
  children[0]?.kill({ code: 'killed', message: 'test' })
  await until('the next one of them has its place', () => children.length === 5)
})

test('several such organizations leave a process for the next one, and for the one after it', async () => {
  const pool = makePool({ childrenMax: 18 })
  await fill(pool, 'hog', 20, 8)
  await fill(pool, 'second', 20, 4)
  await fill(pool, 'third', 20, 2)
  await fill(pool, 'fourth', 20, 1)
  for (const orgId of ['one', 'two', 'three'])
    expect((await startIn(pool, NO_OP, { orgId }).outcome).value).toBe('done')
})

test('runs that wait get what is freed in turns, an organization each', async () => {
  const pool = makePool({ childrenMax: 2 })
  const first = await fill(pool, 'hog', 1, 1)
  const other = await fill(pool, 'other', 1, 1)
  const order: string[] = []
  const noted = (orgId: string, n: number) =>
    startIn(pool, `${NO_OP} ${' '.repeat(n)}`, { orgId }).outcome.then(() => order.push(orgId))
  const all = [...[1, 2, 3, 4].map((n) => noted('many', n)), noted('few', 1)]
  first.children[0]?.kill({ code: 'killed', message: 'test' })
  await Promise.all(all)
  expect(order.indexOf('few')).toBe(1)
  other.children[0]?.kill({ code: 'killed', message: 'test' })
})

test('idle processes belong to no organization: they end where another organization needs the place', async () => {
  const pool = makePool({ childrenMax: 4 })
  for (let n = 0; n < 4; n++) await startIn(pool, `${NO_OP} ${' '.repeat(n)}`, { orgId: 'idle' }).outcome
  expect((await startIn(pool, NO_OP, { orgId: 'other' }).outcome).value).toBe('done')
})

test('more runs of one code than a process takes are served by it as soon as it has room', async () => {
  const pool = makePool({ childrenMax: 1 })
  const source = "async (name) => { await new Promise((r) => setTimeout(r, 20)); return 'done' }"
  const runs = Array.from({ length: limits.runsPerChildMax + 20 }, () => startIn(pool, source).outcome)
  expect((await Promise.all(runs)).every(({ value }) => value === 'done')).toBe(true)
})

test('with every process at work, an organization that has none gets one of the organization that has most', async () => {
  const heldMs = limits.childHeldMs
  Object.assign(limits, { childHeldMs: 100 })
  try {
    const pool = makePool({ childrenMax: 3 })
    const { runs } = await fill(pool, 'hog', 5, 2)
    await fill(pool, 'small', 1, 1)
    expect((await startIn(pool, NO_OP, { orgId: 'other' }).outcome).value).toBe('done')
    const lost = await Promise.race(runs.map(({ outcome }) => outcome))
    expect(lost).toMatchObject({
      how: 'lost',
      value: {
        code: 'killed',
        message: expect.stringContaining('another organization was waiting for its first'),
      },
    })
  } finally {
    Object.assign(limits, { childHeldMs: heldMs })
  }
})

test('a machine has as many processes as its processors and its memory allow', () => {
  const GB = 1024 ** 3
  expect([childrenMaxOf(2, 16 * GB), childrenMaxOf(2, 2 * GB), childrenMaxOf(1, GB / 4)]).toEqual([36, 16, 9])
  expect(childrenMaxOf(64, 256 * GB)).toBe(160)
})
