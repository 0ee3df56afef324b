import { limits } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { Redactor } from './redactor.ts'

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
    ['in a URL in small letters', encodeURIComponent(secret).toLowerCase()],
    ['as the password of an address', Object.assign(new URL('http://h'), { password: secret }).password],
    [
      'in JSON within JSON',
      JSON.stringify(JSON.stringify({ a: JSON.stringify({ a: secret }) })).slice(1, -1),
    ],
    ['in JSON of ASCII', String.raw`p@ss/w\u00f6rd \"1\"`],
    ['in HTML', 'p@ss/wörd &quot;1&quot;'],
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

  test('short values, true, false and null are left; parts of objects and lists are secrets', () => {
    const some = redactorOf('abc', 123, true, null, undefined, {
      user: 'robot',
      port: 5432,
      list: ['hidden'],
    })
    expect(some.text('abc 123 true null 5432 robot hidden')).toBe(
      'abc 123 true null 5432 [REDACTED] [REDACTED]',
    )
  })

  test('a number is a secret as a text is', () => {
    expect(redactorOf(4711).text('pin 4711')).toBe('pin [REDACTED]')
    expect(redactorOf({ account: 12345678 }).json('{"a":12345678}')).toBe('{"a":"[REDACTED]"}')
  })

  test('every line of a long secret is one of its own', () => {
    const lines = ['-----BEGIN KEY-----', 'MIIEvQIBADANBgkqhkiG9w0B', 'short']
    const redactor = redactorOf(lines.join('\n'))
    expect(redactor.text(`read ${lines[1]}`)).toBe('read [REDACTED]')
    expect(redactor.text('short')).toBe('short')
  })

  test.each([200, 2000])(
    'what was left of a secret when a text of %s characters was cut is replaced',
    (length) => {
      const before = `${'x'.repeat(length)} `
      const redactor = redactorOf('S3cr3t-Value?>987')
      expect(redactor.text(`${before}S3cr3t-Va… (8 more characters)`)).toBe(
        `${before}[REDACTED]… (8 more characters)`,
      )
      expect(redactor.json(JSON.stringify([`${before}S3cr3t-…`]))).toBe(
        JSON.stringify([`${before}[REDACTED]…`]),
      )
      if (length >= 1000) expect(redactor.text(`${before}S3cr3t`)).toBe(`${before}[REDACTED]`)
      expect(redactor.text(`${before}S3cx…`)).toBe(`${before}S3cx…`)
    },
  )

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
    [
      'nested quotes',
      'a"\'b',
      [JSON.stringify([JSON.stringify(['a"\'b'])])],
      [JSON.stringify([JSON.stringify(['[REDACTED]'])])],
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

describe('bounds', () => {
  test('a secret of too many parts, or too long, is refused with what to do', () => {
    const parts = Array.from({ length: limits.secretPartsMax + 1 }, (_, index) => `part-${index}`)
    expect(() => redactorOf(parts)).toThrow('The secret has 101 parts, and a secret may have 100: split it')
    expect(() => redactorOf('x'.repeat(limits.secretLengthMax + 1))).toThrow('keep larger values in a file')
  })

  test('a process that has read very many is full first, then reads no more, and hides what it has read', () => {
    const redactor = new Redactor()
    const secret = (index: number) => `customer-${index}-${'k'.repeat(20)}`
    let read = 0
    expect(() => {
      for (; ; read++) {
        redactor.add(secret(read))
        redactor.text(`now ${read}`)
      }
    }).toThrow('read fewer in one run')
    expect(read).toBeGreaterThan(limits.secretPartsPerProcessMax / 4)
    expect(redactor.isFull).toBe(true)
    expect(redactor.text(`${secret(0)} ${secret(read - 1)}`)).toBe('[REDACTED] [REDACTED]')
  })

  test.each([
    ['all alike', Array.from({ length: 90 }, (_, index) => `${'a'.repeat(150)}${index}`), 'a'.repeat(60_000)],
    ['only quotes and lines', ['"\\\n'.repeat(5000)], '"\\\n'.repeat(20_000)],
  ])('searching for secrets that are %s takes a bounded number of steps', (_what, secrets, text) => {
    // One regular expression for all of them needed minutes.
    const shown = redactorOf(...secrets).text(`${text} ${secrets[0]} end`)
    expect(shown).toContain('[REDACTED]')
    expect(shown).not.toContain(secrets[0])
  })
})
