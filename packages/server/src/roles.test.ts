import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { type PlatformProcess, type ProcessesUnderTest, withProcesses } from './testing/processes.ts'
import { until } from './testing/server.ts'

const FILES = {
  'work.ts': `import { config, logger, sleep, step, workflow } from 'bifrost'
export const hello = workflow(async (name: string) => 'Hello ' + name)
export const steps = workflow(async (n: number) => {
  let sum = 0
  for (let i = 0; i < n; i++) sum += await step('add', () => i)
  return sum
})
export const naps = workflow(async () => { await sleep('0.3s'); return 'rested' })
export const long = workflow({ timeoutSeconds: 60 }, async (seconds: number) => {
  const first = await step('first', () => process.pid)
  logger.info('first done')
  const second = await step('second', async () => { await new Promise((ok) => setTimeout(ok, seconds * 1000)); return process.pid })
  return { first, second }
})
export const talks = workflow(async () => {
  for (let i = 0; i < 5; i++) { logger.info('line ' + i); await new Promise((ok) => setTimeout(ok, 50)) }
})
export const forever = workflow({ timeoutSeconds: 600 }, async () => { await new Promise(() => {}) })
export const secret = workflow(async () => (await config.get<string>('token'))?.length)
`,
}

/** An API, two workers and a scheduler. */
async function withRoles(
  work: (
    processes: ProcessesUnderTest,
    roles: { api: PlatformProcess; workers: PlatformProcess[]; scheduler: PlatformProcess },
  ) => Promise<void>,
): Promise<void> {
  await withProcesses(FILES, async (processes) => {
    const api = await processes.start('api')
    const [scheduler, ...workers] = await Promise.all([
      processes.start('scheduler'),
      processes.start('worker'),
      processes.start('worker'),
    ])
    await work(processes, { api, scheduler, workers })
    for (const one of [api, scheduler, ...workers]) expect(one.said()).not.toMatch(/"level":(50|60)/)
  })
}

describe('an API, two workers and a scheduler on one database', () => {
  test(
    'run what they are asked to: sync, durable, sleeping; with logs, secrets and cancels across processes',
    () =>
      withRoles(async (processes, { api, workers }) => {
        const call = processes.client(api)
        const execute = (id: string, input: Record<string, unknown>) =>
          call(routes.executeWorkflow, { params: { id }, body: { input: input as never } })

        expect((await execute('hello', { name: 'Ada' })).result).toBe('Hello Ada')
        expect((await execute('steps', { n: 10 })).result).toBe(45)
        expect((await execute('naps', {})).result).toBe('rested')
        await call(routes.setConfig, {
          params: { key: 'token' },
          body: { value: 'hush-hush', is_secret: true },
        })
        expect((await execute('secret', {})).result).toBe(9)

        // The page of a run hears from the worker while it runs.
        const { execution_id: talking } = await call(routes.runWorkflow, {
          params: { id: 'talks' },
          body: {},
        })
        const stream = await fetch(`${api.url}/api/executions/${talking}/stream`, {
          headers: { authorization: `Bearer ${processes.apiKey}` },
        }).then((response) => response.text())
        expect([...stream.matchAll(/line (\d)/g)].map(([, n]) => n)).toEqual(['0', '1', '2', '3', '4'])
        expect(stream).toContain('"status":"SUCCESS"')

        // A run is told to stop in whatever process it is.
        const ids = await Promise.all(
          [1, 2, 3, 4].map(
            async () =>
              (await call(routes.runWorkflow, { params: { id: 'forever' }, body: {} })).execution_id,
          ),
        )
        const statusOf = async (id: string) => (await call(routes.getExecution, { params: { id } })).status
        for (const id of ids) await until('it runs', async () => (await statusOf(id)) === 'RUNNING')
        for (const id of ids) await call(routes.cancelExecution, { params: { id } })
        for (const id of ids)
          await until('it is cancelled', async () => (await statusOf(id)) === 'CANCELLED', 3000)

        // One worker is killed: its durable runs continue in the other one.
        const long = await Promise.all(
          Array.from(
            { length: 6 },
            async () =>
              (await call(routes.runWorkflow, { params: { id: 'long' }, body: { input: { seconds: 3 } } }))
                .execution_id,
          ),
        )
        for (const id of long)
          await until('its first step is done', async () =>
            (await call(routes.listExecutionSteps, { params: { id }, query: {} })).items.some(
              (one) => one.name === 'first' && one.status === 'completed',
            ),
          )
        const holder = await processes.pidOf(long[0] ?? '')
        await workers.find((one) => one.pid === holder)?.kill()
        for (const id of long)
          expect(
            await until(
              'it has ended',
              async () => {
                const s = await statusOf(id)
                return ['SUCCESS', 'FAILED'].includes(s) && s
              },
              40_000,
            ),
          ).toBe('SUCCESS')
        for (const id of long)
          expect(
            (await call(routes.listExecutionSteps, { params: { id }, query: {} })).items.map((one) => [
              one.name,
              one.status,
            ]),
          ).toEqual([
            ['first', 'completed'],
            ['second', 'completed'],
          ])
      }),
    120_000,
  )
})

describe('a process that does not fit', () => {
  test.each(['api', 'worker', 'scheduler'] as const)('%s without DATABASE_URL says what it needs', (as) =>
    withProcesses({}, async (processes) => {
      const refused = processes.launch(as, { DATABASE_URL: '' })
      expect(await refused.ended).toBe(1)
      expect(refused.said()).toMatch(
        new RegExp(`^bifrost ${as} needs a PostgreSQL shared by all processes: set DATABASE_URL`),
      )
    }),
  )

  test('a worker with another secret key is refused at its start', () =>
    withProcesses(FILES, async (processes) => {
      await processes.start('api')
      const refused = processes.launch('worker', {
        BIFROST_SECRET_KEY: 'another-secret-key-0123456789-0123456789',
      })
      expect(await refused.ended).toBe(1)
      expect(refused.said()).toMatch(
        /^The secrets of this database were stored with another secret key: set BIFROST_SECRET_KEY/,
      )
    }))
})
