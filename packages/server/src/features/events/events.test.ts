import { type EventDetail, type Execution, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'waits.ts': `
      import { events, logger, sleep, step, waitForEvent, workflow } from 'bifrost'

      export const paid = workflow(async (orderId: number, timeout: string = '1h') => {
        const payment = await waitForEvent<{ amount: number }>('order.paid', { match: { orderId }, timeout })
        return payment === undefined ? 'too late' : payment
      })
      export const any = workflow(async () => (await waitForEvent('any.thing')) === null ? 'null it is' : 'something')
      export const nested = workflow(async (sku: string) =>
        waitForEvent('stock.in', { match: { 'lines.0.sku': sku, ok: true } }))
      export const twice = workflow(async () => [
        await waitForEvent('vote', { timeout: '1h' }),
        await waitForEvent('vote', { timeout: '1h' }),
      ])
      export const late = workflow(async (orderId: number) => {
        await step('work', () => new Promise((resolve) => setTimeout(resolve, 300)))
        return waitForEvent('order.paid', { match: { orderId }, timeout: '1h' })
      })
      export const beside = workflow(async () => {
        const [event] = await Promise.all([
          waitForEvent('beside', { timeout: '1h' }),
          step('long', () => new Promise((resolve) => setTimeout(resolve, 800))),
        ])
        return event
      })
      export const badMatch = workflow(async () => waitForEvent('x', { match: { at: new Date() as never } }))
      export const emits = workflow(async () => {
        const first = await events.emit('chain', { from: 'durable' })
        await sleep('1s')
        logger.info('after')
        return first
      })
      export const emitsDate = workflow(async () => events.emit('x', { at: new Date() }))
      export const emitsBadName = workflow(async () => {
        await step('before', () => 1)
        return events.emit('no spaces', 1)
      })
    `,
    'plain.ts': `
      import { config, events, workflow } from 'bifrost'

      export const emitsPlain = workflow(async (id: string) => events.emit('plain', { id }, { id }))
      export const leaks = workflow(async () => {
        await config.set('token', 'hunter2-hunter2', { isSecret: true })
        return events.emit('leak', { token: await config.get('token') }, { id: 'leak' })
      })
    `,
  },
})

const emit = (name: string, payload: unknown = null, more: { id?: string; key?: string } = {}) =>
  server().api(routes.emitEvent, { body: { name, payload: payload as never, ...more } })

const suspended = (id: string) => server().reaches(id, (status) => status === 'SUSPENDED')

const event = (id: string): Promise<EventDetail> => server().api(routes.getEvent, { params: { id } })

describe('a run that waits for an event', () => {
  test('gets the payload of the one that matches, and says meanwhile what it waits for', async () => {
    const id = await server().run('paid', { orderId: 7 })
    const run: Execution = await suspended(id)
    expect(run.waiting_for?.kind).toBe('event')
    expect(run.waiting_for?.reason).toMatch(/^Waits for event order\.paid where orderId = 7 until \d{4}-/)
    expect(run.reason).toBe(run.waiting_for?.reason)
    expect(await emit('order.paid', { orderId: 8, amount: 1 })).toMatchObject({ woken: 0 })
    expect(await emit('order.paid', { orderId: '7', amount: 1 })).toMatchObject({ woken: 0 })
    const answer = await emit('order.paid', { orderId: 7, amount: 12.5 })
    expect(answer).toMatchObject({ woken: 1, started: [], duplicate: false })
    expect((await server().ended(id)).result).toEqual({ orderId: 7, amount: 12.5 })
    expect((await event(answer.event_id)).items).toMatchObject([
      { kind: 'wake', status: 'woken', execution_id: id, workflow_name: 'paid', step: 'order.paid#1' },
    ])
  })

  test('continues with undefined when the time is up', async () => {
    expect((await server().execute('paid', { orderId: 70, timeout: '1s' })).result).toBe('too late')
  })

  test('takes null for an answer', async () => {
    const id = await server().run('any')
    await suspended(id)
    await emit('any.thing', null)
    expect((await server().ended(id)).result).toBe('null it is')
  })

  test('matches deep paths and several fields', async () => {
    const id = await server().run('nested', { sku: 'a' })
    await suspended(id)
    expect(await emit('stock.in', { lines: [{ sku: 'a' }], ok: 'true' })).toMatchObject({ woken: 0 })
    expect(await emit('stock.in', { lines: [{ sku: 'b' }], ok: true })).toMatchObject({ woken: 0 })
    expect(await emit('stock.in', { lines: [{ sku: 'a' }], ok: true })).toMatchObject({ woken: 1 })
    expect((await server().ended(id)).status).toBe('SUCCESS')
  })

  test('gets an event that came after its start and before its wait', async () => {
    const id = await server().run('late', { orderId: 9 })
    await emit('order.paid', { orderId: 90 })
    const early = await emit('order.paid', { orderId: 9 })
    expect(early.woken).toBe(0)
    expect((await server().ended(id)).result).toEqual({ orderId: 9 })
    expect((await event(early.event_id)).items).toMatchObject([{ kind: 'wake', execution_id: id }])
  })

  test('does not get one from before its start', async () => {
    await emit('order.paid', { orderId: 11 })
    const id = await server().run('paid', { orderId: 11 })
    expect((await suspended(id)).status).toBe('SUSPENDED')
    await server().api(routes.cancelExecution, { params: { id } })
    expect(await emit('order.paid', { orderId: 11 })).toMatchObject({ woken: 0 })
  })

  test('reads an event once: two waits take two', async () => {
    const id = await server().run('twice')
    await emit('vote', 'yes')
    await until('one is read', async () => {
      const { items } = await server().api(routes.listExecutionSteps, { params: { id }, query: {} })
      return items.some((step) => step.key === 'vote#2' && step.status === 'waiting')
    })
    await emit('vote', 'no')
    expect((await server().ended(id)).result).toEqual(['yes', 'no'])
  })

  test('is told while something else of it continues', async () => {
    const id = await server().run('beside')
    await until('it waits', async () => {
      const { items } = await server().api(routes.listExecutionSteps, { params: { id }, query: {} })
      return items.some((step) => step.kind === 'event')
    })
    expect(await emit('beside', { n: 1 })).toMatchObject({ woken: 1 })
    expect((await server().ended(id)).result).toEqual({ n: 1 })
  })

  test('wants plain values to match', async () => {
    expect((await server().execute('badMatch')).error?.message).toContain('match.at must be text, a number')
  })

  test('comes back after a restart of the server', async () => {
    const id = await server().run('paid', { orderId: 12 })
    await suspended(id)
    await server().restart()
    expect(await emit('order.paid', { orderId: 12, amount: 3 })).toMatchObject({ woken: 1 })
    expect((await server().ended(id)).result).toEqual({ orderId: 12, amount: 3 })
  })

  test('misses nothing, whichever is first, the wait or the event', async () => {
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, n) => server().run('paid', { orderId: 1000 + n })),
    )
    await Promise.all(runs.map((_, n) => emit('order.paid', { orderId: 1000 + n })))
    for (const [n, id] of runs.entries())
      expect((await server().ended(id)).result).toEqual({ orderId: 1000 + n })
  })
})

describe('emitting', () => {
  test('an id is processed once per name, and the second answer is that of the first', async () => {
    const id = await server().run('paid', { orderId: 20 })
    await suspended(id)
    const first = await emit('order.paid', { orderId: 20 }, { id: 'payment-20' })
    const again = await emit('order.paid', { orderId: 20 }, { id: 'payment-20' })
    expect(again).toEqual({ ...first, duplicate: true })
    expect(first.woken).toBe(1)
    expect((await emit('other.name', {}, { id: 'payment-20' })).duplicate).toBe(false)
    const many = await Promise.all(Array.from({ length: 8 }, () => emit('order.paid', 1, { id: 'at-once' })))
    expect(many.filter((one) => !one.duplicate)).toHaveLength(1)
    expect(new Set(many.map((one) => one.event_id)).size).toBe(1)
    expect((await event('at-once')).id).toBe(many[0]?.event_id)
  })

  test('from a durable run it happens once, though the code runs again', async () => {
    const { execution_id, result } = await server().execute('emits')
    const { eventId } = result as { eventId: string }
    const found = await event(eventId)
    expect(found).toMatchObject({
      name: 'chain',
      payload: { from: 'durable' },
      emitted_id: `${execution_id}/chain#1`,
      execution_id,
    })
    const { items } = await server().api(routes.listEvents, { query: { name: 'chain' } })
    expect(items).toHaveLength(1)
    const steps = await server().api(routes.listExecutionSteps, { params: { id: execution_id }, query: {} })
    expect(steps.items.map((step) => [step.key, step.kind])).toContainEqual(['chain#1', 'emit'])
  })

  test('from a plain run it is a plain call', async () => {
    const { execution_id, result } = await server().execute('emitsPlain', { id: 'p-1' })
    expect(result).toMatchObject({ duplicate: false })
    expect((await server().execute('emitsPlain', { id: 'p-1' })).result).toMatchObject({ duplicate: true })
    const steps = await server().api(routes.listExecutionSteps, { params: { id: execution_id }, query: {} })
    expect(steps.items).toEqual([])
  })

  test('a secret that the run has read is not in the payload', async () => {
    expect((await server().execute('leaks')).status).toBe('SUCCESS')
    expect((await event('leak')).payload).toEqual({ token: '[REDACTED]' })
  })

  test('what cannot be an event is refused with its place', async () => {
    expect((await server().execute('emitsDate')).error?.message).toContain('payload.at is a Date')
    expect((await server().execute('emitsBadName')).error?.message).toContain('name')
    await expect(emit('')).rejects.toMatchObject({ status: 422 })
    await expect(emit('no spaces')).rejects.toMatchObject({ status: 422 })
    await expect(emit('x', 1, { id: 'i'.repeat(201) })).rejects.toMatchObject({ status: 422 })
  })

  test('a payload of 2 MB is refused with the limit', async () => {
    await expect(emit('large', 'x'.repeat(2 * 1024 * 1024))).rejects.toMatchObject({
      status: 413,
      message: expect.stringContaining('2.0 MB as JSON; the limit is 1.0 MB'),
    })
    expect(await emit('large', 'x'.repeat(1024 * 1024 - 10))).toMatchObject({ duplicate: false })
  })

  test('a payload with a NUL comes through', async () => {
    const id = await server().run('any')
    await suspended(id)
    await emit('any.thing', { text: 'a\u0000b' })
    expect((await server().ended(id)).result).toBe('something')
  })
})

describe('who may', () => {
  test("another organization's events are not there, and wake no run", async () => {
    const stranger = await server().person('org_admin', await server().organization())
    const id = await server().run('paid', { orderId: 30 })
    await suspended(id)
    const theirs = await stranger.api(routes.emitEvent, {
      body: { name: 'order.paid', payload: { orderId: 30 } },
    })
    expect(theirs.woken).toBe(0)
    const ours = await emit('order.paid', { orderId: 30 }, { id: 'ours' })
    expect(ours.woken).toBe(1)
    await expect(stranger.api(routes.getEvent, { params: { id: ours.event_id } })).rejects.toMatchObject({
      status: 404,
    })
    await expect(stranger.api(routes.getEvent, { params: { id: 'ours' } })).rejects.toMatchObject({
      status: 404,
    })
    await expect(stranger.api(routes.replayEvent, { params: { id: ours.event_id } })).rejects.toMatchObject({
      status: 404,
    })
    const { items } = await stranger.api(routes.listEvents, { query: {} })
    expect(items.map((one) => one.id)).toEqual([theirs.event_id])
    await server().ended(id)
  })

  test('a member emits, and does not read the log', async () => {
    const member = await server().person('member')
    const { event_id: id } = await member.api(routes.emitEvent, { body: { name: 'by.member' } })
    await expect(member.api(routes.getEvent, { params: { id } })).rejects.toMatchObject({ status: 403 })
    expect((await event(id)).emitted_by?.id).toBe(member.id)
  })
})

test('the log is filtered by name, key and text, and paged', async () => {
  for (let n = 0; n < 5; n++)
    await emit('log.entry', { word: `needle ${n}` }, { key: `k${n % 2}`, id: `log-${n}` })
  const list = async (query: Record<string, unknown>) =>
    (await server().api(routes.listEvents, { query })).items.map((one) => one.emitted_id)
  expect(await list({ name: 'log.entry' })).toEqual(['log-4', 'log-3', 'log-2', 'log-1', 'log-0'])
  expect(await list({ name: 'log.entry', key: 'k1' })).toEqual(['log-3', 'log-1'])
  expect(await list({ search: 'NEEDLE 2' })).toEqual(['log-2'])
  const first = await server().api(routes.listEvents, { query: { name: 'log.entry', limit: 3 } })
  expect(first.items).toHaveLength(3)
  expect(await list({ name: 'log.entry', cursor: first.next_cursor })).toEqual(['log-1', 'log-0'])
})
