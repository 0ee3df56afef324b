import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type ExecuteAnswer, routes } from '@bifrost/contract'
import { afterAll, expect, test } from 'vitest'
import { CHECKOUT } from '../packages/server/src/config.ts'
import { copyOfExamples } from '../packages/server/src/testing/example-workspace.ts'
import { useServer } from '../packages/server/src/testing/server.ts'

// Runs every example through the real server. An example without a test here fails the last test of this file.

const server = useServer({ config: { workspaceDir: copyOfExamples(), egressAllow: ['127.0.0.1'] } })
const tested = new Set<string>()

/** A test of one example. */
function example(name: string, behavior: string, run: () => Promise<void>): void {
  tested.add(name)
  test(`${name}: ${behavior}`, run)
}

async function succeeds(name: string, input: Record<string, unknown> = {}): Promise<unknown> {
  const answer = await server().execute(name, input)
  expect(answer).toMatchObject({ status: 'SUCCESS', error: null })
  return answer.result
}

async function messages(answer: ExecuteAnswer): Promise<string[]> {
  return (await server().logs(answer.execution_id)).map((line) => line.message)
}

test('no file of the examples has a problem or a warning', async () => {
  const { items, problems } = await server().api(routes.listWorkflows, { query: {} })
  expect(problems).toEqual([])
  for (const { name, status, warnings, description } of items) {
    expect({ name, status, warnings }).toEqual({ name, status: 'active', warnings: [] })
    expect(description, `${name} explains itself`).toMatch(/\w{3,}.*\./)
  }
})

test('every parameter of every example has a help text', async () => {
  const { items } = await server().api(routes.listWorkflows, { query: {} })
  const silent = items.flatMap(({ name, parameters }) =>
    parameters.filter((parameter) => !parameter.help).map((parameter) => `${name}.${parameter.name}`),
  )
  expect(silent).toEqual([])
})

example('hello', 'greets as often as it is asked to, once by default', async () => {
  expect(await succeeds('hello', { name: 'Ada', times: 2 })).toEqual({
    greeting: 'Hello Ada. Hello Ada.',
    from: 'Provider',
  })
  expect(await succeeds('hello', { name: 'Alan' })).toMatchObject({ greeting: 'Hello Alan.' })
  await expect(server().execute('hello', { name: 'Alan', tims: 2 })).rejects.toMatchObject({
    code: 'validation_failed',
    details: [{ field: 'tims', message: expect.stringContaining('it takes name, times') }],
  })
})

example('everyParameter', 'receives each kind of field as its type says', async () => {
  const upload = await server().fetch('/api/files/upload?name=note.txt&content_type=text/plain', {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: 'A short note',
  })
  expect(upload.status).toBe(201)
  const input = {
    title: 'Everything',
    seats: 3,
    discount: 7.5,
    urgent: true,
    plan: 'business',
    urgency: 3,
    tags: ['one', 'two'],
    weekdays: ['monday', 'friday'],
    address: { street: 'Main Street 1', city: 'Berlin', country: 'DE' },
    contacts: [{ name: 'Ada', email: 'ada@contoso.example', primary: true }],
    startsAt: '2026-12-01T09:00:00+01:00',
    attachment: await upload.json(),
    settings: { nested: [1, null, 'x'] },
    endsAt: null,
  }
  expect(await succeeds('everyParameter', input)).toEqual({
    ...input,
    startsAt: '2026-12-01T08:00:00.000Z',
    attachment: { name: 'note.txt', text: 'A short note' },
    runBy: 'admin@example.com',
  })
})

example('everyParameter', 'names each wrong field', async () => {
  const response = await server().fetch('/api/workflows/everyParameter/execute', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      input: { seats: 1.5, plan: 'gold', contacts: [{ name: 'Ada' }], endsAt: null },
    }),
  })
  expect(response.status).toBe(422)
  const { error } = (await response.json()) as { error: { details: { field: string }[] } }
  expect(error.details.map(({ field }) => field).sort()).toEqual([
    'contacts.0.email',
    'plan',
    'seats',
    'title',
  ])
})

const xenia = {
  email: 'xenia@contoso.example',
  fullName: 'Xenia Young',
  department: 'support',
  startDate: '2026-12-01T08:00:00Z',
  furtherGroups: ['vpn-users', 'first-aid'],
}

example('onboardUser', 'makes the account, joins each group once, writes the email', async () => {
  const answer = await server().execute('onboardUser', xenia)
  expect(answer).toMatchObject({
    status: 'SUCCESS',
    result: {
      userId: 'u-xenia',
      email: 'xenia@contoso.example',
      groups: ['all-staff', 'first-aid', 'helpdesk', 'vpn-users'],
      welcomeEmail: expect.stringMatching(/^Dear Xenia, .* on 2026-12-01\.$/),
    },
  })
  expect(await messages(answer)).toContain('Account u-xenia made for Xenia Young')
  const run = await server().ended(answer.execution_id)
  expect(run).toMatchObject({ time_saved: 45, value: 40 })
})

example('onboardUser', 'refuses a taken and a foreign address with words for the person', async () => {
  const taken = await server().execute('onboardUser', { ...xenia, email: 'ada@contoso.example' })
  expect(taken).toMatchObject({
    status: 'FAILED',
    error: { type: 'UserError', message: expect.stringContaining('belongs to Ada Lovelace already') },
  })
  const foreign = await server().execute('onboardUser', { ...xenia, email: 'x@elsewhere.example' })
  expect(foreign.error?.message).toContain('is not an address of contoso.example')
})

example('onboardTeam', 'onboards the others when one fails, and counts what was saved', async () => {
  const colleagues = [
    { email: 'bo@contoso.example', fullName: 'Bo Berg' },
    { email: 'ada@contoso.example', fullName: 'Ada Again' },
  ]
  const answer = await server().execute('onboardTeam', { department: 'sales', colleagues })
  expect(answer).toMatchObject({
    status: 'COMPLETED_WITH_ERRORS',
    result: { made: ['u-bo'], failed: [{ email: 'ada@contoso.example' }] },
    error: { message: '1 of 2 could not be onboarded' },
  })
  const logs = await server().logs(answer.execution_id)
  expect(logs.filter((line) => line.level === 'warning')).toHaveLength(1)
  expect(await server().ended(answer.execution_id)).toMatchObject({ time_saved: 45, value: 40 })
})

const leaving = { email: 'mary@contoso.example', handOverTo: 'luca@contoso.example', rest: '50ms' }
const stepsOf = async (id: string) =>
  (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items

example(
  'offboardUser',
  'does each step once, tries the busy one again, and rests before the end',
  async () => {
    const answer = await server().execute('offboardUser', leaving)
    expect(answer).toMatchObject({
      status: 'SUCCESS',
      result: {
        userId: 'u-105',
        leftGroups: ['all-staff', 'crm-users'],
        mailboxOwner: 'luca@contoso.example',
      },
    })
    const steps = await stepsOf(answer.execution_id)
    expect(steps.map(({ key, status, attempt }) => [key, status, attempt])).toEqual([
      ['find-user#1', 'completed', 1],
      ['find-user#2', 'completed', 1],
      ['block-sign-in#1', 'completed', 1],
      ['leave-groups#1', 'completed', 1],
      ['hand-over-mailbox#1', 'completed', 2],
      ['sleep#1', 'completed', 1],
      ['delete-account#1', 'completed', 1],
    ])
    expect(await messages(answer)).toEqual([
      'mary@contoso.example belongs to luca@contoso.example now; the account is deleted after 50ms',
    ])
  },
)

example('offboardUser', 'gives back what it took when the mailbox has nowhere to go', async () => {
  const answer = await server().execute('offboardUser', { ...leaving, handOverTo: 'grace@contoso.example' })
  expect(answer).toMatchObject({
    status: 'FAILED',
    error: { message: expect.stringContaining('Grace Hopper cannot sign in') },
  })
  const steps = await stepsOf(answer.execution_id)
  expect(steps.filter(({ kind }) => kind === 'undo').map(({ name }) => name)).toEqual([
    'undo leave-groups#1',
    'undo block-sign-in#1',
  ])
  expect(await messages(answer)).toEqual([
    'Back in all-staff, crm-users',
    'mary@contoso.example may sign in again',
  ])
  const unknown = await server().execute('offboardUser', { ...leaving, email: 'unknown@contoso.example' })
  expect(unknown.error).toMatchObject({ type: 'UserError' })
})

example('offboardUser', 'holds no worker while it rests, and can be cancelled then', async () => {
  const id = await server().run('offboardUser', { ...leaving, rest: '30 days' })
  const resting = await server().reaches(id, (status) => status === 'SUSPENDED')
  expect(resting.reason).toMatch(/^Sleeps until /)
  await server().api(routes.cancelExecution, { params: { id } })
  expect(await server().ended(id)).toMatchObject({ status: 'CANCELLED' })
})

example('licenseReport', 'finds unused licenses in the sample beside it', async () => {
  expect(await succeeds('licenseReport', { asOf: '2026-11-21T00:00:00Z' })).toEqual({
    licenses: 6,
    unused: [
      { user: 'ada@contoso.example', product: 'Visio Plan 2', lastUsed: '2026-03-02', pricePerMonth: 14 },
      {
        user: 'grace@contoso.example',
        product: 'Office 365 E3',
        lastUsed: '2026-01-30',
        pricePerMonth: 36.9,
      },
      { user: 'luca@contoso.example', product: 'Project Plan 3', lastUsed: 'never', pricePerMonth: 28.1 },
    ],
    savedPerMonth: 79,
  })
})

example('licenseReport', 'reads an uploaded file, and says which column it lacks', async () => {
  const upload = async (text: string) => {
    const response = await server().fetch('/api/files/upload?name=seats.csv', {
      method: 'POST',
      headers: { 'content-type': 'application/octet-stream' },
      body: text,
    })
    return response.json()
  }
  const good = await upload('user,product,last_used\nmary@contoso.example,Visio Plan 2,2020-01-01\n')
  expect(await succeeds('licenseReport', { assignments: good })).toMatchObject({
    licenses: 1,
    savedPerMonth: 14,
  })
  const bad = await server().execute('licenseReport', { assignments: await upload('user,product\nx,y\n') })
  expect(bad.error).toEqual({
    type: 'UserError',
    message: 'seats.csv lacks the column last_used; it has user, product.',
  })
})

example('assignLicense', 'takes a free seat, and fails in the two ways it shows', async () => {
  const email = 'ada@contoso.example'
  expect(await succeeds('assignLicense', { email })).toEqual({
    userId: 'u-101',
    product: 'office',
    freeSeatsLeft: 3,
  })
  const expected = await server().execute('assignLicense', { email, product: 'visio' })
  expect(expected.error).toMatchObject({
    type: 'UserError',
    message: expect.stringContaining('no free visio license'),
  })
  const surprise = await server().execute('assignLicense', { email, product: 'project' })
  const run = await server().ended(surprise.execution_id)
  expect(run.error).toMatchObject({
    type: 'TypeError',
    source: { path: 'licenses/assign-license.ts', text: expect.stringContaining('throw new TypeError') },
  })
})

example('assignLicense', 'tells a member the words meant for people, and no others', async () => {
  const member = await server().person('member')
  const run = (product: string) =>
    member.api(routes.executeWorkflow, {
      params: { id: 'assignLicense' },
      body: { input: { email: 'ada@contoso.example', product } },
    })
  expect((await run('visio')).error?.message).toContain('no free visio license')
  expect((await run('project')).error?.message).toBe('The workflow failed; an administrator can see why.')
})

example('exportDevices', 'reads all pages and leaves a CSV file in temp', async () => {
  const answer = await server().execute('exportDevices', { pageSize: 20 })
  expect(answer.result).toEqual({ path: 'exports/devices-all.csv', devices: 57, stale: 17 })
  expect(await messages(answer)).toEqual(['20 devices read', '40 devices read', '57 devices read'])
  const file = await server().api(routes.readFile, {
    body: { path: 'exports/devices-all.csv', location: 'temp' },
  })
  expect(file.content.trim().split('\n')).toHaveLength(58)
  expect(await succeeds('exportDevices', { site: 'vienna' })).toMatchObject({ devices: 19 })
})

example('patchDevices', 'tells how far it is', async () => {
  const answer = await server().execute('patchDevices', { site: 'berlin', count: 4, secondsPerDevice: 0 })
  expect(answer.result).toEqual({ site: 'berlin', patched: 4 })
  expect((await messages(answer)).filter((line) => line.includes('patched')).at(-1)).toBe(
    'SN-0010 patched (4 of 4, 100 %)',
  )
})

example('patchDevices', 'stops at once when it is cancelled', async () => {
  const id = await server().run('patchDevices', { site: 'berlin', count: 20, secondsPerDevice: 30 })
  await server().reaches(id, (status) => status === 'RUNNING')
  await server().api(routes.cancelExecution, { params: { id } })
  expect(await server().ended(id)).toMatchObject({ status: 'CANCELLED' })
})

example('relayWebhook', 'passes the payload on and reports the answer', async () => {
  const received: unknown[] = []
  const other = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      received.push({ path: request.url, body: JSON.parse(body), relayed: request.headers['x-relayed-by'] })
      if (request.url === '/silent') return
      response.writeHead(request.url === '/broken' ? 500 : 202).end('thanks')
    })
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  try {
    const base = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
    const relay = (path: string, timeoutSeconds = 10) =>
      server().execute('relayWebhook', { url: base + path, payload: { order: 7 }, timeoutSeconds })
    const good = await relay('/orders')
    expect(good).toMatchObject({ status: 'SUCCESS', result: { status: 202, answer: 'thanks' } })
    expect(received).toEqual([{ path: '/orders', body: { order: 7 }, relayed: good.execution_id }])
    const refused = await relay('/broken')
    expect(refused).toMatchObject({ status: 'COMPLETED_WITH_ERRORS', result: { status: 500 } })
    const late = await relay('/silent', 1)
    expect(late).toMatchObject({ status: 'FAILED', error: { type: 'TimeoutError' } })
  } finally {
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  }
  const wrong = await server().execute('relayWebhook', { url: 'file:///etc/passwd', payload: {} })
  expect(wrong.error).toMatchObject({ type: 'UserError' })
})

example('departments', 'answers options, also for rows with id and name', async () => {
  expect(await succeeds('departments')).toContainEqual({
    label: 'Engineering',
    value: 'engineering',
    description: '3 people',
  })
})

example('usersByDepartment', 'narrows its options by its parameters', async () => {
  const labels = async (input: Record<string, unknown>) =>
    ((await succeeds('usersByDepartment', input)) as { label: string }[]).map(({ label }) => label)
  expect(await labels({ department: 'engineering' })).toEqual(['Ada Lovelace', 'Alan Turing'])
  expect(await labels({ department: 'engineering', search: 'hop', includeDisabled: true })).toEqual([
    'Grace Hopper',
  ])
})

example('findUser', 'is a tool, and finds by address and by name', async () => {
  const found = await server().api(routes.getWorkflow, { params: { id: 'findUser' } })
  expect(found).toMatchObject({ type: 'tool', is_tool: true })
  expect(found.tool_description).toMatch(/Use it before changing a user/)
  expect(await succeeds('findUser', { query: 'ADA@contoso.example' })).toMatchObject({
    matches: [{ id: 'u-101' }],
  })
  expect(await succeeds('findUser', { query: 'al' })).toMatchObject({ matches: [{ name: 'Alan Turing' }] })
  expect(await succeeds('findUser', { query: 'unknown@contoso.example' })).toEqual({ matches: [] })
})

example(
  'syncTickets',
  'is tried again while the service is down, and gives up after four attempts',
  async () => {
    expect(await succeeds('syncTickets', { outages: 2 })).toEqual({
      tickets: 3,
      minutes: { Contoso: 55, Fabrikam: 15 },
      attempts: 3,
    })
    const id = await server().run('syncTickets', { outages: 9 })
    const run = await server().ended(id)
    expect(run).toMatchObject({ status: 'FAILED', attempt: 4, max_attempts: 4 })
    expect((await server().logs(id)).map((line) => line.message)).toEqual([
      'Attempt 1',
      'Attempt 2',
      'Attempt 3',
      'Attempt 4',
    ])
  },
)

example('checkConnection', 'says what is missing, and never shows the key', async () => {
  const missing = await server().execute('checkConnection')
  expect(missing.error?.message).toContain('There is no directory.api_key yet')
  const key = 'sk-example-3f9c2a71'
  await server().api(routes.setConfig, {
    params: { key: 'directory.api_key' },
    body: { value: key, is_secret: true },
  })
  const answer = await server().execute('checkConnection')
  expect(answer).toMatchObject({
    status: 'SUCCESS',
    result: { headers: { authorization: 'Bearer [REDACTED]' }, keyLength: key.length },
  })
  const { variables } = await server().api(routes.getExecutionVariables, {
    params: { id: answer.execution_id },
  })
  const logs = await messages(answer)
  expect(logs).toEqual(['GET https://directory.example/v1 with authorization Bearer [REDACTED]'])
  expect(JSON.stringify({ variables, answer, logs })).not.toContain(key)
})

example('deviceHealth', 'returns a page', async () => {
  const answer = await server().execute('deviceHealth')
  expect(answer.result).toContain('<td>berlin</td><td>19</td>')
  expect((await server().ended(answer.execution_id)).result_kind).toBe('html')
})

example('nightlyInventory', 'has its schedule, and calls two other workflows as functions', async () => {
  const { schedule } = await server().api(routes.getWorkflow, { params: { id: 'nightlyInventory' } })
  expect(schedule).toEqual({
    cron: '30 2 * * *',
    timezone: 'Europe/Berlin',
    overlap: 'skip',
    catch_up: 'latest',
  })
  const answer = await server().execute('nightlyInventory')
  expect(answer.result).toMatchObject({ devices: 57, staleDevices: 17 })
  // Called as functions they belong to this run: one run in history, and one log.
  expect(await messages(answer)).toContain('57 devices read')
  const runs = await server().api(routes.listExecutions, {
    query: { since: new Date(Date.now() - 5000).toISOString() },
  })
  expect(runs.items.filter((run) => run.id === answer.execution_id)).toHaveLength(1)
})

test('the README of the examples names each with its file', async () => {
  const { items } = await server().api(routes.listWorkflows, { query: {} })
  const rows = readFileSync(join(CHECKOUT, 'examples/workspace/README.md'), 'utf8').matchAll(
    /^\| `(.+\.(?:ts|py))` \| `(\w+)` \|/gm,
  )
  const documented = [...rows].map(([, path, name]) => `${name} in ${path}`)
  expect(documented.sort()).toEqual(items.map(({ name, path }) => `${name} in ${path}`).sort())
})

test('every example has a test', async () => {
  const { items } = await server().api(routes.listWorkflows, { query: {} })
  const names = items.map(({ name }) => name).filter((name) => !name.startsWith('_'))
  // Some are in the other files of this folder, in tests that begin with their name.
  for (const file of readdirSync(import.meta.dirname).filter((one) => one.endsWith('.test.ts')))
    for (const [, name = ''] of readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(
      /^test(?:\.skipIf\(\w+\))?\(\s*'(\w+): /gm,
    ))
      tested.add(name)
  expect([...tested].sort()).toEqual(names.sort())
})

afterAll(() => tested.clear())
