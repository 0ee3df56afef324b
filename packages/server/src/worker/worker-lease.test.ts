import { expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { useEngine } from '../testing/engine.ts'
import { until } from '../testing/server.ts'
import { WorkerLease } from './worker-lease.ts'

const under = useEngine()

test('while the lease holds, children are told at once', async () => {
  const lease = new WorkerLease(under().engine, newId(), async () => {})
  await lease.take()
  let told = false
  lease.whenValid(() => {
    told = true
  })
  expect([told, lease.isValid, lease.term]).toEqual([true, true, 0])
  await lease.leave()
})

test('after a lapse no child is told anything before it is known whose the runs are', async () => {
  const events: string[] = []
  const looked = Promise.withResolvers<void>()
  const look = async () => {
    events.push('looks')
    await looked.promise
    events.push('has looked')
  }
  const lease = new WorkerLease(under().engine, newId(), look, 100)
  await lease.take()
  await until('it has lapsed', () => !lease.isValid)
  lease.whenValid(() => events.push('told'))
  await until('it looks', () => events.length > 0)
  expect([events, lease.term]).toEqual([['looks'], 1])
  looked.resolve()
  await until('they are told', () => events.includes('told'))
  expect(events.slice(-2)).toEqual(['has looked', 'told'])
  await lease.leave()
})

test('each knows how many live', async () => {
  await under().db.query('delete from workers')
  const first = new WorkerLease(under().engine, newId(), async () => {})
  expect(first.workers).toBe(Number.POSITIVE_INFINITY)
  await first.take()
  const second = new WorkerLease(under().engine, newId(), async () => {})
  await second.take()
  expect([first.workers, second.workers]).toEqual([1, 2])
  await Promise.all([first.leave(), second.leave()])
})

test('a second worker with the id of one that lives does not start', async () => {
  const id = newId()
  const first = new WorkerLease(under().engine, id, async () => {})
  await first.take()
  await expect(new WorkerLease(under().engine, id, async () => {}).take()).rejects.toThrow(
    `Another running worker has the ID ${id}.`,
  )
  await first.leave()
})
