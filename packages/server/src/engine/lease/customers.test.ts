import { limits, type Route } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { RequestShares } from '../../platform/http/request-shares.ts'
import { newId } from '../../platform/ids.ts'
import { type OrgScope, shareHolderOf } from '../../platform/scope.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { useEngine } from '../../testing/engine.ts'
import { claimRuns } from './claim.ts'

// However many organizations a customer makes below itself, it has one share of what is shared.

const under = useEngine()

async function organization(parent: OrgScope | null): Promise<OrgScope> {
  const id = newId()
  const { query } = under().db
  await query('insert into organizations (id, name, parent_id) values ($1, $2, $3)', [
    id,
    `org ${id}`,
    parent?.orgId ?? null,
  ])
  return again(id)
}

async function again(id: string): Promise<OrgScope> {
  const scope = await scopeOf(under().db.query, id, null)
  if (!scope) throw new Error('There is no such organization.')
  return scope
}

/** A customer, and so many organizations below it, each below the one before. */
async function family(below: number): Promise<OrgScope[]> {
  const all = [await organization(null)]
  for (let count = 0; count < below; count++) all.push(await organization(all.at(-1) ?? null))
  return all
}

test('the share is that of the customer at the top, wherever an organization stands and moves', async () => {
  const [top, , lowest] = (await family(2)) as [OrgScope, OrgScope, OrgScope]
  expect(shareHolderOf(top)).toBe(top.orgId)
  expect(shareHolderOf(lowest)).toBe(top.orgId)
  await under().db.query('update organizations set parent_id = null, path = array[id] where id = $1', [
    lowest.orgId,
  ])
  expect(shareHolderOf(await again(lowest.orgId))).toBe(lowest.orgId)
})

test('customers directly below the provider have shares of their own, and so has the provider', async () => {
  const { query } = under().db
  const provider = await organization(null)
  await query('update organizations set is_provider = true where id = $1', [provider.orgId])
  const one = await organization(provider)
  const other = await organization(provider)
  const below = await organization(one)
  expect(shareHolderOf(await again(provider.orgId))).toBe(provider.orgId)
  const [top, beside] = (await family(1)) as [OrgScope, OrgScope]
  expect(shareHolderOf(beside)).toBe(top.orgId)
  expect([one, other, below].map(shareHolderOf)).toEqual([one.orgId, other.orgId, one.orgId])
  await query('update organizations set is_provider = false where id = $1', [provider.orgId])
})

test('a claim counts the runs of all its organizations as those of the customer', async () => {
  const { engine, db, start, worker } = under()
  await db.query('delete from queue')
  const hog = await family(4)
  const other = await organization(null)
  for (const scope of [...hog, other]) for (let count = 0; count < 6; count++) await start(scope)
  const hogId = shareHolderOf(hog[0] as OrgScope)
  const claim = async (left: number, count: number, general = count) => {
    const shares = { holders: [hogId], left: [left], others: 6, general, mostOfOne: 10 }
    const runs = await claimRuns(engine, await worker(), count, shares)
    return [hogId, other.orgId].map((id) => runs.filter((run) => shareHolderOf(run.scope) === id))
  }
  // In turns: as many of the other one as of all of them together.
  expect((await claim(10, 4)).map((runs) => runs.length)).toEqual([2, 2])
  // No more than what its share leaves; and its own organizations take turns.
  const [ofHog = [], ofOther = []] = await claim(5, 20)
  expect([ofHog.length, ofOther.length]).toEqual([5, 4])
  expect(new Set(ofHog.map((run) => run.scope.orgId)).size).toBe(5)
  // What is kept for those that have none here is not for it.
  expect((await claim(5, 20, 0)).map((runs) => runs.length)).toEqual([0, 0])
})

test('the connections to the database and the large queries of a customer are one share', async () => {
  const { db } = under()
  const many = await family(9)
  const other = await organization(null)
  const release = Promise.withResolvers<void>()
  const holding = many.flatMap((scope) => [
    db.as(scope).transaction(() => release.promise),
    db.as(scope).transaction(() => release.promise),
    db.heavy(scope).transaction(() => release.promise),
  ])
  expect(await db.as(other).query('select 1 as one')).toEqual([{ one: 1 }])
  expect(await db.heavy(other).query('select 1 as one')).toEqual([{ one: 1 }])
  release.resolve()
  await Promise.all(holding)
})

test('requests that wait for runs are counted for the customer', async () => {
  const shares = new RequestShares()
  const [one, below] = (await family(1)) as [OrgScope, OrgScope]
  const release = Promise.withResolvers<void>()
  const route = { waits: true } as Route
  const ask = (scope: OrgScope) =>
    shares.handle({ route, scope, address: '', response: { once: () => undefined } }, () => release.promise)
  const waiting = Array.from({ length: limits.requestsOpenMax }, () => ask(one))
  await expect(ask(below)).rejects.toMatchObject({ code: 'rate_limited' })
  const other = ask(await organization(null))
  release.resolve()
  await Promise.all([...waiting, other])
})
