import { quotaDefaults } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import type { Query } from '../platform/database.ts'
import { useEngine } from '../testing/engine.ts'
import { claimRuns } from './claim.ts'
import { Quotas } from './quotas.ts'

const under = useEngine()
const set = (orgId: string, name: string, value: number | null) =>
  under().db.query('insert into organization_quotas (org_id, name, value) values ($1, $2, $3)', [
    orgId,
    name,
    value,
  ])

describe('what happens in a minute', () => {
  test('is refused from the limit on, with the time to wait, and let through when it has passed', async () => {
    const { orgId } = await under().organization()
    const other = await under().organization()
    await set(orgId, 'runs_per_minute', 10)
    let nowMs = 600_000
    const quotas = new Quotas(under().db.query, () => nowMs)
    await quotas.read()
    for (let count = 0; count < 10; count++) quotas.take(orgId, 'runs_per_minute')
    nowMs += 45_000
    expect(() => quotas.take(orgId, 'runs_per_minute')).toThrow(
      expect.objectContaining({
        code: 'quota_exceeded',
        message: expect.stringContaining('10 times per minute; try again in 15 s'),
        details: { quota: 'runs_per_minute', limit: 10, retry_after_seconds: 15 },
      }),
    )
    quotas.take(other.orgId, 'runs_per_minute')
    quotas.take(orgId, 'events_per_minute')
    // Half of the minute that has passed still counts.
    nowMs = 660_000 + 30_000
    quotas.take(orgId, 'runs_per_minute', 5)
    expect(() => quotas.take(orgId, 'runs_per_minute')).toThrow('try again')
    nowMs = 660_000 + 300_000
    quotas.take(orgId, 'runs_per_minute', 10)
  })

  test('many at once are let through or refused together', async () => {
    const { orgId } = await under().organization()
    await set(orgId, 'runs_per_minute', 10)
    const quotas = new Quotas(under().db.query)
    await quotas.read()
    expect(() => quotas.take(orgId, 'runs_per_minute', 11)).toThrow('try again')
    quotas.take(orgId, 'runs_per_minute', 10)
  })
})

test('without a limit of its own an organisation has that of all; null is none', async () => {
  const { orgId } = await under().organization()
  const quotas = new Quotas(under().db.query)
  expect(quotas.limit(orgId, 'log_lines_per_run')).toBe(quotaDefaults.log_lines_per_run)
  await set(orgId, 'runs_per_minute', null)
  await quotas.read()
  expect(quotas.limit(orgId, 'runs_per_minute')).toBeNull()
  quotas.take(orgId, 'runs_per_minute', 1e9)
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
  expect(quotas.limit(orgId, 'concurrent_runs')).toBeNull()
  nowMs += 11_000
  quotas.limit(orgId, 'concurrent_runs')
  quotas.limit(orgId, 'concurrent_runs')
  await quotas.read()
  expect(quotas.limit(orgId, 'concurrent_runs')).toBe(2)
  expect(reads).toBe(2)
})

test('a claim takes no more runs of an organisation than it may have at once; others are not held up', async () => {
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
