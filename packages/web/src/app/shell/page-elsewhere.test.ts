import { expect, test } from 'vitest'
import { pageElsewhere } from './page-elsewhere.ts'

test('lists stay, with the filters that mean the same for another organization', () => {
  expect(pageElsewhere('/config', '')).toBe('/config')
  expect(pageElsewhere('/history', '?status=FAILED')).toBe('/history?status=FAILED')
  expect(pageElsewhere('/schedules', '?open=0192')).toBe('/schedules')
  expect(pageElsewhere('/editor', '?file=organizations%2Fcontoso%2Fa.ts')).toBe('/editor')
  expect(pageElsewhere('/', '')).toBe('/')
})

test('what belongs to one organization leads to its list, and a workflow to the one of that name', () => {
  expect(pageElsewhere('/history/0192', '?tab=logs')).toBe('/history')
  expect(pageElsewhere('/forms/0192/edit', '')).toBe('/forms')
  expect(pageElsewhere('/workflows/hello', '?from=0192')).toBe('/workflows/hello')
  expect(pageElsewhere('/account/security', '')).toBe('/')
})
