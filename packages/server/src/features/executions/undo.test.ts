import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../../testing/server.ts'

const server = useServer({
  files: {
    'books.ts': `import { context, FatalError, logger, sleep, step, workflow } from 'bifrost'
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const book = (name: string) => step(name, { undo: (of: string) => logger.info('undo ' + of) }, () => name)
export const sleeps = workflow(async () => { await book('flight'); await book('hotel'); await sleep('1 hour'); await book('car') })
export const works = workflow(async () => { await book('flight'); await step('work', async ({ signal }) => { logger.info('works'); await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))) }) })
export const ignores = workflow(async () => { await book('flight'); logger.info('works'); await pause(60_000); await book('hotel') })
export const stubborn = workflow(async () => { await book('flight'); try { await sleep('1 hour') } catch { await book('car') } })
export const timesOut = workflow({ timeoutSeconds: 1 }, async () => { await book('flight'); await pause(60_000) })
export const spins = workflow({ timeoutSeconds: 1 }, async () => { await book('flight'); for (;;); })
export const spinsUnseen = workflow(async () => { await book('flight'); logger.info('works'); await pause(50); if (!context.signal.aborted) /(a+)+$/.test('a'.repeat(40) + 'b') })
export const plain = workflow(async () => { await step('a', () => 1); await sleep('1 hour') })
export const slowUndo = workflow(async () => {
  await step('flight', { undo: async () => { logger.info('undoing flight'); await pause(700); logger.info('undone flight') } }, () => 1)
  await step('hotel', { undo: () => logger.info('undone hotel') }, () => 1)
  await sleep('1 hour')
})
export const waitsToRetry = workflow({ retryPolicy: { maxRetries: 1, delaySeconds: 600 } }, async () => { await book('flight'); throw new Error('later') })
`,
  },
})

const cancel = (id: string) => server().api(routes.cancelExecution, { params: { id } })
const reaches = (id: string, status: string) =>
  until(`it is ${status}`, async () => {
    const run = await server().api(routes.getExecution, { params: { id } })
    return run.status === status || undefined
  })
const says = (id: string, message: string) =>
  until(`it says ${message}`, async () => (await messages(id)).includes(message) || undefined)
const messages = async (id: string) => (await server().logs(id)).map((line) => line.message)

describe('a run that is cancelled undoes what it did, the latest first', () => {
  test('while it sleeps', async () => {
    const id = await server().run('sleeps')
    await reaches(id, 'SUSPENDED')
    expect((await cancel(id)).status).toMatch(/CANCELL(ING|ED)/)
    expect(await server().ended(id)).toMatchObject({ status: 'CANCELLED', error: { code: 'cancelled' } })
    expect(await messages(id)).toEqual(['undo hotel', 'undo flight'])
  })

  test.each(['works', 'ignores'])('while its code runs (%s)', async (name) => {
    const id = await server().run(name)
    await says(id, 'works')
    await cancel(id)
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect(await messages(id)).toEqual(['works', 'undo flight'])
  })

  test('code that catches the stop begins nothing new', async () => {
    const id = await server().run('stubborn')
    await reaches(id, 'SUSPENDED')
    await cancel(id)
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect(await messages(id)).toEqual(['undo flight'])
  })

  test('while it waits for its next attempt', async () => {
    const id = await server().run('waitsToRetry')
    await until('its first attempt is over', async () => {
      const [row] = await server().db.query<{ attempt: number }>(
        'select attempt from queue where execution_id = $1',
        [id],
      )
      return row?.attempt === 2 || undefined
    })
    await cancel(id)
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect(await messages(id)).toEqual(['undo flight'])
  })

  test('when its process must be killed, in another one', async () => {
    const id = await server().run('spinsUnseen')
    await says(id, 'works')
    await cancel(id)
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect(await messages(id)).toEqual(['works', 'undo flight'])
  })

  test('a process that dies while it does so does not do it twice', async () => {
    const id = await server().run('slowUndo')
    await reaches(id, 'SUSPENDED')
    await cancel(id)
    await says(id, 'undoing flight')
    for (const pid of server().childPids()) process.kill(pid, 'SIGKILL')
    expect((await server().ended(id)).status).toBe('CANCELLED')
    expect(await messages(id)).toEqual(['undone hotel', 'undoing flight', 'undoing flight', 'undone flight'])
  })

  test('one that has nothing to undo ends at once', async () => {
    const id = await server().run('plain')
    await reaches(id, 'SUSPENDED')
    expect((await cancel(id)).status).toBe('CANCELLED')
  })
})

test.each(['timesOut', 'spins'])('a run whose time is up undoes what it did (%s)', async (name) => {
  const id = await server().run(name)
  expect(await server().ended(id)).toMatchObject({ status: 'TIMEOUT', error: { code: 'timeout' } })
  expect(await messages(id)).toEqual(['undo flight'])
})
