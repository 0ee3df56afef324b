import type { FormField, Parameter } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { fieldOfParameter, freshField, optionLines, readDefault, readOptions } from './field-types.ts'
import { moved, problemText } from './form-draft.ts'

const options = [
  { label: 'One', value: 1 },
  { label: 'b', value: 'b' },
]

test('options are lines, and a value that was a number stays one', () => {
  expect(optionLines(options)).toBe('1 | One\nb')
  expect(readOptions('1 | Uno\n\nb\nc | C', options)).toEqual([
    { label: 'Uno', value: 1 },
    { label: 'b', value: 'b' },
    { label: 'C', value: 'c' },
  ])
})

test('a default is read in the type of its field', () => {
  const read = (field: Partial<FormField>, text: string) =>
    readDefault({ name: 'a', type: 'text', ...field }, text)
  expect(read({}, ' ')).toBe(null)
  expect(read({ type: 'number' }, '2.5')).toBe(2.5)
  expect(read({ type: 'number' }, 'x')).toBe('x')
  expect(read({ type: 'select', options }, '1')).toBe(1)
  expect(read({ type: 'multi_select', options }, '1, b,')).toEqual([1, 'b'])
  expect(read({ type: 'checkbox' }, 'true')).toBe(true)
})

test('a new field has a name that is free', () => {
  const taken = [freshField('text', []), freshField('markdown', [])]
  expect(taken.map(({ name }) => name)).toEqual(['field', 'markdown'])
  expect(freshField('number', taken).name).toBe('field_2')
})

test('a parameter becomes the field that asks for it', () => {
  const parameter = (more: Partial<Parameter>): Parameter => ({
    name: 'a',
    type: 'string',
    label: 'A',
    required: true,
    default: null,
    options: null,
    help: null,
    ...more,
  })
  expect(fieldOfParameter(parameter({ type: 'integer' }))).toMatchObject({ type: 'number', integer: true })
  expect(fieldOfParameter(parameter({ type: 'boolean' }))).toMatchObject({
    type: 'checkbox',
    required: false,
  })
  expect(fieldOfParameter(parameter({ name: 'email' }))).toMatchObject({ type: 'email', required: true })
  expect(fieldOfParameter(parameter({ options }))).toMatchObject({ type: 'select', options })
  expect(fieldOfParameter(parameter({ type: 'list', options }))).toMatchObject({ type: 'multi_select' })
})

test('what the server refuses is told by the label of the field', () => {
  const fields: FormField[] = [{ name: 'a', type: 'text', label: 'Seats' }]
  expect(problemText(fields, { field: 'fields.0.default', message: 'must be text' })).toBe(
    'Seats: default must be text',
  )
  expect(problemText(fields, { field: 'body.name', message: 'is too long' })).toBe('name: is too long')
})

test('an item moves to another place', () => {
  expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b'])
})
