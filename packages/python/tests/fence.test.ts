import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { egressRules } from '../../contract/src/index.ts'
import { startEgressProxy } from '../../server/src/platform/egress/egress-proxy.ts'
import { CERTIFICATE, PRIVATE_KEY } from '../../server/src/testing/certificate.ts'
import { pythonFor } from '../../server/src/testing/python.ts'
import { type Sent, withChild } from './child.ts'

const python = await pythonFor('The fence of Python')
const given = test.runIf(python !== null)

/** A server of this machine, which stands for whatever code connects to. */
async function withServer<T>(server: Server, work: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await work((server.address() as AddressInfo).port)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

const withService = <T>(work: (port: number) => Promise<T>): Promise<T> =>
  withServer(
    createServer((request, response) => {
      response.setHeader('connection', request.url === '/keep' ? 'keep-alive' : 'close')
      response.end(`served ${request.url}`)
    }),
    work,
  )

const withTlsService = <T>(work: (port: number) => Promise<T>): Promise<T> =>
  withServer(
    createSecureServer({ cert: CERTIFICATE, key: PRIVATE_KEY }, (_, response) => {
      response.setHeader('connection', 'close')
      response.end('secret')
    }),
    work,
  )

async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'fence-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What a function of these lines gives; `more` is what may be reached. */
const run = (
  lines: string,
  more: { egressAllow?: string[]; egressClosed?: { port: number; networks: string[] } } = {},
) =>
  withFolder((folder) =>
    withChild(
      python,
      async (child) => {
        const source = `import asyncio, os, socket, sys, urllib.request\nasync def main():\n    ${lines.trim().replaceAll('\n', '\n    ')}`
        const loaded = await child.load({ 'main.py': source }, 'main.py', more)
        if (loaded.type === 'load_failed') throw new Error(loaded.failure.message)
        const end = await child.run('main')
        return end.type === 'done' ? (JSON.parse(end.result) as unknown) : (end as Sent<'failed'>).failure
      },
      { env: { TMPDIR: folder } },
    ),
  )

const ways = (port: number): [string, string][] => [
  ['urllib', `return urllib.request.urlopen("http://127.0.0.1:${port}/a").read().decode()`],
  ['a name', `return urllib.request.urlopen("http://localhost:${port}/a").read().decode()`],
  [
    'http.client in a thread',
    `
import http.client
def ask():
    connection = http.client.HTTPConnection("127.0.0.1", ${port}, timeout=5)
    connection.request("GET", "/a")
    return connection.getresponse().read().decode()
return await asyncio.to_thread(ask)`,
  ],
  [
    'asyncio',
    `
reader, writer = await asyncio.open_connection("127.0.0.1", ${port})
writer.write(b"GET /a HTTP/1.0\\r\\n\\r\\n")
return (await reader.read()).decode().split("\\r\\n\\r\\n")[1]`,
  ],
  [
    'a socket',
    `
with socket.create_connection(("127.0.0.1", ${port}), timeout=5) as sock:
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(b"GET /a HTTP/1.0\\r\\n\\r\\n")
    text = b""
    while part := sock.recv(1000): text += part
    return text.decode().split("\\r\\n\\r\\n")[1] if sock.getpeername()[1] == ${port} else "no peer"`,
  ],
]

describe('without a proxy', () => {
  given('private addresses are refused with a sentence, whichever way, and a rule opens them', () =>
    withService(async (port) => {
      for (const [way, lines] of ways(port)) {
        const refused = JSON.stringify(await run(lines))
        expect(refused, way).toContain('is not on the public internet')
        const host = way === 'a name' ? 'localhost' : '127.0.0.1'
        expect(await run(lines, { egressAllow: [`${host}:${port}`] }), way).toBe('served /a')
      }
    }),
  )

  given('the platform itself stays closed, whatever is allowed', () =>
    withService(async (port) => {
      const closed = { egressAllow: ['127.0.0.0/8'], egressClosed: { port, networks: ['127.0.0.0/8'] } }
      expect(JSON.stringify(await run(ways(port)[0]?.[1] ?? '', closed))).toContain('is the platform itself')
    }),
  )

  given('the rules are those of the contract', async () => {
    const allow = [
      '10.2.0.0/16',
      '192.168.1.5:5432',
      '[fd00::1]:443',
      'db.internal',
      'api.internal:5432',
      'fd12::/16',
      'no rule!',
      '0x7f.1',
    ]
    const closed = { port: 3000, networks: ['172.16.0.0/12', '8.8.8.8', 'fd12::5'] }
    const v4 = fc.ipV4()
    const near = fc.constantFrom(
      '10.2.3.4',
      '10.3.0.1',
      '192.168.1.5',
      '172.20.0.1',
      '8.8.8.8',
      'fd00::1',
      'fd12::5',
      'fd12::6',
      '::1',
      '::ffff:10.2.0.1',
      '::ffff:127.0.0.1',
      '64:ff9b::a00:1',
      '64:ff9b::808:808',
      '2002:a00:1::1',
      '2002:808:808::1',
      '2606:4700::1111',
      '2001:db8::1',
      'fe80::1%eth0',
      'nonsense',
      '168.63.129.16',
      '3fff::1',
    )
    const target = fc.record({
      host: fc.constantFrom('db.internal', 'DB.internal.', 'api.internal', 'example.com'),
      address: fc.oneof(v4, near, fc.ipV6()),
      port: fc.constantFrom(443, 5432, 3000, 80),
    })
    const rules = egressRules(net, allow, closed)
    const targets = fc.sample(target, 3000)
    const wanted = targets.map((one) => rules.refusal(one))
    const lines = `
from bifrost._runtime.egress import EgressRules
import json
rules = EgressRules(json.loads(${JSON.stringify(JSON.stringify(allow))}), json.loads(${JSON.stringify(JSON.stringify(closed))}))
return [rules.refusal({one["host"]}, one["address"], one["port"]) for one in json.loads(${JSON.stringify(JSON.stringify(targets))})]`
    const found = (await run(lines)) as unknown[]
    const wrong = targets.filter((_, index) => found[index] !== wanted[index])
    expect(wrong).toEqual([])
    expect(found.filter((one) => one === null).length).toBeGreaterThan(100)
  })
})

describe('with a proxy', () => {
  given('TLS is spoken through it, in a thread and in the event loop', () =>
    withTlsService((port) =>
      withFolder((folder) =>
        withChild(
          python,
          async (child) => {
            const line = child.process.stdio[5] as Duplex
            const proxy = startEgressProxy({ line, folder, folderInside: folder, user: null })
            try {
              proxy.open('one', egressRules(net, [`localhost:${port}`]))
              const source = `
import asyncio, ssl, urllib.request
context = ssl._create_unverified_context()
def blocking():
    return urllib.request.urlopen("https://localhost:${port}/a", context=context).read().decode()
async def main():
    reader, writer = await asyncio.open_connection("localhost", ${port}, ssl=context, server_hostname="localhost")
    writer.write(b"GET /b HTTP/1.0\\r\\n\\r\\n")
    text = (await reader.read()).decode()
    return [text.split("\\r\\n\\r\\n")[1], await asyncio.to_thread(blocking), blocking()]`
              expect(await child.load({ 'main.py': source }, 'main.py')).toEqual({ type: 'loaded' })
              const end = await child.run('main')
              expect(end.type === 'done' ? JSON.parse(end.result) : end).toEqual([
                'secret',
                'secret',
                'secret',
              ])
            } finally {
              proxy.close()
            }
          },
          { arguments: ['proxy'], env: { TMPDIR: folder } },
        ),
      ),
    ),
  )

  given('connections and lookups are made there, whichever way', () =>
    withService((port) =>
      withFolder((folder) =>
        withChild(
          python,
          async (child) => {
            const proxy = startEgressProxy({
              line: child.process.stdio[5] as Duplex,
              folder,
              folderInside: folder,
              user: null,
            })
            try {
              proxy.open('one', egressRules(net, [`127.0.0.1:${port}`, `localhost:${port}`]))
              const functions = ways(port).map(
                ([, lines], index) =>
                  `async def way${index}():\n    ${lines.trim().replaceAll('\n', '\n    ')}`,
              )
              const refused =
                'async def refused():\n    return urllib.request.urlopen("http://127.0.0.1:1/").read()'
              const many = `
async def many():
    async def one(number):
        reader, writer = await asyncio.open_connection("127.0.0.1", ${port})
        writer.write(b"GET /" + str(number).encode() + b" HTTP/1.0\\r\\n\\r\\n")
        return (await reader.read()).decode().split("/")[-1]
    return await asyncio.gather(*(one(number) for number in range(20)))`
              const source = ['import asyncio, os, socket, urllib.request', ...functions, refused, many].join(
                '\n',
              )
              expect(await child.load({ 'main.py': source }, 'main.py')).toEqual({ type: 'loaded' })
              for (const [index, [way]] of ways(port).entries()) {
                const end = (await child.run(`way${index}`, {}, { run: index + 1 })) as Sent<'done'>
                expect([way, end.type === 'done' ? JSON.parse(end.result) : end]).toEqual([way, 'served /a'])
              }
              const failed = (await child.run('refused', {}, { run: 90 })) as Sent<'failed'>
              expect(failed.failure.message).toContain('is not on the public internet')
              const all = (await child.run('many', {}, { run: 91 })) as Sent<'done'>
              expect(JSON.parse(all.result)).toEqual(
                Array.from({ length: 20 }, (_, number) => String(number)),
              )
            } finally {
              proxy.close()
            }
          },
          { arguments: ['proxy'], env: { TMPDIR: folder } },
        ),
      ),
    ),
  )
})

describe('the last fence', () => {
  given.each([
    ['a file of the machine', 'open("/etc/passwd").read()', 'cannot read /etc/passwd'],
    ['the environment of the process', 'open("/proc/self/environ").read()', 'cannot read /proc/self/environ'],
    ['a file elsewhere', 'open("/tmp/x-of-a-workflow", "w")', 'cannot write /tmp/x-of-a-workflow'],
    ['a way around', 'open(os.environ["TMPDIR"] + "/../../etc/passwd")', 'cannot read'],
    ['a descriptor by name', 'os.open("/etc/shadow", os.O_RDONLY)', 'cannot read /etc/shadow'],
    ['a folder', 'os.listdir("/home")', 'cannot list /home'],
    ['removing', 'os.remove("/etc/passwd")', 'cannot change /etc/passwd'],
    ['moving', 'os.rename("/etc/passwd", "/etc/b")', 'cannot move /etc/passwd'],
    ['linking', 'os.symlink("/etc/passwd", os.environ["TMPDIR"] + "/p")', 'cannot move /etc/passwd'],
    [
      'a database',
      '__import__("sqlite3").connect("/tmp/a-of-a-workflow.db")',
      'cannot write /tmp/a-of-a-workflow.db',
    ],
    ['a program', '__import__("subprocess").run(["true"])', 'cannot start other programs'],
    ['a shell', 'os.system("true")', 'cannot start other programs'],
    ['a fork', 'os.fork()', 'cannot start other programs'],
    [
      'a start that no hook hears of',
      '__import__("_posixsubprocess").fork_exec()',
      'cannot start other programs',
    ],
    [
      'a process of multiprocessing',
      '__import__("multiprocessing").get_context("spawn").Process(target=print).start()',
      'cannot start other programs',
    ],
    [
      'UDP by another call',
      'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("8.8.8.8", 53))',
      'UDP',
    ],
    ['another program in its place', 'os.execv("/bin/true", ["true"])', 'cannot start other programs'],
    ['libraries of C', '__import__("ctypes").CDLL("libc.so.6")', 'cannot load libraries'],
    ['the interpreter itself', '__import__("ctypes").pythonapi.Py_Exit', 'cannot load libraries'],
    ['a function of the process', '__import__("ctypes").CDLL(None).getpid', 'cannot load libraries'],
    ['listening', 'socket.create_server(("127.0.0.1", 0))', 'cannot listen'],
    ['listening without an address', 'socket.socket().listen()', 'cannot listen'],
    ['UDP', 'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("8.8.8.8", 53))', 'UDP'],
    [
      'UDP without a connection',
      'socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("8.8.8.8", 53))',
      'UDP',
    ],
    [
      'a socket of the machine',
      'socket.socket(socket.AF_UNIX).connect("/run/x")',
      'sockets of the machine itself',
    ],
    [
      'the class below',
      '__import__("_socket").socket().connect(("10.0.0.1", 80))',
      'not on the public internet',
    ],
    ['other processes', 'os.kill(1, 9)', 'cannot end other processes'],
  ])('%s is refused', async (_, line, message) => {
    expect(await run(`return str(${line})`)).toMatchObject({
      kind: 'error',
      message: expect.stringContaining(message),
    })
  })

  given('its own folder, the library and installed packages can be used', async () => {
    const lines = `
import tempfile, pathlib, sqlite3, ssl, json, zoneinfo, email.mime.text, importlib.metadata, xml.dom.minidom, unittest.mock
with tempfile.TemporaryDirectory() as folder:
    path = pathlib.Path(folder) / "a.txt"
    path.write_text("x")
    database = sqlite3.connect(pathlib.Path(folder) / "a.db")
    database.execute("create table t (a)")
    database.close()
    listed = sorted(os.listdir(folder))
ssl.create_default_context()
return [listed, str(zoneinfo.ZoneInfo("Europe/Berlin")), len(list(importlib.metadata.distributions())) >= 0, os.path.exists(os.environ["TMPDIR"])]`
    expect(await run(lines)).toEqual([['a.db', 'a.txt'], 'Europe/Berlin', true, true])
  })
})

test('packages that import ctypes can be imported', async () => {
  expect(await run('import ctypes\nreturn ctypes.sizeof(ctypes.c_int)')).toBe(4)
})

describe('the kernel', () => {
  const ASK =
    'import ctypes; print(ctypes.CDLL(None).syscall(ctypes.c_long(444), None, ctypes.c_size_t(0), ctypes.c_uint32(1)))'
  const hasLandlock = python !== null && Number(execFileSync(python, ['-c', ASK], { encoding: 'utf8' })) > 0
  if (!hasLandlock) console.warn('The fence of the kernel is left out: there is no Python, or no landlock.')

  test.runIf(hasLandlock)('opens nothing else, also for modules in C that say nothing of it', () =>
    withFolder(async (elsewhere) => {
      const file = join(elsewhere, 'authority.pem')
      writeFileSync(file, CERTIFICATE)
      // OpenSSL opens the file by itself, and Python is not asked.
      expect(
        await run(
          `import ssl\ntry:\n    ssl.create_default_context().load_verify_locations("${file}")\n    return "read"\nexcept Exception as error:\n    return type(error).__name__`,
        ),
      ).toBe('PermissionError')
    }),
  )
})
