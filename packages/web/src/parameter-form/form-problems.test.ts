import { inputChecker, type Parameter, type ParameterType } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { checkForm, controlPath, placeErrors } from './form-problems.ts'
import { startValues } from './form-values.ts'

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

const parameters = [
  parameter('title', 'string'),
  parameter('user', 'object', {
    fields: [parameter('name', 'string'), parameter('emails', 'list', { items: 'string' })],
  }),
  parameter('people', 'list', { items: 'object', fields: [parameter('age', 'integer')] }),
  parameter('settings', 'json'),
  parameter('odd.name', 'string'),
]

test('a field of the API leads to the control that shows it', () => {
  expect(controlPath(parameters, 'title')).toBe('0')
  expect(controlPath(parameters, 'user')).toBe('1')
  expect(controlPath(parameters, 'user.emails.2')).toBe('1.1.2')
  expect(controlPath(parameters, 'people.3.age')).toBe('2.3.0')
  expect(controlPath(parameters, 'odd.name')).toBe('4')
})

test('a mistake inside of a JSON value shows at its field', () => {
  expect(controlPath(parameters, 'settings.deep.0.x')).toBe('3')
})

test('an error without a control is kept for the foot of the form', () => {
  const placed = placeErrors(parameters, [
    { field: 'title', message: 'is required' },
    { field: 'nickname', message: 'is not a parameter of this workflow' },
  ])
  expect(placed.problems).toEqual({ '0': 'Is required' })
  expect(placed.general).toEqual([{ field: 'nickname', message: 'is not a parameter of this workflow' }])
})

test('an untouched form names every required field and nothing else', () => {
  const { problems, general } = checkForm(parameters, startValues(parameters), inputChecker(parameters))
  expect(problems).toEqual({
    '0': 'Is required',
    '1.0': 'Is required',
    '3': 'Is required',
    '4': 'Is required',
  })
  expect(general).toEqual([])
})

test('JSON that cannot be read has one message, not two', () => {
  const values = startValues(parameters, {
    title: 'x',
    user: { name: 'Ada', emails: [] },
    people: [],
    'odd.name': 'y',
  })
  const { problems } = checkForm(parameters, values.with(3, '{'), inputChecker(parameters))
  expect(Object.keys(problems)).toEqual(['3'])
  expect(problems['3']).toMatch(/is not valid JSON/)
})
