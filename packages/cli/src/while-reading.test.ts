import { afterEach, expect, test, vi } from 'vitest'
import { whileReading } from './while-reading.ts'

afterEach(() => vi.unstubAllGlobals())

const reading = () => Response.json({ error: { details: { still_reading: true } } }, { status: 503 })
const answers = (...given: (() => Response)[]) => {
  const asked = vi.fn(async () => (given.length > 1 ? given.shift() : given[0])?.() as Response)
  vi.stubGlobal('fetch', asked)
  return asked
}

test('a call is made again while the server reads its files', async () => {
  const asked = answers(reading, reading, () => new Response('done'))
  expect(await (await whileReading('http://localhost/')).text()).toBe('done')
  expect(asked).toHaveBeenCalledTimes(3)
})

test.each([
  ['another 503', () => Response.json({ error: { details: null } }, { status: 503 })],
  ['a 503 that is no JSON', () => new Response('down', { status: 503 })],
  ['another error', () => Response.json({ error: { details: { still_reading: true } } }, { status: 500 })],
])('%s is answered as it is', async (_, answer) => {
  const asked = answers(answer)
  expect((await whileReading('http://localhost/')).ok).toBe(false)
  expect(asked).toHaveBeenCalledTimes(1)
})

test('what the caller gives up is given up', async () => {
  answers(reading)
  const leaving = new AbortController()
  const call = whileReading('http://localhost/', { signal: leaving.signal })
  leaving.abort()
  await expect(call).rejects.toThrow(/abort/i)
})
