import type { FormField } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { fieldOf, nameOf, valuesOf } from './field-form.ts'

const fields: FormField[] = [
  {
    name: 'code',
    type: 'text',
    label: 'Code',
    help: null,
    required: false,
    default: 'A1',
    validation: { min: 2, pattern: '[A-Z]\\d', pattern_message: 'A letter and a digit' },
    visible_if: "fields.kind == 'new'",
  },
  { name: 'seats', type: 'number', label: 'Seats', default: null, integer: true, validation: { max: 8 } },
  { name: 'day', type: 'date', label: 'Day', default: null, validation: { min: '2026-01-31' } },
  { name: 'agreed', type: 'checkbox', label: 'I agree', default: true },
  { name: 'scan', type: 'file', label: 'Scan', default: null, accept: ['.pdf', 'image/*'] },
  {
    name: 'sizes',
    type: 'multi_select',
    label: 'Sizes',
    default: [1],
    options: [{ label: 'One', value: 1 }],
  },
  { name: 'note', type: 'markdown', content: '# Read this', default: null },
]

test.each(fields)('$type: what nothing was changed of stays what it was', (field) => {
  expect(fieldOf(valuesOf(field), field)).toEqual(field)
})

test('what was emptied is gone, and numbers are read as such', () => {
  const [code] = fields
  if (!code) throw new Error('no field')
  const values = { ...valuesOf(code), visible_if: '', default: ' ', required: true, help: 'Two signs.' }
  const changed = fieldOf({ ...values, validation: { min: '', max: '3', pattern: '' } }, code)
  expect(changed).toEqual({
    name: 'code',
    type: 'text',
    label: 'Code',
    help: 'Two signs.',
    required: true,
    default: null,
    validation: { max: 3, pattern_message: 'A letter and a digit' },
    visible_if: null,
  })
})

test('a name is made from a label, where it has letters', () => {
  expect(nameOf('Größe (cm)', 'field')).toBe('gro_e_cm')
  expect(nameOf('2. Name', 'field')).toBe('name')
  expect(nameOf('…', 'field')).toBe('field')
})
