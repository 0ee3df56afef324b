import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { until, useServer } from '../testing/server.ts'
import { useSink } from '../testing/sink.ts'

// A run that does not yield holds its process. Runs that were sent there and have not begun go to another one.

const files = {
  'holds.ts': `import { workflow } from 'bifrost'
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))
const fib = (n: number): number => n < 2 ? n : fib(n - 1) + fib(n - 2)
export const spins = workflow(async (url: string) => { await fetch(url); for (;;) {} })
export const computes = workflow(async (url: string) => { await fetch(url); return fib(70) })
export const matches = workflow(async (url: string) => { await fetch(url); return /(a+)+$/.test('a'.repeat(60) + 'b') })
export const quick = workflow(async (url: string) => { await fetch(url); return 'done' })
export const kills = workflow(async (url: string) => { await fetch(url); for (const from = Date.now(); Date.now() - from < 150; ); process.kill(process.pid, 'SIGKILL'); await pause(60_000) })
`,
}

const sink = useSink()
const { count } = sink

describe('beside a run that does not yield', () => {
  const server = useServer({ files, config: { egressAllow: ['127.0.0.1'] } })

  test.each(['spins', 'computes', 'matches'])(
    'others begin once, in another process, and live when it is cancelled: %s',
    async (name) => {
      const id = await server().run(name, { url: `${sink.base}/${name}` })
      await until('it begins', () => count(`/${name}`) === 1)
      const others = await Promise.all(
        Array.from({ length: 4 }, (_, index) =>
          server().execute('quick', { url: `${sink.base}/${name}-${index}` }),
        ),
      )
      expect(others.map((one) => one.status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS'])
      expect((await server().api(routes.getExecution, { params: { id } })).status).toBe('RUNNING')
      await server().api(routes.cancelExecution, { params: { id } })
      expect(await server().ended(id)).toMatchObject({ status: 'CANCELLED' })
      for (let index = 0; index < 4; index++) expect(count(`/${name}-${index}`)).toBe(1)
    },
  )

  test('a process that ends takes no run with it that has not begun', async () => {
    const id = await server().run('kills', { url: `${sink.base}/kills` })
    await until('it begins', () => count('/kills') === 1)
    const others = await Promise.all(
      Array.from({ length: 4 }, (_, index) =>
        server().execute('quick', { url: `${sink.base}/killed-${index}` }),
      ),
    )
    expect(others.map((one) => one.status)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS', 'SUCCESS'])
    for (let index = 0; index < 4; index++) expect(count(`/killed-${index}`)).toBe(1)
    expect(await server().ended(id)).toMatchObject({ status: 'FAILED' })
  })
})
