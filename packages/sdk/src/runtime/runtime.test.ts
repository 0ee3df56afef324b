import { limits, type Parameter } from '@bifrost/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { failureOf } from '../failure.ts'
import { toJsonText } from '../json.ts'
import { buildArguments } from './arguments.ts'
import { VariableCapture } from './capture.ts'
import { describeValue } from './describe.ts'
import { providerOptions } from './provider-options.ts'

describe('a result as JSON text', () => {
  test('any JSON value comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toJsonText(value, 'result')).toBe(JSON.stringify(value))
      }),
    )
  })

  test('anything at all gives JSON or a refusal that begins with its place', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
          withBoxedValues: true,
        }),
        (value) => {
          try {
            JSON.parse(toJsonText(value, 'result'))
          } catch (error) {
            expect((error as Error).name).toBe('ResultError')
            expect((error as Error).message).toMatch(/^result/)
          }
        },
      ),
    )
  })

  test('an object that is used twice is no circle', () => {
    const shared = { a: 1 }
    expect(toJsonText([shared, shared, { shared }], 'result')).toBe('[{"a":1},{"a":1},{"shared":{"a":1}}]')
  })

  test('undefined as a whole is null, as a member is left out, in a list is refused', () => {
    expect(toJsonText(undefined, 'result')).toBe('null')
    expect(toJsonText({ a: undefined, b: 1 }, 'result')).toBe('{"b":1}')
    expect(() => toJsonText([undefined], 'result')).toThrow('result[0] is undefined')
  })

  class Hidden {
    #value = 1
    read() {
      return this.#value
    }
  }
  class Point {
    x = 1
  }
  function* numbers() {
    yield 1
  }
  test.each([
    ['a RegExp', /a/],
    ['a Headers', new Headers({ a: 'b' })],
    ['a Response', new Response('a')],
    ['a URLSearchParams', new URLSearchParams({ a: 'b' })],
    ['a FormData', new FormData()],
    ['a Blob', new Blob(['a'])],
    ['a Hidden', new Hidden()],
    ['a Point', new Point()],
    ['a String', new String('a')],
    ['a URL', new URL('http://a')],
    ['a WeakMap', new WeakMap()],
    ['an AbortController', new AbortController()],
    ['an object with a toJSON function', { toJSON: () => 1 }],
    ['of an own making', Object.create({ a: 1 })],
    ['an iterator', numbers()],
    ['an iterator of a map', new Map().values()],
  ])('%s is refused rather than bent', (what, value) => {
    expect(() => toJsonText({ list: [value] }, 'result')).toThrow(
      /^(a|an) /.test(what) && !what.includes('iterator')
        ? `result.list[0] is ${what}, which JSON does not have: `
        : 'result.list[0] is a',
    )
  })

  test('places read like code', () => {
    expect(() => toJsonText({ a: [{ 'b c': 1n }] }, 'result')).toThrow('result.a[0]["b c"] is a BigInt')
  })

  test('size is measured in bytes', () => {
    const fits = 'x'.repeat(limits.resultBytesMax - 2)
    expect(toJsonText(fits, 'result')).toHaveLength(limits.resultBytesMax)
    expect(() => toJsonText(`${fits}x`, 'result')).toThrow('limit is 8.0 MB')
    expect(() => toJsonText('ö'.repeat(limits.resultBytesMax / 2), 'result')).toThrow('limit is 8.0 MB')
  })
})

test('a result of very many values is refused, though it is short', () => {
  const values = Array.from({ length: limits.jsonValuesMax }, () => 0)
  expect(toJsonText(values, 'result')).toHaveLength(2 * limits.jsonValuesMax + 1)
  expect(() => toJsonText([...values, 0, 0], 'result')).toThrow(
    'The result has more than 500,000 values. Write it with files.write and return its path.',
  )
})

describe('a variable for people', () => {
  test('anything at all becomes JSON of limited size, and nothing throws', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
        }),
        (value) => {
          expect(JSON.stringify(describeValue(value)).length).toBeLessThan(limits.variableBytesMax * 4)
        },
      ),
    )
  })

  test('what would call the author’s code is not asked', () => {
    let asked = 0
    const trap = () => {
      asked++
      throw new Error('trap')
    }
    const proxy = new Proxy(
      {},
      { get: trap, has: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap },
    )
    const named = Object.defineProperty(() => 1, 'name', { get: trap })
    class Odd {}
    Object.defineProperty(Odd, 'name', { get: trap })
    expect(
      describeValue({
        proxy,
        in: [proxy],
        getter: Object.defineProperty({}, 'g', { get: trap, enumerable: true }),
      }),
    ).toEqual({
      proxy: '<Proxy>',
      in: ['<Proxy>'],
      getter: { g: '<getter>' },
    })
    expect(asked).toBe(0)
    for (const value of [named, new Odd(), Odd, { toJSON: trap }])
      expect(() => JSON.stringify(describeValue(value))).not.toThrow()
  })

  test('long lists, deep objects and circles end', () => {
    const list = describeValue(Array.from({ length: 100_000 }, (_, n) => n)) as unknown[]
    expect(list.at(-1)).toMatch(/more items/)
    const deep: { next?: unknown } = {}
    let at = deep
    for (let n = 0; n < 1000; n++) {
      const next: typeof deep = {}
      at.next = next
      at = next
    }
    expect(JSON.stringify(describeValue(deep))).toContain('<Object>')
    const circle: unknown[] = []
    circle.push({ circle })
    expect(describeValue(circle)).toEqual([{ circle: '<Circular>' }])
  })
})

describe('captured variables', () => {
  test('the outermost function has the plain names; a name that is taken is written with its function', () => {
    const capture = new VariableCapture()
    Object.assign(capture.enter('outer', 'a'), { n: 1, own: 'o' })
    Object.assign(capture.enter('inner', 'b'), { n: 2 })
    expect(JSON.parse(capture.toJsonText())).toEqual({ n: 1, own: 'o', 'inner.n': 2 })
  })

  test('of many calls of a function the one that failed is kept, else the latest', () => {
    const capture = new VariableCapture()
    const first = capture.enter('f', 'f')
    Object.assign(first, { n: 1 })
    Object.assign(capture.enter('f', 'f'), { n: 2 })
    expect(JSON.parse(capture.toJsonText())).toEqual({ n: 2 })
    capture.failed(first)
    Object.assign(capture.enter('f', 'f'), { n: 3 })
    expect(JSON.parse(capture.toJsonText())).toEqual({ n: 1 })
  })

  test('names like __proto__ and toString are ordinary', () => {
    const capture = new VariableCapture()
    const frame = capture.enter('f', 'f')
    for (const [n, name] of ['__proto__', 'toString'].entries()) frame[name] = n + 1
    expect(capture.toJsonText()).toBe('{"__proto__":1,"toString":2}')
  })

  test('too much is left out and counted', () => {
    const capture = new VariableCapture()
    const frame = capture.enter('f', 'f')
    for (let n = 0; n < 60; n++) frame[`v${n}`] = 'x'.repeat(9000)
    const text = capture.toJsonText()
    expect(text.length).toBeLessThan(limits.variablesBytesMax + 1000)
    expect(JSON.parse(text)['…']).toMatch(/^\d+ more variables/)
  })
})

describe('whatever was thrown', () => {
  test('becomes data, and nothing throws', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        const failure = failureOf(thrown)
        expect(typeof failure.message).toBe('string')
        expect(failure.message.length).toBeLessThanOrEqual(10_000)
      }),
    )
  })

  test('a UserError and a bad result are not tried again, others are', () => {
    class UserError extends Error {
      override name = 'UserError'
    }
    expect(failureOf(new UserError('x'))).toMatchObject({ forUser: true, retry: false })
    expect(failureOf(new Error('x'))).toMatchObject({ forUser: false, retry: true, kind: 'error' })
    let bad: unknown
    try {
      toJsonText(1n, 'result')
    } catch (error) {
      bad = error
    }
    expect(failureOf(bad)).toMatchObject({ kind: 'result_invalid', retry: false })
  })

  test('frames of the platform are not in the stack, and causes are, to a limit', () => {
    const error = new Error('outer', { cause: new Error('inner') })
    error.stack =
      'Error: outer\n    at run (file:///bifrost/users/onboard.ts:3:4)\n    at x (/x/bifrost-runtime-1.mjs:1:1)\n    at node:internal/process:1:1'
    const { stack } = failureOf(error)
    expect(stack).toMatch(/^Error: outer\n {4}at run \(users\/onboard\.ts:3:4\)\nCaused by: Error: inner/)
    const circle = new Error('circle')
    circle.cause = circle
    expect(failureOf(circle).stack.match(/Caused by/g)?.length).toBeLessThan(6)
  })
})

describe('arguments', () => {
  const parameter = (name: string, type: Parameter['type'], more: Partial<Parameter> = {}): Parameter => ({
    name,
    type,
    label: name,
    required: true,
    default: null,
    options: null,
    help: null,
    ...more,
  })

  test('positional ones, the context, and an object with the rest', () => {
    const context = { me: true }
    const built = buildArguments(
      [{ kind: 'parameter', name: 'a' }, { kind: 'context' }, { kind: 'object', names: ['b'], rest: true }],
      [parameter('a', 'string'), parameter('b', 'integer', { required: false })],
      { a: 'x', extra: 1 },
      context,
    )
    expect(built).toEqual(['x', context, { a: 'x', extra: 1 }])
    expect('b' in (built[2] as object)).toBe(false)
  })

  test('dates, files and what is nested in lists and objects', () => {
    const file = { id: 'i', name: 'n', size: 1, content_type: 't' }
    const [at, days, user, ref] = buildArguments(
      ['at', 'days', 'user', 'ref'].map((name) => ({ kind: 'parameter', name })),
      [
        parameter('at', 'datetime'),
        parameter('days', 'list', { items: 'datetime' }),
        parameter('user', 'object', {
          fields: [parameter('born', 'datetime'), parameter('nick', 'string', { required: false })],
        }),
        parameter('ref', 'file'),
      ],
      { at: '2026-01-01', days: ['2026-01-02'], user: { born: '2000-01-01', nick: null }, ref: file },
      null,
    )
    expect(at).toEqual(new Date('2026-01-01'))
    expect(days).toEqual([new Date('2026-01-02')])
    expect(user).toEqual({ born: new Date('2000-01-01') })
    expect(ref).toEqual({ id: 'i', name: 'n', size: 1, contentType: 't' })
  })
})

test('rows of a data provider (46)', () => {
  expect(
    providerOptions([
      { label: 'A', value: 1, description: 'd' },
      { id: 'x', name: 'X' },
      { label: 0, value: false },
    ]),
  ).toEqual([
    { label: 'A', value: 1, description: 'd' },
    { label: 'X', value: 'x' },
    { label: '0', value: false },
  ])
  expect(providerOptions([])).toEqual([])
  for (const [rows, message] of [
    [null, 'must return a list'],
    [[null], 'Row 0'],
    [
      [
        { label: 'a', value: 1 },
        { label: '', value: 1 },
      ],
      'Row 1 of the data provider has no label',
    ],
    [[{ label: 'a' }], 'Row 0 of the data provider has no value'],
    [['text'], 'Row 0'],
  ] as const)
    expect(() => providerOptions(rows)).toThrow(message)
})

describe('an error as data', () => {
  test('the reasons within an error of several, and a cause that is text, are in message and stack', async () => {
    const error = await Promise.any([
      Promise.reject(new TypeError('the first reason')),
      Promise.reject('the second reason'),
    ]).catch((one: unknown) => one)
    const { message, stack } = failureOf(error)
    expect(message).toBe("All promises were rejected: TypeError: the first reason; 'the second reason'")
    expect(stack).toContain('Error 1: TypeError: the first reason')
    expect(stack).toContain('Error 2: the second reason')
    expect(failureOf(new Error('outer', { cause: 'a cause in words' })).stack).toContain(
      'Caused by: a cause in words',
    )
    expect(
      failureOf(new TypeError('fetch failed', { cause: new Error('refused: 10.0.0.1 is private') })).message,
    ).toBe('fetch failed: refused: 10.0.0.1 is private')
    const cause = new AggregateError([new Error('connect ECONNREFUSED ::1:9')])
    expect(failureOf(new TypeError('fetch failed', { cause })).message).toBe(
      'fetch failed: connect ECONNREFUSED ::1:9',
    )
  })

  test('errors within errors within errors end', () => {
    const error = new Error('outer')
    error.cause = new AggregateError([error, error, error], 'inner')
    expect(failureOf(error).stack.length).toBeLessThan(20_001)
  })
})
