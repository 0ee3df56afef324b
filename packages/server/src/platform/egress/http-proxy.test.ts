import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { egressRules } from '@bifrost/contract'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Lookup } from './checked-lookup.ts'
import { type HttpProxy, type HttpProxyOptions, startHttpProxy } from './http-proxy.ts'

let server: http.Server
let port: number
let folder: string
const open: HttpProxy[] = []
beforeAll(async () => {
  server = http.createServer((request, response) => response.end(`${request.method} ${request.url}`))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  folder = mkdtempSync(join(tmpdir(), 'bifrost-proxy-'))
})
afterEach(() => {
  for (const proxy of open.splice(0)) proxy.close()
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Every name is this machine. */
const lookup: Lookup = (_host, _options, callback) => callback(null, [{ address: '127.0.0.1', family: 4 }])
const start = async (allow: string[], more: Partial<HttpProxyOptions> = {}) => {
  const proxy = await startHttpProxy({
    rules: egressRules(net, allow),
    socket: { folder, name: 'proxy', user: null },
    token: 'token',
    lookup,
    ...more,
  })
  open.push(proxy)
  return proxy
}

/** What the proxy answers to these bytes, to the end. */
const said = (to: net.NetConnectOpts, text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    let all = ''
    const socket = net.connect(to, () => socket.write(text))
    socket.on('data', (chunk) => {
      all += chunk.toString()
      // Through the tunnel, once it is there.
      if (all.endsWith('Established\r\n\r\n'))
        socket.write('GET /in HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(all))
  })
const onSocket = (text: string) => said({ path: join(folder, 'proxy') }, text)
const tunnel = (host: string) => `CONNECT ${host} HTTP/1.1\r\nHost: ${host}\r\n\r\n`
const get = (url: string, header = '') =>
  `GET ${url} HTTP/1.1\r\nHost: x\r\n${header}Connection: close\r\n\r\n`

test('a connection goes where the rules say', async () => {
  await start([`index.example:${port}`])
  expect(await onSocket(tunnel(`index.example:${port}`))).toMatch(/ 200 .*GET \/in$/s)
  expect(await onSocket(get(`http://index.example:${port}/simple?a=1`))).toMatch(/ 200 .*GET \/simple\?a=1/s)
})

test.each(['other.example', '127.0.0.1', '[::1]', '169.254.169.254'])('and not to %s', async (host) => {
  await start([`index.example:${port}`])
  expect(await onSocket(tunnel(`${host}:${port}`))).toMatch(/^HTTP\/1\.1 (403|502) /)
  expect(await onSocket(get(`http://${host}:${port}/`))).toMatch(/^HTTP\/1\.1 (403|502) /)
})

test.each(['nonsense', ':1', 'index.example:0', 'index.example:70000', 'index.example'])(
  'what names no host and port is refused: %s',
  async (target) => {
    await start([])
    expect(await onSocket(tunnel(target))).toMatch(/^HTTP\/1\.1 400 /)
  },
)

test('on a port, only those who know the token may use it', async () => {
  const { url } = await start([`127.0.0.1:${port}`], { socket: null })
  const address = new URL(url ?? '')
  const to = { host: '127.0.0.1', port: Number(address.port) }
  const target = `http://127.0.0.1:${port}/`
  expect(await said(to, get(target))).toMatch(/^HTTP\/1\.1 407 /)
  expect(await said(to, tunnel(`127.0.0.1:${port}`))).toMatch(/^HTTP\/1\.1 407 /)
  const secret = Buffer.from(`${address.username}:${address.password}`).toString('base64')
  expect(await said(to, get(target, `Proxy-Authorization: Basic ${secret}\r\n`))).toMatch(/^HTTP\/1\.1 200 /)
})
