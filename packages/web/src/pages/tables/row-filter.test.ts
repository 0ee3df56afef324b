import { expect, test } from 'vitest'
import { nextOrder, readOrder as readSort, writeOrder } from '../../ui/list-search.ts'
import { cellText, columnsOf, readCell } from './cell-value.ts'
import { readFilters, readOrder, toWhere, writeFilters } from './row-filter.ts'

test('filters go into the URL and come back; what makes no sense is left out', () => {
  const filters = readFilters('[["age","gte","7"],["name","startsWith","A"],["x","like","%"],5,["y"]]')
  expect(filters).toEqual([
    { field: 'age', operator: 'gte', text: '7' },
    { field: 'name', operator: 'startsWith', text: 'A' },
  ])
  expect(readFilters(writeFilters(filters))).toEqual(filters)
  for (const text of ['{', '{}', 'null', undefined]) expect(readFilters(text)).toEqual([])
  expect(writeFilters([])).toBeUndefined()
})

test('a number is a number, in quotes it is text; two of one field hold together', () => {
  expect(
    toWhere([
      { field: 'age', operator: 'gte', text: '7' },
      { field: 'age', operator: 'lt', text: '70' },
      { field: 'zip', operator: 'eq', text: '"01234"' },
      { field: 'name', operator: 'contains', text: 'a b' },
      { field: 'state', operator: 'in', text: 'open, 3,true' },
      { field: 'gone', operator: 'empty', text: '' },
      { field: ' ', operator: 'eq', text: '1' },
      { field: 'tag', operator: 'eq', text: '[1]' },
    ]),
  ).toEqual({
    age: { gte: 7, lt: 70 },
    zip: { eq: '01234' },
    name: { contains: 'a b' },
    state: { in: ['open', 3, true] },
    gone: { isNull: true },
    tag: { eq: '[1]' },
  })
})

test('an order goes up, down, and away', () => {
  expect(writeOrder(nextOrder('a', readSort(undefined)))).toBe('a')
  expect(writeOrder(nextOrder('a', readSort('a')))).toBe('-a')
  expect(writeOrder(nextOrder('a', readSort('-a')))).toBeUndefined()
  expect(readOrder('-a')).toEqual([{ field: 'a', descending: true }])
  expect(readOrder(undefined)).toEqual([])
})

test('a cell keeps its type, and a declared one has its own', () => {
  expect(readCell('7', 'six', undefined)).toEqual({ ok: true, value: '7' })
  expect(readCell('7', 6, undefined)).toEqual({ ok: true, value: 7 })
  expect(readCell('[1', undefined, undefined)).toEqual({ ok: true, value: '[1' })
  expect(readCell('', 6, 'number')).toEqual({ ok: true, value: undefined })
  expect(readCell('seven', 6, 'number')).toMatchObject({ ok: false })
  expect(readCell('yes', true, 'boolean')).toMatchObject({ ok: false })
  expect(readCell('{', {}, 'json')).toMatchObject({ ok: false })
  expect(cellText({ a: 1 })).toBe('{"a":1}')
  expect(cellText(null)).toBe('null')
})

test('columns are those that were declared, then those of the rows', () => {
  expect(columnsOf([{ name: 'b' }], [{ data: { a: 1, b: 2 } }, { data: { c: 3 } }])).toEqual(['b', 'a', 'c'])
})
