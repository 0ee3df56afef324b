import { expect, test } from 'vitest'
import { FixtureWorkspace } from './builder/fixture-workspace.ts'
import { Quarantine } from './quarantine.ts'

test('what was put aside of an owner is kept for the next start, until the files change', () => {
  using workspace = new FixtureWorkspace({
    'organizations/a/slow.ts': 'slow',
    'organizations/a/heavy.ts': 'heavy',
    'organizations/b/slow.ts': 'slow',
  })
  const before = new Quarantine(workspace.dir)
  before.refuse('a', 'organizations/a/slow.ts', 'Too slow.')
  before.hold('a', 'bundle of heavy', 'Too heavy.', ['organizations/a/heavy.ts'])
  before.hold('a', 'a text that is not saved', 'Too heavy.', [])
  before.refuse('b', 'organizations/b/slow.ts', 'Too slow.')

  const after = new Quarantine(workspace.dir)
  after.recall('a', JSON.parse(JSON.stringify(before.known('a'))))
  expect(after.refusals('a')).toEqual([{ path: 'organizations/a/slow.ts', message: 'Too slow.' }])
  expect(after.refusals('b')).toEqual([])
  expect(after.held('bundle of heavy')).toBe('Too heavy.')
  expect(after.held('a text that is not saved')).toBeNull()

  workspace.write('organizations/a/slow.ts', 'quick as ever')
  workspace.write('organizations/a/heavy.ts', 'light as ever')
  expect(after.refusals('a')).toEqual([])
  expect(after.held('bundle of heavy')).toBeNull()
})
