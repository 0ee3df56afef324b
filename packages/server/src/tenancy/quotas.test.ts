import { quotaDefaults } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type ClaimShares, claimRuns } from '../engine/lease/claim.ts'
import { endRun } from '../engine/run/record.ts'
import type { Query } from '../platform/database.ts'
import type { OrgScope } from '../platform/scope.ts'
import { endOf, useEngine } from '../testing/engine.ts'
import { until } from '../testing/server.ts'
import { Quotas } from './quotas.ts'

const under = useEngine()
const set = (orgId: string, name: string, value: number | null) =>
  under().db.query('insert into organization_quotas (org_id, name, value) values ($1, $2, $3)', [
    orgId,
    name,
    value,
  ])

/** Quotas of a process at this time, on a clock that the test sets. */
const atTimes = (work: (quotas: Quotas, set: (time: string) => Promise<unknown>) => Promise<void>) =>
  under().db.transaction(async (query) => {
    let nowMs = 0
    const quotas = new Quotas(query, () => nowMs)
    await quotas.read()
    await work(quotas, (time) => {
      nowMs = Date.parse(`2030-01-01T${time}Z`)
      return query(`select set_config('bifrost.now', $1, true)`, [`2030-01-01T${time}Z`])
    })
  })
const times = async (count: number, act: () => unknown) => {
  for (let n = 0; n < count; n++) await act()
}

describe('what happens in a minute', () => {
  test('is refused from the limit on, with the time to wait, and let through when it has passed', async () => {
    const { orgId } = await under().organization()
    const other = await under().organization()
    await set(orgId, 'runs_per_minute', 10)
    await atTimes(async (quotas, at) => {
      await at('10:00:00')
      await times(10, () => quotas.take(orgId, 'runs_per_minute'))
      await at('10:00:45')
      await expect(quotas.take(orgId, 'runs_per_minute')).rejects.toMatchObject({
        code: 'quota_exceeded',
        message: expect.stringContaining('10 times per minute. Try again in 15 s'),
        details: { quota: 'runs_per_minute', limit: 10, retry_after_seconds: 15 },
      })
      await quotas.take(other.orgId, 'runs_per_minute')
      await quotas.take(orgId, 'events_per_minute')
      // Half of the minute that has passed still counts.
      await at('10:01:30')
      await quotas.take(orgId, 'runs_per_minute', 5)
      await expect(quotas.take(orgId, 'runs_per_minute')).rejects.toThrow('Try again')
      await at('10:06:00')
      await quotas.take(orgId, 'runs_per_minute', 10)
    })
  })

  test('what a process took and did not use is given back when the minute has passed', async () => {
    const { orgId } = await under().organization()
    await set(orgId, 'runs_per_minute', 1000)
    await atTimes(async (quotas, at) => {
      await at('10:00:00')
      await quotas.take(orgId, 'runs_per_minute')
      await at('10:01:00')
      await quotas.take(orgId, 'runs_per_minute', 999)
    })
  })

  test('many at once are let through or refused together', async () => {
    const { orgId } = await under().organization()
    await set(orgId, 'runs_per_minute', 10)
    const quotas = new Quotas(under().db.query)
    await quotas.read()
    await expect(quotas.take(orgId, 'runs_per_minute', 11)).rejects.toThrow('Try again')
    await quotas.take(orgId, 'runs_per_minute', 10)
  })

  test('several processes together let through what the limit says, and not one more', async () => {
    const minute = async () =>
      (await under().db.query('select floor(extract(epoch from now()) / 60) as minute'))[0]
    for (;;) {
      const before = await minute()
      const { orgId } = await under().organization()
      await set(orgId, 'runs_per_minute', 50)
      const processes = Array.from({ length: 4 }, () => new Quotas(under().db.query))
      await Promise.all(processes.map((quotas) => quotas.read()))
      let taken = 0
      let refused = 0
      await Promise.all(
        processes.flatMap((quotas) =>
          Array.from({ length: 40 }, async () => {
            try {
              await quotas.take(orgId, 'runs_per_minute')
              taken++
            } catch {
              refused++
            }
          }),
        ),
      )
      // In two minutes it may be more.
      if ((await minute())?.['minute'] !== before?.['minute']) continue
      expect([taken, refused]).toEqual([50, 110])
      return
    }
  })

  test('most of the time the database is not asked', async () => {
    const { orgId } = await under().organization()
    let asked = 0
    const query: Query = (text, values) => {
      if (text.includes('take_quota')) asked++
      return under().db.query(text, values)
    }
    const quotas = new Quotas(query)
    await quotas.read()
    await times(5000, () => quotas.take(orgId, 'runs_per_minute'))
    // Two, where a minute ends meanwhile.
    expect(asked).toBeLessThanOrEqual(2)
  })

  test('the provider, who runs the platform, has no limit but one that is set', async () => {
    const { orgId } = await under().organization()
    await under().db.query('update organizations set is_provider = true where id = $1', [orgId])
    const quotas = new Quotas(under().db.query)
    await quotas.read()
    expect(quotas.limit(orgId, 'runs_per_minute')).toBeNull()
    expect(quotas.limit(orgId, 'concurrent_runs')).toBeNull()
    await set(orgId, 'runs_per_minute', 7)
    await quotas.read()
    expect(quotas.limit(orgId, 'runs_per_minute')).toBe(7)
    await under().db.query('update organizations set is_provider = false where id = $1', [orgId])
  })
})

test('of an organization of which very many runs wait, further ones are refused; others are not', async () => {
  const { engine, organization, start } = under()
  const [full, other] = [await organization(), await organization()]
  await set(full.orgId, 'queued_runs', 3)
  await engine.quotas.read()
  await start(full)
  await start(full, { scheduledAt: new Date(Date.now() + 3_600_000) })
  await start(full)
  await expect(start(full)).rejects.toMatchObject({
    code: 'quota_exceeded',
    message: expect.stringContaining('3 runs are waiting to start, and the maximum is 3'),
    details: { quota: 'queued_runs', limit: 3, retry_after_seconds: 5 },
  })
  await start(other)
  await under().db.query('delete from queue where org_id = $1', [full.orgId])
  await until('there is room again', () =>
    start(full).then(
      () => true,
      () => false,
    ),
  )
})

test('without a limit of its own an organization has that of all; null is none', async () => {
  const { orgId } = await under().organization()
  const quotas = new Quotas(under().db.query)
  expect(quotas.limit(orgId, 'log_lines_per_run')).toBe(quotaDefaults.log_lines_per_run)
  await set(orgId, 'runs_per_minute', null)
  await quotas.read()
  expect(quotas.limit(orgId, 'runs_per_minute')).toBeNull()
  await quotas.take(orgId, 'runs_per_minute', 1e9)
})

test('what another process has set is known after a while', async () => {
  const { orgId } = await under().organization()
  let nowMs = 1000
  let reads = 0
  const query: Query = (text, values) => {
    reads++
    return under().db.query(text, values)
  }
  const quotas = new Quotas(query, () => nowMs)
  await quotas.read()
  await set(orgId, 'concurrent_runs', 2)
  expect(quotas.limit(orgId, 'concurrent_runs')).toBe(quotaDefaults.concurrent_runs)
  nowMs += 11_000
  quotas.limit(orgId, 'concurrent_runs')
  quotas.limit(orgId, 'concurrent_runs')
  await quotas.read()
  expect(quotas.limit(orgId, 'concurrent_runs')).toBe(2)
  expect(reads).toBe(4)
})

test('a claim takes no more runs of an organization than it may have at once; others are not held up', async () => {
  const { engine, organization, start, worker } = under()
  const [few, many] = [await organization(), await organization()]
  await set(few.orgId, 'concurrent_runs', 2)
  for (let count = 0; count < 5; count++) await start(few)
  for (let count = 0; count < 5; count++) await start(many)
  const workerId = await worker()
  const claimed = await claimRuns(engine, workerId, 100)
  const of = (orgId: string) => claimed.filter((run) => run.scope.orgId === orgId)
  expect(of(few.orgId)).toHaveLength(2)
  expect(of(many.orgId)).toHaveLength(5)
  expect(await claimRuns(engine, workerId, 100)).toEqual([])
  await under().db.query('delete from queue where execution_id = $1', [of(few.orgId)[0]?.executionId])
  expect(await claimRuns(engine, workerId, 100)).toHaveLength(1)
})

describe('the limit of runs at once is exact', () => {
  const running = async (orgId: string) => {
    const [row] = await under().db.query<{ count: number }>(
      'select count(*)::int as count from queue where org_id = $1 and worker_id is not null',
      [orgId],
    )
    return row?.count ?? 0
  }

  test('of two claims at the same moment the second one counts what the first takes', async () => {
    const { engine, organization, start, worker } = under()
    const scope = await organization()
    await set(scope.orgId, 'concurrent_runs', 1)
    const [first, second] = [await worker(), await worker()]
    for (let count = 0; count < 4; count++) await start(scope)
    // The first one has claimed, and is not committed yet.
    const paused = Promise.withResolvers<void>()
    const claimed = Promise.withResolvers<void>()
    const holding = engine.db.transaction(async (query) => {
      const prepared = ((_name: string, text: string, values: unknown[]) => query(text, values)) as never
      const runs = await claimRuns({ ...engine, db: { ...engine.db, prepared } }, first, 10)
      claimed.resolve()
      await paused.promise
      return runs
    })
    await claimed.promise
    const other = claimRuns(engine, second, 10)
    await until('the second claim waits for the first', async () => {
      const rows = await under().db.query(`select from pg_locks where locktype = 'advisory' and not granted`)
      return rows.length > 0
    })
    paused.resolve()
    expect(await holding).toHaveLength(1)
    expect(await other).toEqual([])
    expect(await running(scope.orgId)).toBe(1)
  })

  test('many claims of several workers at once never take more, for several organizations', async () => {
    const { engine, organization, start, worker } = under()
    const limits = [1, 2, 7]
    const scopes = await Promise.all(limits.map(() => organization()))
    const workers = await Promise.all([worker(), worker(), worker(), worker()])
    for (const [index, { orgId }] of scopes.entries())
      await set(orgId, 'concurrent_runs', limits[index] ?? null)
    for (const scope of scopes) for (let count = 0; count < 30; count++) await start(scope)
    for (let round = 0; round < 20; round++) {
      const claims = await Promise.all(workers.map((id, n) => claimRuns(engine, id, 1 + ((round + n) % 5))))
      for (const [index, { orgId }] of scopes.entries())
        expect(await running(orgId)).toBeLessThanOrEqual(limits[index] ?? 0)
      const ended = claims.flat().filter((_, index) => index % 2 === round % 2)
      await Promise.all(
        ended.map((run) => under().db.query('delete from queue where execution_id = $1', [run.executionId])),
      )
    }
  }, 60_000)

  test('a run that waited for another one begins after the end of that one, as the history tells it', async () => {
    const { engine, organization, start, worker } = under()
    const scope = await organization()
    await set(scope.orgId, 'concurrent_runs', 1)
    const workerId = await worker()
    const ids = [await start(scope), await start(scope)]
    const [run] = await claimRuns(engine, workerId, 10)
    if (!run) throw new Error('nothing was claimed')
    // The claim has begun before the end is written, and is held up on its way.
    const started = await engine.db.transaction(async (query) => {
      await query('select now()')
      await endRun(engine, workerId, endOf(run.executionId, run.claim))
      const prepared = ((_name: string, text: string, values: unknown[]) => query(text, values)) as never
      return claimRuns({ ...engine, db: { ...engine.db, prepared } }, workerId, 10)
    })
    expect(started.map(({ executionId }) => executionId)).toEqual(ids.filter((id) => id !== run.executionId))
    const [row] = await under().db.query<{ in_order: boolean }>(
      `select (select started_at from executions where id = $2) >= (select ended_at from executions where id = $1) as in_order`,
      [run.executionId, started[0]?.executionId],
    )
    expect(row?.in_order).toBe(true)
  })
})

describe('where nothing was set', () => {
  /** Only these workers live, and each has at most five runs of an organization; the usual limit is set to nine. */
  const withWorkers = async (count: number, work: (workerIds: string[]) => Promise<void>) => {
    await under().db.query('delete from queue')
    await under().db.query('delete from workers')
    const usual = quotaDefaults.concurrent_runs
    Object.assign(quotaDefaults, { concurrent_runs: 9 })
    try {
      const workerIds = await Promise.all(Array.from({ length: count }, () => under().worker()))
      await under().db.query(`update workers set started_at = now() - interval '1 minute'`)
      await work(workerIds)
    } finally {
      Object.assign(quotaDefaults, { concurrent_runs: usual })
    }
  }
  const five: ClaimShares = { holders: [], left: [], others: 5, general: 5, mostOfOne: 5 }
  const startTwenty = async (scope: OrgScope) => {
    for (let count = 0; count < 20; count++) await under().start(scope)
  }

  test('the usual limit holds, exactly, and not for the provider', () =>
    withWorkers(4, async (workerIds) => {
      const { engine, organization } = under()
      const scope = await organization()
      await startTwenty(scope)
      // Claims of the same moment may look at the same runs; what one of them did not get, a later one takes.
      const claims = await Promise.all(workerIds.map((id) => claimRuns(engine, id, 5, five)))
      for (const id of workerIds) claims.push(await claimRuns(engine, id, 5, five))
      expect(claims.flat()).toHaveLength(9)
      await under().db.query('update organizations set is_provider = true where id = $1', [scope.orgId])
      expect(await claimRuns(engine, workerIds[0] ?? '', 5, five)).toHaveLength(5)
      await under().db.query('update organizations set is_provider = false where id = $1', [scope.orgId])
    }))

  test('as long as all workers together cannot reach it, no claim waits for another', () =>
    withWorkers(1, async ([workerId = '']) => {
      const { engine, db, organization } = under()
      const scope = await organization()
      await startTwenty(scope)
      await db.transaction(async (query) => {
        await query('select concurrent_runs_left($1, 9)', [scope.orgId])
        expect(await claimRuns(engine, workerId, 5, five)).toHaveLength(5)
      })
    }))

  test('a worker that makes it reachable takes nothing before all others know of it', () =>
    withWorkers(2, async ([fresh = '']) => {
      const { engine, db, organization } = under()
      const scope = await organization()
      await startTwenty(scope)
      await db.query('update workers set started_at = now() where id = $1', [fresh])
      expect(await claimRuns(engine, fresh, 5, five)).toEqual([])
      await db.query(`update workers set started_at = now() - interval '11 seconds' where id = $1`, [fresh])
      expect(await claimRuns(engine, fresh, 5, five)).toHaveLength(5)
    }))
})

test('a claim takes no more of an organization than its share of the worker leaves, and first runs of others beyond the rest', async () => {
  const { engine, organization, start, worker } = under()
  await under().db.query('delete from queue')
  const [hog, other, late] = [await organization(), await organization(), await organization()]
  for (const scope of [hog, other, late]) for (let count = 0; count < 6; count++) await start(scope)
  const counts = async (shares: ClaimShares) => {
    const runs = await claimRuns(engine, await worker(), 10, shares)
    return [hog, other, late].map(({ orgId }) => runs.filter((run) => run.scope.orgId === orgId).length)
  }
  const { orgId } = hog
  const mostOfOne = 10
  expect(await counts({ holders: [orgId], left: [0], others: 2, general: 10, mostOfOne })).toEqual([0, 2, 2])
  expect(await counts({ holders: [orgId], left: [2], others: 2, general: 3, mostOfOne })).toEqual([1, 1, 1])
  // Only the reserve is left: those that have none here get one run each.
  expect(
    await counts({ holders: [orgId, other.orgId], left: [0, 0], others: 1, general: 0, mostOfOne }),
  ).toEqual([0, 0, 1])
})
