import { type Permission, routes } from '@bifrost/contract'
import { beforeAll, describe, expect, test } from 'vitest'
import { newId } from '../../platform/ids.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'limited.ts': `
      import { config, events, files, roles, step, tables, users, waitForEvent, workflow, workflows } from 'bifrost'

      const tried = async (what: () => Promise<unknown>): Promise<string> => {
        try { await what(); return 'done' } catch (error) { return (error as { code?: string }).code ?? String(error) }
      }
      const all = async () => ({
        setsConfig: await tried(() => config.set('limited', 1)),
        readsConfig: await tried(() => config.get('limited')),
        writesFile: await tried(() => files.write('limited.txt', 'x', { location: 'uploads' })),
        signsFile: await tried(() => files.signedUrl('limited.txt', { location: 'uploads', method: 'PUT' })),
        listsTables: await tried(() => tables.list()),
        listsPeople: await tried(() => users.list()),
        makesRole: await tried(() => roles.create({ name: 'R ' + Math.random() })),
      })
      export const tries = workflow(async () => all())
      export const triesInTurn = workflow({ concurrency: { limit: 1 } }, async () => all())
      export const triesLater = workflow({ debounce: { seconds: 1 } }, async () => all())
      export const parent = workflow(async () => workflows.run('tries', {}))
      export const fans = workflow(async () => workflows.startMany('tries', [{}, {}]))
      export const emits = workflow(async () => events.emit('limited.went', {}))
      export const listens = workflow({ startOn: { event: 'limited.went', map: () => ({}) } }, async () => all())
      export const inTurn = workflow({ startOn: { event: 'lane.went', map: () => ({}) } }, async () => {
        await waitForEvent('lane.go', { timeout: '1h' })
        return all()
      })
      export const transacts = workflow(async () => step.tx('write', (tx) => { tx.insert('limited', {}) }))
    `,
  },
})

const REFUSED = {
  setsConfig: 'forbidden',
  readsConfig: 'forbidden',
  writesFile: 'forbidden',
  signsFile: 'forbidden',
  listsTables: 'forbidden',
  listsPeople: 'forbidden',
  makesRole: 'forbidden',
}
const DONE = Object.fromEntries(Object.keys(REFUSED).map((name) => [name, 'done']))

let person: TestPerson
let limited: (path: string, body: object) => Promise<unknown>

const caller = async (permissions: Permission[]) => {
  const { key } = await person.api(routes.createKey, { body: { name: 'limited', permissions } })
  return async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(server().url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.json()
  }
}

beforeAll(async () => {
  person = await server().person('org_admin', await server().organization(`Limited ${newId()}`))
  limited = await caller(['workflow:read', 'workflow:run', 'event:emit', 'execution:read', 'schedule:write'])
})

/** The results of the runs of a workflow in the person's organization, once there are so many. */
const resultsOf = (workflow: string, count: number) =>
  until(`${count} runs of ${workflow} have ended`, async () => {
    const rows = await server().db.query<{ result: unknown }>(
      `select result from executions where org_id = $1 and workflow_name = $2 and type <> 'mapping' and ended_at is not null
       order by created_at, id`,
      [person.orgId, workflow],
    )
    return rows.length >= count ? rows.map(({ result }) => result) : undefined
  })

describe('a run that a limited key starts may do no more than the key', () => {
  test('one that waits in the queue; without a limit it may', async () => {
    // A run with an idempotency key is never begun by the process that accepts it.
    await limited('/api/workflows/tries/run', { input: {}, idempotency_key: newId() })
    expect(await resultsOf('tries', 1)).toEqual([REFUSED])
    await person.api(routes.runWorkflow, {
      params: { id: 'tries' },
      body: { input: {}, idempotency_key: newId() },
    })
    expect(await resultsOf('tries', 2)).toEqual([REFUSED, DONE])
  })

  test('one that begins at once, one with flow control, one that takes the place of an earlier start', async () => {
    const started = [
      limited('/api/workflows/tries/execute', { input: {} }),
      limited('/api/workflows/triesInTurn/execute', { input: {} }),
    ]
    for (const answer of await Promise.all(started)) expect(answer).toMatchObject({ result: REFUSED })
    const later = person.api(routes.executeWorkflow, { params: { id: 'triesLater' }, body: { input: {} } })
    await until('the first start waits', async () => {
      const rows = await server().db.query(
        `select from executions where org_id = $1 and workflow_name = 'triesLater' and status = 'SCHEDULED'`,
        [person.orgId],
      )
      return rows.length > 0 || undefined
    })
    await limited('/api/workflows/triesLater/execute', { input: {} })
    await later
    const results = await resultsOf('triesLater', 1)
    // The last start decides, whether it joined the first run or came behind it.
    expect(results.at(-1)).toEqual(REFUSED)
  })

  test('nor may its child runs, those it starts in bulk, and those that its events start', async () => {
    expect(await limited('/api/workflows/parent/execute', { input: {} })).toMatchObject({ result: REFUSED })
    await limited('/api/workflows/fans/execute', { input: {} })
    const children = await until('both children have ended', async () => {
      const rows = await server().db.query<{ result: unknown }>(
        `select e.result from executions e join executions p on p.id = e.parent_id
         where p.org_id = $1 and p.workflow_name = 'fans' and e.ended_at is not null`,
        [person.orgId],
      )
      return rows.length === 2 ? rows : undefined
    })
    for (const { result } of children) expect(result).toEqual(REFUSED)
    await limited('/api/workflows/emits/execute', { input: {} })
    expect(await resultsOf('listens', 1)).toEqual([REFUSED])
  })

  test('nor those that its schedule starts', async () => {
    const schedule = (await limited('/api/schedules', {
      workflow: 'triesInTurn',
      cron: '0 9 * * 1-5',
      input: {},
    })) as { id: string }
    await server().db.query(
      `update schedules set next_at = now() + interval '2 milliseconds' where id = $1`,
      [schedule.id],
    )
    const [run] = await until('the schedule has started a run', async () => {
      const rows = await server().db.query<{ result: unknown }>(
        `select result from executions where org_id = $1 and trigger = 'schedule' and ended_at is not null`,
        [person.orgId],
      )
      return rows.length > 0 ? rows : undefined
    })
    expect(run?.result).toEqual(REFUSED)
  })

  test('of two events that a workflow takes in turn, each keeps the rights of who emitted it', async () => {
    const waiting = () =>
      until('a run waits for its turn to continue', async () => {
        const [row] = await server().db.query<{ execution_id: string }>(
          `select execution_id from waits where org_id = $1 and event_name = 'lane.go'`,
          [person.orgId],
        )
        return row?.execution_id
      })
    await person.api(routes.emitEvent, { body: { name: 'lane.went', key: 'k' } })
    const first = await waiting()
    await limited('/api/events', { name: 'lane.went', key: 'k' })
    await person.api(routes.emitEvent, { body: { name: 'lane.go' } })
    expect(await resultsOf('inTurn', 1)).toEqual([DONE])
    expect(await waiting()).not.toBe(first)
    await person.api(routes.emitEvent, { body: { name: 'lane.go' } })
    expect(await resultsOf('inTurn', 2)).toEqual([DONE, REFUSED])
  })

  test('the transaction of a step writes no rows with a key that is not made for tables', async () => {
    await person.api(routes.createTable, { body: { name: 'limited' } })
    const run = await caller(['workflow:run', 'table:read'])
    const failed = (await run('/api/workflows/transacts/execute', { input: {} })) as { execution_id: string }
    const [row] = await server().db.query<{ status: string; error_message: string }>(
      'select status, error_message from executions where id = $1',
      [failed.execution_id],
    )
    expect(row).toMatchObject({ status: 'FAILED', error_message: expect.stringContaining('table:write') })
    const full = await person.api(routes.executeWorkflow, {
      params: { id: 'transacts' },
      body: { input: {} },
    })
    expect(full.status).toBe('SUCCESS')
  })
})
