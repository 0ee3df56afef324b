import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('twenty runs of ten steps end well, nothing missing and nothing done twice, while everything is killed', () => {
  const checkout = join(import.meta.dirname, '..')
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', 'bench/chaos/main.ts', '--runs', '20', '--seed', '12'],
    { cwd: checkout, encoding: 'utf8', timeout: 100_000 },
  )
  expect({ status, stdout: status === 0 ? '' : stdout, stderr }).toEqual({
    status: 0,
    stdout: '',
    stderr: '',
  })
  expect(stdout).toMatch(/killed/)
}, 110_000)
