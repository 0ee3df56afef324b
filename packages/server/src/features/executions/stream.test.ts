import { pathOf, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { Browser } from '../../testing/browser.ts'
import { type TestPerson, until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'talks.ts': `import { logger, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))
export const talks = workflow(async (lines: number, ms = 0) => {
  for (let n = 1; n <= lines; n++) { logger.info('line ' + n); if (ms) await pause(ms) }
  return lines
})
export const levels = workflow(async () => { logger.debug('d'); logger.info('i'); logger.warning('w'); logger.error('e'); console.debug('cd'); console.warn('cw') })
export const sleeps = workflow(async () => pause(60_000))
export const quick = workflow(async () => 'done')
`,
  },
})

interface Event {
  event: string
  id: number | null
  data: { seq: number; message: string; level: string; status: string }
}

/** Reads a stream to its end, or until `enough`. */
async function follow(
  id: string,
  options: { person?: TestPerson; after?: number; enough?: (events: Event[]) => boolean } = {},
): Promise<Event[]> {
  const person = options.person ?? server().admin
  const response = await person.fetch(pathOf(routes.streamExecution, { id }), {
    headers: options.after === undefined ? {} : { 'last-event-id': String(options.after) },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const events: Event[] = []
  let rest = ''
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    const parts = (rest + new TextDecoder().decode(chunk)).split('\n\n')
    rest = parts.pop() ?? ''
    for (const part of parts) {
      if (part.startsWith(':')) continue
      const fields = new Map(part.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
      const number = fields.get('id')
      events.push({
        event: fields.get('event') ?? '',
        id: number === undefined ? null : Number(number),
        data: JSON.parse(fields.get('data') ?? 'null') as Event['data'],
      })
    }
    if (options.enough?.(events)) break
  }
  return events
}

const lines = (events: Event[]) => events.filter((one) => one.event === 'log').map((one) => one.data.message)
const count = (n: number) => Array.from({ length: n }, (_, i) => `line ${i + 1}`)

test('opened before the start it tells statuses, all lines in order, and the end (75)', async () => {
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: 'talks' },
    body: { input: { lines: 20, ms: 5 }, delay_seconds: 4 },
  })
  const events = await follow(id)
  const statuses = events.filter((one) => one.event === 'status').map((one) => one.data.status)
  expect(statuses[0]).toBe('SCHEDULED')
  expect(statuses).toContain('RUNNING')
  expect(lines(events)).toEqual(count(20))
  expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'SUCCESS' } })
  expect(events.filter((one) => one.event === 'end')).toHaveLength(1)
})

test('lines come while the run still runs', async () => {
  const id = await server().run('talks', { lines: 400, ms: 20 })
  const events = await follow(id, { enough: (seen) => lines(seen).length >= 3 })
  expect(lines(events).slice(0, 3)).toEqual(count(3))
  expect((await server().api(routes.getExecution, { params: { id } })).status).toBe('RUNNING')
  await server().api(routes.cancelExecution, { params: { id } })
  await server().ended(id)
})

test('opened after the end it tells everything and the end (75)', async () => {
  const { execution_id: id } = await server().execute('talks', { lines: 1200 })
  const events = await follow(id)
  expect(lines(events)).toEqual(count(1200))
  expect(events.at(-1)).toMatchObject({ event: 'end', data: { status: 'SUCCESS' } })
})

test('opened again with Last-Event-ID no line is missing and none is doubled (75)', async () => {
  const id = await server().run('talks', { lines: 60, ms: 10 })
  const seen: string[] = []
  let after = 0
  for (let part = 0; part < 4; part++) {
    const events = await follow(id, { after, enough: (some) => lines(some).length >= 8 })
    seen.push(...lines(events))
    after = events.findLast((one) => one.id !== null)?.id ?? after
  }
  const last = await follow(id, { after })
  seen.push(...lines(last))
  expect(seen).toEqual(count(60))
  expect(last.at(-1)?.event).toBe('end')
})

test.each(['-1', 'x', '1e99', '99999999999999999999', ''])(
  'a senseless Last-Event-ID "%s" starts from the beginning',
  async (id) => {
    const { execution_id } = await server().execute('talks', { lines: 2 })
    const response = await server().fetch(`/api/executions/${execution_id}/stream`, {
      headers: { 'last-event-id': id },
    })
    expect(await response.text()).toContain('line 1')
  },
)

test('a Last-Event-ID beyond the last line gives the end alone', async () => {
  const { execution_id: id } = await server().execute('talks', { lines: 2 })
  const events = await follow(id, { after: 2_000_000_000 })
  expect(lines(events)).toEqual([])
  expect(events.at(-1)?.event).toBe('end')
})

test('a run that is cancelled, and one that fails, end their streams', async () => {
  const id = await server().run('sleeps')
  const following = follow(id)
  await server().reaches(id, (status) => status === 'RUNNING')
  await server().api(routes.cancelExecution, { params: { id } })
  expect((await following).at(-1)).toMatchObject({ event: 'end', data: { status: 'CANCELLED' } })
})

test('a run that is deleted ends its stream', async () => {
  const id = await server().run('sleeps')
  const following = follow(id)
  await server().reaches(id, (status) => status === 'RUNNING')
  await server().db.query('delete from executions where id = $1', [id])
  await server().db.query('update queue set cancel_requested = true where execution_id = $1', [id])
  expect((await following).map((one) => one.event)).not.toContain('end')
  await until('the run is gone', async () => (await server().db.query('select from queue')).length === 0)
})

test('many readers of one run all get all of it', async () => {
  const id = await server().run('talks', { lines: 50, ms: 4 })
  const all = await Promise.all(Array.from({ length: 20 }, () => follow(id)))
  for (const events of all) expect(lines(events)).toEqual(count(50))
})

describe('who may read (31, 75)', () => {
  test('no key and a wrong key are refused', async () => {
    const { execution_id: id } = await server().execute('quick')
    expect((await server().anonymous(`/api/executions/${id}/stream`)).status).toBe(401)
    const wrong = { headers: { authorization: 'Bearer bfk_wrong' } }
    expect((await server().anonymous(`/api/executions/${id}/stream`, wrong)).status).toBe(401)
  })

  test("another person's run and another organization's are not there", async () => {
    const { execution_id: id } = await server().execute('quick')
    const member = await server().person('member')
    const stranger = await server().person('org_admin', await server().organization())
    for (const person of [member, stranger])
      for (const path of ['', '/stream', '/logs', '/result'])
        expect((await person.fetch(`/api/executions/${id}${path}`)).status).toBe(404)
    expect((await stranger.fetch(`/api/executions/${id}/variables`)).status).toBe(404)
  })

  test('debug lines are for those who may debug; a member reads the others', async () => {
    const member = await server().person('member')
    const { execution_id: id } = await member.api(routes.executeWorkflow, {
      params: { id: 'levels' },
      body: {},
    })
    const asMember = await follow(id, { person: member })
    expect(lines(asMember)).toEqual(['i', 'w', 'e', 'cw'])
    const logs = await member.api(routes.getExecutionLogs, { params: { id }, query: {} })
    expect(logs.items.map((line) => line.message)).toEqual(['i', 'w', 'e', 'cw'])
    const forced = await member.api(routes.getExecutionLogs, { params: { id }, query: { level: ['debug'] } })
    expect(forced.items).toEqual([])
    expect(lines(await follow(id))).toEqual(['d', 'i', 'w', 'e', 'cd', 'cw'])
  })
})

test('stopping the server breaks open streams off; the run is followed again after the start', async () => {
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: 'quick' },
    body: { delay_seconds: 1 },
  })
  let opened = () => {}
  const open = new Promise<void>((resolve) => {
    opened = resolve
  })
  const following = follow(id, {
    enough: () => {
      opened()
      return false
    },
  }).catch(() => 'broken off')
  await open
  await server().restart()
  await following
  expect((await follow(id)).at(-1)).toMatchObject({ event: 'end', data: { status: 'SUCCESS' } })
})

test('a person who is deactivated, or whose organization is, is shown no more', async () => {
  const orgId = await server().organization('Streams')
  for (const end of [
    (id: string) => server().api(routes.updateUser, { params: { id }, body: { is_active: false } }),
    () => server().api(routes.updateOrganization, { params: { id: orgId }, body: { is_active: false } }),
  ]) {
    const person = await server().person('developer', orgId)
    const { execution_id: id } = await person.api(routes.runWorkflow, { params: { id: 'sleeps' }, body: {} })
    let isOpen = () => {}
    const opened = new Promise<void>((resolve) => {
      isOpen = resolve
    })
    const seen = follow(id, {
      person,
      enough: () => {
        isOpen()
        return false
      },
    })
    await opened
    await end(person.id)
    expect((await seen).map(({ event }) => event)).not.toContain('end')
    await server()
      .api(routes.cancelExecution, { params: { id } })
      .catch(() => {})
  }
})

describe('a stream ends with what it was opened with', () => {
  const opened = async (person: TestPerson, fetchAs: TestPerson['fetch']) => {
    const { execution_id: id } = await person.api(routes.runWorkflow, { params: { id: 'sleeps' }, body: {} })
    const response = await fetchAs(pathOf(routes.streamExecution, { id }))
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    const ended = async () => {
      for (;;) if ((await reader.read()).done) break
      const { status } = await person.api(routes.getExecution, { params: { id } })
      await person.api(routes.cancelExecution, { params: { id } })
      return status
    }
    return ended
  }

  test('a session that ends elsewhere', async () => {
    const [watching, ending] = [new Browser(server()), new Browser(server())]
    await watching.signIn()
    await ending.signIn()
    const ended = await opened(server().admin, (path) => watching.fetch(path))
    await ending.api(routes.endOtherSessions)
    expect(['RUNNING', 'SUSPENDED', 'PENDING']).toContain(await ended())
  })

  test('a key that is revoked', async () => {
    const person = await server().person('developer')
    const made = await person.api(routes.createKey, { body: { name: 'watches' } })
    const ended = await opened(person, (path) =>
      server().anonymous(path, { headers: { authorization: `Bearer ${made.key}` } }),
    )
    await person.api(routes.deleteKey, { params: { id: made.id } })
    expect(['RUNNING', 'SUSPENDED', 'PENDING']).toContain(await ended())
  })

  test('a role that changes', async () => {
    const person = await server().person('developer')
    const ended = await opened(person, person.fetch)
    await server().api(routes.updateUser, { params: { id: person.id }, body: { role: 'member' } })
    expect(['RUNNING', 'SUSPENDED', 'PENDING']).toContain(await ended())
  })
})
