import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { CHECKOUT } from '../config.ts'
import { makeDataDir } from '../platform/data-dir.ts'

export const EXAMPLES = join(CHECKOUT, 'examples/workspace')

/**
 * A copy of the example workspace for a test file, with its packages: tests that write files or count what is there
 * must not meet each other, nor a person who edits the examples. Gone after the file.
 */
export function copyOfExamples(): string {
  const folder = mkdtempSync('/tmp/bifrost-examples-')
  makeDataDir(folder)
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const workspace = join(folder, 'workspace')
  mkdirSync(workspace)
  cpSync(EXAMPLES, workspace, {
    recursive: true,
    filter: (path) => !path.slice(EXAMPLES.length).includes('node_modules'),
  })
  symlinkSync(join(CHECKOUT, 'node_modules'), join(workspace, 'node_modules'))
  return workspace
}
