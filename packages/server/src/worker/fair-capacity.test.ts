import { limits, routes } from '@bifrost/contract'
import { afterEach, expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { type TestPerson, until, useServer } from '../testing/server.ts'

/** Far more than a server has processes for. */
const VERSIONS = 60
const sleepers = Object.fromEntries(
  Array.from({ length: VERSIONS }, (_, n) => [
    `sleeper-${n}.ts`,
    `import { workflow } from 'bifrost'
export const sleeper${n} = workflow(async () => { await new Promise((resolve) => setTimeout(resolve, 3_600_000)); return ${n} })
`,
  ]),
)

const server = useServer({
  files: {
    ...sleepers,
    'nothing.ts': `import { workflow } from 'bifrost'
export const nothing = workflow(async () => 'done')
`,
    'flood.ts': `import { workflow, workflows } from 'bifrost'
export const sleeps = workflow(async () => { await new Promise((resolve) => setTimeout(resolve, 3_600_000)) })
export const flood = workflow(async (count: number) => (await workflows.startMany(sleeps, Array.from({ length: count }, () => ({})))).length)
`,
    'steps.ts': `import { sleep, step, workflow } from 'bifrost'
export const steps = workflow(async () => { await step('one', () => 1); await sleep('20ms'); return 'done' })
`,
  },
})

/** Stops what the hostile organizations have started. */
const hostile: TestPerson[] = []
afterEach(async () => {
  for (const person of hostile.splice(0)) {
    for (const status of ['PENDING', 'RUNNING'] as const)
      await person.api(routes.bulkExecutions, { body: { action: 'cancel', filter: { status: [status] } } })
    await until('its runs have ended', async () => {
      const rows = await server().db.query('select from queue where org_id = $1 limit 1', [person.orgId])
      return rows.length === 0
    })
  }
}, 60_000)

async function customer(): Promise<TestPerson & { orgId: string }> {
  const orgId = await server().organization(`Customer ${newId()}`)
  return Object.assign(await server().person('org_admin', orgId), { orgId })
}

const nothing = async (person: TestPerson) =>
  (await person.api(routes.executeWorkflow, { params: { id: 'nothing' }, body: { input: {} } })).status

/** Starts so many sleepers, each of another code version, and waits until all that may be at work is. */
async function sleepOn(versions: number): Promise<TestPerson> {
  const person = await customer()
  hostile.push(person)
  for (let n = 0; n < versions; n++)
    await person.api(routes.runWorkflow, { params: { id: `sleeper${n}` }, body: { input: {} } })
  await until('all of them were claimed', async () => {
    const rows = await server().db.query('select from queue where org_id = $1 and worker_id is not null', [
      person.orgId,
    ])
    return rows.length === versions
  })
  return person
}

test('while one organization sleeps in runs on very many code versions, runs of another are served', async () => {
  const other = await customer()
  const hog = await sleepOn(VERSIONS)
  expect(await nothing(other)).toBe('SUCCESS')
  expect(
    (await other.api(routes.executeWorkflow, { params: { id: 'steps' }, body: { input: {} } })).status,
  ).toBe('SUCCESS')
  // The first one has no process left for another version: it is told so, and does not wait for ever.
  const waitMs = limits.executeStartWaitMs
  Object.assign(limits, { executeStartWaitMs: 100 })
  try {
    await expect(nothing(hog)).rejects.toMatchObject({ status: 429, code: 'quota_exceeded' })
  } finally {
    Object.assign(limits, { executeStartWaitMs: waitMs })
  }
}, 120_000)

test('while three organizations do, runs of a fourth and of a fifth are served', async () => {
  const others = [await customer(), await customer()]
  for (let hog = 0; hog < 3; hog++) await sleepOn(30)
  expect(await Promise.all(others.map(nothing))).toEqual(['SUCCESS', 'SUCCESS'])
}, 120_000)

test('while one organization sleeps in more runs than it may have at once, runs of another are served', async () => {
  const [hog, other] = [await customer(), await customer()]
  hostile.push(hog)
  const share = Math.ceil((limits.runsPerWorkerMax * 4) / 9)
  await hog.api(routes.executeWorkflow, { params: { id: 'flood' }, body: { input: { count: share + 50 } } })
  const atWork = async () =>
    (await server().db.query('select from queue where org_id = $1 and worker_id is not null', [hog.orgId]))
      .length
  await until('it has all it may have', async () => (await atWork()) === share)
  expect(await nothing(other)).toBe('SUCCESS')
  expect(await atWork()).toBe(share)
}, 120_000)
