import { expect, test } from 'vitest'
import type { Sandbox } from './bubblewrap.ts'
import { findLevel, levelOf, requireIsolation } from './level.ts'

const sandbox = (hasOwnNetwork: boolean) => ({ hasOwnNetwork }) as Sandbox

test('the level is the best that the machine gives', () => {
  expect(levelOf(sandbox(true), true).name).toBe('wall')
  expect(levelOf(sandbox(false), true).name).toBe('sandbox')
  expect(levelOf(null, true).name).toBe('user')
  expect(levelOf(null, false).name).toBe('fence')
  expect(['wall', 'sandbox', 'user', 'fence']).toContain(findLevel().name)
})

test('in production the lowest level needs a word, and the refusal says which', () => {
  const start = (mode: string, name: 'wall' | 'sandbox' | 'user' | 'fence', allowWeakIsolation = false) =>
    requireIsolation({ mode, allowWeakIsolation }, () => ({ name }))
  expect(() => start('production', 'fence')).toThrow(
    /^NODE_ENV is production, and .* Install the package bubblewrap .*BIFROST_ALLOW_WEAK_ISOLATION=true\.$/,
  )
  for (const level of ['wall', 'sandbox', 'user'] as const) start('production', level)
  start('development', 'fence')
  start('production', 'fence', true)
})
