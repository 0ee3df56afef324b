import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { routes } from '@bifrost/contract'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { useServer } from '../testing/server.ts'

// Where connections of author's code go, by whatever module it makes them.

const files = {
  'connects.ts': `import { http as web, workflow } from 'bifrost'
import * as http from 'node:http'
import * as net from 'node:net'
import * as tls from 'node:tls'
import * as dns from 'node:dns'

const outcome = async (work: () => Promise<unknown>) => {
  try { return String(await work()).slice(0, 200) } catch (error) {
    for (let cause = error as { code?: string; cause?: unknown } | undefined; cause; cause = cause.cause as typeof cause)
      if (cause.code) return cause.code
    return String(error)
  }
}
const connected = (socket: net.Socket) => new Promise((resolve, reject) => socket.on('connect', () => { socket.destroy(); resolve('connected') }).on('error', reject))
export const connects = workflow(async (host: string, port: number) => {
  const url = 'http://' + (host.includes(':') ? '[' + host + ']' : host) + ':' + port + '/'
  return {
    fetch: await outcome(async () => (await fetch(url)).text()),
    http: await outcome(() => new Promise((resolve, reject) => http.get(url, (response) => { response.resume(); resolve(response.statusCode) }).on('error', reject))),
    net: await outcome(() => connected(net.connect(port, host))),
    options: await outcome(() => connected(net.createConnection({ host, port }))),
    socket: await outcome(() => connected(new net.Socket().connect({ host, port }))),
    tls: await outcome(() => connected(tls.connect({ host, port, rejectUnauthorized: false }))),
    ownLookup: await outcome(() => connected(net.connect({ host: 'rebinds.example', port, lookup: (_, options, callback) => options.all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4) }))),
    lookupReplaced: await outcome(() => { const lookup = dns.lookup; return connected(net.connect({ host, port, lookup })) }),
  }
})
export const asks = workflow({ maxRetries: 2 }, async (url: string) => web.get(url))
export const pipe = workflow(async (path: string) => outcome(() => connected(net.connect(path))))
export const follows = workflow(async (url: string) => outcome(async () => (await fetch(url)).text()))
`,
}

let target: Server
let port = 0
let location = ''
beforeAll(async () => {
  target = createServer((request, response) => {
    if (request.url === '/away') response.writeHead(302, { location }).end()
    else response.end('here')
  })
  await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve))
  port = (target.address() as AddressInfo).port
})
afterAll(() => {
  target.closeAllConnections()
  target.close()
})

const WAYS = ['fetch', 'http', 'net', 'options', 'socket', 'tls', 'ownLookup', 'lookupReplaced']

describe('connections of a run', () => {
  const server = useServer({ files })

  test.each([
    '127.0.0.1',
    'localhost',
    '2130706433',
    '::1',
    '::ffff:127.0.0.1',
    '0.0.0.0',
    '169.254.169.254',
    '10.0.0.1',
  ])('none goes to %s', async (host) => {
    const { result } = await server().execute('connects', { host, port })
    expect(result).toEqual(Object.fromEntries(WAYS.map((way) => [way, 'egress_refused'])))
  })

  test('the error of http says what was refused and what to ask for, and the run is not tried again', async () => {
    const answer = await server().execute('asks', { url: `http://localhost:${port}/` })
    expect(answer).toMatchObject({
      status: 'FAILED',
      error: { message: expect.stringContaining(`"localhost:${port}" in BIFROST_EGRESS_ALLOW`) },
    })
    const run = await server().api(routes.getExecution, { params: { id: answer.execution_id } })
    expect(run.attempt).toBe(1)
  })
})

describe('connections to what the installation opens', () => {
  const server = useServer({ files, config: { egressAllow: ['127.0.0.1'] } })

  test('are made in every way, and to nothing beside it', async () => {
    const { result } = await server().execute('connects', { host: '127.0.0.1', port })
    expect(result).toMatchObject({
      fetch: 'here',
      http: '200',
      net: 'connected',
      options: 'connected',
      socket: 'connected',
      tls: 'connected',
      ownLookup: 'connected',
      lookupReplaced: 'connected',
    })
    expect((await server().execute('connects', { host: '127.0.0.2', port })).result).toMatchObject({
      fetch: 'egress_refused',
    })
  })

  test("the platform's own port stays closed", async () => {
    const own = Number(new URL(server().url).port)
    const { result } = await server().execute('connects', { host: '127.0.0.1', port: own })
    expect(result).toEqual(Object.fromEntries(WAYS.map((way) => [way, 'egress_refused'])))
  })

  test('a redirect is checked as well', async () => {
    location = `http://127.0.0.2:${port}/`
    const url = `http://127.0.0.1:${port}/away`
    expect((await server().execute('follows', { url })).result).toBe('egress_refused')
    location = `http://127.0.0.1:${port}/`
    expect((await server().execute('follows', { url })).result).toBe('here')
  })

  test('sockets of the machine are closed', async () => {
    expect((await server().execute('pipe', { path: '/tmp/any.sock' })).result).toBe('egress_refused')
  })
})
