import { inputChecker, type Json, type Parameter, type ParameterType } from '@bifrost/contract'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { startValues, toInput } from './form-values.ts'

const parameter = (name: string, type: ParameterType, more: Partial<Parameter> = {}): Parameter => ({
  name,
  type,
  label: name,
  required: true,
  default: null,
  options: null,
  help: null,
  ...more,
})
const optional = (name: string, type: ParameterType, more: Partial<Parameter> = {}) =>
  parameter(name, type, { required: false, ...more })

const colors = ['red', 'green', 'blue', 'black'].map((value) => ({ label: value, value }))
const person = [parameter('name', 'string'), parameter('age', 'integer'), parameter('active', 'boolean')]
const everyType: Parameter[] = [
  parameter('title', 'string'),
  parameter('count', 'integer'),
  parameter('ratio', 'number'),
  parameter('active', 'boolean'),
  optional('consent', 'boolean'),
  parameter('color', 'string', { options: colors }),
  parameter('level', 'integer', { options: [1, 2].map((value) => ({ label: `L${value}`, value })) }),
  parameter('palette', 'list', { items: 'string', options: colors }),
  parameter('tags', 'list', { items: 'string' }),
  parameter('scores', 'list', { items: 'number' }),
  parameter('people', 'list', { items: 'object', fields: person }),
  parameter('owner', 'object', { fields: person }),
  optional('backup', 'object', { fields: person }),
  parameter('settings', 'json'),
  parameter('file', 'file'),
]

const text = fc.string({ minLength: 1 })
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value))
const aPerson = fc.record({ name: text, age: fc.maxSafeInteger(), active: fc.boolean() })
const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json)
const inputs = fc.record(
  {
    title: text,
    count: fc.maxSafeInteger(),
    ratio: number,
    active: fc.boolean(),
    consent: fc.boolean(),
    color: fc.constantFrom(...colors.map(({ value }) => value)),
    level: fc.constantFrom(1, 2),
    palette: fc.subarray(colors.map(({ value }) => value)),
    tags: fc.array(text, { maxLength: 4 }),
    scores: fc.array(number, { maxLength: 4 }),
    people: fc.array(aPerson, { maxLength: 3 }),
    owner: aPerson,
    backup: aPerson,
    settings: json,
    file: fc.record({
      id: text,
      name: text,
      size: fc.nat(),
      content_type: fc.constant('text/csv'),
    }),
  },
  {
    requiredKeys: everyType.filter(({ required }) => required).map(({ name }) => name) as (
      | 'title'
      | 'count'
      | 'ratio'
    )[],
  },
)

describe('form values', () => {
  test('an earlier input that is filled in and sent again is the same input', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const plain = JSON.parse(JSON.stringify(input)) as Record<string, Json>
        const again = toInput(everyType, startValues(everyType, plain))
        expect(again).toEqual({ input: plain, problems: {} })
      }),
    )
  })

  test('what comes back from the form fits the schema of the server', () => {
    const check = inputChecker(everyType)
    fc.assert(
      fc.property(inputs, (input) => {
        const plain = JSON.parse(JSON.stringify(input)) as Record<string, Json>
        expect(check(toInput(everyType, startValues(everyType, plain)).input)).toMatchObject({ ok: true })
      }),
    )
  })

  test('fields that were not filled in are left out, so that the defaults of the function apply', () => {
    const parameters = [
      optional('a', 'string'),
      optional('b', 'integer'),
      optional('c', 'boolean'),
      optional('d', 'list', { items: 'string' }),
      optional('e', 'object', { fields: person }),
      optional('f', 'json'),
      optional('g', 'datetime'),
      optional('h', 'file'),
      optional('i', 'string', { options: colors }),
    ]
    expect(toInput(parameters, startValues(parameters)).input).toEqual({})
  })

  test('defaults are filled in and sent as they are', () => {
    const parameters = [
      optional('name', 'string', { default: 'Ada' }),
      optional('pages', 'integer', { default: 40 }),
      optional('tags', 'list', { items: 'string', default: ['a', 'b'] }),
      optional('dry', 'boolean', { default: false }),
    ]
    expect(toInput(parameters, startValues(parameters)).input).toEqual({
      name: 'Ada',
      pages: 40,
      tags: ['a', 'b'],
      dry: false,
    })
  })

  test('a text default and a list default that were emptied are sent empty', () => {
    const parameters = [
      optional('name', 'string', { default: 'Ada' }),
      optional('tags', 'list', { items: 'string', default: ['a'] }),
    ]
    expect(toInput(parameters, ['', { rows: [] }]).input).toEqual({ name: '', tags: [] })
  })

  test('an empty field of a required type with null is null', () => {
    const parameters = [parameter('middleName', 'string', { nullable: true })]
    expect(toInput(parameters, ['']).input).toEqual({ middleName: null })
  })

  test('what is typed as a number but is none is left for the checker to name', () => {
    const parameters = [parameter('count', 'integer'), parameter('ratio', 'number')]
    expect(toInput(parameters, ['12x', '1e3']).input).toEqual({ count: '12x', ratio: 1000 })
  })

  test('half-typed JSON and empty rows are problems of their own', () => {
    const parameters = [parameter('settings', 'json'), parameter('tags', 'list', { items: 'string' })]
    const { problems } = toInput(parameters, [
      '{"a":',
      {
        rows: [
          { key: 1, value: 'x' },
          { key: 2, value: '' },
        ],
      },
    ])
    expect(Object.keys(problems)).toEqual(['0', '1.1'])
    expect(problems['0']).toMatch(/is not valid JSON/)
  })
})
