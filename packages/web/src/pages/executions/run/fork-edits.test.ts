import { expect, test } from 'vitest'
import { readEdits } from './fork-edits.ts'

test('what was not touched is left out', () => {
  expect(readEdits(new Map(), null)).toEqual({ body: {}, problems: new Map() })
})

test('falsy values are values', () => {
  const { body } = readEdits(
    new Map([
      ['a#1', 'null'],
      ['b#1', 'false'],
      ['c#1', '0'],
    ]),
    '{"n": 1}',
  )
  expect(body).toEqual({ input: { n: 1 }, outputs: { 'a#1': null, 'b#1': false, 'c#1': 0 } })
})

test('what is no JSON, and an input that is no object, is said by its place', () => {
  const { body, problems } = readEdits(
    new Map([
      ['a#1', '{'],
      ['b#1', '2'],
    ]),
    '[1]',
  )
  expect(body).toEqual({ outputs: { 'b#1': 2 } })
  expect([...problems.keys()]).toEqual(['a#1', ''])
})
