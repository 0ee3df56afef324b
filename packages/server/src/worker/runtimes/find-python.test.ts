import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findPython } from './find-python.ts'

// Programs that answer as an interpreter does: the machine of this test need not have one.
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bifrost-python-'))
  chmodSync(folder, 0o755)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = (name: string, answer: string): string => {
  const file = join(folder, name)
  writeFileSync(file, `#!/bin/sh\n${answer}\n`, { mode: 0o755 })
  return file
}
const says = (version: string) => `echo '[[${version}], "/usr"]'`

describe('findPython', () => {
  test('takes the interpreter that the setting names, when it is new enough', async () => {
    const file = program('new', says('3, 12, 4'))
    expect(await findPython(file, { asRoot: false })).toMatchObject({ version: '3.12.4', prefix: '/usr' })
  })

  test.each([
    ['an older one', says('3, 9, 2'), /is Python 3\.9\.2, and 3\.10 or newer is needed/],
    ['Python 2', says('2, 7, 18'), /is Python 2\.7\.18/],
    ['a program that is none', 'echo hello', /does not answer as a Python interpreter/],
    ['a program that fails', 'exit 3', /does not answer as a Python interpreter/],
  ])('says what is wrong with %s', async (name, answer, problem) => {
    const found = await findPython(program(name.replaceAll(' ', '-'), answer), { asRoot: false })
    expect(found).toEqual({ problem: expect.stringMatching(problem) })
  })

  test('says what is wrong with a path where nothing is', async () => {
    const found = await findPython(join(folder, 'nothing'), { asRoot: false })
    expect(found).toEqual({ problem: expect.stringContaining('does not answer') })
  })

  test('as root, refuses one that the users of workflows cannot reach', async () => {
    const closed = mkdtempSync(join(tmpdir(), 'bifrost-closed-'))
    try {
      const file = join(closed, 'python3')
      writeFileSync(file, `#!/bin/sh\necho '[[3, 12, 4], "${closed}"]'\n`, { mode: 0o755 })
      expect(await findPython(file, { asRoot: true })).toEqual({
        problem: expect.stringContaining('only the user of the server can open'),
      })
      expect(await findPython(file, { asRoot: false })).toMatchObject({ version: '3.12.4' })
    } finally {
      rmSync(closed, { recursive: true, force: true })
    }
  })

  test('of those on PATH, takes the first that is good enough', async () => {
    const old = mkdtempSync(join(folder, 'old-'))
    const good = mkdtempSync(join(folder, 'good-'))
    for (const [where, version] of [
      [old, '3, 8, 1'],
      [good, '3, 13, 0'],
    ] as const)
      writeFileSync(join(where, 'python3'), `#!/bin/sh\n${says(version)}\n`, { mode: 0o755 })
    expect(await findPython(null, { asRoot: false, path: `${old}:${good}` })).toMatchObject({
      version: '3.13.0',
    })
  })
})
