import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findBinaries, restoreLinks } from './binaries.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync('/tmp/bifrost-binaries-')
  mkdirSync(join(root, 'native/lib'), { recursive: true })
  writeFileSync(join(root, 'native/lib/libx.so.1.2'), 'library')
  const links = [
    { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' },
    { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
  ]
  writeFileSync(join(root, 'native/pg-symlinks.json'), JSON.stringify(links))
})
afterEach(() => rmSync(root, { recursive: true }))

test('links that a blocked install script did not make are made, and are relative', () => {
  restoreLinks(root)
  expect(readFileSync(join(root, 'native/lib/libx.so.1'), 'utf8')).toBe('library')
  expect(readlinkSync(join(root, 'native/lib/libx.so'))).toBe('libx.so.1.2')
  restoreLinks(root)
})

test('a link that leads nowhere is replaced', () => {
  symlinkSync('/nowhere', join(root, 'native/lib/libx.so'))
  restoreLinks(root)
  expect(readFileSync(join(root, 'native/lib/libx.so'), 'utf8')).toBe('library')
})

test('the installed programs run', () => {
  const { postgres, initdb, major } = findBinaries()
  for (const program of [postgres, initdb])
    expect(spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout).toContain(`(PostgreSQL) ${major}.`)
})
