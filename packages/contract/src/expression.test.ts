import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluateExpression, expressionFields, isTrue, type Json, limits, parseExpression } from './index.ts'

function saidBy(source: string, fields: Record<string, Json> = {}, context: Record<string, Json> = {}): Json {
  const read = parseExpression(source)
  if (!read.ok) throw new Error(`${read.message} (at ${read.position})`)
  return evaluateExpression(read.expression, { fields, context })
}

function problemOf(source: string): string {
  const read = parseExpression(source)
  return read.ok ? 'can be read' : `${read.position}: ${read.message}`
}

describe('what an expression says', () => {
  const fields = {
    country: 'DE',
    seats: 3,
    tags: ['a', 'b'],
    vat: '',
    user: { name: 'Ada' },
    on: '2026-02-01',
  }
  test.each<[string, Json]>([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['-2 - -3', 1],
    ['7 % 4 / 2', 1.5],
    ["'a' + 1 + null", 'a1'],
    ['1 / 0', null],
    ['0 * -1', 0],
    ['null * 2', null],
    ["fields.country == 'DE'", true],
    ["fields.country != 'DE' or fields.seats >= 3", true],
    ["fields.country in ['AT', 'DE']", true],
    ["fields.country not in ['AT', 'DE']", false],
    ["'b' in fields.tags and not ('c' in fields.tags)", true],
    ["'E' in fields.country", true],
    ['fields.user.name', 'Ada'],
    ["fields['user']['name']", 'Ada'],
    ['fields.tags[1]', 'b'],
    ['fields.unknown.deeper[3]', null],
    ['context.plan', 'big'],
    ["fields.on < '2026-03-01'", true],
    ["fields.seats < 'x'", false],
    ['isEmpty(fields.vat) and isEmpty(fields.unknown) and !isEmpty(fields.tags)', true],
    ['length(fields.tags) + length(fields.country)', 4],
    ["upper(trim(' a ')) + lower('B')", 'Ab'],
    ["number('3.5') + number('x')", null],
    ['round(3.14159, 2)', 3.14],
    ['max(1, fields.seats, 2) - min(fields.seats, 9)', 0],
    ["coalesce(fields.vat, fields.unknown, 'none')", 'none'],
    ["if(fields.seats > 2, 'many', 'few')", 'many'],
    ["startsWith(fields.country, 'D') && endsWith(fields.country, 'E') || false", true],
    ['not not fields.country', true],
    ['[1, [2]] == [1, [2]]', true],
    ['0 or fields.country', 'DE'],
  ])('%s', (source, value) => {
    expect(saidBy(source, fields, { plan: 'big' })).toEqual(value)
  })

  test('yes is everything but null, false, 0 and what is empty', () => {
    const no: Json[] = [null, false, 0, '', [], {}]
    const yes: Json[] = [true, 1, -1, 'no', [0], { a: null }]
    expect(no.filter(isTrue)).toEqual([])
    expect(yes.filter((value) => !isTrue(value))).toEqual([])
  })

  test('the fields that it reads', () => {
    const read = parseExpression("fields.a == 'x' and (fields['b'].c or length(context.d) in [fields.a])")
    expect(read.ok && expressionFields(read.expression)).toEqual(['a', 'b'])
  })
})

describe('what cannot be read says where', () => {
  test.each([
    ['', '0: the end is not a value'],
    ['1 +', '3: the end is not a value'],
    ['country', '0: "country" is not known; a field is written fields.country'],
    ['fields', '0: say which one, such as fields.name'],
    ["fields.a = 'x'", '9: use == to compare'],
    ['(1', '2: ) is missing'],
    ["'open", '0: this text has no closing quote'],
    ['1 < 2 < 3', '6: join comparisons with "and"'],
    ['lower()', '0: lower takes 1 argument'],
    ['1 2', '2: "2" was not expected here'],
    ['fields[fields.a]', '7: the brackets must contain a text or a number'],
    ['fields.a; 1', '8: ";" is not allowed here'],
    ['`x`', '0: "`" is not allowed here'],
  ])('%s', (source, problem) => {
    expect(problemOf(source)).toBe(problem)
  })

  test('an unknown function names those that there are', () => {
    expect(problemOf('eval("1")')).toContain('there is no function eval; there are isEmpty')
    expect(problemOf('toString()')).toContain('there is no function toString')
    expect(problemOf('constructor("x")')).toContain('there is no function constructor')
  })
})

describe('nothing but values can be reached', () => {
  test.each([
    'fields.constructor',
    "fields['__proto__']",
    'fields.text.constructor',
    "fields.text['length']",
    'fields.list.map',
    "fields.list['0']",
    'fields.object.toString',
    'context.__proto__.polluted',
    'fields.hasOwnProperty',
  ])('%s is null', (source) => {
    expect(saidBy(source, { text: 'x', list: [1], object: {} })).toBe(null)
  })
})

describe('limits', () => {
  test('the length, the depth, the steps and the texts it makes have a bound', () => {
    expect(problemOf('1'.repeat(limits.expressionLengthMax + 1))).toContain('is longer than')
    expect(problemOf(`${'('.repeat(200)}1${')'.repeat(200)}`)).toContain('is nested deeper than')
    expect(saidBy(`${'-'.repeat(900)}1`)).toBe(1)
    expect(saidBy(`${'not '.repeat(200)}1`)).toBe(true)
    const long = Array.from({ length: 6000 }, (_, at) => at)
    expect(() => saidBy('-1 in fields.long', { long })).toThrow('more than 5000 steps')
    const text = 'x'.repeat(6000)
    expect(() => saidBy('fields.text + fields.text', { text })).toThrow('a text longer than')
  })

  test('whatever text is given, it is read or refused with a place within it', () => {
    const words = fc.constantFrom(
      ...'fields. context. a b and or not in == != < > + - * / % ( ) [ ] , " \' \\ . 1 2.5 true null if length __proto__'.split(
        ' ',
      ),
    )
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.array(words, { maxLength: 40 }).map((parts) => parts.join(' ')),
    )
    fc.assert(
      fc.property(
        text,
        fc.dictionary(fc.string(), fc.jsonValue() as fc.Arbitrary<Json>),
        (source, fields) => {
          const read = parseExpression(source)
          if (!read.ok) {
            expect(read.position).toBeGreaterThanOrEqual(0)
            expect(read.position).toBeLessThanOrEqual(source.length)
            return
          }
          const value = evaluateExpression(read.expression, { fields, context: fields })
          const text = JSON.stringify(value)
          expect(JSON.stringify(JSON.parse(text))).toBe(text)
        },
      ),
      { numRuns: 3000 },
    )
  })

  test('the same expression says the same of the same values, and changes none of them', () => {
    const fields = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.jsonValue() as fc.Arbitrary<Json>)
    fc.assert(
      fc.property(fields, (values) => {
        const before = JSON.stringify(values)
        const source =
          'if(fields.a == fields.b, [fields.c, length(fields.a)], coalesce(fields.b, fields.c) in [fields.a])'
        expect(saidBy(source, values)).toEqual(saidBy(source, JSON.parse(before)))
        expect(JSON.stringify(values)).toBe(before)
      }),
    )
  })
})
