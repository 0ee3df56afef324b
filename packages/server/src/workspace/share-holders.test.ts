import { expect, test } from 'vitest'
import type { Query } from '../platform/database.ts'
import { ShareHolders } from './share-holders.ts'

/** Answers the reads one after the other, each when it is told to. */
function setUp() {
  const asked: ((rows: { slug: string; customer_id: string }[]) => void)[] = []
  const query = (() => new Promise((resolve) => asked.push(resolve))) as unknown as Query
  return { holders: new ShareHolders(query), asked }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('a change that comes during a read is read after it', async () => {
  const { holders, asked } = setUp()
  const first = holders.read()
  await settled()
  const second = holders.read()
  const third = holders.read()
  asked[0]?.([{ slug: 'below', customer_id: 'before' }])
  await first
  expect(holders.holderOf('below')).toBe('before')
  await settled()
  asked[1]?.([{ slug: 'below', customer_id: 'after' }])
  await Promise.all([second, third])
  expect(holders.holderOf('below')).toBe('after')
  expect(asked).toHaveLength(2)
})

test("everybody's files and each unknown folder have shares of their own", async () => {
  const { holders, asked } = setUp()
  const read = holders.read()
  await settled()
  asked[0]?.([
    { slug: 'one', customer_id: 'customer' },
    { slug: 'two', customer_id: 'customer' },
  ])
  await read
  const of = ['one', 'two', 'customer', 'unknown', null].map(holders.holderOf)
  expect(of[0]).toBe('customer')
  expect(of[1]).toBe('customer')
  expect(new Set(of).size).toBe(4)
})
