import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { limits, pages, type Route } from '@bifrost/contract'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createLog } from '../log.ts'
import { implement } from './implement.ts'
import { createHttpServer } from './server.ts'

const SCRIPT = `export const words = ${JSON.stringify(Array.from({ length: 500 }, (_, at) => `word ${at}`))}\n`
const open = { method: 'GET', permission: 'public', tag: 'Test', summary: 'Test' } as const
const Items = z.object({ items: z.array(z.string()) })
const list = {
  ...open,
  path: '/api/list',
  query: z.object({ count: z.int() }),
  response: Items,
} as const satisfies Route

let app: FastifyInstance
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bifrost-pages-'))
  mkdirSync(join(folder, 'assets'))
  const script = join(folder, 'assets', 'app-Ab12Cd34.js')
  writeFileSync(script, SCRIPT)
  writeFileSync(`${script}.br`, brotliCompressSync(SCRIPT))
  writeFileSync(`${script}.gz`, gzipSync(SCRIPT))
  writeFileSync(join(folder, 'assets', 'small-Ab12Cd34.js'), 'export {}\n')
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Bifrost</title>')
  writeFileSync(join(folder, 'theme.js'), '// theme\n')
  app = await createHttpServer({
    implementations: [
      implement(list, async (_scope, { query }) => ({
        items: Array.from({ length: query.count }, (_, at) => `item number ${at}`),
      })),
    ],
    authenticate: async () => null,
    webDir: folder,
    trustedProxies: [],
    log: createLog('error'),
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const get = (url: string, headers: Record<string, string> = {}, method: 'GET' | 'HEAD' = 'GET') =>
  app.inject({ method, url, headers })

describe('files of the web app', () => {
  const asset = '/assets/app-Ab12Cd34.js'

  test.each([
    ['br', 'gzip, deflate, br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
  ] as const)('go out as %s, and are kept for good', async (encoding, accepted, unpack) => {
    const { headers, rawPayload } = await get(asset, { 'accept-encoding': accepted })
    expect(headers).toMatchObject({
      'content-encoding': encoding,
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('javascript'),
      vary: expect.stringMatching(/accept-encoding/i),
    })
    expect(rawPayload.byteLength).toBeLessThan(SCRIPT.length / 2)
    expect(unpack(rawPayload).toString()).toBe(SCRIPT)
    const head = await get(asset, { 'accept-encoding': accepted }, 'HEAD')
    expect(head.headers['content-encoding']).toBe(encoding)
    expect(head.headers['content-length']).toBe(String(rawPayload.byteLength))
  })

  test('go out as they are to clients that take nothing else, in parts too, and where nothing lies beside them', async () => {
    const plain = await get(asset)
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.body).toBe(SCRIPT)
    const part = await get(asset, { range: 'bytes=0-9' })
    expect(part).toMatchObject({ statusCode: 206, body: SCRIPT.slice(0, 10) })
    const small = await get('/assets/small-Ab12Cd34.js', { 'accept-encoding': 'br' })
    expect(small).toMatchObject({ statusCode: 200, body: 'export {}\n' })
    expect(small.headers['cache-control']).toContain('immutable')
  })

  test('without a hash in their name are asked for again; so is the page', async () => {
    expect((await get('/theme.js')).headers['cache-control']).toBe('public, max-age=0')
    for (const path of ['/', '/workflows/hello', '/o/contoso/config']) {
      const page = await get(path, { 'accept-encoding': 'br' })
      expect(page.statusCode).toBe(200)
      expect(page.headers['cache-control']).toBe('no-cache')
      expect((await get(path, {}, 'HEAD')).statusCode).toBe(200)
    }
  })

  test.each([
    '/assets/nothing.js',
    '/assets/',
    '/assets/%2e%2e/index.html',
    '/assets/x/%2e%2e/%2e%2e/theme.js',
    '/assets//app-Ab12Cd34.js',
    '/assets/%00',
  ])('%s is not found', async (path) => {
    // Through a socket, where no client makes the path shorter on the way.
    const { port } = app.server.address() as AddressInfo
    const request = httpRequest({ host: '127.0.0.1', port, path }).end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(404)
    expect(JSON.parse(await text(response)).error.code).toBe('not_found')
  })
})

describe('addresses that are no page of the app', () => {
  const wrong = [
    '/metrics',
    '/healthz',
    '/workflows/a/b',
    '/o/contoso/metrics',
    '/o',
    '/index.php',
    '/forms/x/y',
  ]

  test.each(wrong)('%s answers 404, so that a probe is not told that all is well', async (path) => {
    const { statusCode, headers, body } = await get(path)
    expect(statusCode).toBe(404)
    expect(headers['content-type']).toContain('application/json')
    expect(JSON.parse(body).error.code).toBe('not_found')
    expect((await get(path, {}, 'HEAD')).statusCode).toBe(404)
  })

  test('a browser shows the page of the app that says so, with the same status', async () => {
    const { statusCode, headers, body } = await get('/nowhere', { accept: 'text/html,application/xhtml+xml' })
    expect(statusCode).toBe(404)
    expect(headers['content-security-policy']).toContain("default-src 'self'")
    expect(body).toContain('<title>Bifrost</title>')
  })

  test('each page of the app is one, with a query, a slash at its end, and below an organization', async () => {
    for (const page of pages) {
      const path = page.replace(/\$\w+/g, 'a%2Fb')
      for (const address of [
        path,
        `${path}?tab=logs`,
        `/o/contoso${path}`,
        `/o/contoso${path.replace(/\/$/, '')}/?q=1`,
      ])
        expect([address, (await get(address)).statusCode]).toEqual([address, 200])
    }
  })
})

describe('answers of the API', () => {
  const many = '/api/list?count=2000'

  test('are compressed from a size on, as the caller takes it', async () => {
    const plain = await get(many)
    expect(plain.headers['content-encoding']).toBeUndefined()
    expect(plain.body.length).toBeGreaterThan(limits.compressedAnswerBytesMin)
    for (const [accepted, encoding, unpack] of [
      ['gzip, deflate, br, zstd', 'br', brotliDecompressSync],
      ['gzip', 'gzip', gunzipSync],
      ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
    ] as const) {
      const { headers, rawPayload } = await get(many, { 'accept-encoding': accepted })
      expect(headers).toMatchObject({
        'content-encoding': encoding,
        'content-length': String(rawPayload.byteLength),
        'cache-control': 'no-store',
        vary: 'accept-encoding',
      })
      expect(rawPayload.byteLength).toBeLessThan(plain.rawPayload.byteLength / 4)
      expect(unpack(rawPayload).toString()).toBe(plain.body)
    }
    for (const accepted of ['identity', 'br;q=0'])
      expect((await get(many, { 'accept-encoding': accepted })).body).toBe(plain.body)
  })

  test('that are small, or very large, go out as they are', async () => {
    for (const count of [3, 100_000]) {
      const { headers } = await get(`/api/list?count=${count}`, { 'accept-encoding': 'br' })
      expect(headers['content-encoding']).toBeUndefined()
    }
  })
})
