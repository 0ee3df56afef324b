import type { Socket } from 'node:net'
import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { findLevel } from '../platform/containment/level.ts'
import { until, useServer } from '../testing/server.ts'
import { useSink } from '../testing/sink.ts'

// Once the end of a run is recorded, nothing of it acts outside, although its process lives on for others.

const files = {
  'acts.ts': `import { config, events, files, http as web, step, tables, workflow, workflows } from 'bifrost'
import * as http from 'node:http'
import * as http2 from 'node:http2'
import * as net from 'node:net'
import * as timers from 'node:timers/promises'
import { EventEmitter } from 'node:events'

const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))
const quietly = (work: () => unknown) => Promise.resolve().then(work).catch(() => {})
const get = (url: string, agent?: http.Agent) => new Promise<void>((resolve, reject) => {
  http.get(url, { agent }, (response) => { response.resume(); response.on('end', () => resolve()) }).on('error', reject)
})

/** Stays in the process, and shows that it turns. */
export const neighbor = workflow(async (url: string) => { for (;;) { await fetch(url); await pause(10) } })

export const loop = workflow(async (url: string) => { for (;;) { await fetch(url); await pause(10) } })
export const inStep = workflow(async (url: string) => step('all', async () => { for (;;) { await fetch(url); await pause(10) } }))
export const stubborn = workflow(async (url: string) => { while (true) { try { await fetch(url); await pause(10) } catch {} } })
export const chained = workflow((url: string) => { const next = (): Promise<unknown> => fetch(url).then(() => pause(10)).then(next); return next() })
export const chainedStubborn = workflow((url: string) => { const next = (): Promise<unknown> => fetch(url).catch(() => {}).then(next); return next() })
export const interval = workflow(async (url: string) => { setInterval(() => quietly(() => fetch(url)), 10); await pause(60_000) })
export const promised = workflow(async (url: string) => { for await (const _ of timers.setInterval(10)) await fetch(url) })
export const immediate = workflow(async (url: string) => { const turn = () => setImmediate(() => quietly(() => fetch(url)).then(turn)); turn(); await pause(60_000) })
export const request = workflow(async (url: string) => { const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }); for (;;) { await quietly(() => get(url, agent)); await pause(10) } })
export const client = workflow(async (url: string) => { for (;;) { await quietly(() => web.get(url, { retries: 5 })); await pause(10) } })
export const raw = workflow(async (url: string) => {
  const { hostname, port, pathname } = new URL(url)
  const socket = net.connect(Number(port), hostname)
  socket.on('data', () => setTimeout(() => socket.write('GET ' + pathname + ' HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'), 10)).on('error', () => {})
  socket.write('GET ' + pathname + ' HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
  await pause(60_000)
})
export const echoing = workflow(async (url: string) => {
  const { hostname, port, pathname } = new URL(url)
  const open = () => {
    const socket = net.connect(Number(port), hostname)
    socket.on('data', () => socket.write('GET ' + pathname + ' HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')).on('error', () => {}).on('close', open)
    socket.write('GET ' + pathname + ' HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
  }
  open()
  await pause(60_000)
})
const bus = new EventEmitter()
export const listener = workflow(async (url: string) => { bus.on('turn', () => quietly(() => fetch(url))); for (;;) { bus.emit('turn'); await pause(10) } })

export const leaves = workflow(async (url: string, how: string) => {
  const act = () => quietly(() => how === 'request' ? get(url) : how === 'client' ? web.get(url) : fetch(url))
  if (how === 'interval' || how === 'request' || how === 'client') setInterval(act, 5)
  else if (how === 'timeout') { const again = () => { void act(); setTimeout(again, 5) }; again() }
  else if (how === 'loop') void (async () => { while (true) { await act(); await pause(5) } })()
  else if (how === 'swallow') void (async () => { while (true) { try { await fetch(url) } catch {} } })()
  else if (how === 'chain') { const next = (): Promise<unknown> => act().then(() => pause(5)).then(next); void next() }
  await pause(50)
  return 'done'
})
export const fails = workflow(async (url: string) => { setInterval(() => quietly(() => fetch(url)), 5); await pause(50); throw new Error('as meant') })
export const marker = workflow(async () => 'here')

let shared: http.Agent | null = null
export const pooled = workflow(async (url: string) => { shared ??= new http.Agent({ keepAlive: true, maxSockets: 1 }); await get(url, shared); return (await fetch(url)).status })
export const pooledLong = workflow(async (url: string) => { shared ??= new http.Agent({ keepAlive: true, maxSockets: 1 }); for (;;) { await get(url, shared); await fetch(url); await pause(10) } })

/** What would close its connection from inside does nothing. */
const cling = async (url: string) => {
  const { hostname, port, pathname } = new URL(url)
  const socket = net.connect(Number(port), hostname).on('error', () => {})
  await new Promise((resolve) => socket.once('connect', resolve))
  Object.assign(socket, { destroy: () => socket, end: () => socket })
  socket.write('GET ' + pathname + '?hang HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
  await pause(60_000)
}
export const clings = workflow(async (url: string) => cling(url))
export const clingsBriefly = workflow({ timeoutSeconds: 5 }, async (url: string) => cling(url))

export const slow = workflow(async (url: string) => { await fetch(url + '?hang') })
export const platform = workflow(async (url: string) => {
  await tables.create('acts')
  for (let n = 0; ; n++) {
    await quietly(() => tables.insert('acts', { n }))
    await quietly(() => config.set('acts.n', n))
    await quietly(() => events.emit('acts/done', { n }))
    await quietly(() => workflows.start(marker))
    await quietly(() => files.write('acts-' + n + '.txt', 'x', { location: 'temp' }))
    await fetch(url)
  }
})
`,
  'module-loop.ts': `import { workflow } from 'bifrost'
let url = ''
setInterval(() => { if (url) void fetch(url).catch(() => {}) }, 5)
export const arms = workflow(async (to: string) => { url = to; await new Promise((r) => setTimeout(r, 50)); return 'armed' })
`,
}

/** A module that opens a connection while it loads, and ways in which a run leaves work to what the module made. */
const leaver = (name: string, url: string) => `import { workflow } from 'bifrost'
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { readFile } from 'node:fs/promises'
import * as http from 'node:http'
import * as net from 'node:net'
const { hostname, port } = new URL('${url}')
const text = 'GET /left-${name} HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n'
const pause = (ms: number) => new Promise((r) => setTimeout(r, ms))
const quietly = (work: () => unknown) => { try { work() } catch {} }
const raw = net.connect(Number(port), hostname).on('error', () => {}).on('data', () => {})
const send = () => quietly(() => raw.write(text))
const again = (work: () => unknown) => setInterval(() => quietly(work), 5)
const outside = AsyncLocalStorage.snapshot()
const bound = AsyncResource.bind((work: () => void) => work())
const resource = new AsyncResource('module')
const armed = Promise.withResolvers<void>()
void armed.promise.then(async () => { for (;;) { ways.loop === way && send(); await pause(5) } })
const channel = new MessageChannel()
channel.port1.onmessage = () => { send(); setTimeout(() => channel.port2.postMessage(1), 5) }
channel.port1.unref()
let way: unknown
const dispatcher = () => (globalThis as never)[Symbol.for('undici.globalDispatcher.1')] as { dispatch(options: object, handler: object): void }
const ways = {
  snapshot: () => outside(() => again(send)),
  bind: () => bound(() => again(send)),
  resource: () => resource.runInAsyncScope(() => again(send)),
  loop: () => armed.resolve(),
  port: () => channel.port2.postMessage(1),
  connect: () => outside(() => again(() => net.connect(Number(port), hostname).on('error', () => {}).end(text))),
  ended: () => outside(() => again(() => net.connect(Number(port), hostname).on('error', () => {}).write(text))),
  // Without a timer, and past fetch: over a connection that fetch keeps.
  dispatch: () => void (async () => {
    await (await fetch('${url}/other')).text()
    for (;;) {
      const ignored = { onConnect() {}, onRequestStart() {}, onHeaders: () => true, onResponseStart() {}, onData: () => true, onResponseData() {}, onComplete() {}, onResponseEnd() {}, onError() {}, onResponseError() {} }
      quietly(() => dispatcher().dispatch({ origin: '${url}', path: '/left-${name}', method: 'GET', headers: {} }, ignored))
      await readFile('/proc/self/none').catch(() => {})
      await new Promise((r) => setImmediate(r)).catch(() => {})
    }
  })(),
}
export const leave_${name} = workflow(async () => { way = ways['${name}']; ways['${name}'](); await pause(200); return 'left' })
export const beside_${name} = workflow(async (url: string) => { for (;;) { await fetch(url); await pause(10) } })
export const uses_${name} = workflow(async () => {
  const answer = new Promise((resolve, reject) => raw.once('data', (part) => resolve(String(part).slice(0, 15))).once('error', reject))
  raw.write(text)
  return answer
})
`

const hanging = new Set<Socket>()
const hasWall = findLevel().name === 'wall'
let neighbors = 0
const sink = useSink(
  (request, answer) => {
    if (!request.url?.endsWith('?hang')) return answer.end('{}')
    hanging.add(request.socket)
    request.socket.once('close', () => hanging.delete(request.socket))
  },
  (url) => url.replace(/\?.*/, ''),
)
const { count } = sink
const acted = (path: string, times: number) => until(`${path} acts`, () => count(path) >= times)

describe('after the end of a run', () => {
  const server = useServer({ files, config: { egressAllow: ['127.0.0.1'] } })
  const cancel = (id: string) => server().api(routes.cancelExecution, { params: { id } })

  /** Another run of the same process, which continues; what it does shows that the process turns. */
  async function beside<T>(
    work: (turns: (times: number) => Promise<void>) => Promise<T>,
    neighbor = 'neighbor',
  ): Promise<T> {
    const path = `/neighbor-${++neighbors}`
    const id = await server().run(neighbor, { url: sink.base + path })
    await acted(path, 1)
    const turns = async (times: number) => void (await acted(path, count(path) + times))
    try {
      return await work(turns)
    } finally {
      await cancel(id)
      expect(await server().ended(id)).toMatchObject({ status: 'CANCELLED' })
    }
  }

  /** What left before the end may still be on its way when the end is known: it arrives, and then nothing does. */
  async function expectSilence(path: string, turns: (times: number) => Promise<void>): Promise<void> {
    let before = -1
    for (let rounds = 0; rounds < 10 && count(path) !== before; rounds++) {
      before = count(path)
      await turns(3)
    }
    await turns(20)
    expect(count(path)).toBe(before)
  }

  test.each([
    'loop',
    'inStep',
    'stubborn',
    'chained',
    'chainedStubborn',
    'interval',
    'promised',
    'immediate',
    'request',
    'client',
    'raw',
    'echoing',
    'listener',
  ])('a cancelled "%s" makes no further call, while its neighbor continues', (name) =>
    beside(async (turns) => {
      const path = `/${name}`
      const id = await server().run(name, { url: sink.base + path })
      await acted(path, 3)
      await cancel(id)
      expect((await server().ended(id)).status).toBe('CANCELLED')
      await expectSilence(path, turns)
    }),
  )

  test.each(['interval', 'request', 'client', 'timeout', 'loop', 'swallow', 'chain'])(
    'what a successful run leaves behind makes no further call: %s',
    (how) =>
      beside(async (turns) => {
        const path = `/leaves-${how}`
        const answer = await server().execute('leaves', { url: sink.base + path, how })
        expect(answer.status).toBe('SUCCESS')
        expect(count(path)).toBeGreaterThan(0)
        await expectSilence(path, turns)
        expect(await server().execute('marker')).toMatchObject({ status: 'SUCCESS' })
      }),
  )

  test('nor does what a failed run leaves behind', () =>
    beside(async (turns) => {
      expect((await server().execute('fails', { url: `${sink.base}/fails` })).status).toBe('FAILED')
      await expectSilence('/fails', turns)
    }))

  test('a timer of a module makes no call, not beside a run either', () =>
    beside(async (turns) => {
      expect((await server().execute('arms', { to: `${sink.base}/module` })).status).toBe('SUCCESS')
      await turns(20)
      expect(count('/module')).toBe(0)
    }))

  test.each(['snapshot', 'bind', 'resource', 'loop', 'port', 'connect', 'ended', 'dispatch'])(
    'what a run leaves to a module, its connections and its context, does nothing: %s',
    async (name) => {
      server().write(`leaver-${name}.ts`, leaver(name, sink.base))
      await until('it is read', () =>
        server()
          .run(`beside_${name}`, { url: `${sink.base}/first` })
          .then(cancel, () => null),
      )
      await beside(async (turns) => {
        const path = `/left-${name}`
        const left = await server().execute(`leave_${name}`)
        expect(left).toMatchObject({ status: 'SUCCESS' })
        await expectSilence(path, turns)
      }, `beside_${name}`)
    },
  )

  test('a connection that a module opened while it loaded serves one run after the other', async () => {
    server().write('leaver-serves.ts', leaver('serves', sink.base).replaceAll("ways['serves']", 'ways.loop'))
    for (let round = 0; round < 3; round++)
      expect(await server().execute('uses_serves')).toMatchObject({ result: 'HTTP/1.1 200 OK' })
  })

  test('connections that a module keeps serve later runs, and those of others when one is stopped', async () => {
    for (let round = 0; round < 3; round++)
      expect(await server().execute('pooled', { url: `${sink.base}/pooled` })).toMatchObject({ result: 200 })
    const id = await server().run('pooledLong', { url: `${sink.base}/pooled-long` })
    await acted('/pooled-long', 3)
    const others = await Promise.all(
      Array.from({ length: 5 }, () => server().execute('pooled', { url: `${sink.base}/pooled` })),
    )
    expect(others.map((one) => one.result)).toEqual([200, 200, 200, 200, 200])
    await cancel(id)
    await server().ended(id)
    expect(await server().execute('pooled', { url: `${sink.base}/pooled` })).toMatchObject({ result: 200 })
  })

  test('a request that is under way is cut off', () =>
    beside(async () => {
      const id = await server().run('slow', { url: `${sink.base}/slow` })
      await until('it arrives', () => hanging.size === 1)
      await cancel(id)
      await server().ended(id)
      await until('it is cut off', () => hanging.size === 0)
    }))

  test.for(['cancelled', 'out of time'])(
    'what a run that is %s keeps open against the runtime is cut from outside',
    (how, { skip }) => {
      skip(
        !hasWall,
        'without a wall, code that fights the runtime keeps its connections until its process ends',
      )
      return beside(async () => {
        const id = await server().run(how === 'cancelled' ? 'clings' : 'clingsBriefly', {
          url: `${sink.base}/clings`,
        })
        await until('it arrives', () => hanging.size === 1)
        if (how === 'cancelled') await cancel(id)
        expect((await server().ended(id)).status).toBe(how === 'cancelled' ? 'CANCELLED' : 'TIMEOUT')
        await until('it is cut off', () => hanging.size === 0)
      })
    },
  )

  test('the platform takes nothing of it', () =>
    beside(async (turns) => {
      const id = await server().run('platform', { url: `${sink.base}/platform` })
      await acted('/platform', 3)
      await cancel(id)
      await server().ended(id)
      const stored = async () => ({
        rows: await server().db.query('select count(*)::int as n from table_rows'),
        events: await server().db.query('select count(*)::int as n from events'),
        runs: await server().db.query('select count(*)::int as n from executions where parent_id = $1', [id]),
        config: await server().db.query('select value from config_entries'),
      })
      const before = await stored()
      await turns(20)
      expect(await stored()).toEqual(before)
    }))
})
