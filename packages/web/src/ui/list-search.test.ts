import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  day,
  defineList,
  flag,
  matching,
  midnight,
  nextOrder,
  oneOf,
  readColumns,
  readFilter,
  readListSearch,
  readOrder,
  text,
  writeColumns,
  writeOrder,
} from './list-search.ts'

const things = defineList('things', {
  q: text,
  color: oneOf(['red', 'green']),
  open: flag,
  since: day,
  code: matching(/^A-\d+$/),
})

test('what makes no sense in an address is left out', () => {
  expect(
    readFilter(things, { q: ' ', color: 'blue', open: 'maybe', since: '2026-13-01', code: 'B-1', more: 1 }),
  ).toEqual({})
  expect(readFilter(things, { q: 12, color: 'red', open: 'true', since: '2026-01-31', code: 'A-1' })).toEqual(
    { q: '12', color: 'red', open: true, since: '2026-01-31', code: 'A-1' },
  )
})

test('a filter is a plain JSON value that reads as itself', () => {
  const filter = readFilter(things, { q: 'x', open: true, since: '2026-01-31' })
  expect(readFilter(things, JSON.parse(JSON.stringify(filter)))).toEqual(filter)
})

test('sort and columns stand beside the filter, and not in it', () => {
  const search = { q: 'x', sort: '-name', columns: '-color', other: 'y' }
  expect(readListSearch(things, search)).toEqual({ q: 'x', sort: '-name', columns: '-color' })
  expect(readFilter(things, search)).toEqual({ q: 'x' })
})

test('an order goes into the address and comes back', () => {
  for (const order of [null, { column: 'name', isDescending: false }, { column: 'name', isDescending: true }])
    expect(readOrder(writeOrder(order))).toEqual(order)
  expect(readOrder('-')).toBe(null)
})

test('presses on one heading go up, down and back; another heading begins at up', () => {
  const up = nextOrder('name', null)
  const down = nextOrder('name', up)
  expect(up).toEqual({ column: 'name', isDescending: false })
  expect(down).toEqual({ column: 'name', isDescending: true })
  expect(nextOrder('name', down)).toBe(null)
  expect(nextOrder('size', down)).toEqual({ column: 'size', isDescending: false })
})

test('a choice of columns goes into the address and comes back', () => {
  const name = fc.stringMatching(/^[a-z:%]+$/)
  fc.assert(
    fc.property(fc.dictionary(name, fc.boolean()), (chosen) => {
      const choice = new Map(Object.entries(chosen))
      expect(readColumns(writeColumns(choice))).toEqual(choice)
    }),
  )
  expect(writeColumns(new Map())).toBe(undefined)
  expect(readColumns(',-,')).toEqual(new Map())
})

test('midnight is that of the reader, also where a month ends', () => {
  expect(midnight('2026-01-31', 1)).toBe(new Date(2026, 1, 1).toISOString())
})
