import { type ExecutionStatus, isTerminal, type Route, routes } from '@bifrost/contract'
import { Secret, TOTP } from 'otpauth'
import { describe, expect, test } from 'vitest'
import { Browser } from './testing/browser.ts'
import { until, useServer } from './testing/server.ts'
import { type TableRows, upgradeFilledDatabase } from './testing/upgrade/filled-database.ts'
import { files } from './testing/upgrade/workspace.ts'

// A database that an earlier version wrote, with a row in each of its tables, comes to this version without a loss.

// What the dump was made with.
const PASSWORD = 'seven green umbrellas'
const TOTP_SECRET = 'H65CDBKI6F5ONF3ZYVYBK7OQWVSHBI42'
const LIMITED_KEY = 'bfk_QOp6ofaVz7d-_ExoHiWyQFOLqDc59dfjKwhDHM1f_IA'
const ENDPOINT_KEY = 'bfe_yqLMoCoqkhSTxSoZN6DuATtU2wzK0U4SMRS-fZlg780'
const FORM_LINK = 'bff_2Ws9cxsSCfZFIh7LUOXuj4EHTC9-f9sMtA6RCXldSI4'

/** Tables whose number of rows a migration changes, and why that loses nothing. */
const CHANGED: Record<string, (rows: TableRows) => boolean> = {
  // A row for each migration.
  schema_migrations: ({ before, after }) => after === before + ran.length,
  // A cache of the analysis; 0049 empties it, since its rows have no owner.
  workspace_state: ({ after }) => after === 0,
}

let tables: TableRows[] = []
let ran: string[] = []
const server = useServer({
  files,
  // What is older than these is cleaned up, and the dump grows old.
  config: { eventDays: 100_000, auditDays: 100_000 },
  database: async () => {
    const upgraded = await upgradeFilledDatabase()
    tables = upgraded.tables
    ran = upgraded.ran
    return upgraded.database
  },
})
const signIn = (name: string) => new Browser(server()).signIn(`${name}@contoso.example`, PASSWORD)
const runsOf = async (browser: Browser, query: { workflow?: string; status?: ExecutionStatus[] }) =>
  (await browser.api(routes.listExecutions, { query })).items
const ended = (browser: Browser, id: string) =>
  until('the run has ended', async () => {
    const run = await browser.api(routes.getExecution, { params: { id } })
    return isTerminal(run.status) ? run : null
  })
const only = <T>(items: readonly T[]): T => {
  const [item, ...more] = items
  if (item === undefined || more.length > 0) throw new Error(`There are ${items.length} of it.`)
  return item
}

describe('the migrations', () => {
  test('meet a row in every table of the earlier version', () => {
    expect(ran.length).toBeGreaterThan(10)
    expect(tables.length).toBeGreaterThan(50)
    expect(tables.filter(({ before }) => before === 0)).toEqual([])
  })

  test('lose no row', () => {
    const isKept = (rows: TableRows) => CHANGED[rows.name]?.(rows) ?? rows.before === rows.after
    expect(tables.filter((rows) => !isKept(rows))).toEqual([])
  })
})

describe('people', () => {
  test('sign in with their password, and are who they were', async () => {
    const ada = await signIn('ada')
    expect(await ada.api(routes.getMe)).toMatchObject({
      name: 'Ada',
      role: 'org_admin',
      organization: { name: 'Contoso' },
    })
  })

  test('prove their second factor, whose secret is sealed', async () => {
    const ben = new Browser(server())
    const first = await ben.api(routes.login, {
      body: { email: 'ben@contoso.example', password: PASSWORD },
    })
    if (!('mfa_required' in first)) throw new Error('No second factor was asked for.')
    const code = new TOTP({ secret: Secret.fromBase32(TOTP_SECRET) }).generate()
    await ben.api(routes.loginSecondFactor, { body: { token: first.token, code } })
    expect((await ben.api(routes.getMe)).name).toBe('Ben')
  })

  test('have their keys, with their limits', async () => {
    const fetchAs = (path: string, init?: RequestInit) =>
      server().anonymous(path, { ...init, headers: { authorization: `Bearer ${LIMITED_KEY}` } })
    expect((await fetchAs('/api/workflows')).status).toBe(200)
    expect((await fetchAs('/api/config')).status).toBe(403)
    const answer = await server().anonymous('/api/endpoints/greet?name=Joe', {
      headers: { 'x-bifrost-key': ENDPOINT_KEY },
    })
    expect(await answer.json()).toMatchObject({ status: 'SUCCESS', result: { greeting: 'hello Joe' } })
  })
})

describe('every page', () => {
  const lists = Object.entries(routes as Record<string, Route>).filter(
    ([, route]) =>
      route.method === 'GET' &&
      !route.path.includes('{') &&
      route.permission !== 'public' &&
      route.transport === undefined,
  )

  test.each(['the platform', 'the customer'])('has its data for an administrator of %s', async (whose) => {
    const browser = whose === 'the platform' ? await new Browser(server()).signIn() : await signIn('ada')
    const failed: string[] = []
    for (const [name, route] of lists) {
      const required = route.query ? !route.query.safeParse({}).success : false
      if (required) continue
      const response = await browser.fetch(route.path)
      const text = await response.text()
      if (![200, 403].includes(response.status)) failed.push(`${name}: ${response.status} ${text}`)
    }
    expect(failed).toEqual([])
  })

  test('lists what was there', async () => {
    const ada = await signIn('ada')
    expect((await ada.api(routes.listUsers, { query: {} })).items.map(({ name }) => name).sort()).toEqual(
      expect.arrayContaining(['Ada', 'Ben', 'Cleo', 'Dan', 'Fay']),
    )
    const role = only((await ada.api(routes.listRoles)).items)
    expect(await ada.api(routes.getRole, { params: { id: role.id } })).toMatchObject({
      name: 'Approvers',
      members: [{ name: 'Cleo' }],
      grants: expect.arrayContaining([expect.objectContaining({ kind: 'table', name: 'orders' })]),
    })
    const config = (await ada.api(routes.listConfig, { query: {} })).items
    expect(config).toMatchObject([
      { key: 'region', value: { name: 'north', n: 1.5 }, overrides: [{ value: 'eu' }] },
      { key: 'shop.token', value: null, is_secret: true, version: 2 },
    ])
    const { items } = await ada.api(routes.queryTable, {
      params: { table: 'orders' },
      body: { where: { customer: 'Ümit' } as never },
    })
    expect(items).toMatchObject([{ id: 'o-1', data: { customer: 'Ümit', total: 12.5, paid: true } }])
    expect((await ada.api(routes.listForms, { query: {} })).items.map(({ name }) => name).sort()).toEqual([
      'Letters',
      'Order',
    ])
    const events = (await ada.api(routes.listEvents, { query: {} })).items
    expect(events.map(({ name }) => name).sort()).toEqual(['shop.order', 'shop.paid'])
    const integrations = (await ada.api(routes.listIntegrations, { query: {} })).items
    expect(integrations.map(({ name, state }) => [name, state]).sort()).toEqual([
      ['Ledger', 'connected'],
      ['Portal', 'needs_reconnect'],
    ])
  })
})

describe('earlier runs', () => {
  test.each<[ExecutionStatus, string]>([
    ['SUCCESS', 'greet'],
    ['FAILED', 'fails'],
    ['COMPLETED_WITH_ERRORS', 'partly'],
    ['TIMEOUT', 'slow'],
    ['CANCELLED', 'asks'],
    ['SCHEDULED', 'greet'],
  ])('that are %s are opened with all that belongs to them', async (status, name) => {
    const ada = await signIn('ada')
    const [run] = (await runsOf(ada, { status: [status] })).filter((one) => one.workflow_name === name)
    if (!run) throw new Error(`No run of ${name} is ${status}.`)
    const params = { id: run.id }
    const execution = await ada.api(routes.getExecution, { params })
    expect(execution).toMatchObject({ status, workflow_name: name })
    if (name === 'greet') expect(execution.input).toMatchObject({ name: expect.any(String) })
    if (status === 'SUCCESS') {
      expect(execution.result).toMatchObject({ greeting: expect.stringContaining('hello ') })
      const lines = (await ada.api(routes.getExecutionLogs, { params, query: {} })).items
      expect(lines.map(({ level }) => level)).toEqual(['info', 'warning'])
      expect(await ada.api(routes.getExecutionVariables, { params })).toMatchObject({
        variables: { greeting: expect.stringContaining('hello ') },
      })
    }
    if (status === 'FAILED') {
      expect(execution.error).toMatchObject({ type: 'RangeError', message: 'no luck' })
      expect((await ada.api(routes.listExecutionAttempts, { params })).items).toHaveLength(2)
    }
    if (status === 'CANCELLED')
      expect(
        (await ada.api(routes.listExecutionSteps, { params, query: {} })).items.map((one) => one.name),
      ).toEqual(['before', 'approve'])
  })
})

describe('runs that were under way', () => {
  test('are resumed on the code that they began with, and so is who waits for them', async () => {
    const ada = await signIn('ada')
    const waiting = await runsOf(ada, { workflow: 'asks', status: ['SUSPENDED'] })
    expect(waiting).toHaveLength(2)
    for (const { id } of waiting)
      await ada.api(routes.resumeExecution, { params: { id }, body: { data: { by: 'phone' } } })
    // Its secret is one that an earlier version sealed.
    const result = { before: { asked: 'yes' }, answer: { by: 'phone' }, secret: true }
    for (const { id } of waiting) expect(await ended(ada, id)).toMatchObject({ status: 'SUCCESS', result })
    const parent = only(await runsOf(ada, { workflow: 'calls' }))
    expect(await ended(ada, parent.id)).toMatchObject({ status: 'SUCCESS', result: { child: result } })
  })

  test('are answered by people and by events', async () => {
    const ada = await signIn('ada')
    const tasks = (await ada.api(routes.listTasks, { query: { status: ['open'] } })).items
    expect(tasks.map(({ name }) => name).sort()).toEqual(['approve', 'review'])
    const review = tasks.find(({ name }) => name === 'review')?.id ?? ''
    expect((await ada.fetch(`/api/tasks/${review}/screen`)).status).toBe(200)
    await ada.api(routes.completeTask, { params: { id: review }, body: { output: { ok: true } } })
    const run = only(await runsOf(ada, { workflow: 'review' }))
    expect(await ended(ada, run.id)).toMatchObject({ status: 'SUCCESS', result: { ok: true } })

    const awaits = only(await runsOf(ada, { workflow: 'awaits', status: ['SUSPENDED'] }))
    await ada.api(routes.emitEvent, { body: { name: 'shop.paid', payload: { orderId: 'o-1', amount: 3 } } })
    expect(await ended(ada, awaits.id)).toMatchObject({ status: 'SUCCESS', result: { amount: 3 } })
  })

  test('recover when their worker is gone, give way to who waits for their turn, or finish their end', async () => {
    const ada = await signIn('ada')
    const cancelling = only(await runsOf(ada, { workflow: 'undoes' }))
    const gated = await runsOf(ada, { workflow: 'gated' })
    expect(gated).toHaveLength(2)
    await ada.api(routes.writeFile, { body: { path: 'open', location: 'temp', content: '' } })
    for (const { id } of gated)
      expect(await ended(ada, id)).toMatchObject({
        status: 'SUCCESS',
        result: { first: 'kept', second: 'done' },
      })
    expect((await ended(ada, cancelling.id)).status).toBe('CANCELLED')
  })

  test('are started again', async () => {
    const ada = await signIn('ada')
    const first = only(await runsOf(ada, { workflow: 'usesSecret' }))
    expect(first.status).toBe('SUCCESS')
    const { execution_id: id } = await ada.api(routes.rerunExecution, { params: { id: first.id }, body: {} })
    expect(await ended(ada, id)).toMatchObject({
      status: 'SUCCESS',
      result: { token: '[REDACTED]', length: 'hunter3-of-contoso'.length },
    })
  })
})

test('a public form that was published is filled in', async () => {
  const answer = await server().anonymous(`/api/public/forms/${FORM_LINK}/submit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ fields: { customer: 'Kim' } }),
  })
  expect(await answer.json()).toMatchObject({ message: 'Thanks!', result: { customer: 'Kim' } })
})
