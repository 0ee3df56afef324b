import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { fetchReason } from './fetch-reason.ts'

const failed = (url: string): Promise<unknown> =>
  fetch(url).then(
    () => {
      throw new Error('It answered.')
    },
    (error: unknown) => error,
  )

test('says why and where, also of a name with several addresses and of a connection that breaks off', async () => {
  const server = createServer((socket) => socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  expect(fetchReason(await failed(`http://127.0.0.1:${port}/`))).toBe('other side closed')
  await new Promise((resolve) => server.close(resolve))
  expect(fetchReason(await failed(`http://127.0.0.1:${port}/`))).toBe(
    `connect ECONNREFUSED 127.0.0.1:${port}`,
  )
  const several = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:9'), 'no']), {
    message: '',
  })
  expect(fetchReason(new TypeError('fetch failed', { cause: several }))).toBe(
    'connect ECONNREFUSED ::1:9; no',
  )
})

test('is never nothing and never "fetch failed", whatever was thrown', () => {
  const loop = new TypeError('fetch failed')
  loop.cause = loop
  const codeOnly = new TypeError('fetch failed', {
    cause: Object.assign(new Error(''), { code: 'ECONNRESET' }),
  })
  expect([loop, new TypeError('fetch failed'), null, undefined, 1, {}].map(fetchReason)).toEqual(
    Array(6).fill('no reason was given'),
  )
  expect([codeOnly, 'text', new Error('plain')].map(fetchReason)).toEqual(['ECONNRESET', 'text', 'plain'])
})
