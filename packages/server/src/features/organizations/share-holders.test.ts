import { expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { makeScope } from '../../platform/scope.ts'
import { useEngine } from '../../testing/engine.ts'
import { ShareHolders } from '../../workspace/share-holders.ts'
import { createOrganizations } from './organizations.ts'

const under = useEngine()

test('the files of an organization count for its customer from its creation on, and wherever it moves', async () => {
  const { db } = under()
  const holders = new ShareHolders(db.query)
  await holders.read()
  let read = Promise.resolve()
  const organizations = createOrganizations({
    db,
    forget: () => {},
    onChange: () => {
      read = holders.read()
    },
  })
  const providerId = newId()
  await db.query('insert into organizations (id, name, is_provider) values ($1, $2, true)', [
    providerId,
    'Provider',
  ])
  const scope = makeScope({
    orgId: providerId,
    orgName: 'Provider',
    isProvider: true,
    userId: null,
    email: null,
    name: null,
    role: 'platform_admin',
  })
  const holderOf = async (slug: string) => {
    await read
    return holders.holderOf(slug)
  }
  const one = await organizations.create(scope, { name: 'One' })
  const other = await organizations.create(scope, { name: 'Other', parent_id: providerId })
  const below = await organizations.create(scope, { name: 'Below', parent_id: one.id })
  expect(await Promise.all([one, other, below].map(({ slug }) => holderOf(slug)))).toEqual([
    one.id,
    other.id,
    one.id,
  ])

  await organizations.update(scope, below.id, { name: 'Renamed', parent_id: other.id })
  expect(await holderOf(below.slug)).toBe(other.id)
  await organizations.update(scope, below.id, { parent_id: null })
  expect(await holderOf(below.slug)).toBe(below.id)
  await organizations.remove(scope, below.id)
  expect(await holderOf(below.slug)).not.toBe(below.id)
})
