import { describe, expect, test } from 'vitest'
import { Redactor } from './redact.ts'

const redactorOf = (...secrets: unknown[]) => {
  const redactor = new Redactor()
  for (const secret of secrets) redactor.add(secret)
  return redactor
}

describe('text', () => {
  const secret = 'p@ss/wörd "1"'
  const redactor = redactorOf(secret)
  const base64 = Buffer.from(secret).toString('base64')
  test.each([
    ['as it is', secret],
    ['inside a JSON string', JSON.stringify({ a: secret })],
    ['in base64', base64],
    ['in base64 without padding', base64.replace(/=+$/, '')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in a URL', encodeURIComponent(secret)],
    ['in hex', Buffer.from(secret).toString('hex')],
    ['in a form', new URLSearchParams({ a: secret }).toString()],
  ])('a secret %s is replaced', (_how, text) => {
    const redacted = redactor.text(`before ${text} after`)
    expect(redacted).toContain('[REDACTED]')
    expect(redacted).not.toContain(text)
    expect(redacted).toMatch(/^before .* after$/)
  })

  test.each(['u:', 'us:', 'user:', 'user:0'])(
    'a secret after %s in base64 is replaced but for its edges',
    (user) => {
      for (const after of ['', 'x', '/end'])
        for (const form of ['base64', 'base64url'] as const) {
          const text = redactorOf('S3cr3t-Value?>987').text(
            Buffer.from(`${user}S3cr3t-Value?>987${after}`).toString(form),
          )
          expect(text).toContain('[REDACTED]')
          const kept = text
            .split('[REDACTED]')
            .map((part) => Buffer.from(part, form).toString('latin1'))
            .join(' ')
          expect(kept).not.toMatch(/3cr|Val|alu|98/)
        }
    },
  )

  test('every place is replaced, and the longer of two secrets as a whole', () => {
    expect(redactorOf('abcd', 'abcdefgh').text('abcdefgh abcd abcdefgh')).toBe(
      '[REDACTED] [REDACTED] [REDACTED]',
    )
  })

  test('signs that mean something in patterns are plain text', () => {
    const signs = `a.*+?^$${'{}'}()|[]\\b`
    expect(redactorOf(signs).text(`x ${signs} y axxb`)).toBe('x [REDACTED] y axxb')
  })

  test('short values and values that are no text are left; parts of objects and lists are secrets', () => {
    const some = redactorOf('abc', 12345, null, undefined, { user: 'robot', list: ['hidden'] })
    expect(some.text('abc 12345 null robot hidden')).toBe('abc 12345 null [REDACTED] [REDACTED]')
  })

  test('without secrets text is untouched', () => {
    expect(redactorOf().text('anything')).toBe('anything')
  })
})

describe('JSON text stays JSON', () => {
  test.each([
    [
      'a number',
      '12345',
      { n: 12345, s: '12345', other: 1234 },
      { n: '[REDACTED]', s: '[REDACTED]', other: 1234 },
    ],
    ['true', 'true', { a: true, b: 'true' }, { a: true, b: '[REDACTED]' }],
    ['null', 'null', [null, 'null'], [null, '[REDACTED]']],
    ['punctuation', '","b":"', { a: 'x', b: 'y' }, { a: 'x', b: 'y' }],
    [
      'a key',
      'hidden',
      { hidden: 1, nested: [{ hidden: 'hidden' }] },
      { '[REDACTED]': 1, nested: [{ '[REDACTED]': '[REDACTED]' }] },
    ],
    ['quotes and line ends', 'a"\n\\b', { text: 'x a"\n\\b y' }, { text: 'x [REDACTED] y' }],
  ])('when a secret reads like %s', (_what, secret, value, expected) => {
    expect(JSON.parse(redactorOf(secret).json(JSON.stringify(value)))).toEqual(expected)
  })

  test('text without a secret in it is the very same text', () => {
    const text = '{ "b" : 1,  "a":2 }'
    expect(redactorOf('secret').json(text)).toBe(text)
  })

  test('what is no JSON is redacted as text', () => {
    expect(redactorOf('secret').json('{broken secret')).toBe('{broken [REDACTED]')
  })
})
