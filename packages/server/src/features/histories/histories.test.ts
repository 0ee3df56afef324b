import { routes } from '@bifrost/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const order = (middle: string) => `import { config, files, logger, sleep, step, workflow } from 'bifrost'
export const order = workflow(async (item: string) => {
  const fetched = await step('fetch', { undo: () => logger.info('fetch undone') }, () => { logger.info('fetching'); return item })
  ${middle}
  await sleep('1 hour')
  return step('send', () => { logger.info('sending'); return fetched + ' sent' })
})
`
const began = order(`await step('pay', () => { logger.info('paying') })`)
const renamed = order(`await step('charge', () => { logger.info('charging') })`)
const longer = began.replace("return step('send'", "await step('wrap', () => 1)\n  return step('send'")
const fanned = (arms: string) => `import { sleep, step, workflow } from 'bifrost'
export const fan = workflow(async () => Promise.all([${arms}]))
`

const server = useServer({
  files: {
    'order.ts': began,
    'fan.ts': fanned(`step('a', () => 1), sleep('1 hour')`),
    'chance.ts': `import { logger, sleep, step, workflow } from 'bifrost'
let turn = 0
export const chance = workflow(async () => {
  try {
    await step('one-' + process.pid + '-' + ++turn, { undo: () => logger.info('one undone') }, () => 1)
    await sleep('50ms')
  } catch (error) {
    logger.info('caught')
    await step('after', () => logger.info('it continued'))
  }
  return 'done'
})
`,
  },
})
afterEach(() => {
  server().write('order.ts', began)
  server().write('fan.ts', fanned(`step('a', () => 1), sleep('1 hour')`))
})

const waiting = async (name: string, input = {}) => {
  const id = await server().run(name, input)
  await server().reaches(id, (status) => status === 'SUSPENDED')
  return id
}
const go = (id: string, body: { version: 'original' | 'current'; force?: boolean; dry_run?: boolean }) =>
  server().api(routes.continueExecution, { params: { id }, body })
const check = async (workflow: string, ended = 0) =>
  (await server().api(routes.checkHistories, { body: { workflow, ended } })).items
/** The hour is over. */
const wake = (id: string) =>
  server().db.query(`update waits set due_at = now() where execution_id = $1`, [id])
const said = async (id: string) => (await server().logs(id)).map((line) => line.message)
const runOf = (id: string) => server().api(routes.getExecution, { params: { id } })

describe('a run that is moved to code that it does not fit', () => {
  test('is refused with both names, and nothing changes', async () => {
    const id = await waiting('order', { item: 'ink' })
    const before = await runOf(id)
    server().write('order.ts', renamed)
    await expect(go(id, { version: 'current' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringMatching(/"pay#1" where the code asks for "charge#1"/),
      details: { outcome: 'breaks', expected: 'pay#1', asked: 'charge#1' },
    })
    expect(await runOf(id)).toEqual(before)
    await wake(id)
    expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS', result: 'ink sent' })
  })

  test('by force is parked when it wakes, with both names, and continues where it began', async () => {
    const id = await waiting('order', { item: 'ink' })
    server().write('order.ts', renamed)
    await go(id, { version: 'current', force: true })
    await wake(id)
    const parked = await until('it is parked', async () => {
      const run = await runOf(id)
      return run.waiting_for?.kind === 'parked' ? run : null
    })
    expect(parked).toMatchObject({ status: 'SUSPENDED', error: null, ended_at: null })
    expect(parked.reason).toBe(
      'Parked: its history has "pay#1" where the code asks for "charge#1". Continue it on the version that it started with.',
    )
    const steps = (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items
    expect(steps.map((step) => [step.key, step.status])).toEqual([
      ['fetch#1', 'completed'],
      ['pay#1', 'completed'],
      ['sleep#1', 'completed'],
    ])

    expect(await go(id, { version: 'original' })).toMatchObject({
      status: 'PENDING',
      code_version: parked.original_version,
      check: { outcome: 'fits' },
    })
    expect(await server().ended(id)).toMatchObject({
      status: 'SUCCESS',
      result: 'ink sent',
      waiting_for: null,
    })
    // Every step was done once, and nothing was undone.
    expect(await said(id)).toEqual(['fetching', 'paying', 'sending'])
  })

  test('when parked is not brought back by what comes meanwhile, keeps its code, and can be cancelled', async () => {
    const id = await waiting('order', { item: 'ink' })
    server().write('order.ts', renamed)
    await go(id, { version: 'current', force: true })
    await wake(id)
    await until('it is parked', async () => (await runOf(id)).waiting_for?.kind === 'parked')
    await server().db.query(
      `insert into waits (execution_id, key, org_id, kind, due_at, created_at)
       select id, 'late#1', org_id, 'timer', now(), now() from executions where id = $1`,
      [id],
    )
    await until('the timer was answered', async () => {
      const left = await server().db.query(`select from waits where execution_id = $1 and key = 'late#1'`, [
        id,
      ])
      return left.length === 0
    })
    expect((await runOf(id)).waiting_for?.kind).toBe('parked')
    expect(await server().db.query('select from queue where execution_id = $1', [id])).toEqual([])
    await server().api(routes.cancelExecution, { params: { id } })
    expect((await server().ended(id)).status).toBe('CANCELLED')
    // By the code that did it.
    expect(await said(id)).toEqual(['fetching', 'paying', 'fetch undone'])
  })
})

test('all parked runs of a filter are continued on the version that they began with', async () => {
  const ids = [await waiting('order', { item: 'ink' }), await waiting('order', { item: 'pen' })]
  const other = await waiting('order', { item: 'cap' })
  server().write('order.ts', renamed)
  for (const id of ids) {
    await go(id, { version: 'current', force: true })
    await wake(id)
    await until('it is parked', async () => (await runOf(id)).waiting_for?.kind === 'parked')
  }
  const body = { action: 'continue', filter: { workflow: 'order' } } as const
  expect(await server().api(routes.bulkExecutions, { body: { ...body, dry_run: true } })).toMatchObject({
    matched: 2,
  })
  expect(await server().api(routes.bulkExecutions, { body })).toMatchObject({
    matched: 2,
    done: 2,
    failed: [],
  })
  for (const id of ids) expect(await server().ended(id)).toMatchObject({ status: 'SUCCESS' })
  expect((await runOf(other)).status).toBe('SUSPENDED')
  await server().api(routes.cancelExecution, { params: { id: other } })
})

describe('a run that is moved to code that it fits', () => {
  test('waits on, and continues there', async () => {
    const id = await waiting('order', { item: 'ink' })
    const { code_version: before } = await runOf(id)
    server().write('order.ts', longer)
    const looked = await go(id, { version: 'current', dry_run: true })
    expect(looked).toMatchObject({ status: 'SUSPENDED', check: { outcome: 'fits', next: 'sleep#1' } })
    expect((await runOf(id)).code_version).toBe(before)

    const moved = await go(id, { version: 'current' })
    expect(moved.status).toBe('SUSPENDED')
    expect(await runOf(id)).toMatchObject({ code_version: moved.code_version, original_version: before })
    await wake(id)
    expect((await server().ended(id)).status).toBe('SUCCESS')
    const { items } = await server().api(routes.listExecutionSteps, { params: { id }, query: {} })
    expect(items.map((step) => step.name)).toEqual(['fetch', 'pay', 'sleep', 'wrap', 'send'])
  })
})

test('code that depends on chance is parked with both names; what it did stays done, and what it caught does not continue', async () => {
  const id = await server().run('chance')
  const run = await until('it is parked', async () => {
    const found = await runOf(id)
    return found.waiting_for?.kind === 'parked' ? found : null
  })
  expect(run.reason).toMatch(
    /^Parked: its history has "one-\d+-1#1" where the code asks for "one-\d+-2#1"\. The code changed/,
  )
  expect(await said(id)).not.toContain('it continued')
  expect(await said(id)).not.toContain('one undone')
  await server().api(routes.cancelExecution, { params: { id } })
})

describe('histories against the present code', () => {
  test('name the runs that would break, and where; no step runs and nothing is written', async () => {
    const id = await waiting('order', { item: 'ink' })
    expect((await check('order')).find((one) => one.execution_id === id)).toMatchObject({
      outcome: 'fits',
      next: 'sleep#1',
      workflow_name: 'order',
      status: 'SUSPENDED',
    })
    const before = await server().db.query(
      'select * from execution_steps where execution_id = $1 order by key',
      [id],
    )
    server().write('order.ts', renamed)
    const found = (await check('order')).find((one) => one.execution_id === id)
    expect(found).toMatchObject({ outcome: 'breaks', expected: 'pay#1', asked: 'charge#1' })
    expect(found?.message).toContain('pay#1')
    expect(
      await server().db.query('select * from execution_steps where execution_id = $1 order by key', [id]),
    ).toEqual(before)
    expect(await said(id)).toEqual(['fetching', 'paying'])
    await server().api(routes.cancelExecution, { params: { id } })
  })

  test('of branches look at all, though one of them waits', async () => {
    const id = await waiting('fan')
    server().write('fan.ts', fanned(`step('b', () => 1), sleep('1 hour')`))
    expect(await check('fan')).toMatchObject([
      { execution_id: id, outcome: 'breaks', expected: 'a#1', asked: 'b#1' },
    ])
    // The order in which both begin is a part of the history.
    server().write('fan.ts', fanned(`sleep('1 hour'), step('a', () => 1)`))
    expect(await check('fan')).toMatchObject([{ outcome: 'breaks', expected: 'a#1', asked: 'sleep#1' }])
    await server().api(routes.cancelExecution, { params: { id } })
  })

  test('of runs that ended are looked at when asked for', async () => {
    const id = await waiting('order', { item: 'pen' })
    await wake(id)
    await server().ended(id)
    expect((await check('order')).map((one) => one.execution_id)).not.toContain(id)
    server().write('order.ts', renamed)
    expect((await check('order', 1))[0]).toMatchObject({
      execution_id: id,
      status: 'SUCCESS',
      outcome: 'breaks',
    })
  })

  test.each([
    ['throws', order(`throw new RangeError('too far')`), 'fails', /RangeError: too far/],
    // Saved and at once saved back: a run on the code before must still find its function.
    ['is gone', `export const nothing = 1`, 'fails', /is gone|no longer/],
    ['has a mistake', 'export const = 1', 'fails', /order\.ts/],
    ['does not end', order('while (true) {}'), 'unknown', /too long/],
    [
      'writes outside of steps',
      order(`await files.write('x.txt', 'x', { location: 'temp' }); await step('pay', () => {})`),
      'unknown',
      /files\.write outside of steps/,
    ],
  ] as const)('with code that %s', async (_, code, outcome, message) => {
    const id = await waiting('order', { item: 'ink' })
    server().write('order.ts', code)
    const found = await until('it is read', async () => {
      const { items } = await server().api(routes.checkHistories, { body: {} })
      const one = items.find((item) => item.execution_id === id)
      return one?.outcome === outcome ? one : null
    })
    expect(found.message).toMatch(message)
    server().takeErrors()
    await server().api(routes.cancelExecution, { params: { id } })
  })

  test('show no secret that the code reads', async () => {
    const secret = 'sk-never-to-be-seen'
    await server().api(routes.setConfig, {
      params: { key: 'hush' },
      body: { value: secret, is_secret: true },
    })
    const id = await waiting('order', { item: 'secret' })
    server().write('order.ts', order(`throw new Error('it is ' + (await config.get('hush')))`))
    const found = await check('order')
    expect(found.find((one) => one.execution_id === id)).toMatchObject({
      outcome: 'fails',
      message: expect.stringContaining('it is [REDACTED]'),
    })
    expect(JSON.stringify(found)).not.toContain(secret)
  })

  test('with code that reads outside of steps are led on by what it reads', async () => {
    const id = await waiting('order', { item: 'ink' })
    server().write(
      'order.ts',
      order(`const name = (await config.get('no.such.key')) ?? 'pay'; await step(name as string, () => {})`),
    )
    expect((await check('order')).find((one) => one.execution_id === id)).toMatchObject({ outcome: 'fits' })
    await server().api(routes.cancelExecution, { params: { id } })
  })
})

describe('refused is', () => {
  test('to continue a run that does not wait', async () => {
    const id = await waiting('order', { item: 'ink' })
    await server().api(routes.cancelExecution, { params: { id } })
    await server().ended(id)
    await expect(go(id, { version: 'original' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('CANCELLED'),
    })
  })

  test('who may not: members check no histories, and no one continues runs of others', async () => {
    const id = await waiting('order', { item: 'ink' })
    const member = await server().person('member')
    const stranger = await server().person('org_admin', await server().organization())
    await expect(member.api(routes.checkHistories, { body: {} })).rejects.toMatchObject({ status: 403 })
    for (const person of [member, stranger])
      await expect(
        person.api(routes.continueExecution, { params: { id }, body: { version: 'original' } }),
      ).rejects.toMatchObject({ status: 404 })
    expect((await stranger.api(routes.checkHistories, { body: {} })).items).toEqual([])
    await server().api(routes.cancelExecution, { params: { id } })
  })

  test('another version than these two, and more than a check may hold', async () => {
    const post = (path: string, body: unknown) =>
      server().fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    const id = await waiting('order', { item: 'ink' })
    expect((await post(`/api/executions/${id}/continue`, { version: 'newest' })).status).toBe(422)
    expect((await post('/api/workflows/check-histories', { ended: 501 })).status).toBe(422)
    await server().api(routes.cancelExecution, { params: { id } })
  })
})
