import { type Json, routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'
import { createCodeVersions } from '../../workspace/code-versions.ts'

const source = (third: string) => `import { FatalError, logger, sleep, step, workflow } from 'bifrost'
export const order = workflow(async (item: string, fails = false) => {
  const fetched = await step('fetch', () => { logger.info('fetching'); return { item, price: 10 } })
  const paid = await step('pay', () => { logger.info('paying'); return fetched.price * 2 })
  ${third}
  const sent = await step('send', () => { logger.info('sending'); if (fails) throw new FatalError('no stamps'); return paid + 1 })
  return [item, fetched.price, paid, sent]
})
export const fan = workflow(async () => {
  const results = await Promise.all(['a', 'b', 'c'].map((name) => step(name, () => { logger.info(name); return name })))
  return step('join', () => { logger.info('join'); return results.join('') })
})
export const undone = workflow(async () => {
  const seat = await step('seat', { undo: () => logger.info('seat back') }, () => { logger.info('seat'); return 1 })
  await step('pay', () => { logger.info('pay'); throw new FatalError('no money') })
  return seat
})
export const limited = workflow({ concurrency: { limit: 1 }, idempotency: { key: 'input.name' } }, async (name: string) => {
  await step('begin', () => 1)
  return step('hold', () => new Promise((resolve) => setTimeout(() => resolve(name), 60_000)))
})
export const plain = workflow(async () => 1)
export const typed = workflow(async (count: number) => step('double', () => count * 2))
`
const server = useServer({ files: { 'steps.ts': source('') } })

const fork = (
  id: string,
  body: {
    from_step: string
    input?: Record<string, Json>
    outputs?: Record<string, Json>
    dry_run?: boolean
  },
) => server().api(routes.forkExecution, { params: { id }, body })
/** The outcome of a fork, and what its code said. */
const outcome = async (id: string, body: Parameters<typeof fork>[1]) => {
  const { execution_id } = await fork(id, body)
  const run = await server().ended(execution_id ?? '')
  return { run, said: (await server().logs(run.id)).map((line) => line.message) }
}

describe('a fork', () => {
  test('does again what comes from the step on, and nothing before it', async () => {
    const { execution_id: id } = await server().execute('order', { item: 'ink' })
    const { run, said } = await outcome(id, { from_step: 'send' })
    expect(run).toMatchObject({ status: 'SUCCESS', forked_from: id, result: ['ink', 10, 20, 21] })
    expect(said).toEqual(['sending'])
    const { items } = await server().api(routes.listExecutionSteps, { params: { id: run.id }, query: {} })
    expect(items.map(({ key, output }) => [key, output])).toEqual([
      ['fetch#1', { item: 'ink', price: 10 }],
      ['pay#1', 20],
      ['send#1', 21],
    ])
    // The old run is as it was.
    expect((await server().api(routes.getExecution, { params: { id } })).forked_from).toBeNull()
    expect((await server().logs(id)).map((line) => line.message)).toEqual(['fetching', 'paying', 'sending'])
  })

  test('takes edited outputs and another input', async () => {
    const { execution_id: id } = await server().execute('order', { item: 'ink', fails: true })
    const { run, said } = await outcome(id, {
      from_step: 'send#1',
      input: { item: 'toner' },
      outputs: { 'fetch#1': { price: 7 }, pay: 99 },
    })
    expect([run.status, run.result]).toEqual(['SUCCESS', ['toner', 7, 99, 100]])
    expect(said).toEqual(['sending'])
  })

  test('runs on the code of the old run, also when the file has changed, and when that is weeks ago', async () => {
    const { execution_id: id, ...old } = await server().execute('order', { item: 'ink' })
    server().write('steps.ts', source("await step('new', () => 1)"))
    expect((await server().execute('order', { item: 'ink' })).result).toEqual(old.result)
    const { db } = server()
    await db.query(`update code_versions set needed_at = now() - interval '29 days'`)
    await createCodeVersions(db).prune()
    const { run, said } = await outcome(id, { from_step: 'pay' })
    expect([run.result, said]).toEqual([old.result, ['paying', 'sending']])
    await db.query(`update code_versions set needed_at = now() - interval '31 days'`)
    await createCodeVersions(db).prune()
    await server().restart()
    await expect(fork(id, { from_step: 'pay' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('has been deleted'),
    })
    server().write('steps.ts', source(''))
  })

  test('of branches keeps what the code had learned before', async () => {
    const { execution_id: id } = await server().execute('fan')
    expect((await fork(id, { from_step: 'join', dry_run: true })).kept.toSorted()).toEqual([
      'a#1',
      'b#1',
      'c#1',
    ])
    const { run, said } = await outcome(id, { from_step: 'c' })
    expect(run.result).toBe('abc')
    expect(said.at(-1)).toBe('join')
    expect(said).toContain('c')
  })

  test('repeats a step that was undone, unless its output is given', async () => {
    const { execution_id: id } = await server().execute('undone')
    expect((await outcome(id, { from_step: 'pay' })).said).toEqual(['seat', 'pay', 'seat back'])
    expect((await outcome(id, { from_step: 'pay', outputs: { seat: 4 } })).said).toEqual(['pay', 'seat back'])
  })

  test('of a fork is a fork like any other, and a dry run starts nothing', async () => {
    const { execution_id: id } = await server().execute('order', { item: 'ink' })
    const first = await outcome(id, { from_step: 'pay', outputs: { fetch: { price: 1 } } })
    const second = await outcome(first.run.id, { from_step: 'send' })
    expect(second.run).toMatchObject({ forked_from: first.run.id, result: ['ink', 1, 2, 3] })
    const { total } = await server().api(routes.listExecutions, { query: { count: true } })
    expect(await fork(id, { from_step: 'pay', dry_run: true })).toEqual({
      execution_id: null,
      status: null,
      kept: ['fetch#1'],
      again: ['pay#1', 'send#1'],
    })
    expect((await server().api(routes.listExecutions, { query: { count: true } })).total).toBe(total)
  })
})

test('the limits of the workflow hold for forks and reruns, and its idempotency does not stand for them', async () => {
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: 'limited' },
    body: { input: { name: 'a' } },
  })
  await until('it holds', async () =>
    (await server().api(routes.listExecutionSteps, { params: { id }, query: {} })).items.some(
      (one) => one.name === 'hold',
    ),
  )
  const again = await server().api(routes.rerunExecution, { params: { id }, body: {} })
  const forked = await fork(id, { from_step: 'hold' })
  const ids = [again.execution_id, forked.execution_id ?? '']
  expect(new Set([id, ...ids]).size).toBe(3)
  for (const one of ids)
    expect(await server().api(routes.getExecution, { params: { id: one } })).toMatchObject({
      status: 'PENDING',
      waiting_for: { reason: expect.stringContaining('1') },
    })
  for (const one of [...ids, id]) await server().api(routes.cancelExecution, { params: { id: one } })
})

describe('refused is', () => {
  test('an unknown step, with those that there are', async () => {
    const { execution_id: id } = await server().execute('order', { item: 'ink' })
    await expect(fork(id, { from_step: 'shred' })).rejects.toMatchObject({
      status: 422,
      message: expect.stringMatching(
        /from_step: "shred" is not a step of this run; it has "fetch#1", "pay#1", "send#1"/,
      ),
    })
  })

  test('an output of a step that is not kept', async () => {
    const { execution_id: id } = await server().execute('order', { item: 'ink' })
    await expect(fork(id, { from_step: 'pay', outputs: { send: 1 } })).rejects.toMatchObject({
      status: 422,
      details: [{ field: 'outputs.send#1', message: expect.stringContaining('not a step before the one') }],
    })
  })

  test('an input that does not fit the code', async () => {
    const { execution_id: id } = await server().execute('typed', { count: 2 })
    await expect(fork(id, { from_step: 'double', input: { count: 'two' } })).rejects.toMatchObject({
      status: 422,
    })
  })

  test('a run without steps, with advice, and inline code', async () => {
    const { execution_id: id } = await server().execute('plain')
    await expect(fork(id, { from_step: 'any' })).rejects.toMatchObject({
      status: 409,
      message: expect.stringContaining('Run it again'),
    })
    const inline = await server().api(routes.executeCode, {
      body: { code: `const { step } = await import('bifrost')\nreturn step('one', () => 1)` },
    })
    await expect(fork(inline.execution_id, { from_step: 'one' })).rejects.toMatchObject({ status: 400 })
  })

  test("another person's run", async () => {
    const { execution_id: id } = await server().execute('order', { item: 'ink' })
    const member = await server().person('member')
    const stranger = await server().person('org_admin', await server().organization())
    for (const person of [member, stranger])
      await expect(
        person.api(routes.forkExecution, { params: { id }, body: { from_step: 'pay' } }),
      ).rejects.toMatchObject({ status: 404 })
  })
})
