import { afterEach, expect, test } from 'vitest'
import { FixtureWorkspace } from './builder/fixture-workspace.ts'
import { createBuilder } from './builder.ts'
import { BuilderProcess } from './builder-process.ts'

const workspace = new FixtureWorkspace({
  'a.ts': "import { workflow } from 'bifrost'\nexport const a = workflow(async (name: string) => name)",
  'bad.ts': 'export const = 1',
})
const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function processOf(idleMs = 60_000, log: (message: string) => void = () => {}): BuilderProcess {
  const process = new BuilderProcess({
    workspaceDir: workspace.dir,
    idleMs,
    log,
    cacheDir: undefined,
    nodeOptions: [],
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
    builder.analyse(),
    builder.bundle('a.ts'),
    builder.bundleCode('return input.x'),
    builder.typeErrors(),
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
  await expect(builder.analyse()).rejects.toThrow('stopped')
})

test('a process starts with the first request and ends when idle', async () => {
  const builder = processOf(50)
  expect(builder.pid).toBeNull()
  await builder.ask('bundle', ['a.ts'], 60_000)
  const pid = builder.pid!
  await until(() => !isAlive(pid))
  expect(builder.pid).toBeNull()
  expect((await builder.ask('bundle', ['a.ts'], 60_000)).version).toMatch(/^[0-9a-f]{64}$/)
})

test('a crash under a request is survived once; requests of the time share the new process', async () => {
  const told: string[] = []
  const builder = processOf(60_000, (message) => told.push(message))
  await builder.ask('bundle', ['a.ts'], 60_000)
  const pid = builder.pid!
  const asked = [builder.ask('analyse', [undefined], 60_000), builder.ask('bundle', ['a.ts'], 60_000)]
  process.kill(pid, 'SIGKILL')
  expect(await Promise.all(asked)).toHaveLength(2)
  expect(builder.pid).not.toBe(pid)
  expect(told).toHaveLength(2)
})

test('a request that takes too long is given up, and the process with it', async () => {
  const builder = processOf()
  await builder.ask('bundle', ['a.ts'], 60_000)
  const pid = builder.pid!
  await expect(builder.ask('analyse', [undefined], 1)).rejects.toThrow('took longer than 0.001 s')
  await until(() => !isAlive(pid))
  expect((await builder.ask('bundle', ['a.ts'], 60_000)).source).toContain('export')
})

test('the builder process has nothing of the environment but the path', async () => {
  process.env['BIFROST_TEST_SECRET'] = 'secret'
  const builder = processOf()
  await builder.ask('bundle', ['a.ts'], 60_000)
  const { readFileSync } = await import('node:fs')
  if (process.platform === 'linux') {
    const environment = readFileSync(`/proc/${builder.pid}/environ`, 'utf8')
    expect(environment).not.toContain('secret')
  }
  delete process.env['BIFROST_TEST_SECRET']
})
