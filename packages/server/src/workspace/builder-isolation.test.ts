import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import { afterEach, describe, expect, test } from 'vitest'
import { FixtureWorkspace } from './builder/fixture-workspace.ts'
import { type BuilderOptions, createBuilder, type PooledBuilder } from './builder.ts'
import type { AnalyzedFile } from './types.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function builderOf(workspace: FixtureWorkspace, options: Partial<BuilderOptions> = {}): PooledBuilder {
  const builder = createBuilder({ workspaceDir: workspace.dir, ...options })
  stops.push(() => builder.stop())
  return builder
}

const flow = (name: string, parameters = '') =>
  `import { workflow } from 'bifrost'\nexport const ${name} = workflow(async (${parameters}) => 1)\n`

/** Types that take twice as long with each line: hours, and gigabytes. */
const slowTypes = [
  "import { workflow } from 'bifrost'",
  'type F0<T> = T extends unknown ? { v: T } : never',
  ...Array.from(
    { length: 40 },
    (_, i) => `type F${i + 1}<T> = T extends unknown ? F${i}<[T, 1]> | F${i}<[T, 2]> : never`,
  ),
  'export const slow = workflow(async (x: F40<0>) => 1)',
].join('\n')

/** Processes start several times here, each with a compiler, and a machine may have much else to do. */
const PATIENT_MS = 240_000

const residentBytes = limits.builderMemoryBytesMax
/** Long enough for a file that is in order, on a machine with much else to do: processor time is what counts. */
const short = { cpuMs: 60_000, fileCpuMs: 4_000, residentBytes }
const budgets = { analysis: short, preview: short, bundle: short }

const summary = (files: AnalyzedFile[]) =>
  Object.fromEntries(
    files.map((file) => [file.path, file.error?.message ?? file.executables.map((one) => one.name)]),
  )

describe('a file that does harm is answered with an error, and all others as ever', () => {
  const nested = (text: string, count = 1500) =>
    flow('deep', `x = ${text.repeat(count)}1`) + ')]}'.repeat(count)
  const deep = {
    'square.ts': nested('['),
    'round.ts': nested('('),
    'objects.ts': nested('{x:'),
    'templates.ts': nested('`${'),
    'signs.ts': flow('deep', `x = ${'!'.repeat(50_000)}1`),
    'functions.ts': flow('deep', `x = ${'a=>'.repeat(50_000)}1`),
    'members.ts': flow('deep', `x = a${'.b'.repeat(100_000)}`),
    'lists.ts': flow('deep', `x: string${'[]'.repeat(50_000)}`),
  }

  test('nested too deeply, with brackets and without', async () => {
    using workspace = new FixtureWorkspace({
      'global.ts': flow('everybodys'),
      'organizations/a/fine.ts': flow('fine'),
      ...Object.fromEntries(Object.entries(deep).map(([name, text]) => [`organizations/a/${name}`, text])),
    })
    const builder = builderOf(workspace)
    expect(summary(await builder.analyze('a'))).toEqual({
      'organizations/a/fine.ts': ['fine'],
      ...Object.fromEntries(
        Object.keys(deep).map((name) => [
          `organizations/a/${name}`,
          expect.stringContaining('nested too deeply'),
        ]),
      ),
    })
    for (const [name, text] of Object.entries(deep)) {
      const path = `organizations/a/${name}`
      expect((await builder.preview(path, text)).error?.message).toContain('nested too deeply')
      // Types are not there any more when the code is built.
      if (name === 'lists.ts') continue
      await expect(builder.bundle(path)).rejects.toMatchObject({ name: 'BuildError' })
    }
    expect((await builder.bundle('organizations/a/fine.ts')).version).toBeTruthy()
    expect(summary(await builder.analyze(null))).toEqual({ 'global.ts': ['everybodys'] })
  })

  test('a megabyte of space after a word of imports is nothing but space', async () => {
    const words = ['from', 'import(', 'require', 'component']
    using workspace = new FixtureWorkspace({
      'organizations/a/fine.ts': flow('fine'),
      ...Object.fromEntries(
        words.map((word, i) => [`organizations/a/z${i}.ts`, `// ${word}${' '.repeat(1_000_000)}`]),
      ),
    })
    const files = await builderOf(workspace).analyze('a')
    expect(files.map((file) => [file.error, file.executables.length])).toEqual([
      [null, 1],
      ...words.map(() => [null, 0]),
    ])
  })

  test('types that take hours: told of that file, not tried again until it changes', {
    timeout: PATIENT_MS,
  }, async () => {
    using workspace = new FixtureWorkspace({
      'global.ts': flow('everybodys'),
      'organizations/a/fine.ts': flow('fine'),
      'organizations/a/slow.ts': slowTypes,
      'organizations/a/zebra.ts': flow('zebra'),
    })
    const told: string[] = []
    const builder = builderOf(workspace, { budgets, log: (message) => told.push(message) })
    const expected = {
      'organizations/a/fine.ts': ['fine'],
      'organizations/a/slow.ts': expect.stringContaining('This file could not be read: '),
      'organizations/a/zebra.ts': ['zebra'],
    }
    const [files, everybodys] = await Promise.all([builder.analyze('a'), builder.analyze(null)])
    expect(summary(files)).toEqual(expected)
    expect(summary(everybodys)).toEqual({ 'global.ts': ['everybodys'] })
    const ends = told.length
    expect(ends).toBeGreaterThan(0)

    expect(summary(await builder.analyze('a'))).toEqual(expected)
    expect(summary(await builder.analyze('a', ['organizations/a/fine.ts']))).toMatchObject({
      'organizations/a/fine.ts': ['fine'],
    })
    expect(told).toHaveLength(ends)

    // After a restart of the server, too, when it is told what was known.
    const known = builder.knownHarm('a')
    const restarted = builderOf(workspace, { budgets, log: (message) => told.push(message) })
    restarted.recallHarm('a', JSON.parse(JSON.stringify(known)))
    expect(summary(await restarted.analyze('a'))).toEqual(expected)
    expect(told).toHaveLength(ends)

    workspace.write('organizations/a/slow.ts', flow('quick'))
    expect(summary(await builder.analyze('a', ['organizations/a/slow.ts']))).toMatchObject({
      'organizations/a/slow.ts': ['quick'],
    })
    expect(told).toHaveLength(ends)
  })

  test('a text that is not saved yet is answered the same way, and remembered', {
    timeout: PATIENT_MS,
  }, async () => {
    using workspace = new FixtureWorkspace({ 'organizations/a/fine.ts': flow('fine') })
    const told: string[] = []
    const builder = builderOf(workspace, { budgets, log: (message) => told.push(message) })
    for (let time = 0; time < 2; time++) {
      const file = await builder.preview('organizations/a/new.ts', slowTypes)
      expect(file).toMatchObject({ path: 'organizations/a/new.ts', executables: [] })
      expect(file.error?.message).toContain('could not be read')
      expect(told).toHaveLength(1)
    }
    expect(summary(await builder.analyze('a'))).toEqual({ 'organizations/a/fine.ts': ['fine'] })
  })

  test('a pipe, a folder and a link with the name of a source file are none', async () => {
    using workspace = new FixtureWorkspace({
      'organizations/a/fine.ts': flow('fine'),
      'organizations/a/uses.ts': `import './_pipe.ts'\n${flow('uses')}`,
      'organizations/a/node_modules/odd/package.json':
        '{"name": "odd", "types": "pipe.d.ts", "main": "pipe.js"}',
      'organizations/a/typed.ts': `import type { X } from 'odd'\n${flow('typed', 'x: X')}`,
      'organizations/a/folder.ts/x.txt': '',
    })
    for (const path of ['x.ts', '_pipe.ts', 'node_modules/odd/pipe.d.ts', 'node_modules/odd/pipe.js'])
      execFileSync('mkfifo', [join(workspace.dir, 'organizations/a', path)])
    const builder = builderOf(workspace)
    const files = await builder.analyze('a')
    expect(summary(files)).toEqual({
      'organizations/a/fine.ts': ['fine'],
      'organizations/a/typed.ts': ['typed'],
      'organizations/a/uses.ts': ['uses'],
    })
    await expect(builder.bundle('organizations/a/uses.ts')).rejects.toMatchObject({ name: 'BuildError' })
    await expect(builder.bundle('organizations/a/x.ts')).rejects.toMatchObject({ name: 'BuildError' })
  })
})

test('owners take turns in few processes; those of one are never those of another', async () => {
  const owners = ['a', 'b', 'c', 'd', 'e']
  using workspace = new FixtureWorkspace(
    Object.fromEntries(owners.map((owner) => [`organizations/${owner}/x.ts`, flow(owner)])),
  )
  const builder = builderOf(workspace)
  const seen = new Map<number, Set<string>>()
  let most = 0
  const look = setInterval(() => {
    const { pids } = builder.pools.checker
    most = Math.max(most, pids.length)
    for (const pid of pids) {
      const owner = ownerOfProcess(pid)
      if (owner) seen.set(pid, (seen.get(pid) ?? new Set()).add(owner))
    }
  }, 5)
  try {
    const asked = [...owners, ...owners].map(async (owner) => [owner, await builder.analyze(owner)] as const)
    for (const [owner, files] of await Promise.all(asked))
      expect(summary(files)).toEqual({ [`organizations/${owner}/x.ts`]: [owner] })
  } finally {
    clearInterval(look)
  }
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThanOrEqual(limits.buildersMax)
  for (const of of seen.values()) expect(of.size).toBe(1)
  // Ten processes that load a compiler, of which two are at work at once.
}, 240_000)

/** Its last argument. */
function ownerOfProcess(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').at(-2) ?? null
  } catch {
    return null
  }
}

test('an owner with more files than one may have loses its own alone', async () => {
  using workspace = new FixtureWorkspace({ 'organizations/b/x.ts': flow('b'), 'x.ts': flow('everybodys') })
  for (let i = 0; i <= limits.sourceFilesMax; i++) workspace.write(`organizations/a/${10_000 + i}.ts`, '')
  const builder = builderOf(workspace)
  const files = await builder.analyze('a')
  expect(files).toHaveLength(limits.sourceFilesMax + 1)
  expect(files.filter((file) => file.error).map((file) => file.path)).toEqual([
    `organizations/a/${10_000 + limits.sourceFilesMax}.ts`,
  ])
  expect(summary(await builder.analyze('b'))).toEqual({ 'organizations/b/x.ts': ['b'] })
  expect(summary(await builder.analyze(null))).toEqual({ 'x.ts': ['everybodys'] })
})
