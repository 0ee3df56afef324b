import { expect, test } from 'vitest'
import { cancelExecution } from '../engine/cancel.ts'
import { claimRuns } from '../engine/claim.ts'
import type { ClaimedRun, Engine } from '../engine/engine.ts'
import { newId } from '../platform/ids.ts'
import { useEngine } from '../testing/engine.ts'
import { until } from '../testing/server.ts'
import { Slots } from './slots.ts'

const under = useEngine()

/** A worker's slots; the answer to each of its claims is lost after the commit, until it is told otherwise. */
async function deafSlots() {
  const workerId = await under().worker()
  const begun: ClaimedRun[] = []
  const lease = { term: 1, isValid: true, whenValid: () => {} }
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
  const slots = new Slots({
    engine: { ...engine, db },
    workerId,
    lease,
    begin: (run) => begun.push(run),
    has: (id) => begun.some((run) => run.executionId === id),
  })
  const failed = async () => {
    slots.claim()
    await until('a claim has failed', () => failures > 0)
    deaf = false
  }
  return { slots, workerId, begun, failed, lease }
}

test('a claim whose answer is lost after its commit does not keep the runs: they begin after the next look', async () => {
  await under().db.query('delete from queue')
  const { slots, begun, failed } = await deafSlots()
  const id = await under().start(await under().organization())
  await failed()
  expect(await under().statusOf(id)).toBe('RUNNING')
  await slots.giveBackUnknown()
  expect(await under().statusOf(id)).toBe('PENDING')
  slots.claim()
  await until('it has begun', () => begun.length > 0)
  expect(begun).toMatchObject([{ executionId: id, claim: 2 }])
  await slots.giveBackUnknown()
  expect(await under().statusOf(id)).toBe('RUNNING')
  slots.stop()
})

test('one that was cancelled meanwhile ends; one that is being accepted at this moment stays', async () => {
  await under().db.query('delete from queue')
  const { slots, failed, workerId } = await deafSlots()
  const scope = await under().organization()
  const id = await under().start(scope)
  await failed()
  expect(await cancelExecution(under().engine, scope, id)).toBe('CANCELLING')
  await slots.giveBackUnknown()
  expect(await under().statusOf(id)).toBe('CANCELLED')
  expect(await under().queued(id)).toBeUndefined()

  const accepted = await under().start(scope)
  await claimRuns(under().engine, workerId, 1)
  slots.claim()
  await until('nothing waits before it', () => slots.reserve(accepted))
  await slots.giveBackUnknown()
  expect(await under().statusOf(accepted)).toBe('RUNNING')
  slots.release(accepted)
  await slots.giveBackUnknown()
  expect(await under().statusOf(accepted)).toBe('PENDING')
  slots.stop()
})

test('what was claimed or reserved before the lease lapsed does not begin', async () => {
  await under().db.query('delete from queue')
  const { slots, begun, failed, lease } = await deafSlots()
  await failed()
  await slots.giveBackUnknown()
  const reserved = newId()
  await until('nothing waits before it', () => {
    slots.claim()
    return slots.reserve(reserved)
  })
  // A claim that is only planned takes no slot yet: it goes at the end of this turn.
  await new Promise((resolve) => setImmediate(resolve))
  await until('no claim is under way', () => slots.taken === 1)
  const id = await under().start(await under().organization())
  slots.claim()
  // Right behind it, in the very turn in which the claim leaves; its answer comes in a later one.
  setImmediate(() => lease.term++)
  await until('it is claimed', async () => (await under().statusOf(id)) === 'RUNNING')
  await until('the answer has come', () => slots.taken === 1)
  expect(begun).toEqual([])
  expect(slots.release(reserved)).toBe(false)
  await slots.giveBackUnknown()
  await until('it begins in the new term', () => {
    slots.claim()
    return begun.length === 1
  })
  slots.stop()
})
