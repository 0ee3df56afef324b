import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fastTests } from './fast-tests.ts'

const root = join(import.meta.dirname, '..')

test('what starts a server or a database is not among the fast tests', () => {
  const fast = fastTests(root)
  expect(fast).toContain('packages/contract/src/expression.test.ts')
  expect(fast).not.toContain('packages/server/src/features/sdk/sdk.test.ts')
  const starting = fast.filter((file) =>
    /\buse(Server|Engine|TestDatabase)\(/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(starting).toEqual([])
})
