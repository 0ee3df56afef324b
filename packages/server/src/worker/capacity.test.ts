import { limits } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { claimRuns } from '../engine/lease/claim.ts'
import { cancelExecution } from '../engine/run/cancel.ts'
import type { ClaimedRun, Engine } from '../engine/types.ts'
import { newId } from '../platform/ids.ts'
import { useEngine } from '../testing/engine.ts'
import { until } from '../testing/server.ts'
import { Capacity } from './capacity.ts'

const under = useEngine()

/** A worker's capacity; the answer to each of its claims is lost after the commit, until it is told otherwise. */
async function deafCapacity() {
  const workerId = await under().worker()
  const begun: ClaimedRun[] = []
  const lease = { term: 1, isValid: true, whenValid: () => {}, workers: 1 }
  let deaf = true
  let failures = 0
  const { engine } = under()
  const db: Engine['db'] = {
    ...engine.db,
    async prepared(name, text, values) {
      const rows = await engine.db.prepared(name, text, values)
      if (name !== 'claim' || !deaf) return rows as never
      failures++
      throw new Error('connection lost')
    },
  }
  const capacity = new Capacity({
    engine: { ...engine, db },
    workerId,
    lease,
    begin: (run) => begun.push(run),
    has: (id) => begun.some((run) => run.executionId === id),
  })
  const failed = async () => {
    capacity.claim()
    await until('a claim has failed', () => failures > 0)
    deaf = false
  }
  return { capacity, workerId, begun, failed, lease }
}

test('a claim whose answer is lost after its commit does not keep the runs: they begin after the next look', async () => {
  await under().db.query('delete from queue')
  const { capacity, begun, failed } = await deafCapacity()
  const id = await under().start(await under().organization())
  await failed()
  expect(await under().statusOf(id)).toBe('RUNNING')
  await capacity.releaseOrphanedClaims()
  expect(await under().statusOf(id)).toBe('PENDING')
  capacity.claim()
  await until('it has begun', () => begun.length > 0)
  expect(begun).toMatchObject([{ executionId: id, claim: 2 }])
  await capacity.releaseOrphanedClaims()
  expect(await under().statusOf(id)).toBe('RUNNING')
  capacity.stop()
})

test('one that was cancelled meanwhile ends; one that is being accepted at this moment stays', async () => {
  await under().db.query('delete from queue')
  const { capacity, failed, workerId } = await deafCapacity()
  const scope = await under().organization()
  const id = await under().start(scope)
  await failed()
  expect(await cancelExecution(under().engine, scope, id)).toBe('CANCELLING')
  await capacity.releaseOrphanedClaims()
  expect(await under().statusOf(id)).toBe('CANCELLED')
  expect(await under().queued(id)).toBeUndefined()

  const accepted = await under().start(scope)
  await claimRuns(under().engine, workerId, 1)
  capacity.claim()
  await until('nothing waits before it', () => capacity.reserve(accepted, scope.orgId, null))
  await capacity.releaseOrphanedClaims()
  expect(await under().statusOf(accepted)).toBe('RUNNING')
  capacity.release(accepted)
  await capacity.releaseOrphanedClaims()
  expect(await under().statusOf(accepted)).toBe('PENDING')
  capacity.stop()
})

test('what was claimed or reserved before the lease lapsed does not begin', async () => {
  await under().db.query('delete from queue')
  const { capacity, begun, failed, lease } = await deafCapacity()
  await failed()
  await capacity.releaseOrphanedClaims()
  const reserved = newId()
  await until('nothing waits before it', () => {
    capacity.claim()
    return capacity.reserve(reserved, newId(), null)
  })
  // A claim that is only planned takes no place yet: it goes at the end of this turn.
  await new Promise((resolve) => setImmediate(resolve))
  await until('no claim is under way', () => capacity.taken === 1)
  const id = await under().start(await under().organization())
  capacity.claim()
  // Right behind it, in the very turn in which the claim leaves; its answer comes in a later one.
  setImmediate(() => lease.term++)
  await until('it is claimed', async () => (await under().statusOf(id)) === 'RUNNING')
  await until('the answer has come', () => capacity.taken === 1)
  expect(begun).toEqual([])
  expect(capacity.release(reserved)).toBe(false)
  await capacity.releaseOrphanedClaims()
  await until('it begins in the new term', () => {
    capacity.claim()
    return begun.length === 1
  })
  capacity.stop()
})

test('where the limit of all processes may be reached, no run goes past the queue', async () => {
  await under().db.query('delete from queue')
  const { capacity, failed, lease } = await deafCapacity()
  await failed()
  const { orgId } = await under().organization()
  const mostOfOne = Math.ceil((limits.runsPerWorkerMax * 4) / 9)
  await until('nothing waits before it', () => {
    capacity.claim()
    return capacity.reserve(newId(), orgId, null)
  })
  expect(capacity.reserve(newId(), orgId, mostOfOne - 1)).toBe(false)
  expect(capacity.reserve(newId(), orgId, mostOfOne)).toBe(true)
  lease.workers = 2
  expect(capacity.reserve(newId(), orgId, mostOfOne)).toBe(false)
  expect(capacity.reserve(newId(), orgId, 2 * mostOfOne)).toBe(true)
  capacity.stop()
})

test('an organization that has its share gets more as its runs leave, and others are accepted meanwhile', async () => {
  await under().db.query('delete from queue')
  const placesMax = limits.runsPerWorkerMax
  Object.assign(limits, { runsPerWorkerMax: 9 })
  const { capacity, begun, failed } = await deafCapacity()
  try {
    // The first claim is lost, before anything waits.
    await failed()
    const [hog, other] = [await under().organization(), await under().organization()]
    for (let count = 0; count < 12; count++) await under().start(hog)
    const claimed = async (count: number) => {
      await until(`${count} runs have begun`, () => begun.length === count)
      for (const run of begun.slice(taken)) capacity.take(run.scope.orgId)
      taken = begun.length
    }
    let taken = 0
    capacity.claim()
    await claimed(4)
    expect(capacity.reserve(newId(), hog.orgId, null)).toBe(false)
    const accepted = newId()
    expect(capacity.reserve(accepted, other.orgId, null)).toBe(true)
    // No notification comes: that its runs leave is enough.
    for (let left = 12 - taken; left > 0; left = 12 - taken) {
      capacity.leave(hog.orgId)
      await claimed(taken + 1)
    }
    capacity.release(accepted)
  } finally {
    capacity.stop()
    Object.assign(limits, { runsPerWorkerMax: placesMax })
  }
})
