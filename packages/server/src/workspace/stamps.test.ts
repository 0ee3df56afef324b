import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { walkOwner } from './stamps.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync('/tmp/bifrost-stamps-')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function save(...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), 'x'.repeat(10))
  }
}

const budget = { filesMax: 3, bytesMax: 1000, depthMax: 3, entriesMax: 100 }
const walk = async (owner: string | null, more: Partial<typeof budget> = {}) => {
  const { stamps, excess, organizations } = await walkOwner(folder, owner, { budget: { ...budget, ...more } })
  return { paths: [...stamps.keys()], excess, organizations: [...organizations] }
}

describe('a look at the files of one owner', () => {
  test('sees those alone, and which organizations there are', async () => {
    save('one.ts', 'organizations/acme/a.ts', 'Organizations/Beta/b.ts', 'organizations/readme.json')
    expect(await walk(null)).toEqual({
      paths: ['one.ts', 'organizations/readme.json'],
      excess: null,
      organizations: expect.arrayContaining(['acme', 'beta']),
    })
    expect((await walk('acme')).paths).toEqual(['organizations/acme/a.ts'])
    expect((await walk('beta')).paths).toEqual(['Organizations/Beta/b.ts'])
    expect((await walk('unknown')).paths).toEqual([])
  })

  test('sees Python and what it asks for, but not the packages of an environment', async () => {
    save('a.py', 'requirements.txt', 'notes.txt', 'env/lib/site-packages/b.py', '__pycache__/c.py')
    expect((await walk(null)).paths).toEqual(['a.py', 'requirements.txt'])
  })

  test('ends at the budget with a sentence, and what lies near the top comes first', async () => {
    save('organizations/acme/z.ts', ...Array.from({ length: 9 }, (_, n) => `organizations/acme/a/f${n}.ts`))
    const { paths, excess } = await walk('acme')
    expect(paths).toEqual([
      'organizations/acme/z.ts',
      'organizations/acme/a/f0.ts',
      'organizations/acme/a/f1.ts',
    ])
    expect(excess).toBe('more than 3 source files')
    expect((await walk('acme', { entriesMax: 2 })).excess).toBe('more than 2 files and folders')
    expect((await walk('acme', { bytesMax: 15, filesMax: 50 })).paths).toEqual(['organizations/acme/z.ts'])
  })

  test('goes no deeper than it may', async () => {
    save('a/b/c/d/e.ts', 'a/b/f.ts')
    expect(await walk(null)).toMatchObject({ paths: ['a/b/f.ts'], excess: 'folders more than 3 levels deep' })
  })

  test('what is no source file does not use up the places of those that are', async () => {
    save(...Array.from({ length: 9 }, (_, n) => `data/${n}.json`), 'data/x.csv', 'flows/one.ts')
    expect((await walk(null)).paths).toContain('flows/one.ts')
  })
})
