import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { HttpError, RetryAfterError } from './errors.ts'
import { http } from './http.ts'
import { retryAfterMs } from './retry-after.ts'

let server: Server
let other: Server
let base = ''
let otherBase = ''
let seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []
let answer: (request: IncomingMessage, response: ServerResponse) => void = () => {}

const listen = (target: Server) =>
  new Promise<string>((resolve) =>
    target.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(target.address() as AddressInfo).port}`),
    ),
  )
const serving = () =>
  createServer((request, response) => {
    let body = ''
    request.on('data', (piece: Buffer) => {
      body += piece.toString()
    })
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      seen.push({ method, url, headers, body })
      answer(request, response)
    })
  })

beforeAll(async () => {
  server = serving()
  other = serving()
  base = await listen(server)
  otherBase = await listen(other)
})
beforeEach(() => {
  seen = []
})
afterAll(() => {
  for (const one of [server, other]) {
    one.closeAllConnections()
    one.close()
  }
})

const statuses = (...list: number[]) => {
  answer = (_, response) => {
    const status = list[seen.length - 1] ?? 200
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0' }).end('{"ok":true}')
  }
}

describe('a pause that the service asks for', () => {
  const answering = (first: number, header: string) => {
    answer = (_, response) => {
      const status = seen.length === 1 ? first : 200
      response.writeHead(status, { 'content-type': 'application/json', 'retry-after': header }).end('{}')
    }
  }

  test('is abandoned when there is no time left: the answer says why', async () => {
    answering(429, '60')
    await expect(http.get(base)).rejects.toMatchObject({ name: 'HttpError', status: 429 })
    expect(seen).toHaveLength(1)
  })

  test.each([
    ['2', 2000],
    ['1.5', 1500],
    ['0', 0],
    [3, 3000],
    ['-3', null],
    ['soon', null],
    ['', null],
    [null, null],
    [Number.NaN, null],
    [-1, null],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 0],
    ['2015-10-21', null],
  ])('%j is %j ms', (header, ms) => {
    expect(retryAfterMs(header)).toBe(ms)
  })

  test('a moment is the time until then', () => {
    const later = new Date(Date.now() + 3_600_000)
    for (const one of [later, later.toUTCString()]) expect(retryAfterMs(one)).toBeGreaterThan(3_500_000)
  })

  test('an error that says no time leaves the backoff of the step', () => {
    expect(new RetryAfterError(Number('Wed, 21 Oct 2026 07:28:00 GMT'))).toMatchObject({ afterSeconds: null })
    expect(new RetryAfterError(null)).toMatchObject({ afterSeconds: null, message: 'Try again later.' })
    expect(new RetryAfterError('120')).toMatchObject({ afterSeconds: 120, message: 'Try again after 120 s.' })
  })
})

test.each([
  [
    'a=b&c=d',
    'application/x-www-form-urlencoded;charset=UTF-8',
    () => new URLSearchParams({ a: 'b', c: 'd' }),
  ],
  ['text', 'text/plain', () => new Blob(['text'], { type: 'text/plain' })],
  ['bytes', undefined, () => Buffer.from('bytes')],
])('%s goes out as what it is', async (text, type, body) => {
  statuses(200)
  await http.post(base, body())
  expect(seen[0]).toMatchObject({ body: text })
  expect(seen[0]?.headers['content-type']).toBe(type)
})

describe('http', () => {
  test('reads JSON, with a query whose undefined members are left out', async () => {
    statuses(200)
    expect(await http.get(`${base}/a?x=1`, { query: { y: 'ü', z: undefined } })).toEqual({ ok: true })
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/a?x=1&y=%C3%BC' })
  })

  test('sends JSON', async () => {
    statuses(200)
    await http.post(`${base}/a`, { b: [1] })
    expect(seen[0]).toMatchObject({ method: 'POST', body: '{"b":[1]}' })
    expect(seen[0]?.headers['content-type']).toBe('application/json')
  })

  test('an answer without content is undefined', async () => {
    answer = (_, response) => response.writeHead(204).end()
    expect(await http.delete(`${base}/a`)).toBeUndefined()
  })

  test('an error status is an HttpError that names neither query nor key', async () => {
    answer = (_, response) => response.writeHead(404).end('{"error":"no such user"}')
    const error = await http.get(`${base}/users/1?key=hush`).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(HttpError)
    expect(error).toMatchObject({ status: 404, body: { error: 'no such user' } })
    expect((error as Error).message).toBe(
      `GET ${base}/users/1 answered 404 Not Found: {"error":"no such user"}`,
    )
  })

  test('fetch answers an error status', async () => {
    answer = (_, response) => response.writeHead(404).end('none')
    expect((await http.fetch(`${base}/`)).status).toBe(404)
  })

  test.each([
    ['GET', [503, 429], 3],
    ['PUT', [500, 200], 2],
    ['DELETE', [502, 504, 500], 3],
    ['POST', [503], 1],
    ['PATCH', [503], 1],
    ['GET', [404], 1],
    ['GET', [501], 1],
  ])('%s answered %j is asked %s times', async (method, list, times) => {
    statuses(...list)
    await http.fetch(`${base}/`, { method })
    expect(seen).toHaveLength(times)
  })

  test('a POST is repeated when the author says that it may be', async () => {
    statuses(503, 200)
    expect(await http.post(`${base}/`, {}, { retries: 1 })).toEqual({ ok: true })
  })

  test('a connection that breaks is tried again', async () => {
    answer = (request, response) => {
      if (seen.length === 1) request.socket.destroy()
      else response.end('1')
    }
    expect(await http.get(`${base}/`)).toBe(1)
  })

  test('a call ends when its time is up, also between two attempts', async () => {
    answer = () => {}
    await expect(http.get(`${base}/`, { timeoutSeconds: 0.1 })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
    answer = (_, response) => response.writeHead(503, { 'retry-after': '50' }).end()
    // The answer that asked for the pause says more than a timeout would.
    await expect(http.get(`${base}/`, { timeoutSeconds: 0.1 })).rejects.toMatchObject({
      name: 'HttpError',
      status: 503,
    })
  })

  test('a signal ends it', async () => {
    answer = () => {}
    await expect(http.get(`${base}/`, { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    )
  })

  test('an answer over the limit is an error', async () => {
    answer = (_, response) => response.end('x'.repeat(1000))
    const response = await http.fetch(`${base}/`, { responseBytesMax: 100 })
    await expect(response.text()).rejects.toThrow(/more than 100 bytes/)
  })

  test('a redirect to another host takes no credentials along; within the host it does', async () => {
    answer = (request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: `${otherBase}/end` }).end()
      else if (request.url === '/within') response.writeHead(302, { location: '/end' }).end()
      else response.end('1')
    }
    const headers = { authorization: 'Bearer hush', 'x-api-key': 'hush', accept: 'text/plain' }
    await http.get(`${base}/away`, { headers })
    expect(JSON.stringify(seen[1]?.headers)).not.toContain('hush')
    await http.get(`${base}/within`, { headers })
    expect(seen[3]?.headers).toMatchObject({ authorization: 'Bearer hush' })
  })

  test('redirects end', async () => {
    answer = (_, response) => response.writeHead(302, { location: '/' }).end()
    await expect(http.get(`${base}/`, { redirects: 2, retries: 0 })).rejects.toThrow(/more than 2 times/)
    expect(seen).toHaveLength(3)
    expect((await http.fetch(`${base}/`, { redirects: 0 })).status).toBe(302)
  })
})
