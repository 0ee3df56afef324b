import { expect, test } from 'vitest'
import { filterOf, isSame, searchOf } from './view-filter.ts'

test('a view becomes parameters of an address, lists of texts with commas', () => {
  expect(searchOf({ status: ['FAILED', 'TIMEOUT'], q: 'sync', archived: true })).toEqual({
    status: 'FAILED,TIMEOUT',
    q: 'sync',
    archived: true,
  })
})

test('what a list shows becomes a view, without what was not chosen', () => {
  expect(filterOf({ status: 'failed', q: undefined, sort: '-name' })).toEqual({
    status: 'failed',
    sort: '-name',
  })
})

test('a list shows a view when all members are the same, in any order', () => {
  expect(isSame({ q: 'a', status: 'failed' }, { status: 'failed', q: 'a' })).toBe(true)
  expect(isSame({ q: 'a' }, { status: 'failed', q: 'a' })).toBe(false)
  expect(isSame({}, {})).toBe(true)
})
