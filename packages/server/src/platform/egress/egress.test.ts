import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { egressRules, nextHop, parseEgressRule } from '@bifrost/contract'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEgress, type Egress, type Lookup } from './egress.ts'

let server: Server
let port: number
let visits: { url: string; headers: IncomingMessage['headers']; method: string; body: string }[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void = (_, response) =>
  response.end('here')

/** Names that only these tests know; each lookup is counted. */
let lookups: string[] = []
const names: Record<string, string[]> = {
  'private.test': ['10.0.0.5'],
  'mixed.test': ['93.184.216.34', '127.0.0.1'],
  'metadata.test': ['169.254.169.254'],
  'mapped.test': ['::ffff:127.0.0.1'],
  'open.test': ['127.0.0.1'],
  'other.test': ['127.0.0.1'],
}
const lookup: Lookup = (host, _, callback) => {
  lookups.push(host)
  const addresses = names[host] ?? []
  callback(
    null,
    addresses.map((address) => ({ address, family: net.isIP(address) })),
  )
}

let closed: Egress
let open: Egress

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => {
      body += piece.toString()
    })
    request.on('end', () => {
      visits.push({ url: request.url ?? '', headers: request.headers, method: request.method ?? '', body })
      answer(request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
  closed = createEgress({ allow: [], lookup })
  open = createEgress({ allow: [`open.test:${port}`, `other.test:${port}`], lookup })
})
afterAll(async () => {
  await Promise.all([closed.close(), open.close()])
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const redirectTo = (location: string, status = 302) => {
  answer = (request, response) => {
    if (request.url === '/start') response.writeHead(status, { location }).end()
    else response.end('arrived')
  }
}
const visited = async (work: () => Promise<unknown>) => {
  visits = []
  lookups = []
  await work()
  return visits
}

test('a refusal names what was asked for, and not what it resolves to (V16)', async () => {
  const guard = createEgress({ allow: [] })
  const refused = await guard.fetch(`http://localhost:${port}/`).catch((error: Error) => error.message)
  expect(refused).toContain('localhost is not on the public internet')
  expect(refused).not.toMatch(/127\.|::1/)
  await guard.close()
})

describe('an address that is not on the public internet', () => {
  test.each([
    'http://127.0.0.1',
    'http://127.1',
    'http://2130706433',
    'http://0x7f000001',
    'http://0x7f.0.0.1',
    'http://0177.0.0.1',
    'http://017700000001',
    'http://localhost',
    'http://0.0.0.0',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[64:ff9b::7f00:1]',
    'http://[64:ff9b::a9fe:a9fe]',
    'http://[2002:7f00:1::]',
    'http://[fe80::1]',
    'http://[fd00:ec2::254]',
    // SIIT (RFC 2765), the local NAT64 prefix, discard-only, Teredo, benchmarking, SRv6.
    'http://[::ffff:0:7f00:1]',
    'http://[::ffff:0:10.1.2.3]',
    'http://[::ffff:0:808:808]',
    'http://[64:ff9b:1::7f00:1]',
    'http://[100::1]',
    'http://[2001::1]',
    'http://[2001:2::1]',
    'http://[5f00::1]',
    'http://192.0.0.8',
    'http://198.19.0.1',
    'http://240.0.0.1',
    'http://10.1.2.3',
    'http://172.31.0.1',
    'http://192.168.0.1',
    'http://100.100.100.200',
    'http://169.254.169.254',
    'http://168.63.129.16',
    'http://224.0.0.1',
    'http://255.255.255.255',
    'http://127。0。0。1',
    'http://①②⑦.0.0.1',
  ])('%s is not connected to', async (address) => {
    const guard = createEgress({ allow: [] })
    const seen = await visited(async () => {
      await expect(guard.fetch(`${address}:${port}/`)).rejects.toMatchObject({ code: 'egress_refused' })
    })
    expect(seen).toEqual([])
    await guard.close()
  })

  test.each(['private.test', 'mixed.test', 'metadata.test', 'mapped.test'])(
    'nor is %s, a name of one',
    async (name) => {
      const seen = await visited(async () => {
        await expect(closed.fetch(`http://${name}:${port}/`)).rejects.toMatchObject({
          code: 'egress_refused',
        })
      })
      expect(seen).toEqual([])
    },
  )

  test.each(['file:///etc/passwd', 'ftp://example.com/', 'data:text/plain,x', 'javascript:1'])(
    'nor is anything spoken but http: %s',
    async (url) => {
      await expect(closed.fetch(url)).rejects.toMatchObject({ code: 'egress_refused' })
    },
  )

  test('the refusal says what to ask for', async () => {
    await expect(closed.fetch('http://private.test:8080/')).rejects.toThrow(
      /private\.test is.*"private\.test:8080" in BIFROST_EGRESS_ALLOW/,
    )
  })
})

describe('what a rule opens', () => {
  test('a name with its port, and nothing beside it', async () => {
    answer = (_, response) => response.end('here')
    expect(await (await open.fetch(`http://open.test:${port}/`)).text()).toBe('here')
    await expect(open.fetch(`http://open.test:${port + 1}/`)).rejects.toMatchObject({
      code: 'egress_refused',
    })
    await expect(open.fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'egress_refused' })
  })

  test('the name is looked up once: the connection goes to the address that was checked', async () => {
    const answers = ['127.0.0.1', '127.0.0.2']
    const rebinding = createEgress({
      allow: ['127.0.0.1'],
      lookup: (host, _, callback) => {
        lookups.push(host)
        callback(null, [{ address: answers[lookups.length - 1] ?? '', family: 4 }])
      },
    })
    lookups = []
    answer = (_, response) => response.writeHead(200, { connection: 'close' }).end('here')
    expect(await (await rebinding.fetch(`http://rebinds.test:${port}/`)).text()).toBe('here')
    expect(lookups).toEqual(['rebinds.test'])
    await expect(rebinding.fetch(`http://rebinds.test:${port}/`)).rejects.toMatchObject({
      code: 'egress_refused',
    })
    await rebinding.close()
  })

  test('an organization may have more than the installation, for this call only', async () => {
    answer = (_, response) => response.end('here')
    const url = `http://open.test:${port}/`
    expect((await closed.fetch(url, {}, { allow: ['127.0.0.0/8'] })).status).toBe(200)
    await expect(closed.fetch(url)).rejects.toMatchObject({ code: 'egress_refused' })
  })

  test.each([
    ['10.2.0.0/16', true],
    ['192.168.1.5:5432', true],
    ['[fd00::1]:443', true],
    ['fd00::/8', true],
    ['db.internal', true],
    ['db.internal:5432', true],
    ['10.0.0.0/33', false],
    ['0x7f.1', false],
    ['2130706433', false],
    ['http://x', false],
    ['a b', false],
    ['x:0', false],
    ['*', false],
    ['', false],
  ])('%j is a rule: %s', (rule, expected) => {
    expect(parseEgressRule(net, rule) !== null).toBe(expected)
  })
})

describe('a redirect', () => {
  test.each([
    'http://127.0.0.1/secret',
    'http://169.254.169.254/latest/meta-data/',
    'http://private.test/',
    'http://[::ffff:127.0.0.1]/',
    '//metadata.test/',
    'file:///etc/passwd',
  ])('to %s leads nowhere', async (location) => {
    redirectTo(location)
    const seen = await visited(async () => {
      const result = await open.fetch(`http://open.test:${port}/start`).catch((error: unknown) => error)
      if (location.startsWith('file')) expect(result).toMatchObject({ status: 302 })
      else expect(result).toMatchObject({ code: 'egress_refused' })
    })
    expect(seen.map(({ url }) => url)).toEqual(['/start'])
  })

  test('to another host takes no credentials along', async () => {
    redirectTo(`http://other.test:${port}/end`)
    const seen = await visited(() =>
      open.fetch(`http://open.test:${port}/start`, {
        headers: {
          authorization: 'Bearer hush',
          cookie: 'a=hush',
          'x-api-key': 'hush',
          'proxy-authorization': 'hush',
          'X-Auth-Token': 'hush',
          accept: 'text/plain',
        },
      }),
    )
    expect(JSON.stringify(seen[0]?.headers).match(/hush/g)).toHaveLength(5)
    expect(JSON.stringify(seen[1]?.headers)).not.toContain('hush')
    expect(seen[1]?.headers.accept).toBe('text/plain')
  })

  test('within the host keeps them, and turns a POST into a GET where the standard says so', async () => {
    redirectTo('/end', 303)
    const seen = await visited(() =>
      open.fetch(`http://open.test:${port}/start`, {
        method: 'POST',
        body: 'content',
        headers: { authorization: 'Bearer hush', 'content-type': 'text/plain' },
      }),
    )
    expect(seen[1]).toMatchObject({ method: 'GET', url: '/end', body: '' })
    expect(seen[1]?.headers).toMatchObject({ authorization: 'Bearer hush' })
    expect(seen[1]?.headers['content-type']).toBeUndefined()
    redirectTo('/end', 307)
    const again = await visited(() =>
      open.fetch(`http://open.test:${port}/start`, { method: 'POST', body: 'content' }),
    )
    expect(again[1]).toMatchObject({ method: 'POST', body: 'content' })
  })

  test('in a circle ends', async () => {
    redirectTo('/start')
    const seen = await visited(async () => {
      await expect(open.fetch(`http://open.test:${port}/start`)).rejects.toThrow(/more than 5 times/)
    })
    expect(seen).toHaveLength(6)
  })

  test('is handed over or refused when the caller says so', async () => {
    redirectTo('/end')
    const url = `http://open.test:${port}/start`
    expect((await open.fetch(url, { redirect: 'manual' })).status).toBe(302)
    await expect(open.fetch(url, { redirect: 'error' })).rejects.toMatchObject({ code: 'egress_refused' })
  })

  test('to http from https counts as another host', () => {
    const hop = nextHop(
      { url: 'https://a.test/', method: 'GET', headers: new Headers({ authorization: 'x' }), hasBody: false },
      302,
      'http://a.test/',
    )
    expect(hop).toMatchObject({ isCrossOrigin: true })
    expect(hop?.headers.has('authorization')).toBe(false)
  })
})

describe('limits', () => {
  test('an answer that is too large ends with an error, also one that is small until it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(1024 * 1024))
    answer = (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    const response = await open.fetch(`http://open.test:${port}/`, {}, { bytesMax: 100_000 })
    await expect(response.text()).rejects.toThrow(/more than 100000 bytes/)
  })

  test('an answer that does not come ends, also one that stops in the middle', async () => {
    answer = () => {}
    await expect(open.fetch(`http://open.test:${port}/`, {}, { timeoutMs: 100 })).rejects.toThrow(/too long/)
    answer = (_, response) => response.write('half')
    const half = await open.fetch(`http://open.test:${port}/`, {}, { timeoutMs: 200 })
    await expect(half.text()).rejects.toThrow()
  })
})

describe('the table of networks', () => {
  const rules = egressRules(net, [])
  const isOpen = (address: string) => rules.refusal({ host: address, address, port: 443 }) === null

  test('an IPv4 address and each of its IPv6 forms are open or closed together', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const groups = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`
        const forms = [`::ffff:${address}`, `::ffff:${groups}`, `64:ff9b::${groups}`, `2002:${groups}::1`]
        expect(forms.map(isOpen)).toEqual(forms.map(() => isOpen(address)))
      }),
    )
  })

  test.each(['1.1.1.1', '8.8.8.8', '93.184.216.34', '2606:4700:4700::1111', '2a00:1450:4001::200e'])(
    '%s is open',
    (address) => {
      expect(isOpen(address)).toBe(true)
    },
  )

  test.each([
    '::8.8.8.8',
    '64:ff9b:1::808:808',
    '2001::1',
    '2001:db8::1',
    'fec0::1',
    'ff02::1',
    '2001:4860::1%lo',
    'nonsense',
  ])('%s is closed', (address) => {
    expect(isOpen(address)).toBe(false)
  })
})
