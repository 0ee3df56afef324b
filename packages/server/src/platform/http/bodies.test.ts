import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { useServer } from '../../testing/server.ts'

// What was sent arrives as it was sent, or is refused with the reason.

const server = useServer({
  files: {
    'echo.ts': `import { workflow } from 'bifrost'
export const echo = workflow({ endpointEnabled: true }, async (text: string = 'nothing') => text)
`,
  },
})

async function post(body: RequestInit['body'], headers: Record<string, string>) {
  const response = await server().fetch('/api/workflows/echo/execute', { method: 'POST', body, headers })
  const answer = (await response.json()) as { result?: unknown; error?: { code?: string; message?: string } }
  return { status: response.status, result: answer.result, error: answer.error }
}
const json = (text: string) => JSON.stringify({ input: { text } })

test.each([
  ['application/json', json('ä'), 'ä'],
  ['application/json; charset=utf-8', json('ä'), 'ä'],
  ['application/vnd.api+json', json('ä'), 'ä'],
  ['application/cloudevents+json; charset=UTF-8', json('ä'), 'ä'],
  ['text/json', json('ä'), 'ä'],
  ['application/json', `\ufeff${json('ä')}`, 'ä'],
  ['application/json; charset=iso-8859-1', Buffer.from(json('ä'), 'latin1'), 'ä'],
  ['application/json; charset=utf-16le', Buffer.from(json('ä'), 'utf16le'), 'ä'],
])('a body of type %s is read', async (type, body, expected) => {
  expect(await post(body as RequestInit['body'], { 'content-type': type })).toMatchObject({
    status: 200,
    result: expected,
  })
})

test.each([
  ['bytes where JSON belongs', 'application/octet-stream', json('ä'), {}, 415, /application\/json/],
  ['text', 'text/plain', json('ä'), {}, 415, /application\/json/],
  ['latin-1 that says nothing of it', 'application/json', Buffer.from(json('ä'), 'latin1'), {}, 400, /UTF-8/],
  ['an unknown encoding', 'application/json; charset=ebcdic', json('a'), {}, 415, /ebcdic/],
  [
    'a compressed body',
    'application/json',
    gzipSync(json('a')),
    { 'content-encoding': 'gzip' },
    415,
    /compressed/,
  ],
])('%s is refused with the reason', async (_what, type, body, headers, status, message) => {
  const answer = await post(body as RequestInit['body'], { 'content-type': type, ...headers })
  expect(answer.status).toBe(status)
  expect(answer.error?.message).toMatch(message)
})

test('an endpoint does not run with an empty input when its body was bytes', async () => {
  const response = await server().fetch('/api/endpoints/echo', {
    method: 'POST',
    body: '{"text":"a"}',
    headers: { 'content-type': 'application/octet-stream' },
  })
  expect(response.status).toBe(415)
})
