import { afterEach, beforeEach, expect, test } from 'vitest'
import { until } from '../testing/server.ts'
import { useTestDatabase } from '../testing/test-database.ts'
import { type Database, openDatabase } from './database.ts'
import { newId } from './ids.ts'
import { silentLog } from './log.ts'
import { createNotifier } from './notify.ts'
import { ProcessNotifier } from './process-notifier.ts'
import type { Role } from './roles.ts'

import { type Topic, topics, wantedBy } from './topics.ts'

const database = useTestDatabase()
let db: Database
let started: ProcessNotifier[] = []

beforeEach(() => {
  db = openDatabase(database().connection, silentLog)
  started = []
})

afterEach(async () => {
  for (const one of started) await one.stop()
  await db.close()
})

async function join(...roles: Role[]): Promise<ProcessNotifier> {
  const notifier = new ProcessNotifier({ db, log: silentLog, processId: newId(), roles })
  started.push(notifier)
  await notifier.start()
  return notifier
}

function hear(notifier: ProcessNotifier, topic: Topic): { count: number } {
  const heard = { count: 0 }
  notifier.subscribe(topic, () => {
    heard.count++
  })
  return heard
}

/** A newcomer is known when the others have heard that it came. */
async function knows(notifier: ProcessNotifier, newcomer: ProcessNotifier): Promise<void> {
  const probe = hear(newcomer, 'accounts')
  await until('the newcomer is known', () => {
    notifier.publish('accounts')
    return probe.count > 0
  })
}

test('what one process says is heard in the others, and once in its own', async () => {
  const [api, worker, scheduler] = [await join('api'), await join('worker'), await join('scheduler')]
  await knows(api, worker)
  await knows(worker, scheduler)
  const own = hear(api, 'queue')
  const others = hear(worker, 'queue')
  const planned = hear(scheduler, 'due')
  api.publish('queue')
  expect(own.count).toBe(1)
  await until('the worker hears it', () => others.count === 1)
  worker.publish('due')
  await until('the scheduler hears it', () => planned.count === 1)
  expect(own.count).toBe(1)
})

test('ten thousand things at once arrive, in payloads that PostgreSQL takes', async () => {
  const [worker, api] = [await join('worker'), await join('api')]
  await knows(worker, api)
  const topics = Array.from({ length: 10_000 }, () => `execution:${newId()}` as const)
  const heard = topics.map((topic) => hear(api, topic))
  for (const topic of topics) worker.publish(topic)
  await until('all were heard', () => heard.every((one) => one.count === 1))
})

test('a process that is alone, or that no other process wants to hear, sends nothing', async () => {
  const alone = await join('api', 'worker', 'scheduler')
  const sent: string[] = []
  const listener = await db.connect()
  listener.on('notification', ({ payload }) => sent.push(payload ?? ''))
  await listener.query('listen bifrost')
  alone.publish('queue')
  alone.publish(`execution:${newId()}`)
  const scheduler = await join('scheduler')
  await until('the newcomer is known', async () => {
    alone.publish('due')
    return sent.some((payload) => payload.endsWith('\ndue'))
  })
  alone.publish(`execution:${newId()}`)
  alone.publish('queue')
  const heard = hear(scheduler, 'quotas')
  alone.publish('quotas')
  await until('what is for all is heard', () => heard.count > 0)
  await listener.end()
  expect(sent.filter((payload) => /queue|execution/.test(payload))).toEqual([])
})

test('a connection that is cut comes back, and everybody looks at everything', async () => {
  const [api, worker] = [await join('api'), await join('worker')]
  const missed = hear(worker, 'cancel')
  await db.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and query ilike 'listen%' or query = 'select 1'`,
  )
  await until('it looked at everything', () => missed.count > 0)
  const heard = hear(worker, 'queue')
  await until('it hears again', () => {
    api.publish('queue')
    return heard.count > 0
  })
})

test('a process that leaves is forgotten at once', async () => {
  const [api, worker] = [await join('api'), await join('worker')]
  await worker.stop()
  started = [api]
  await until('it is gone', async () => (await db.query('select from processes')).length === 1)
})

test('what a topic is about and who listens to it come from its declaration; no other topic compiles', async () => {
  const alone = createNotifier()
  // @ts-expect-error -- it is not declared
  alone.publish('nothing')
  // @ts-expect-error -- of which run?
  alone.publish('execution')
  expect(wantedBy('queue')).toEqual(['worker'])
  expect(wantedBy(`execution:${newId()}`)).toEqual(['api'])
  for (const name of Object.keys(topics)) expect(name).not.toContain(':')
})
