import { routes } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'
import { decodeBase64 } from './base64.ts'

const server = useServer({ files: { 'kept.txt': 'as it was' } })

const write = (content: string) =>
  server().fetch('/api/files/write', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: 'kept.txt', content, is_base64: true }),
  })
const content = async () =>
  (await server().api(routes.readFile, { body: { path: 'kept.txt', as_base64: false } })).content

describe('what is no base64 leaves the file as it is', () => {
  test.each([
    'not base64!!',
    '***',
    'aGVsbG8',
    'aGVsbG8===',
    'aGVs bG8=',
    'aGVsbG8=x',
    'a',
    '-_-_',
    'aGVsbG9=',
    '=',
    'ä',
  ])('POST /api/files/write refuses %j', async (text) => {
    const response = await write(text)
    expect(response.status).toBe(422)
    expect(await response.json()).toMatchObject({
      error: { code: 'validation_failed', details: [{ field: 'content' }] },
    })
    expect(await content()).toBe('as it was')
  })

  test('code outside a run gets the same refusal', async () => {
    const response = await server().fetch('/api/sdk/files.write', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        args: { path: 'kept.txt', location: 'workspace', content: 'not base64!!' },
      }),
    })
    expect(response.status).toBe(400)
    expect(await content()).toBe('as it was')
  })

  test.each([
    ['aGVsbG8=', 'hello'],
    ['aGVs\r\nbG8=\n', 'hello'],
    ['', ''],
  ])('base64 is written: %j', async (text, expected) => {
    expect((await write(text)).status).toBe(200)
    expect(await content()).toBe(expected)
  })

  test('all bytes come back', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
    expect(decodeBase64(bytes.toString('base64'))).toEqual(bytes)
  })
})
