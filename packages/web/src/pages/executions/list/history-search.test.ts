import { ExecutionStatus } from '@bifrost/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFiltered } from '../../../ui/list-search.ts'
import { readHistorySearch, readStatuses, toFilters, writeStatuses } from './history-search.ts'

test('statuses go into the URL and come back', () => {
  fc.assert(
    fc.property(fc.subarray(ExecutionStatus.options), (statuses) => {
      expect(readStatuses(writeStatuses(statuses))).toEqual(statuses)
    }),
  )
})

test('what makes no sense in a URL is left out', () => {
  expect(
    readHistorySearch({ status: 'failed,nonsense', trigger: 'moon', from: '2026-13-41', q: ' ', page: 7 }),
  ).toEqual({ status: 'failed' })
  expect(isFiltered(readHistorySearch({ status: 'nonsense' }))).toBe(false)
})

test('reading a URL that was read before changes nothing', () => {
  const search = {
    status: 'failed,timeout',
    workflow: 'a',
    q: 'x',
    trigger: 'api',
    from: '2026-01-02',
  } as const
  expect(readHistorySearch({ ...readHistorySearch(search) })).toEqual(search)
})

test('a name that looks like a number is still a name', () => {
  expect(readHistorySearch({ workflow: 2026, q: 12 })).toEqual({ workflow: '2026', q: '12' })
})

test('days are whole days of the reader, the last one included', () => {
  const { since, until } = toFilters({ from: '2026-01-31', to: '2026-01-31' })
  expect(since).toBe(new Date(2026, 0, 31).toISOString())
  expect(until).toBe(new Date(2026, 1, 1).toISOString())
})

test('no filter asks for everything', () => {
  expect(toFilters({})).toEqual({})
})
