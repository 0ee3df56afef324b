import { PassThrough } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { readMessages } from './messages.ts'

function reader(limit = 1000) {
  const stream = new PassThrough()
  const messages: unknown[] = []
  const broken: string[] = []
  const read = readMessages(
    stream,
    limit,
    (message) => messages.push(message),
    (error) => broken.push(error.message),
  )
  return {
    read,
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

/** Work of a millisecond. */
function work() {
  const until = performance.now() + 1
  while (performance.now() < until);
}

describe('many messages in one line', () => {
  const line = `${JSON.stringify(Array.from({ length: 100 }, (_, n) => n))}\n`
  function slowly(onMessage: (message: unknown) => void) {
    const stream = new PassThrough()
    const broken: Error[] = []
    const read = readMessages(stream, 10_000, onMessage, (error) => broken.push(error))
    return { read, stream, broken }
  }

  test('are given on in slices, in order, and others come in between', async () => {
    const messages: unknown[] = []
    const { stream } = slowly((message) => {
      work()
      messages.push(message)
    })
    stream.write(line)
    stream.write('[100]\n')
    let turns = 0
    while (messages.length < 101) {
      await settled()
      turns++
    }
    expect(turns).toBeGreaterThan(3)
    expect(messages).toEqual(Array.from({ length: 101 }, (_, n) => n))
  })

  test('none is given on while the reader is held; a finish gives on the rest', async () => {
    const messages: unknown[] = []
    const { read, stream, broken } = slowly((message) => {
      messages.push(message)
      if (message === 5) read.hold(true)
    })
    stream.write(line)
    await settled()
    await settled()
    expect(messages).toHaveLength(6)
    read.hold(false)
    read.hold(true)
    await settled()
    expect(messages).toHaveLength(6)
    await new Promise<void>((resolve) => read.finish(resolve))
    expect(messages).toHaveLength(100)
    expect(broken).toEqual([])
  })

  test('one that is refused ends the reading', async () => {
    const messages: unknown[] = []
    const { broken, stream } = slowly((message) => {
      if (message === 5) throw new Error('no')
      messages.push(message)
    })
    stream.write(line)
    await settled()
    await settled()
    expect(messages).toHaveLength(5)
    expect(broken).toHaveLength(1)
  })
})
