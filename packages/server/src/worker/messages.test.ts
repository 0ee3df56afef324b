import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readMessages } from './messages.ts'

function reader(limit = 1000) {
  const stream = new PassThrough()
  const messages: unknown[] = []
  const broken: string[] = []
  readMessages(
    stream,
    limit,
    (message) => messages.push(message),
    (error) => broken.push(error.message),
  )
  return {
    messages,
    broken,
    feed: (...chunks: (string | Buffer)[]) => chunks.forEach((chunk) => void stream.write(chunk)),
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('messages of one line, of several lines and of pieces of lines arrive in order', async () => {
  const { messages, feed } = reader()
  feed('[1,2]\n[3]\n[', '4,', '5]', '\n[]\n[6]\n[7')
  await settled()
  expect(messages).toEqual([1, 2, 3, 4, 5, 6])
})

test('a letter that is cut in two by the pipe is whole again', async () => {
  const { messages, feed } = reader()
  const bytes = Buffer.from('["größer 👋"]\n')
  for (const byte of bytes) feed(Buffer.from([byte]))
  await settled()
  expect(messages).toEqual(['größer 👋'])
})

test.each([
  ['no JSON', 'nonsense\n'],
  ['no array', '{"type":"log"}\n'],
  ['an empty line', '\n'],
  ['a line that is too long', `["${'x'.repeat(2000)}`],
])('%s is reported once, and nothing after it is read', async (_what, text) => {
  const { messages, broken, feed } = reader()
  feed('[1]\n', text)
  await settled()
  feed('\n[2]\n', 'more nonsense\n')
  await settled()
  expect(messages).toEqual([1])
  expect(broken).toHaveLength(1)
})

test('a long line in many pieces costs no more than its length', async () => {
  const { messages, feed } = reader(10_000_000)
  feed('["')
  for (let n = 0; n < 4000; n++) feed('x'.repeat(1000))
  feed('"]\n')
  await settled()
  await settled()
  expect((messages[0] as string).length).toBe(4_000_000)
})
