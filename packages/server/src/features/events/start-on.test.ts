import { type EventDetail, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'starts.ts': `
      import { context, events, logger, sleep, waitForEvent, workflow, type StartEvent } from 'bifrost'

      interface Order { id: number; total: number }

      export const plain = workflow({ startOn: { event: 'plain.created' } }, async (id: number, note: string = 'none') =>
        ({ id, note }))
      export const byPaths = workflow(
        { startOn: { event: 'paths.created', map: { orderId: 'payload.order.id', from: 'name', lane: 'key' } } },
        async (orderId: number, from: string, lane?: string) => ({ orderId, from, lane: lane ?? null }),
      )
      export const mapped = workflow(
        {
          startOn: {
            event: 'mapped.created',
            map: async (event: StartEvent<Order>) => {
              if (event.payload.id === 666) throw new RangeError('no such order')
              if (event.payload.id === 667) return { wrong: true }
              if (event.payload.id === 668) return [1] as never
              return event.payload.total < 100 ? null : { orderId: event.payload.id, source: event.id }
            },
          },
        },
        async (orderId: number, source: string) => ({ orderId, source }),
      )
      export const untyped = workflow(
        { startOn: { event: 'untyped.created', map: (event) => ({ id: event.payload.id }) } },
        async (id: number) => id,
      )
      export const ordered = workflow(
        { startOn: { event: 'ordered.created' } },
        async (n: number, ms: number = 0) => {
          await new Promise((resolve) => setTimeout(resolve, ms))
          if (n === 2) throw new Error('the second fails, and the third continues')
          return n
        },
      )
      export const orderedMapped = workflow(
        { startOn: { event: 'ordered.mapped', map: (event) => (event.payload.n === 2 ? null : event.payload) } },
        async (n: number) => n,
      )
      export const self = workflow({ startOn: { event: 'self' } }, async () => {
        const next = await waitForEvent('self', { timeout: '1h' })
        return next
      })
      export const cancelled = workflow(
        { cancelOn: [
          { event: 'order.cancelled', match: { orderId: 'input.orderId' } },
          { event: 'all.off' },
          { event: 'never', match: { a: 'input.nothing' } },
        ] },
        async (orderId: number) => {
          await sleep('1h')
          return orderId
        },
      )
      export const busy = workflow(
        { cancelOn: { event: 'stop.busy', match: { 'job.id': 'input.id' } } },
        async (id: string) => new Promise((resolve) => context.signal.addEventListener('abort', resolve)),
      )
    `,
  },
})

const emit = (name: string, payload: unknown = null, more: { id?: string; key?: string } = {}) =>
  server().api(routes.emitEvent, { body: { name, payload: payload as never, ...more } })

const event = (id: string): Promise<EventDetail> => server().api(routes.getEvent, { params: { id } })

/** The event, once nothing of it is still to come. */
const settled = (id: string) =>
  until('it is settled', async () => {
    const found = await event(id)
    return found.deliveries.waiting === 0 ? found : null
  })

test('a workflow says which events start and cancel it', async () => {
  const of = async (id: string) => {
    const { start_on, cancel_on } = await server().api(routes.getWorkflow, { params: { id } })
    return { start_on, cancel_on }
  }
  expect(await of('plain')).toEqual({ start_on: { event: 'plain.created', map: null }, cancel_on: [] })
  expect((await of('mapped')).start_on).toEqual({ event: 'mapped.created', map: 'code' })
  expect((await of('busy')).cancel_on).toEqual([{ event: 'stop.busy', match: { 'job.id': 'input.id' } }])
})

describe('an event starts a workflow', () => {
  test('with the members of its payload that the function takes', async () => {
    const { event_id, started } = await emit('plain.created', { id: 7, other: 'ignored' })
    expect(started).toHaveLength(1)
    const run = await server().ended(started[0] ?? '')
    expect(run).toMatchObject({
      result: { id: 7, note: 'none' },
      trigger: 'event',
      input: { id: 7 },
      event: { id: event_id, name: 'plain.created' },
    })
    const found = await event(event_id)
    expect(found.items).toMatchObject([
      { kind: 'start', status: 'started', workflow_name: 'plain', execution_id: run.id, reason: null },
    ])
    expect(found.deliveries).toMatchObject({ started: 1, waiting: 0, failed: 0 })
  })

  test('with paths into the event, without running any code', async () => {
    const { started } = await emit('paths.created', { order: { id: 5 } }, { key: 'k' })
    expect((await server().ended(started[0] ?? '')).result).toEqual({
      orderId: 5,
      from: 'paths.created',
      lane: 'k',
    })
  })

  test('with what its map function answers, which may decline', async () => {
    const taken = await emit('mapped.created', { id: 1, total: 100 }, { id: 'o-1' })
    expect(taken.started).toHaveLength(1)
    expect((await server().ended(taken.started[0] ?? '')).result).toEqual({ orderId: 1, source: 'o-1' })
    const declined = await emit('mapped.created', { id: 2, total: 99 })
    expect(declined.started).toEqual([])
    expect((await event(declined.event_id)).items).toMatchObject([{ status: 'declined', execution_id: null }])
    // The run that asked the code leaves nothing behind.
    expect(await server().db.query(`select from executions where type = 'mapping'`)).toEqual([])
    const { started } = await emit('untyped.created', { id: 3 })
    expect((await server().ended(started[0] ?? '')).result).toBe(3)
  })

  test('two events of one id at once answer the same, also where code makes the input', async () => {
    const payload = { id: 4, total: 400 }
    const answers = await Promise.all([1, 2, 3].map(() => emit('mapped.created', payload, { id: 'at-once' })))
    expect(new Set(answers.map((one) => one.started.join())).size).toBe(1)
    expect(answers[0]?.started).toHaveLength(1)
    expect(answers.filter((one) => !one.duplicate)).toHaveLength(1)
    await server().ended(answers[0]?.started[0] ?? '')
  })

  test('a second event of its id starts nothing', async () => {
    const first = await emit('plain.created', { id: 8 }, { id: 'once' })
    const second = await emit('plain.created', { id: 8 }, { id: 'once' })
    expect(second).toEqual({ ...first, duplicate: true })
    const rows = await server().db.query('select from executions where origin_id = $1', [first.event_id])
    expect(rows).toHaveLength(1)
    await server().ended(first.started[0] ?? '')
  })

  test('the run that it starts does not take it for the answer to its own wait', async () => {
    const first = await emit('self', 1)
    const id = first.started[0] ?? ''
    await server().reaches(id, (status) => status === 'SUSPENDED')
    const second = await emit('self', 2)
    expect(second).toMatchObject({ woken: 1, started: [expect.any(String)] })
    expect((await server().ended(id)).result).toBe(2)
    await server().api(routes.cancelExecution, { params: { id: second.started[0] ?? '' } })
  })
})

describe('what cannot be started is kept, and can be tried again', () => {
  test.each([
    [{ id: 666, total: 500 }, 'The map function failed: RangeError: no such order'],
    [{ id: 667, total: 500 }, 'The input is invalid: orderId'],
    [{ id: 668, total: 500 }, 'must return an object or null; it returned [1]'],
  ])('%j', async (payload, reason) => {
    const { event_id, started } = await emit('mapped.created', payload)
    expect(started).toEqual([])
    const found = await event(event_id)
    expect(found.items).toMatchObject([{ status: 'failed', reason: expect.stringContaining(reason) }])
  })

  test('a payload without members, and one that does not fit', async () => {
    const text = await emit('plain.created', 'text')
    expect((await event(text.event_id)).items[0]?.reason).toContain('The payload is not an object')
    const wrong = await emit('plain.created', { id: 'seven' })
    expect((await event(wrong.event_id)).items[0]).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('id: must be'),
    })
    const { items } = await server().api(routes.listEvents, { query: { failed: true } })
    expect(items.map((one) => one.id)).toContain(wrong.event_id)
    await expect(
      emit('plain.created', { id: 1 }).then(({ event_id: id }) =>
        server().api(routes.replayEvent, { params: { id } }),
      ),
    ).rejects.toMatchObject({ status: 409 })
  })

  test('a file with a mistake: the delivery waits for its repair and a replay', async () => {
    const source = (body: string) =>
      `import { workflow } from 'bifrost'\nexport const fragile = workflow({ startOn: { event: 'fragile' } }, async () => ${body})`
    server().write('fragile.ts', source('1'))
    expect((await server().execute('fragile')).result).toBe(1)
    server().write('fragile.ts', source('{{{'))
    await until('the mistake is seen', async () => {
      const answer = await server().fetch('/api/workflows/fragile')
      return ((await answer.json()) as { status: string }).status === 'error'
    })
    const { event_id: id, started } = await emit('fragile')
    expect(started).toEqual([])
    expect((await event(id)).deliveries.failed).toBe(1)
    server().write('fragile.ts', source('2'))
    await until('it is corrected', async () => (await server().execute('fragile')).result === 2)
    const replayed = await server().api(routes.replayEvent, { params: { id } })
    expect(replayed.items).toMatchObject([{ status: 'started', reason: null }])
    expect((await server().ended(replayed.items[0]?.execution_id ?? '')).result).toBe(2)
  })
})

test('a replay takes the file as it is now', async () => {
  const source = (path: string) => `
    import { workflow } from 'bifrost'
    export const corrected = workflow({ startOn: { event: 'corrected', map: { n: 'payload.${path}' } } }, async (n: number) => n)`
  server().write('corrected.ts', source('wrong'))
  await server().api(routes.getWorkflow, { params: { id: 'corrected' } })
  const { event_id: id } = await emit('corrected', { right: 3 })
  expect((await event(id)).deliveries.failed).toBe(1)
  server().write('corrected.ts', source('right'))
  const { items } = await server().api(routes.replayEvent, { params: { id } })
  expect((await server().ended(items[0]?.execution_id ?? '')).result).toBe(3)
})

describe('events of one key', () => {
  test('are taken one at a time, in the order of emission, also after one that fails', async () => {
    const emitted = []
    for (let n = 1; n <= 4; n++)
      emitted.push(await emit('ordered.created', { n, ms: n === 1 ? 400 : 30 }, { key: 'customer-1' }))
    expect(emitted.map((one) => one.started.length)).toEqual([1, 0, 0, 0])
    const other = await emit('ordered.created', { n: 9 }, { key: 'customer-2' })
    expect(other.started).toHaveLength(1)
    const runs = []
    for (const { event_id: id } of emitted) {
      const run = (await settled(id)).items[0]?.execution_id ?? ''
      runs.push(await server().ended(run))
    }
    expect(runs.map((run) => run.status)).toEqual(['SUCCESS', 'FAILED', 'SUCCESS', 'SUCCESS'])
    for (const [n, run] of runs.entries())
      if (n > 0)
        expect(Date.parse(run.created_at)).toBeGreaterThanOrEqual(Date.parse(runs[n - 1]?.ended_at ?? ''))
  })

  test('keep their order where code makes the input, and one that declines delays no other', async () => {
    const emitted = await Promise.all([1, 2, 3].map((n) => emit('ordered.mapped', { n }, { key: 'one' })))
    const found = []
    for (const { event_id: id } of emitted) found.push(await settled(id))
    expect(found.map((one) => one.items[0]?.status)).toEqual(['started', 'declined', 'started'])
  })

  test('continue after a restart of the server in between', async () => {
    const first = await emit('ordered.created', { n: 1, ms: 500 }, { key: 'restart' })
    const second = await emit('ordered.created', { n: 5 }, { key: 'restart' })
    // Its last second passes while no process listens.
    await server().restart()
    expect((await server().ended(first.started[0] ?? '')).status).toBe('SUCCESS')
    const run = (await settled(second.event_id)).items[0]?.execution_id ?? ''
    expect((await server().ended(run)).result).toBe(5)
  })
})

describe('an event cancels runs', () => {
  test('those whose input it names, and no other', async () => {
    const [one, two] = [
      await server().run('cancelled', { orderId: 1 }),
      await server().run('cancelled', { orderId: 2 }),
    ]
    for (const id of [one, two]) await server().reaches(id, (status) => status === 'SUSPENDED')
    const { event_id } = await emit('order.cancelled', { orderId: 1 })
    const run = await server().ended(one)
    expect(run).toMatchObject({
      status: 'CANCELLED',
      error: { message: 'The run was cancelled by the event order.cancelled.' },
    })
    expect((await event(event_id)).items).toMatchObject([
      { kind: 'cancel', status: 'cancelled', execution_id: one },
    ])
    expect((await server().api(routes.getExecution, { params: { id: two } })).status).toBe('SUSPENDED')
    await emit('never', { a: null })
    await emit('all.off')
    expect((await server().ended(two)).status).toBe('CANCELLED')
    expect(await server().db.query('select from event_cancels')).toEqual([])
  })

  test('one that is at work is told, and ends', async () => {
    const id = await server().run('busy', { id: 'j-1' })
    await server().reaches(id, (status) => status === 'RUNNING')
    await emit('stop.busy', { job: { id: 'j-1' } })
    expect(await server().ended(id)).toMatchObject({
      status: 'CANCELLED',
      error: { message: 'The run was cancelled by the event stop.busy.' },
    })
  })
})
