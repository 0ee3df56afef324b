import { expect, test } from 'vitest'
import { safeNext } from './safe-next.ts'

test('after sign-in one comes back to a page of this app', () => {
  expect(safeNext('/history?status=failed')).toBe('/history?status=failed')
})

test('an address that leaves the app, or leads to sign-in again, leads home', () => {
  for (const next of [
    undefined,
    '',
    'https://evil.example',
    '//evil.example',
    '/\\evil.example',
    '/sign-in',
    '/setup?token=x',
  ])
    expect(safeNext(next)).toBe('/')
})
