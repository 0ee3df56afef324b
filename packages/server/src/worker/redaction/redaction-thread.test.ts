import { limits } from '@bifrost/contract'
import { afterEach, expect, test } from 'vitest'
import { RedactionThread } from './redaction-thread.ts'
import { Redactor } from './redactor.ts'

const thread = new RedactionThread()
afterEach(() => thread.stop())

const redactorOf = (...secrets: string[]) => {
  const redactor = new Redactor()
  for (const secret of secrets) redactor.add(secret)
  return redactor
}
const long = (text: string) => JSON.stringify([text, 'x'.repeat(limits.redactionLengthMax)])

test('a large text is searched elsewhere, with the secrets that its process knows by then', async () => {
  const [first, second] = [redactorOf('first-secret'), redactorOf('second-secret')]
  const text = long('first-secret second-secret third-secret')
  const answers = [thread.json(first, text), thread.json(second, text)]
  for (const answer of answers) expect(answer).toBeInstanceOf(Promise)
  expect(await Promise.all(answers)).toEqual([
    long('[REDACTED] second-secret third-secret'),
    long('first-secret [REDACTED] third-secret'),
  ])
  first.add('third-secret')
  expect(await thread.json(first, text)).toBe(long('[REDACTED] second-secret [REDACTED]'))
})

test('what is short, or has nothing to hide, is answered at once', () => {
  expect(thread.json(redactorOf('a-secret'), '"a-secret"')).toBe('"[REDACTED]"')
  expect(thread.json(new Redactor(), long('a-secret'))).toBe(long('a-secret'))
})

test('what waits when the thread ends is refused, not shown', async () => {
  const answer = Promise.resolve(thread.json(redactorOf('a-secret'), long('a-secret')))
  const refused = expect(answer).rejects.toThrow('The server was stopped.')
  await thread.stop()
  await refused
  expect(await thread.json(redactorOf('a-secret'), long('a-secret'))).toBe(long('[REDACTED]'))
})
