import { describe, expect, test } from 'vitest'
import { isFiltered } from '../../ui/list-search.ts'
import { readAuditSearch, toFilters } from './audit-search.ts'

describe('the filters of the audit log in the URL', () => {
  test('what makes no sense is left out', () => {
    expect(
      readAuditSearch({
        q: ' ',
        actor: 5,
        action: 'config',
        outcome: 'maybe',
        from: '2026-13-45',
        to: '<x>',
      }),
    ).toEqual({ actor: '5', action: 'config' })
    expect(isFiltered(readAuditSearch({}))).toBe(false)
  })

  test('a range of days has both of its days whole', () => {
    const { since = '', until = '' } = toFilters({ from: '2026-11-20', to: '2026-11-21' })
    expect(new Date(since)).toEqual(new Date(2026, 10, 20))
    expect(new Date(until)).toEqual(new Date(2026, 10, 22))
  })
})
