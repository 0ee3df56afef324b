import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { limits } from '@bifrost/contract'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { makeDataDir } from '../platform/data-dir.ts'
import { silentLog } from '../platform/log.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../testing/certificate.ts'
import { startIn as startInPool } from '../testing/pool.ts'
import { type ChildHome, makeChildHome } from './child-home.ts'
import { Pool } from './pool.ts'
import { spawnChild } from './spawn-child.ts'

// Connections of author's code, with a network of its own (the proxy makes them) and without (the fence checks them).

/** Answers each line with the same line; a line "send N" with N bytes; after the client's end, "bye". */
const echo = (socket: net.Socket) => {
  let bytes = 0
  socket.on('error', () => {})
  socket.on('data', (data) => {
    bytes += data.length
    const text = data.length < 100 ? data.toString() : ''
    const [, size] = /^send (\d+)\n$/.exec(text) ?? []
    if (size) socket.write(Buffer.alloc(Number(size), 'x'))
    else if (text === 'break\n') socket.resetAndDestroy()
    else if (text.startsWith('echo')) socket.write(text)
  })
  socket.on('end', () => socket.end(`bye ${bytes}`))
}

let tcp: net.Server
let secure: tls.Server
let http: HttpServer
/** Never reads what it is sent. */
let deaf: net.Server
const ports: Record<string, number> = {}
const requestsByPort = new Map<number, number>()
beforeAll(async () => {
  tcp = net.createServer({ allowHalfOpen: true }, echo)
  secure = tls.createServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, echo)
  deaf = net.createServer((socket) => socket.pause())
  http = createHttpServer((request, response) => {
    const port = request.socket.remotePort ?? 0
    requestsByPort.set(port, (requestsByPort.get(port) ?? 0) + 1)
    if (request.url === '/slow') return
    request.resume().on('end', () => response.end(`hello ${port}`))
  })
  for (const [name, server] of Object.entries({ tcp, secure, deaf, http })) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports[name] = (server.address() as AddressInfo).port
  }
})
afterAll(() => {
  http.closeAllConnections()
  for (const server of [tcp, secure, deaf, http]) server.close()
})

describe.each([true, false])('bubblewrap: %s', (withSandbox) => {
  let folder: string
  let home: ChildHome
  let pool: Pool
  let isLeftOut = false
  beforeAll(async () => {
    folder = mkdtempSync('/tmp/bifrost-wall-')
    makeDataDir(folder)
    home = await makeChildHome(folder, { withSandbox })
    isLeftOut = withSandbox && home.containment.sandbox?.hasOwnNetwork !== true
    if (isLeftOut) console.warn('Left out: bubblewrap is missing, or gives no network of its own here.')
    pool = new Pool({
      spawn: (index, language) => spawnChild(home, index, language),
      log: silentLog,
      childrenMax: 4,
      idleMs: 60_000,
      egressAllow: () => [
        ...Object.values(ports).map((port) => `127.0.0.1:${port}`),
        `localhost:${ports['tcp']}`,
      ],
    })
  })
  beforeEach(({ skip }) => skip(isLeftOut, 'bubblewrap gives no network of its own here'))
  afterAll(async () => {
    await pool.stop()
    home.leave()
    rmSync(folder, { recursive: true, force: true })
  })

  const HEAD = `
import * as net from 'node:net'; import * as tls from 'node:tls'; import * as dns from 'node:dns'; import * as dgram from 'node:dgram'
import * as http from 'node:http'; import * as https from 'node:https'; import { once } from 'node:events'
const ports = ${'PORTS'}
const attempt = async (work) => { try { return { reached: String(await work()) } } catch (error) { return { code: error.cause?.code ?? error.code ?? error.name, message: error.message } } }
const connected = (socket) => new Promise((resolve, reject) => socket.on('connect', () => { socket.destroy(); resolve('connected') }).on('error', reject))
const textOf = async (socket) => { let text = ''; for await (const part of socket) text += part; return text }
`
  let count = 0
  /** What an author's code gives for this body of a function. */
  const code = (body: string, options: Parameters<typeof startInPool>[2] = {}) =>
    startInPool(
      pool,
      `async () => { ${body} }\n/* process ${++count} */${HEAD.replace('PORTS', JSON.stringify(ports))}`,
      options,
    )
  const run = async (body: string) => {
    const { how, value } = await code(body).outcome
    expect({ how, value: how === 'done' ? null : value }).toEqual({ how: 'done', value: null })
    return value as never
  }

  test.each([
    'net.connect(ports.tcp, "127.0.0.1")',
    'net.connect({ port: ports.tcp, host: "127.0.0.1" })',
    'net.createConnection({ port: ports.tcp })',
    'net.connect(ports.tcp, "localhost")',
    'new net.Socket().connect(ports.tcp, "127.0.0.1")',
    'net.connect({ port: ports.tcp, host: "localhost", lookup: dns.lookup })',
    'net.connect({ port: ports.tcp, host: "any.example", lookup: (_, o, done) => o.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4) })',
  ])('%s speaks both ways, and ends one side after the other', async (expression) => {
    const text = await run(
      `const s = ${expression}; s.write('echo before it is connected\\n'); await once(s, 'data').then(([d]) => { if (String(d) !== 'echo before it is connected\\n') throw new Error(String(d)) }); s.end('some'); return textOf(s)`,
    )
    expect(text).toBe('bye 32')
  })

  test.each([
    'tls.connect({ port: ports.secure, host: "127.0.0.1", rejectUnauthorized: false })',
    'tls.connect(ports.secure, "127.0.0.1", { rejectUnauthorized: false })',
    'tls.connect(ports.secure, { host: "127.0.0.1", rejectUnauthorized: false })',
    'tls.connect({ socket: net.connect(ports.secure, "127.0.0.1"), rejectUnauthorized: false })',
  ])('%s is TLS from end to end', async (expression) => {
    const answer = await run(
      `const s = ${expression}; s.write('echo tls\\n'); const [d] = await once(s, 'data'); const cert = s.getPeerCertificate().subject.CN; s.destroy(); return { d: String(d), cert }`,
    )
    expect(answer).toEqual({ d: 'echo tls\n', cert: 'bifrost.test' })
  })

  test('a certificate that does not fit the name is refused', async () => {
    const answer = await run(
      `return attempt(() => once(tls.connect({ port: ports.secure, host: '127.0.0.1' }), 'secureConnect'))`,
    )
    expect(answer).toMatchObject({ code: expect.stringMatching(/CERT|ALTNAME/) })
  })

  test('fetch, and an agent that keeps its connection alive', async () => {
    const url = `http://127.0.0.1:${ports['http']}/`
    expect(await run(`return (await fetch('${url}')).text()`)).toMatch(/^hello \d+$/)
    const answers = await run(
      `const agent = new http.Agent({ keepAlive: true, maxSockets: 1 }); const get = () => new Promise((resolve, reject) => http.get('${url}', { agent }, (r) => textOf(r).then(resolve)).on('error', reject)); const all = [await get(), await get(), await get()]; agent.destroy(); return all`,
    )
    expect(new Set(answers as string[]).size).toBe(1)
  })

  test('an abort cuts the connection at the other end', async () => {
    const before = http.listenerCount('request')
    const cut = new Promise<void>((resolve) =>
      http.once('request', (request) => request.socket.once('close', () => resolve())),
    )
    const answer = await run(
      `return attempt(() => fetch('http://127.0.0.1:${ports['http']}/slow', { signal: AbortSignal.timeout(200) }))`,
    )
    expect(answer).toMatchObject({ code: expect.anything() })
    await cut
    expect(http.listenerCount('request')).toBe(before)
  })

  test('30 MB come and go, whole', async () => {
    const size = 30_000_000
    const answer = await run(
      `const s = net.connect(ports.tcp, '127.0.0.1'); s.write('send ${size}\\n'); let got = 0; await new Promise((resolve) => s.on('data', (d) => { got += d.length; if (got === ${size}) resolve() })); const part = Buffer.alloc(1e6, 'y'); for (let n = 0; n < 30; n++) if (!s.write(part)) await once(s, 'drain'); s.end(); s.removeAllListeners('data'); return [got, await textOf(s)]`,
    )
    expect(answer).toEqual([size, `bye ${size + `send ${size}\n`.length}`])
  })

  test('a reader that does not read stops the writer, and memory of the server does not grow', async () => {
    const before = process.memoryUsage.rss()
    const sent = await run(
      `const s = net.connect(ports.deaf, '127.0.0.1'); await once(s, 'connect'); const part = Buffer.alloc(1e6); let n = 0; while (n < 200) { n++; if (!s.write(part) && !(await Promise.race([once(s, 'drain').then(() => true), new Promise((r) => setTimeout(r, 1500, false))]))) break } s.destroy(); return n`,
    )
    expect(sent).toBeLessThan(100)
    expect(process.memoryUsage.rss() - before).toBeLessThan(150_000_000)
  })

  test('what breaks says so: no one listens, a reset, a name that is none', async () => {
    const free = net.createServer()
    await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
    const { port } = free.address() as AddressInfo
    await new Promise((resolve) => free.close(resolve))
    ports['closed'] = port
    const answer = await run(
      `return [await attempt(() => connected(net.connect(ports.closed, '127.0.0.1'))), await attempt(async () => { const s = net.connect(ports.tcp, '127.0.0.1'); s.write('break\\n'); s.resume(); await once(s, 'close') ; throw Object.assign(new Error(), { code: s.errored?.code }) }), await attempt(() => connected(net.connect(80, 'no-such-name.invalid'))), await attempt(() => dns.promises.lookup('no-such-name.invalid'))]`,
    )
    delete ports['closed']
    expect(answer).toMatchObject([
      { code: 'ECONNREFUSED' },
      { code: 'ECONNRESET' },
      { code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) },
      { code: expect.stringMatching(/ENOTFOUND|EAI_AGAIN/) },
    ])
  })

  test.each([
    [
      'a getter',
      `net.connect({ port: PORT, get host() { return globalThis.asked++ ? '127.0.0.1' : '8.8.8.8' } })`,
    ],
    [
      'a text that changes',
      `net.connect({ port: PORT, host: { toString: () => (globalThis.asked++ ? '127.0.0.1' : '8.8.8.8') } })`,
    ],
    [
      'a getter of an answer',
      `net.connect({ port: PORT, host: 'x.example', lookup: (_, o, done) => done(null, [{ family: 4, get address() { return globalThis.asked++ ? '127.0.0.1' : '8.8.8.8' } }]) })`,
    ],
    [
      'a name that is open, with an answer that is not',
      `net.connect({ port: ports.tcp, host: 'localhost', lookup: (_, o, done) => o.all ? done(null, [{ address: '127.0.0.7', family: 4 }]) : done(null, '127.0.0.7', 4) })`,
    ],
    [
      'BlockList.prototype.check',
      `(() => { try { net.BlockList.prototype.check = () => true } catch {} return net.connect(PORT, '127.0.0.1') })()`,
    ],
    [
      'the handle of a BlockList',
      `(() => { const list = new net.BlockList(); for (const key of Object.getOwnPropertySymbols(list)) try { Object.getPrototypeOf(list[key]).check = () => true } catch {} return net.connect(PORT, '127.0.0.1') })()`,
    ],
    [
      'methods of built-in objects',
      `(() => { const some = Array.prototype.some; const is = net.isIP; Array.prototype.some = () => true; const test = RegExp.prototype.test; RegExp.prototype.test = () => true; try { return net.connect(PORT, '127.0.0.1') } finally { Array.prototype.some = some; RegExp.prototype.test = test } })()`,
    ],
    [
      'Object.prototype',
      `(() => { let n = 0; Object.defineProperty(Object.prototype, 'path', { configurable: true, get: () => (n++ ? '/tmp/any.sock' : undefined) }); try { return net.connect(PORT, '127.0.0.1') } finally { delete Object.prototype.path } })()`,
    ],
    ['an array that looks normalized', `new net.Socket().connect([{ port: PORT, host: '127.0.0.1' }, null])`],
  ])('%s opens nothing that is closed', async (_, expression) => {
    // A port that answers, and that no rule opens.
    const closed = net.createServer((socket) => socket.end('reached'))
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as AddressInfo
    let reached = 0
    closed.on('connection', () => reached++)
    const answer = await run(
      `globalThis.asked = 0; return attempt(() => Promise.race([connected(${expression.replaceAll('PORT', String(port))}), new Promise((_, reject) => setTimeout(reject, 1500, Object.assign(new Error(), { code: 'nothing' })))]))`,
    )
    await new Promise((resolve) => closed.close(resolve))
    expect(answer).not.toHaveProperty('reached')
    expect(reached).toBe(0)
  })

  test.each([
    'net.createServer().listen(0, "0.0.0.0")',
    'net.createServer().listen("/tmp/x.sock")',
    'http.createServer().listen(0)',
    'https.createServer().listen(0)',
    'tls.createServer().listen(0)',
    'new net.Server().listen({ port: 0 })',
    'dgram.createSocket("udp4").send("x", 9, "169.254.169.254")',
    'dgram.createSocket("udp4").bind(0)',
    'new dgram.Socket("udp4")',
    'dns.resolve4("example.com", () => {})',
    'dns.promises.resolveTxt("example.com")',
    'new dns.Resolver().setServers(["10.0.0.1"])',
    'new dns.promises.Resolver().resolve("example.com")',
    'dns.setServers(["10.0.0.1"])',
  ])('%s is refused with a sentence', async (expression) => {
    expect(await run(`return attempt(async () => ${expression})`)).toMatchObject({
      code: 'egress_refused',
      message: expect.stringMatching(/^A workflow cannot .*: .*\.$/),
    })
  })

  test.each([
    'dns.resolveSrv("a", () => {})',
    'dns.promises.resolveTxt("a")',
    'new dns.Resolver().resolveSrv("a", () => {})',
  ])('%s, which mongodb+srv:// needs, says what to use instead', async (expression) => {
    expect(await run(`return attempt(async () => ${expression})`)).toMatchObject({
      code: 'egress_refused',
      message: expect.stringContaining('use the address that names the servers themselves (mongodb://'),
    })
  })

  test.each(['169.254.169.254', '10.0.0.1', '::1', '::ffff:127.0.0.1', '0.0.0.0', 'localhost'])(
    'a lookup gives no closed address away, and no connection goes to %s',
    async (host) => {
      expect(await run(`return attempt(() => connected(net.connect(81, '${host}')))`)).toMatchObject({
        code: 'egress_refused',
      })
    },
  )

  test.runIf(withSandbox)('code that finds its way around the runtime reaches nothing', async () => {
    const answer = await run(`
      const probe = net.connect(ports.tcp, '127.0.0.1'); await once(probe, 'connect'); const Pipe = probe._handle.constructor
      const bare = new net.Socket(); let Connect; const proto = Object.getPrototypeOf(net.Socket.prototype)
      const status = await new Promise((resolve) => { const { TCP, TCPConnectWrap, constants } = globalThis.process.binding ? (() => { try { return process.binding('tcp_wrap') } catch { return {} } })() : {}; if (!TCP) return resolve('no binding'); const tcp = new TCP(constants.SOCKET); const req = new TCPConnectWrap(); req.oncomplete = resolve; const error = tcp.connect(req, '127.0.0.1', ports.tcp); if (error) resolve(error) })
      const os = await import('node:os'); const interfaces = Object.keys(os.networkInterfaces())
      probe.destroy(); return { status: String(status), interfaces, pipe: Pipe.name }`)
    expect(answer).toEqual({
      status: expect.stringMatching(/no binding|-\d+/),
      interfaces: ['lo'],
      pipe: 'Pipe',
    })
  })

  test.runIf(withSandbox)('connections of all organizations of a customer count together', async () => {
    const { orgConnectionsMax } = limits
    Object.assign(limits, { orgConnectionsMax: 6 })
    const held = net.createServer((socket) => socket.on('error', () => {}))
    await new Promise<void>((resolve) => held.listen(0, '127.0.0.1', resolve))
    ports['held'] = (held.address() as AddressInfo).port
    const open = `const all = await Promise.all(Array.from({ length: 4 }, () => attempt(() => new Promise((resolve, reject) => { const s = net.connect(ports.held, '127.0.0.1'); s.on('connect', () => resolve('connected')).on('error', reject) }))));`
    let opened = 0
    const allOpened = new Promise<void>((resolve) => {
      held.on('connection', () => {
        if (++opened === 4) resolve()
      })
    })
    const first = code(`${open} await new Promise(() => {})`, { orgId: 'one', shareHolder: 'hog' })
    try {
      await allOpened
      const answers = (orgId: string, shareHolder: string) =>
        code(`${open} return all.map(({ reached, code }) => reached ?? code)`, { orgId, shareHolder }).outcome
      const connected = Array.from({ length: 4 }, () => 'connected')
      expect((await answers('other', 'other')).value).toEqual(connected)
      const refused = Array.from({ length: 4 }, () => 'too_many_connections')
      expect((await answers('two', 'hog')).value).toEqual([...connected.slice(2), ...refused.slice(2)])
      // Those of the processes before are still open; a check has no further ones.
      expect((await answers('two/check', 'hog/check')).value).toEqual(refused)
    } finally {
      Object.assign(limits, { orgConnectionsMax })
      const child = await first.started
      child.kill({ code: 'killed', message: 'test' })
      held.close()
      delete ports['held']
    }
  })

  test.runIf(withSandbox)('connections have a number, and those of one run can be cut', async () => {
    const many = await run(
      `const all = await Promise.all(Array.from({ length: ${limits.childConnectionsMax + 5} }, () => new Promise((resolve) => { const s = net.connect(ports.tcp, '127.0.0.1'); s.on('connect', () => resolve(s)).on('error', (e) => resolve(e)) }))); const errors = all.filter((one) => one instanceof Error); for (const one of all) one.destroy?.(); return [errors.length, errors[0]?.code, errors[0]?.message]`,
    )
    expect(many).toEqual([5, 'too_many_connections', expect.stringContaining('Close unused connections')])
    const own = net.createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    ports['own'] = (own.address() as AddressInfo).port
    const closed = new Promise<void>((resolve) =>
      own.once('connection', (socket) => {
        socket.resume().on('end', () => resolve())
        own.close()
        opened()
      }),
    )
    let opened = () => {}
    const isOpen = new Promise<void>((resolve) => {
      opened = resolve
    })
    const { started } = code(
      `const s = net.connect(ports.own, '127.0.0.1'); await once(s, 'close'); await new Promise(() => {})`,
    )
    const child = await started
    await isOpen
    child.cutConnections(2)
    child.cutConnections(1)
    await closed
    delete ports['own']
    child.kill({ code: 'killed', message: 'test' })
  })
})
