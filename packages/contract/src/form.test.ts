import { describe, expect, test } from 'vitest'
import { checkAnswers, checkFields, type FormField, type Json, visibleFields } from './index.ts'

const field = (name: string, type: FormField['type'], more: Partial<FormField> = {}): FormField => ({
  name,
  type,
  label: name,
  ...more,
})
const options = [
  { label: 'A', value: 'a' },
  { label: 'B', value: 'b' },
]
const problems = (fields: FormField[]) => {
  const checked = checkFields(fields)
  return checked.ok ? [] : checked.errors.map((error) => `${error.field}: ${error.message}`)
}

describe('48: what fields need', () => {
  test('a label, content, options, by their type', () => {
    expect(
      problems([
        { name: 'a', type: 'text' },
        { name: 'b', type: 'markdown', content: '# Hello' },
        { name: 'c', type: 'html' },
        field('d', 'select'),
        field('e', 'radio', { options, provider: { id: 'x' } }),
        field('f', 'text', { options }),
        field('g', 'select', {
          options: [
            { label: '', value: 'x' },
            { label: 'X', value: 'x' },
          ],
        }),
      ]),
    ).toEqual([
      'fields.0.label: is required',
      'fields.2.content: is required',
      'fields.3.options: are required, or a provider',
      'fields.4.options: give options or a provider, not both',
      'fields.5.options: are for fields with choices',
      'fields.6.options.0.label: is required',
      'fields.6.options.1.value: is already used by another option',
    ])
  })

  test('names of their own, and fifty at most', () => {
    expect(problems([field('a', 'text'), field('a', 'number')])).toEqual([
      'fields.1.name: is taken by another field: a',
    ])
    const many = Array.from({ length: 51 }, (_, at) => field(`f${at}`, 'text'))
    expect(problems(many)).toEqual(['fields: may be 50 at most'])
  })

  test('the default of several choices may be a text with commas', () => {
    const checked = checkFields([field('a', 'multi_select', { options, default: 'a, b,,' })])
    expect(checked.ok && checked.fields[0]?.default).toEqual(['a', 'b'])
    expect(problems([field('a', 'multi_select', { options, default: 'a, z' })])).toEqual([
      'fields.0.default: "z" is not one of the options',
    ])
  })

  test('expressions that can be read, about other fields that ask', () => {
    expect(
      problems([
        field('a', 'text', { visible_if: 'fields.b ==' }),
        field('b', 'text', { visible_if: 'fields.b' }),
        field('c', 'text', { visible_if: 'fields.unknown' }),
        field('d', 'text', { default_expression: 'fields.a' }),
        field('e', 'select', {
          provider: { id: 'x', inputs: { y: { field: 'e' }, z: { field: 'unknown' } } },
        }),
      ]),
    ).toEqual([
      'fields.0.visible_if: the end is not a value (at 12)',
      'fields.1.visible_if: refers to the field itself',
      'fields.2.visible_if: there is no field unknown',
      'fields.3.default_expression: is evaluated before there are fields; it sees the context only',
      'fields.4.provider.inputs.y: is the field itself',
      'fields.4.provider.inputs.z: there is no field unknown',
    ])
  })

  test('no circle of fields that decide about each other', () => {
    expect(
      problems([
        field('a', 'text', { visible_if: 'fields.b' }),
        field('b', 'select', { provider: { id: 'x', inputs: { y: { expression: 'fields.c' } } } }),
        field('c', 'text', { visible_if: 'fields.a' }),
      ]),
    ).toEqual(['fields: depend on each other: a → b → c → a'])
  })

  test('bounds and defaults of the right type', () => {
    expect(
      problems([
        field('a', 'number', { validation: { min: 'x' } }),
        field('b', 'date', { validation: { min: '2026-02-01', max: '2026-01-01' } }),
        field('c', 'number', { validation: { pattern: 'a' } }),
        field('d', 'number', { default: 'x' }),
        field('e', 'text', { validation: { min: 3 }, default: 'ab' }),
      ]),
    ).toEqual([
      'fields.0.validation.min: must be a number',
      'fields.1.validation.min: is more than max',
      'fields.2.validation.pattern: is for text',
      'fields.3.default: must be a number',
      'fields.4.default: must have at least 3 characters',
    ])
  })
})

describe('49, 50: what is filled in', () => {
  const fields: FormField[] = [
    field('text', 'text', { validation: { min: 2, max: 5, pattern: '[a-z]+' } }),
    field('email', 'email'),
    field('whole', 'number', { integer: true, validation: { min: 1, max: 9 } }),
    field('number', 'number'),
    field('choice', 'select', { options }),
    field('several', 'multi_select', { options }),
    field('tick', 'checkbox', { required: true }),
    field('long', 'textarea'),
    field('radio', 'radio', { options }),
    field('day', 'date', { validation: { min: '2026-01-01' } }),
    field('moment', 'datetime'),
    field('file', 'file'),
    { name: 'note', type: 'markdown', content: 'x' },
  ]
  const matches = (pattern: string, text: string) => new RegExp(`^(?:${pattern})$`).test(text)
  const check = (given: Record<string, unknown>) => {
    const checked = checkAnswers(fields, { tick: true, ...given }, { matches })
    return checked.ok ? [] : checked.errors.map((error) => `${error.field}: ${error.message}`)
  }

  test('49: each type arrives as its type, what is optional and not there as null', () => {
    const file = { id: 'x/y.pdf', name: 'y.pdf', size: 3, content_type: 'application/pdf' }
    const given: Record<string, Json> = {
      text: 'abc',
      email: 'ada@example.com',
      whole: 3,
      number: 2.5,
      choice: 'a',
      several: 'b',
      tick: true,
      long: 'a\nb',
      radio: 'b',
      day: '2026-02-28',
      moment: '2026-02-28T10:00:00+01:00',
      file,
    }
    expect(checkAnswers(fields, given, { matches })).toEqual({
      ok: true,
      answers: { ...given, several: ['b'] },
    })
    expect(checkAnswers(fields, { tick: true, text: '' }, { matches })).toMatchObject({
      ok: true,
      answers: { text: null, whole: null, several: null, file: null },
    })
  })

  test.each<[Record<string, unknown>, string]>([
    [{ other: 1 }, 'other: is not a field of this form'],
    [{ note: 'x' }, 'note: is for display only and takes no value'],
    [{ tick: null }, 'tick: is required'],
    [{ tick: false }, 'tick: must be checked'],
    [{ text: 3 }, 'text: must be text'],
    [{ text: 'a' }, 'text: must have at least 2 characters'],
    [{ text: 'abcdef' }, 'text: must have at most 5 characters'],
    [{ text: 'ABC' }, 'text: does not match the pattern'],
    [{ whole: '3' }, 'whole: must be a number'],
    [{ whole: 2.5 }, 'whole: must be a whole number'],
    [{ whole: 10 }, 'whole: must be at most 9'],
    [{ email: 'ada@' }, 'email: must be an email address'],
    [{ day: '31.01.2026' }, 'day: must be a valid date, such as 2026-01-31'],
    [{ day: '2026-02-30' }, 'day: must be a valid date, such as 2026-01-31'],
    [{ day: '2025-12-31' }, 'day: must be at least 2026-01-01'],
    [{ moment: 'tomorrow' }, 'moment: must be a valid date and time, such as 2026-01-31T09:00:00Z'],
    [{ choice: 'z' }, 'choice: "z" is not one of the options'],
    [{ several: ['a', 'z'] }, 'several: "z" is not one of the options'],
    [{ several: [{}] }, 'several: must be a list of options'],
    [{ file: '/etc/passwd' }, 'file: must be a file, as returned by the upload'],
  ])('50: %j', (given, problem) => {
    expect(check(given)).toEqual([problem])
  })

  test('every wrong field is named', () => {
    expect(check({ email: 'x', number: 'y', tick: null })).toHaveLength(3)
  })
})

describe('50: what is hidden', () => {
  const fields: FormField[] = [
    field('country', 'text'),
    field('vat', 'text', { required: true, visible_if: "fields.country == 'DE'" }),
    field('office', 'text', { required: true, visible_if: "fields.vat != null and context.plan == 'big'" }),
  ]

  test('is not required, and its value is dropped', () => {
    expect(checkAnswers(fields, { country: 'US', vat: 'X1' })).toEqual({
      ok: true,
      answers: { country: 'US' },
    })
    expect(checkAnswers(fields, { country: 'DE' })).toEqual({
      ok: false,
      errors: [{ field: 'vat', message: 'is required' }],
    })
  })

  test('has no value for other fields, either', () => {
    const shown = (given: Record<string, Json>) => [...visibleFields(fields, given, { plan: 'big' }).names]
    expect(shown({ country: 'DE', vat: 'X1' })).toEqual(['country', 'vat', 'office'])
    expect(shown({ country: 'US', vat: 'X1' })).toEqual(['country'])
  })

  test('defaults come from the form, or from what the launch workflow answered', () => {
    const two = [
      field('a', 'text', { default: 'x' }),
      field('b', 'text', { default_expression: 'context.mail' }),
    ]
    expect(checkAnswers(two, {}, { context: { mail: 'y' } })).toEqual({
      ok: true,
      answers: { a: 'x', b: 'y' },
    })
    expect(checkAnswers(two, { a: null }, {})).toEqual({ ok: true, answers: { a: null, b: null } })
  })
})

test('lengths are counted as people count', () => {
  const form = { name: 'text', type: 'text', label: 'Text', validation: { max: 3 } } as const
  const check = (text: string) => checkAnswers([form] as never, { text })
  expect(check('\u{1F468}\u200D\u{1F469}\u200D\u{1F467}e\u0301\u{1F600}').ok).toBe(true)
  expect(check('abcd').ok).toBe(false)
})
