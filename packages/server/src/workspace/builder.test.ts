import { readFileSync } from 'node:fs'
import { limits } from '@bifrost/contract'
import { afterEach, expect, test } from 'vitest'
import { FixtureWorkspace } from './builder/fixture-workspace.ts'
import { createBuilder } from './builder.ts'
import { type Budget, BuilderProcess } from './builder-process.ts'
import { builderStarter } from './builder-start.ts'

const workspace = new FixtureWorkspace({
  'a.ts': "import { workflow } from 'bifrost'\nexport const a = workflow(async (name: string) => name)",
  'bad.ts': 'export const = 1',
})
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const budget: Budget = {
  cpuMs: limits.buildAnalysisTimeMs,
  fileCpuMs: limits.buildFileTimeMs,
  residentBytes: limits.builderMemoryBytesMax,
}

const start = builderStarter({ workspaceDir: workspace.dir, contained: null })

function processOf(idleMs = 60_000): BuilderProcess {
  const process = new BuilderProcess({
    idleMs,
    start: () => start('bundler', null),
  })
  stops.push(() => process.stop())
  return process
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}

test('analysis, type errors, bundles and inline code go through processes of their own', async () => {
  const builder = createBuilder({ workspaceDir: workspace.dir })
  stops.push(() => builder.stop())
  const [files, bundle, code, notes] = await Promise.all([
    builder.analyze(null),
    builder.bundle('a.ts'),
    builder.bundleCode(null, 'return input.x'),
    builder.typeErrors(null),
  ])
  expect(files.map((file) => [file.path, file.executables.length, file.error?.line])).toEqual([
    ['a.ts', 1, undefined],
    ['bad.ts', 0, 1],
  ])
  expect(bundle.version).toMatch(/^[0-9a-f]{64}$/)
  expect(bundle.inputs.map((input) => input.path)).toEqual([`${workspace.dir}/a.ts`])
  expect(code.source).toContain('async function run(input)')
  expect(notes).toMatchObject([{ path: 'bad.ts' }])
  await expect(builder.bundle('bad.ts')).rejects.toMatchObject({
    name: 'BuildError',
    path: 'bad.ts',
    line: 1,
  })
  await builder.stop()
  await expect(builder.analyze(null)).rejects.toThrow('stopped')
})

test('a process starts with the first request and ends when idle', async () => {
  const builder = processOf(50)
  expect(builder.pid).toBeNull()
  await builder.ask('bundle', ['a.ts'], budget)
  const pid = builder.pid!
  await until(() => !isAlive(pid))
  expect(builder.pid).toBeNull()
  expect((await builder.ask('bundle', ['a.ts'], budget)).version).toMatch(/^[0-9a-f]{64}$/)
})

test('a process that may end soon after a first reading stays longer once a file is written', async () => {
  const process = processOf()
  process.endAfter(1)
  await process.ask('bundle', ['a.ts'], budget)
  const { pid } = process
  await until(() => process.pid === null)
  expect(pid).not.toBeNull()
  process.endAfter(Number.POSITIVE_INFINITY)
  await process.ask('bundle', ['a.ts'], budget)
  const again = process.pid ?? 0
  // Longer than the first one was given; no timer of 60 s was shortened by it.
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(isAlive(again)).toBe(true)
})

test('a process that is ended from outside is a crash of no file; the next request has another one', async () => {
  const builder = processOf()
  await builder.ask('bundle', ['a.ts'], budget)
  const pid = builder.pid!
  const asked = builder.ask('analyze', [null, []], budget)
  process.kill(pid, 'SIGKILL')
  await expect(asked).rejects.toMatchObject({ name: 'BuilderEndedError', reason: 'crash', at: null })
  expect((await builder.ask('bundle', ['a.ts'], budget)).source).toContain('export')
  expect(builder.pid).not.toBe(pid)
})

test('a request that takes too long is given up, and the process with it', async () => {
  const builder = processOf()
  await builder.ask('bundle', ['a.ts'], budget)
  const pid = builder.pid!
  await expect(builder.ask('analyze', [null, []], { ...budget, cpuMs: 0 })).rejects.toMatchObject({
    reason: 'time',
  })
  await until(() => !isAlive(pid))
  expect((await builder.ask('bundle', ['a.ts'], budget)).source).toContain('export')
})

test('the builder process has nothing of the environment', async () => {
  process.env['BIFROST_TEST_SECRET'] = 'secret'
  const builder = processOf()
  await builder.ask('bundle', ['a.ts'], budget)
  if (process.platform === 'linux') {
    const environment = readFileSync(`/proc/${builder.pid}/environ`, 'utf8')
    expect(environment).not.toContain('secret')
  }
  delete process.env['BIFROST_TEST_SECRET']
})

test('a process answers one request at a time', async () => {
  const builder = processOf()
  const first = builder.ask('bundle', ['a.ts'], budget)
  await expect(builder.ask('bundle', ['a.ts'], budget)).rejects.toThrow('one request at a time')
  expect((await first).source).toContain('export')
})
