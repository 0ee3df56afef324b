import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const checkout = resolve(import.meta.dirname, '../../..')

test('the command line starts without the scripts of a checkout around it', async () => {
  const folder = mkdtempSync('/tmp/bifrost-bin-')
  try {
    for (const name of ['bin', 'src', 'package.json'])
      cpSync(join(checkout, 'packages/cli', name), join(folder, 'packages/cli', name), { recursive: true })
    symlinkSync(join(checkout, 'node_modules'), join(folder, 'node_modules'))
    const bin = join(folder, 'packages/cli/bin/bifrost.mjs')
    const { stdout } = await promisify(execFile)(process.execPath, [bin, '--version'])
    expect(stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
