import { expect, test } from 'vitest'
import { FairShares } from './fair-shares.ts'

/** Takes all that the organization may have; answers how many that is. */
function takeAll(shares: FairShares, orgId: string): number {
  while (shares.mayTake(orgId)) shares.take(orgId)
  return shares.held(orgId)
}

test('one organization gets four ninths of the places, each further one half of what that leaves, and the reserve stays', () => {
  const shares = new FairShares(() => 36)
  expect(['a', 'b', 'c', 'd'].map((orgId) => takeAll(shares, orgId))).toEqual([16, 8, 4, 2])
  // What is left takes in organizations that hold none, one place each.
  const small = Array.from({ length: 8 }, (_, n) => takeAll(shares, `small ${n}`))
  expect(small).toEqual([1, 1, 1, 1, 1, 1, 0, 0])
  expect(shares.taken).toBe(36)
  shares.leave('a')
  expect([shares.mayTake('a'), shares.mayTake('b'), shares.mayTake('late')]).toEqual([false, false, true])
})

test('how many an organization may still take is what it gets by taking one after the other', () => {
  for (const places of [1, 2, 5, 6, 17, 36, 900]) {
    const shares = new FairShares(() => places)
    for (const orgId of ['a', 'b', 'c', 'a']) {
      const left = shares.left(orgId)
      const before = shares.held(orgId)
      expect(takeAll(shares, orgId) - before).toBe(left)
      if (shares.held(orgId) > 1) shares.leave(orgId)
    }
    expect(shares.taken).toBeLessThanOrEqual(places)
  }
})

test('places that are set aside do not count as free', () => {
  const shares = new FairShares(() => 10)
  expect(shares.left('a', 10)).toBe(0)
  expect(shares.left('a', 9)).toBe(1)
  shares.take('a')
  expect(shares.left('a', 8)).toBe(0)
  expect(shares.left('b', 8)).toBe(1)
})
