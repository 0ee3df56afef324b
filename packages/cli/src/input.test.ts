import type { Parameter, ParameterType } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { CommandError } from './exit-codes.ts'
import { LocalFile, makeInput, readFlags } from './input.ts'

const parameter = (name: string, type: ParameterType, more: Partial<Parameter> = {}): Parameter => ({
  name,
  type,
  label: name,
  required: false,
  default: null,
  options: null,
  help: null,
  ...more,
})

const parameters = [
  parameter('userName', 'string'),
  parameter('count', 'integer'),
  parameter('ratio', 'number', { nullable: true }),
  parameter('dryRun', 'boolean'),
  parameter('tags', 'list', { items: 'string' }),
  parameter('sizes', 'list', { items: 'integer' }),
  parameter('address', 'object', { fields: [parameter('city', 'string'), parameter('zipCode', 'integer')] }),
  parameter('extra', 'json'),
  parameter('plan', 'integer', {
    options: [
      { label: 'Small', value: 1 },
      { label: 'Large', value: 2 },
    ],
  }),
  parameter('report', 'file'),
]
const read = (...words: string[]) => makeInput({}, readFlags(words, parameters), parameters)

describe('options become values of the type of their parameter', () => {
  const cases: [string[], unknown][] = [
    [['--userName', 'Ada'], { userName: 'Ada' }],
    [['--user-name=Ada'], { userName: 'Ada' }],
    [['--user_name', '5'], { userName: '5' }],
    [['--userName='], { userName: '' }],
    [['--userName', '--dashes'], { userName: '--dashes' }],
    [['--count', '-3'], { count: -3 }],
    [['--ratio', '0.5'], { ratio: 0.5 }],
    [['--ratio', 'null'], { ratio: null }],
    [['--userName', 'null'], { userName: 'null' }],
    [['--dry-run'], { dryRun: true }],
    [['--dry-run', '--count', '1'], { dryRun: true, count: 1 }],
    [['--dry-run', 'false'], { dryRun: false }],
    [['--no-dry-run'], { dryRun: false }],
    [['--tags', 'a', '--tags', 'b,c'], { tags: ['a', 'b,c'] }],
    [['--tags', '["a","b"]'], { tags: ['a', 'b'] }],
    [['--sizes', '1', '--sizes', '2'], { sizes: [1, 2] }],
    [['--address', '{"city":"Bern"}'], { address: { city: 'Bern' } }],
    [['--address.city', 'Bern', '--address.zip-code', '3000'], { address: { city: 'Bern', zipCode: 3000 } }],
    [['--extra', '{"a":[1]}'], { extra: { a: [1] } }],
    [['--extra', 'just text'], { extra: 'just text' }],
    [['--plan', '2'], { plan: 2 }],
    [['--plan', 'Small'], { plan: 1 }],
    [['--report', './march.csv'], { report: new LocalFile('./march.csv') }],
  ]
  test.each(cases)('%j', (words, input) => expect(read(...words)).toEqual(input))
})

test('options come over the JSON of --input, member by member', () => {
  const base = { userName: 'Ada', count: 1, address: { city: 'Bern', zipCode: 3000 } }
  const given = readFlags(['--count', '2', '--address.city', 'Basel'], parameters)
  expect(makeInput(base, given, parameters)).toEqual({
    userName: 'Ada',
    count: 2,
    address: { city: 'Basel', zipCode: 3000 },
  })
})

describe('what does not fit is refused with a sentence', () => {
  const cases: [string[], string][] = [
    [['--count', 'many'], '--count is "many", and must be a whole number.'],
    [['--count', '1.5'], '--count is "1.5", and must be a whole number.'],
    [['--count', ''], '--count is "", and must be a whole number.'],
    [['--count'], '--count needs a value.'],
    [['--dryRun=maybe'], '--dryRun is "maybe", and must be true or false.'],
    [['--plan', '3'], '--plan is "3", and must be one of 1, 2.'],
    [['--address', 'Bern'], '--address must be JSON'],
    [['--address.street', 'x'], '--street is unknown; this workflow takes --city, --zip-code.'],
    [['--count', '1', '--count', '2'], '--count is given 2 times, and takes one value.'],
    [['--user', 'x'], '--user is unknown; this workflow takes --user-name, --count'],
    [['Ada'], '"Ada" does not belong to an option; write --name value, such as --user-name'],
  ]
  test.each(cases)('%j', (words, sentence) => {
    expect(() => read(...words)).toThrow(CommandError)
    expect(() => read(...words)).toThrow(sentence)
  })
})
