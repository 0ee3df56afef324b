import { expect, test } from 'vitest'
import { isFiltered } from '../../ui/list-search.ts'
import { readEventSearch, toFilters } from './event-search.ts'

test('filters come from the URL as they can be typed by hand', () => {
  expect(readEventSearch({ name: 'order.paid', key: 17, q: ' ', failed: 'true', other: 'x' })).toEqual({
    name: 'order.paid',
    key: '17',
    failed: true,
  })
  expect(readEventSearch({ failed: 'no', name: ['a'] })).toEqual({})
})

test('filters go to the API under its names, and only those that are set', () => {
  expect(toFilters({ q: 'ada', failed: true })).toEqual({ search: 'ada', failed: true })
  expect(toFilters({ name: 'a', key: 'b' })).toEqual({ name: 'a', key: 'b' })
  expect(isFiltered({})).toBe(false)
  expect(isFiltered({ key: 'b' })).toBe(true)
})
