import type { FlowControl, Json } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { endOf, specOf, useEngine } from '../../testing/engine.ts'
import { claimRuns } from '../lease/claim.ts'
import { promoteDue, recoverLostRuns } from '../lease/sweep.ts'
import { cancelExecution } from '../run/cancel.ts'
import { endRun, retryRun } from '../run/record.ts'
import { suspendRun } from '../run/wait.ts'
import { wakeDue } from '../run/wake.ts'
import { startExecution } from '../start/start-execution.ts'
import type { ClaimedRun, ExecutionSpec } from '../types.ts'
import {
  admitConcurrency,
  admitDueRates,
  admitForgotten,
  admitWoken,
  forgetFlow,
  nextRateMs,
} from './admit.ts'
import { flowOf, type RunFlow } from './flow.ts'

const under = useEngine()
const claim = (workerId: string, count: number) => claimRuns(under().engine, workerId, count)
const NONE: RunFlow = { priority: 0, concurrency: null, rate: null, debounce: null, singleton: null }

/** A workflow of an organization that has just these rules. */
async function setting(rules: (key: (rule: string) => string) => Partial<RunFlow>) {
  await under().db.query('delete from queue')
  const scope = await under().organization()
  const workflowId = newId()
  const flow = { ...NONE, ...rules((rule) => `${scope.orgId}/${workflowId}/${rule}/x`) }
  const start = (spec: Partial<ExecutionSpec> = {}, as: OrgScope = scope) =>
    startExecution(under().engine, as, specOf({ workflowId, trigger: 'api', flow, ...spec }))
  return { scope, workflowId, flow, start, worker: await under().worker() }
}

const end = async (worker: string, run: ClaimedRun) => {
  await endRun(under().engine, worker, endOf(run.executionId, run.claim))
  if (run.concurrencyKey) await admitConcurrency(under().engine, [run.concurrencyKey])
}

const concurrencyOf = (limit: number) => (key: (rule: string) => string) => ({
  concurrency: { key: key('concurrency'), limit, label: null },
})

describe('concurrency', () => {
  test('hundreds of runs and many workers that claim and end at once never run more than the limit', async () => {
    const { start } = await setting(concurrencyOf(5))
    await Promise.all(Array.from({ length: 300 }, () => start()))
    const workers = await Promise.all(Array.from({ length: 4 }, () => under().worker()))
    let running = 0
    let most = 0
    let done = 0
    const work = async (worker: string) => {
      while (done < 300) {
        const runs = await claim(worker, 10)
        running += runs.length
        most = Math.max(most, running)
        for (const run of runs) {
          running--
          await end(worker, run)
          done++
        }
        if (runs.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    await Promise.all(workers.map(work))
    expect(done).toBe(300)
    expect(most).toBeLessThanOrEqual(5)
    expect(most).toBeGreaterThan(1)
  })

  test('what the database says never exceeds it either, and a free worker of this process goes no way round', async () => {
    const { start, worker } = await setting(concurrencyOf(2))
    const reserved: string[] = []
    under().engine.localWorker = {
      id: worker,
      reserve: () => true,
      release: () => {},
      begin: (run) => reserved.push(run.executionId),
      waitsForProcess: () => false,
      outcome: () => Promise.resolve(null),
    }
    await Promise.all([start(), start(), start(), start()])
    under().engine.localWorker = null
    expect(reserved).toEqual([])
    expect(await claim(worker, 10)).toHaveLength(2)
    expect(await claim(await under().worker(), 10)).toEqual([])
  })

  test('two values of the key do not wait for each other, nor do two organizations', async () => {
    const { start, worker, scope, workflowId } = await setting(concurrencyOf(1))
    const other = await under().organization()
    const rules = { concurrency: { limit: 1, key: 'input.customer' } }
    const of = (who: OrgScope, customer: string) => {
      const flow = flowOf(
        { rate: null, debounce: null, singleton: null, idempotency: null, priority: 0, ...rules },
        { orgId: who.orgId, workflowId, input: { customer } },
      )
      return start({ flow }, who)
    }
    await Promise.all([of(scope, 'a'), of(scope, 'a'), of(scope, 'b'), of(other, 'a'), of(other, 'a')])
    expect(await claim(worker, 10)).toHaveLength(3)
  })

  test('runs of a full key are nothing that a claim looks at, and delay no other', async () => {
    const { start, worker, scope } = await setting(concurrencyOf(1))
    for (let n = 0; n < 50; n++) await start()
    const [first] = await claim(worker, 1)
    const free = await under().start(scope)
    expect((await claim(worker, 10)).map((run) => run.executionId)).toEqual([free])
    const waiting = await under().db.query('select from queue where worker_id is null and ready')
    expect(waiting).toHaveLength(0)
    expect(first?.concurrencyKey).toContain('/concurrency/')
  })

  test('a run that suspends frees its concurrency key, and waits for it when it comes back', async () => {
    const { start, worker } = await setting(concurrencyOf(1))
    const { executionId } = await start({ durable: true })
    await start()
    const [run] = await claim(worker, 1)
    if (!run) throw new Error('nothing was claimed')
    await under().db.query(
      `insert into waits (execution_id, key, org_id, kind, due_at, created_at)
       select id, 'sleep#1', org_id, 'timer', engine_now(), engine_now() from executions where id = $1`,
      [executionId],
    )
    const left = { waiting: ['sleep#1'], variables: '{}', logCount: 0, durationMs: 1 }
    expect(await suspendRun(under().engine, worker, run, left)).toBe('suspended')
    await admitConcurrency(under().engine, [run.concurrencyKey ?? ''])
    const [second] = await claim(worker, 5)
    expect(second?.executionId).not.toBe(executionId)
    await wakeDue(under().engine)
    await under().engine.admissions.idle()
    expect(await claim(worker, 5)).toEqual([])
    if (second) await end(worker, second)
    expect((await claim(worker, 5)).map((one) => one.executionId)).toEqual([executionId])
  })

  test('a failed attempt frees its concurrency key for the pause, and a cancelled one, and one whose worker died', async () => {
    const { start, worker } = await setting(concurrencyOf(1))
    const retryPolicy = { max_retries: 1, delay_seconds: 0, backoff: 'fixed', max_delay_seconds: 0 } as const
    const first = await start({ retryPolicy })
    const second = await start()
    const third = await start()
    const [run] = await claim(worker, 5)
    expect(run?.executionId).toBe(first.executionId)
    if (run) await retryRun(under().engine, worker, run, endOf(first.executionId, 1, { status: 'FAILED' }))
    await admitConcurrency(under().engine, [run?.concurrencyKey ?? ''])
    expect((await claim(worker, 5)).map((one) => one.executionId)).toEqual([second.executionId])
    // The retry is due, and queues behind: its key is taken. It began first, so it is the next.
    await promoteDue(under().engine)
    expect(await claim(worker, 5)).toEqual([])
    await under().die(worker)
    await recoverLostRuns(under().engine)
    const other = await under().worker()
    const [again] = await claim(other, 5)
    expect(again).toMatchObject({ executionId: first.executionId, attempt: 2 })
    if (again) await end(other, again)
    // Third was admitted and has no worker yet; cancelled, it frees the key.
    const fourth = await start()
    const scope = again?.scope
    if (scope) await cancelExecution(under().engine, scope, third.executionId)
    expect((await claim(other, 5)).map((one) => one.executionId)).toEqual([fourth.executionId])
  })

  test('free capacity that was not given away is found, and a limit that was raised counts for those that wait', async () => {
    const { start, worker, workflowId } = await setting(concurrencyOf(1))
    for (let n = 0; n < 4; n++) await start()
    const [run] = await claim(worker, 5)
    // Its process dies between the end and the admission.
    if (run) await endRun(under().engine, worker, endOf(run.executionId, run.claim))
    expect(await claim(worker, 5)).toEqual([])
    await admitForgotten(under().engine)
    expect(await claim(worker, 5)).toHaveLength(1)
    await under().db.query(
      `insert into workflows (id, name, path, export_name, status, definition)
       values ($1, $2, 'a.ts', 'a', 'active', '{"flowControl":{"concurrency":{"limit":3}}}')`,
      [workflowId, workflowId],
    )
    await admitForgotten(under().engine)
    expect(await claim(worker, 5)).toHaveLength(2)
  })

  test('runs without a limit are not touched by what wakes those that have one', async () => {
    const { scope } = await setting(() => ({}))
    const id = await under().start(scope)
    await admitWoken(under().engine, [id])
    expect((await under().queued(id))?.ready).toBe(true)
  })
})

describe('rate', () => {
  test('so many start at once, the next when the time of the first is over', async () => {
    const { start, worker } = await setting((key) => ({
      rate: { key: key('rate'), limit: 3, perSeconds: 3600, label: null },
    }))
    await Promise.all(Array.from({ length: 10 }, () => start()))
    expect(await claim(worker, 20)).toHaveLength(3)
    await admitDueRates(under().engine)
    expect(await claim(worker, 20)).toEqual([])
    expect(await nextRateMs(under().engine)).toBeGreaterThan(3_500_000)
    // An hour later.
    await under().db.query(
      `update flow_rates set recent = array(select at - 3600000 from unnest(recent) as at), next_at = engine_now()`,
    )
    await admitDueRates(under().engine)
    expect(await claim(worker, 20)).toHaveLength(3)
  })

  test('many servers that start runs at once let no more go', async () => {
    const { start, worker } = await setting((key) => ({
      rate: { key: key('rate'), limit: 5, perSeconds: 3600, label: null },
      concurrency: { key: key('concurrency'), limit: 50, label: null },
    }))
    await Promise.all(Array.from({ length: 40 }, () => start()))
    expect(await claim(worker, 100)).toHaveLength(5)
  })
})

describe('debounce', () => {
  const quiet = (key: (rule: string) => string) => ({
    debounce: { key: key('debounce'), seconds: 30, maxSeconds: null },
  })

  test('a later start takes the place of the one that waits: one run, with the input of the last', async () => {
    const { start, worker } = await setting(quiet)
    const first = await start({ input: { n: 1 } })
    const second = await start({ input: { n: 2 } })
    expect(first).toMatchObject({ status: 'SCHEDULED', duplicate: false })
    expect(second).toMatchObject({ executionId: first.executionId, duplicate: true })
    await promoteDue(under().engine)
    expect(await claim(worker, 5)).toEqual([])
    await under().db.query('update queue set due_at = engine_now()')
    await promoteDue(under().engine)
    const runs = await claim(worker, 5)
    expect(runs).toMatchObject([{ executionId: first.executionId, input: { n: 2 } }])
  })

  test('fifty at once are one run; one that has begun is not changed any more', async () => {
    const { start, worker } = await setting(quiet)
    const started = await Promise.all(Array.from({ length: 50 }, () => start()))
    expect(new Set(started.map((one) => one.executionId)).size).toBe(1)
    await under().db.query('update queue set due_at = engine_now()')
    await promoteDue(under().engine)
    expect(await claim(worker, 5)).toHaveLength(1)
    expect((await start()).duplicate).toBe(false)
  })

  test('however many follow, it begins when the longest time is over', async () => {
    const { start } = await setting((key) => ({
      debounce: { key: key('debounce'), seconds: 30, maxSeconds: 40 },
    }))
    const { executionId } = await start()
    await under().db.query(
      `update executions set created_at = created_at - interval '35 seconds' where id = $1`,
      [executionId],
    )
    await start()
    const [row] = await under().db.query<{ seconds: number }>(
      'select extract(epoch from due_at - engine_now())::float8 as seconds from queue where execution_id = $1',
      [executionId],
    )
    expect(row?.seconds).toBeLessThan(10)
  })
})

describe('singleton', () => {
  const one = (onConflict: 'skip' | 'cancel_running') => (key: (rule: string) => string) => ({
    singleton: { key: key('singleton'), onConflict },
    concurrency: onConflict === 'cancel_running' ? { key: key('singleton'), limit: 1, label: null } : null,
  })

  test('while one lives, a further start is answered with it; afterwards there is a new one', async () => {
    const { start, worker } = await setting(one('skip'))
    const started = await Promise.all(Array.from({ length: 20 }, () => start()))
    expect(new Set(started.map((run) => run.executionId)).size).toBe(1)
    expect(started.filter((run) => !run.duplicate)).toHaveLength(1)
    const [run] = await claim(worker, 5)
    expect((await start()).status).toBe('RUNNING')
    if (run) await end(worker, run)
    expect((await start()).duplicate).toBe(false)
  })

  test('cancel_running asks the one that runs to end, and begins when it is gone', async () => {
    const { start, worker } = await setting(one('cancel_running'))
    const first = await start()
    const [run] = await claim(worker, 5)
    const second = await start()
    expect(second.duplicate).toBe(false)
    expect(await under().statusOf(first.executionId)).toBe('CANCELLING')
    expect(await claim(worker, 5)).toEqual([])
    if (run) await end(worker, run)
    expect((await claim(worker, 5)).map((one) => one.executionId)).toEqual([second.executionId])
  })

  test('what is forgotten every day is only what has ended', async () => {
    const { start, worker } = await setting(one('skip'))
    const first = await start()
    await forgetFlow(under().engine)
    expect((await start()).executionId).toBe(first.executionId)
    const [run] = await claim(worker, 5)
    if (run) await end(worker, run)
    await forgetFlow(under().engine)
    const left = await under().db.query('select from singletons where execution_id = $1', [first.executionId])
    expect(left).toEqual([])
  })

  test('one that waits is cancelled at once', async () => {
    const { start } = await setting(one('cancel_running'))
    const first = await start()
    await start()
    expect(await under().statusOf(first.executionId)).toBe('CANCELLED')
  })
})

describe('priority', () => {
  test('orders the runs of an organization, also those that wait for a concurrency key', async () => {
    const { start, worker, flow } = await setting(concurrencyOf(1))
    const [plain] = [await start()]
    const low = await start({ flow: { ...flow, priority: -5 } })
    const normal = await start()
    const high = await start({ flow: { ...flow, priority: 5 } })
    const order: string[] = []
    for (let n = 0; n < 4; n++) {
      const [run] = await claim(worker, 5)
      if (!run) throw new Error('nothing was claimed')
      order.push(run.executionId)
      await end(worker, run)
    }
    expect(order).toEqual([plain, high, normal, low].map((run) => run.executionId))
  })

  test('does not put one organization before another', async () => {
    const { start, worker, flow } = await setting(() => ({}))
    const quiet = await under().organization()
    for (let n = 0; n < 20; n++) await start({ flow: { ...flow, priority: 100 } })
    const single = await under().start(quiet)
    expect((await claim(worker, 2)).map((run) => run.executionId)).toContain(single)
  })

  test('ten thousand runs of one organization, and the single run of another is the next', async () => {
    const { scope, worker } = await setting(() => ({}))
    const quiet = await under().organization()
    await Promise.all(Array.from({ length: 10_000 }, () => under().start(scope)))
    const single = await under().start(quiet)
    expect((await claim(worker, 2)).map((run) => run.executionId)).toContain(single)
  })
})

describe('keys', () => {
  test('whatever an input holds can be counted apart', async () => {
    const { start, scope, workflowId, worker } = await setting(() => ({}))
    const none = { rate: null, debounce: null, singleton: null, idempotency: null, priority: 0 }
    const values = ['a', 'a\0b', 'x'.repeat(5000), 7, '7', null, { deep: [1] }, undefined]
    for (const value of values)
      for (let n = 0; n < 2; n++) {
        const input = (value === undefined ? {} : { a: { b: value } }) as Record<string, Json>
        const rules = { ...none, concurrency: { limit: 1, key: 'input.a.b' } }
        await start({ input, flow: flowOf(rules, { orgId: scope.orgId, workflowId, input }) })
      }
    // The text 7 and the number are one; no value and null as well.
    expect(await claim(worker, 20)).toHaveLength(values.length - 2)
  })
})

describe('with an idempotency key', () => {
  test('the same key is one run, whatever else holds', async () => {
    const { start } = await setting(concurrencyOf(1))
    const started = await Promise.all(Array.from({ length: 10 }, () => start({ idempotencyKey: 'a' })))
    expect(new Set(started.map((one) => one.executionId)).size).toBe(1)
    expect(started.filter((one) => !one.duplicate)).toHaveLength(1)
  })

  test('inline code has no workflow, and its keys still count', async () => {
    const { scope } = await setting(() => ({}))
    const start = () =>
      startExecution(under().engine, scope, specOf({ workflowId: null, idempotencyKey: 'a' }))
    expect((await start()).executionId).toBe((await start()).executionId)
  })
})

test('a label that is cut ends with a whole sign: PostgreSQL cannot read half a one', async () => {
  const rules = { concurrency: { limit: 1, key: 'input.name' } } as unknown as FlowControl
  const flow = flowOf(rules, { orgId: 'o', workflowId: 'w', input: { name: `${'x'.repeat(98)}😀😀` } })
  expect(flow?.concurrency?.label).toMatch(/^name = "x/)
  expect(flow?.concurrency?.label?.isWellFormed()).toBe(true)
})
