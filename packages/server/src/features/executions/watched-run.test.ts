import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { beforeAll, expect, test } from 'vitest'
import { claimRuns } from '../../engine/lease/claim.ts'
import { endRun } from '../../engine/run/record.ts'
import type { Engine } from '../../engine/types.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { makeScope } from '../../platform/scope.ts'
import { endOf, useEngine } from '../../testing/engine.ts'
import { streamExecution } from './stream.ts'
import { WatchedRuns } from './watched-run.ts'

const under = useEngine()
let asked: string[]
/** What happens at the moment a run is read in full. */
let beforeFullRead: () => Promise<void> = async () => {}
let engine: Engine
let scope: OrgScope

beforeAll(async () => {
  scope = makeScope({ ...(await under().organization()), role: 'developer' })
  const { db } = under()
  asked = []
  // The same database; it notes what it is asked.
  engine = {
    ...under().engine,
    db: {
      ...db,
      as: (who, list) => {
        const statements = db.as(who, list)
        return {
          ...statements,
          query: (text, values) => {
            asked.push('short')
            return statements.query(text, values)
          },
          prepared: async (name, text, values) => {
            asked.push(name)
            if (name === 'find_execution') await beforeFullRead()
            return statements.prepared(name, text, values)
          },
        }
      },
    },
  }
})

test('those who watch one run cause one look, and at work its reason is not asked for again', async () => {
  const id = await under().start(scope)
  const worker = await under().worker()
  await claimRuns(under().engine, worker, 1)
  const watched = new WatchedRuns(engine)
  const viewers = Array.from({ length: 40 }, () => watched.enter(scope, id))
  const looks = await Promise.all(viewers.map(({ run }) => run.look()))
  expect(looks.map(({ row }) => row?.status)).toEqual(looks.map(() => 'RUNNING'))
  expect(asked).toEqual(['short', 'find_execution'])
  asked.length = 0
  const changes = viewers.map(({ run }) => run.changed().isSilent)
  engine.notifier.publish(`execution:${id}`)
  expect(await Promise.all(changes)).toEqual(changes.map(() => false))
  const looksAgain = await Promise.all(viewers.map(({ run }) => run.look()))
  expect(asked).toEqual(['short'])
  asked.length = 0
  await Promise.all(looksAgain.map(({ lines }) => lines(0)))
  expect(asked).toEqual(['short'])
  for (const { leave } of viewers) leave()
})

test('a run that says its last line and ends between two statements of one look ends its stream with that line', async () => {
  const id = await under().start(scope)
  const worker = await under().worker()
  const [run] = await claimRuns(under().engine, worker, 1)
  beforeFullRead = async () => {
    beforeFullRead = async () => {}
    await under().db.query(
      `insert into execution_logs (execution_id, seq, org_id, level, created_at, message)
       values ($1, 1, $2, 'info', now(), 'the last word')`,
      [id, scope.orgId],
    )
    expect(await endRun(under().engine, worker, endOf(id, run?.claim ?? 0, { logCount: 1 }))).toBe(true)
  }
  const raw = Object.assign(new PassThrough(), { writeHead: () => {} })
  const reply = { hijack: () => {}, raw } as unknown as FastifyReply
  const request = { headers: {} } as FastifyRequest
  const told = text(raw)
  await streamExecution({ engine, watched: new WatchedRuns(engine) }, scope, id, request, reply)
  const events = await told
  expect(events).toContain('the last word')
  expect(events.indexOf('the last word')).toBeLessThan(events.indexOf('event: end'))
})
