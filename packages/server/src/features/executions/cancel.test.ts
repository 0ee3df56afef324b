import { type ApiError, routes } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'runs.ts': `import { context, logger, workflow } from 'bifrost'
export const quick = workflow(async () => 'done')
export const sleeps = workflow(async () => { const step = 'sleeping'; logger.info('asleep'); await new Promise((r) => setTimeout(r, 60_000)); return step })
export const listens = workflow(async () => new Promise((resolve) => context.signal.addEventListener('abort', () => resolve('heard'))))
export const ignores = workflow(async () => { for (;;) { try { await new Promise((r) => setTimeout(r, 10)) } catch {} } })
export const spins = workflow(async () => { while (true) {} })
export const spinsHard = workflow(async () => { for (;;) { try { while (true) {} } catch {} } })
export const nearlyDone = workflow(async () => { await new Promise((r) => setTimeout(r, 30)); return 'done' })
`,
  },
})

const cancel = (id: string) => server().api(routes.cancelExecution, { params: { id } })
const refusal = (id: string) =>
  cancel(id).then(
    () => {
      throw new Error('It was not refused.')
    },
    (error: ApiError) => error,
  )
const running = async (name: string) => {
  const id = await server().run(name)
  // Handed to its child: what it logs or holds comes after.
  await server().reaches(id, (status) => status === 'RUNNING')
  return id
}

test.each(['sleeps', 'listens', 'ignores', 'spins', 'spinsHard'])(
  'a running %s, which would not end by itself, is stopped and stays cancelled (30)',
  async (name) => {
    const id = await running(name)
    expect((await cancel(id)).status).toMatch(/^CANCELL(ING|ED)$/)
    const ended = await server().ended(id)
    expect(ended).toMatchObject({ status: 'CANCELLED', result: null, reason: 'Cancelled.' })
    expect(ended.error).toMatchObject({ code: 'cancelled', type: 'CancelledError' })
    expect(await server().execute('quick')).toMatchObject({ status: 'SUCCESS' })
  },
)

test('cancelling again changes nothing: 200 (30)', async () => {
  const id = await running('sleeps')
  const answers = await Promise.all([cancel(id), cancel(id), cancel(id)])
  for (const answer of answers) expect(answer.status).toMatch(/^CANCELL(ING|ED)$/)
  const ended = await server().ended(id)
  const again = await cancel(id)
  expect(again).toMatchObject({ status: 'CANCELLED', ended_at: ended.ended_at })
})

test('a finished run answers 400, an unknown one 404, a bad id 422 (30)', async () => {
  const { execution_id: id } = await server().execute('quick')
  expect(await refusal(id)).toMatchObject({ status: 400, code: 'execution_finished' })
  expect(await refusal('0192aaaa-bbbb-7ccc-8ddd-eeeeeeeeeeee')).toMatchObject({ status: 404 })
  expect(await refusal('nonsense')).toMatchObject({ status: 422 })
})

test("another person's run is not one's to cancel (30)", async () => {
  const id = await running('sleeps')
  const member = await server().person('member')
  const stranger = await server().person('org_admin', await server().organization())
  for (const person of [member, stranger])
    await expect(person.api(routes.cancelExecution, { params: { id } })).rejects.toMatchObject({
      status: 404,
    })
  expect((await server().api(routes.getExecution, { params: { id } })).status).toBe('RUNNING')
  await cancel(id)
  await server().ended(id)
})

test('a planned run is cancelled at once and never runs; again answers 409 (36)', async () => {
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: 'quick' },
    body: { delay_seconds: 1 },
  })
  expect(await cancel(id)).toMatchObject({ status: 'CANCELLED', started_at: null })
  expect(await refusal(id)).toMatchObject({ status: 409 })
  const other = await server().api(routes.runWorkflow, {
    params: { id: 'quick' },
    body: { delay_seconds: 1.2 },
  })
  await server().ended(other.execution_id)
  expect(await server().api(routes.getExecution, { params: { id } })).toMatchObject({
    status: 'CANCELLED',
    started_at: null,
    attempt: 0,
  })
})

test('a queued run that is cancelled never runs', async () => {
  // Queued as another process would have, without ringing this one's bell.
  const { execution_id: id } = await server().api(routes.runWorkflow, {
    params: { id: 'quick' },
    body: { delay_seconds: 1000 },
  })
  await server().db.query(`update executions set status = 'PENDING' where id = $1`, [id])
  const [first] = await Promise.all([cancel(id)])
  expect(first.status).toBe('CANCELLED')
  expect(await server().db.query('select from queue where execution_id = $1', [id])).toEqual([])
})

test('a cancel that meets the end leaves one status, and says which it was', async () => {
  const ids = await Promise.all(Array.from({ length: 30 }, () => server().run('nearlyDone')))
  const outcomes = await Promise.all(
    ids.map(async (id, n) => {
      await new Promise((resolve) => setTimeout(resolve, n * 2))
      const answered = await cancel(id).then(
        (answer) => answer.status as string,
        (error: ApiError) => error.code,
      )
      const ended = await server().ended(id)
      return { answered, status: ended.status, result: ended.result }
    }),
  )
  for (const { answered, status, result } of outcomes) {
    expect(['SUCCESS', 'CANCELLED']).toContain(status)
    if (answered === 'execution_finished') expect(status).toBe('SUCCESS')
    if (answered === 'CANCELLED') expect(status).toBe('CANCELLED')
    expect(result).toBe(status === 'SUCCESS' ? 'done' : null)
  }
  expect(await server().db.query('select from queue')).toEqual([])
})

test('a cancelled run keeps its variables, and the run that waited for it is answered', async () => {
  const waiting = server().execute('sleeps')
  const id = await until('it runs', async () => {
    const { items } = await server().api(routes.listExecutions, { query: { status: ['RUNNING'] } })
    return items[0]?.id
  })
  await until('it sleeps', async () => (await server().logs(id)).some(({ message }) => message === 'asleep'))
  await cancel(id)
  expect(await waiting).toMatchObject({ execution_id: id, status: 'CANCELLED', result: null })
  const { variables } = await server().api(routes.getExecutionVariables, { params: { id } })
  expect(variables).toMatchObject({ step: 'sleeping' })
})

test('a run that is cancelled while its code loads never begins (30)', async () => {
  server().write(
    'loads.ts',
    `import { files, workflow } from 'bifrost'
await new Promise((resolve) => setTimeout(resolve, 1500))
export const begins = workflow(async () => files.write('began.txt', '', { location: 'temp' }))
export const began = workflow(async () => files.exists('began.txt', { location: 'temp' }))
`,
  )
  const id = await running('begins')
  await cancel(id)
  expect((await server().ended(id)).status).toBe('CANCELLED')
  // In the same child, after it has loaded: what began before has written before.
  expect((await server().execute('began')).result).toBe(false)
})
