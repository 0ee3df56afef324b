import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { limits } from '@bifrost/contract'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../log.ts'
import { connectionsMaxOf } from './connection-bounds.ts'
import { createHttpServer } from './server.ts'

const ends: (() => unknown)[] = []
const { connectionsPerAddressMax, connectionsMax } = limits
beforeEach(() => {
  Object.assign(limits, { connectionsPerAddressMax: 3 })
})
afterEach(async () => {
  Object.assign(limits, { connectionsPerAddressMax, connectionsMax })
  for (const end of ends.splice(0)) await end()
})

/** A server; answers what opens a connection to it that says nothing. */
async function listening(trustedProxies: string[]) {
  const app = await createHttpServer({
    implementations: [],
    authenticate: async () => null,
    webDir: null,
    trustedProxies,
    log: silentLog,
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  ends.push(() => app.close())
  const { port } = app.server.address() as AddressInfo
  return { app, open: () => connect(port, '127.0.0.1').on('error', () => {}) }
}

/** Whether the server speaks with it: null when it was closed without a word. */
async function answer(socket: Socket): Promise<string | null> {
  socket.write('GET /api/nothing HTTP/1.1\r\nhost: a\r\n\r\n')
  const heard = Promise.withResolvers<string | null>()
  socket.once('data', (data) => heard.resolve(String(data).slice(0, 8)))
  socket.once('close', () => heard.resolve(null))
  return heard.promise
}

test('so many connections of one address are open at once; a further one is closed, and one that ends makes room', async () => {
  const { open } = await listening([])
  const first = [open(), open(), open()]
  for (const socket of first) expect(await answer(socket)).toBe('HTTP/1.1')
  expect(await answer(open())).toBe(null)
  const [one] = first
  one?.end()
  if (one) await once(one, 'close')
  expect(await answer(open())).toBe('HTTP/1.1')
})

test('a trusted proxy speaks for many; for all together there is a bound, too', async () => {
  Object.assign(limits, { connectionsMax: 5 })
  const { open } = await listening(['loopback'])
  for (let count = 0; count < 5; count++) expect(await answer(open())).toBe('HTTP/1.1')
  expect(await answer(open())).toBe(null)
})

test('all of them leave open files for the rest, and one without a request does not stay', async () => {
  expect(connectionsMaxOf(1024)).toBe(768)
  expect(connectionsMaxOf(Number.POSITIVE_INFINITY)).toBe(limits.connectionsMax)
  const { app } = await listening([])
  expect(app.server.headersTimeout).toBe(60_000)
})
