import { type FoundLine, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { refused } from '../../testing/refused.ts'
import { type TestPerson, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'say.ts': `import { logger, workflow } from 'bifrost'
export const say = workflow(async (words: string[]) => {
  for (const word of words) logger.info(word)
  logger.debug('debug ' + words[0])
  logger.error('error 100% of ' + words[0])
})
export const other = workflow(async (word: string) => logger.info(word))`,
  },
})

const say = (by: TestPerson, words: string[]) =>
  by.api(routes.executeWorkflow, { params: { id: 'say' }, body: { input: { words } } })
const found = async (
  by: TestPerson,
  query: Parameters<typeof by.api<typeof routes.searchLogs>>[1]['query'],
) => (await by.api(routes.searchLogs, { query })).items
const texts = (lines: FoundLine[]) => lines.map(({ message }) => message)

async function customer() {
  const name = `Contoso ${newId()}`
  const orgId = await server().organization(name)
  const developer = await server().person('developer', orgId)
  const member = await server().person('member', orgId)
  return { name, orgId, developer, member }
}

describe('the search in logs (33)', () => {
  test('finds lines by level, workflow, text and time, newest first, with names', async () => {
    const { name, orgId, developer, member } = await customer()
    const run = await say(member, ['one', 'two'])
    await developer.api(routes.executeWorkflow, {
      params: { id: 'other' },
      body: { input: { word: 'three' } },
    })
    const all = await found(developer, {})
    expect(texts(all)).toEqual(['three', 'error 100% of one', 'debug one', 'two', 'one'])
    expect(all.at(-1)).toMatchObject({
      execution_id: run.execution_id,
      level: 'info',
      workflow: { name: 'say' },
      organization: { id: orgId, name },
    })
    expect(texts(await found(developer, { level: ['error', 'debug'] }))).toEqual([
      'error 100% of one',
      'debug one',
    ])
    expect(texts(await found(developer, { workflow: 'other' }))).toEqual(['three'])
    expect(texts(await found(developer, { workflow: all[1]?.workflow.id ?? '', level: ['info'] }))).toEqual([
      'two',
      'one',
    ])
    expect(texts(await found(developer, { search: 'TW' }))).toEqual(['two'])
    // A percent sign is a percent sign.
    expect(texts(await found(developer, { search: '0% of' }))).toEqual(['error 100% of one'])
    expect(await found(developer, { search: '%' })).toHaveLength(1)
    expect(await found(developer, { until: '2020-01-01T00:00:00Z' })).toEqual([])
    expect(await found(developer, { since: new Date(Date.now() + 60_000).toISOString() })).toEqual([])
    expect(await found(developer, { since: new Date(Date.now() - 60_000).toISOString() })).toHaveLength(5)
  })

  test('pages hold each line once', async () => {
    const { developer } = await customer()
    await say(developer, ['a', 'b', 'c'])
    await say(developer, ['d', 'e', 'f'])
    const seen: FoundLine[] = []
    let cursor: string | undefined
    do {
      const page = await developer.api(routes.searchLogs, { query: { limit: 3, cursor } })
      seen.push(...page.items)
      cursor = page.next_cursor ?? undefined
    } while (cursor)
    expect(seen).toHaveLength(10)
    expect(new Set(seen.map(({ execution_id, seq }) => `${execution_id} ${seq}`)).size).toBe(10)
    const times = seen.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted().reverse())
    await expect(developer.api(routes.searchLogs, { query: { cursor: `' or 1=1` } })).rejects.toMatchObject({
      status: 422,
    })
  })

  test('is for those who may debug', async () => {
    const { orgId, member } = await customer()
    const external = await server().person('external', orgId)
    await refused(403, [
      member.api(routes.searchLogs, { query: {} }),
      external.api(routes.searchLogs, { query: {} }),
    ])
  })

  test('shows an organization its own lines, and an administrator of the platform all, or those of one', async () => {
    const ours = await customer()
    const theirs = await customer()
    const mark = newId()
    await say(ours.developer, [`ours ${mark}`])
    await say(theirs.developer, [`theirs ${mark}`])
    const info = { level: ['info' as const], search: mark }
    expect(texts(await found(ours.developer, info))).toEqual([`ours ${mark}`])
    expect(texts(await found(ours.developer, { ...info, scope: theirs.orgId }))).toEqual([`ours ${mark}`])
    expect(texts(await found(server().admin, info))).toEqual([`theirs ${mark}`, `ours ${mark}`])
    expect(texts(await found(server().admin, { ...info, scope: ours.orgId }))).toEqual([`ours ${mark}`])
    expect(await found(server().admin, { ...info, scope: 'global' })).toEqual([])
    await refused(422, [found(server().admin, { scope: 'elsewhere' })])
  })
})

test('an administrator of the platform lists the runs of an organization; for others the parameter counts for nothing (32, 59)', async () => {
  const ours = await customer()
  const theirs = await customer()
  const [mine, other] = [await say(ours.developer, ['a']), await say(theirs.developer, ['b'])]
  const ids = async (by: TestPerson, scope?: string) =>
    (await by.api(routes.listExecutions, { query: scope ? { scope } : {} })).items.map(({ id }) => id)
  expect(await ids(server().admin, ours.orgId)).toEqual([mine.execution_id])
  expect(await ids(server().admin, theirs.orgId)).toEqual([other.execution_id])
  expect(await ids(ours.developer, theirs.orgId)).toEqual([mine.execution_id])
  await refused(422, [ids(server().admin, 'nowhere')])
  await refused(403, [ids(server().admin, newId())])
})
