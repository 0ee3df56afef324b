import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { postgresProcesses, processFacts, sendSignal } from '../packages/server/src/platform/processes.ts'

// The whole product as `npm start` runs it, on a port and in a data folder of its own.

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 })

const checkout = resolve(import.meta.dirname, '..')
let base: string
let dataDir: string
const started: ChildProcess[] = []

beforeEach(() => {
  base = mkdtempSync('/tmp/bifrost-start-')
  chmodSync(base, 0o755)
  dataDir = join(base, 'data')
})
afterEach(async () => {
  for (const child of started.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  const lock = readLock()
  if (lock) sendSignal(lock.pid, 'SIGKILL')
  const data = join(dataDir, 'postgres/data')
  if (existsSync(data)) for (const pid of postgresProcesses(data)) sendSignal(pid, 'SIGKILL')
  if (existsSync(join(dataDir, 'postgres')))
    rmSync(realpathSync(join(dataDir, 'postgres')), { recursive: true })
  rmSync(base, { recursive: true, force: true })
})

interface Started {
  child: ChildProcess
  url: string
  output: () => string
  ended: Promise<number | null>
}

const viaNpm = ['npm', ['start']] as const
const viaLauncher = [process.execPath, ['-e', LAUNCH_CHILD()]] as const

/** A Node that is not the installed one would start the server as a child; so does this. */
function LAUNCH_CHILD(): string {
  return `import('${join(checkout, 'scripts/setup.mjs')}').then(({ runNode, main }) =>
    main(() => runNode(['${join(checkout, 'packages/server/src/run.ts')}', String(process.pid)])))`
}

async function start([command, args]: readonly [string, readonly string[]], env = {}): Promise<Started> {
  const child = spawn(command, args, {
    cwd: checkout,
    env: { PATH: process.env['PATH'], BIFROST_DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let output = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const ready = new Promise<void>((resolve) => {
    child.stdout!.on('data', () => {
      if (/is ready on ([^\s"]+)/.test(output)) resolve()
    })
  })
  await Promise.race([ready, ended])
  const url = /is ready on ([^\s"]+)/.exec(output)?.[1] ?? ''
  return { child, url, output: () => output, ended }
}

const readLock = (): { pid: number; port: number } | null => {
  const file = join(dataDir, 'server.lock')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { pid: number; port: number }) : null
}
const health = async (url: string): Promise<unknown> => (await fetch(`${url}/api/health`)).json()
const nothingLeft = (): Promise<void> =>
  vi.waitFor(
    () => {
      expect(readLock()).toBeNull()
      expect(postgresProcesses(join(dataDir, 'postgres/data'))).toEqual([])
    },
    { timeout: 60_000 },
  )

test.each([
  ['npm start', viaNpm],
  ['a launcher', viaLauncher],
])('%s serves, and SIGTERM leaves no process', async (_, how) => {
  const { child, url, output, ended } = await start(how)
  expect(await health(url)).toMatchObject({ status: 'ok' })
  expect(url).toBe(`http://localhost:${readLock()?.port}`)
  // The signal that opens Node's debugger, through which the whole server could be read.
  sendSignal(readLock()?.pid ?? 0, 'SIGUSR1')
  expect(await health(url)).toMatchObject({ status: 'ok' })
  child.kill('SIGTERM')
  await ended
  expect(output()).not.toContain('Debugger')
  await nothingLeft()
})

test.each([
  ['npm start', viaNpm],
  ['a launcher', viaLauncher],
])('kill -9 of %s stops the server', async (_, how) => {
  const { child } = await start(how)
  child.kill('SIGKILL')
  await nothingLeft()
})

test('after kill -9 of the server, a start recovers', async () => {
  const first = await start(viaNpm)
  const server = readLock()!
  sendSignal(server.pid, 'SIGKILL')
  await first.ended
  expect(processFacts(server.pid)?.zombie ?? true).toBe(true)
  const second = await start(viaNpm)
  expect(await health(second.url)).toMatchObject({ status: 'ok', database: 'ok' })
  second.child.kill('SIGTERM')
  await nothingLeft()
})

test('without HOME, a terminal or npm', async () => {
  const { child, url, ended } = await start([process.execPath, ['scripts/start.mjs']])
  expect(await health(url)).toMatchObject({ status: 'ok' })
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  await nothingLeft()
})

test('a wrong setting ends the start with one sentence', async () => {
  const { output, ended } = await start([process.execPath, ['scripts/start.mjs']], { PORT: 'abc' })
  expect(await ended).toBe(1)
  expect(output()).toBe('PORT is "abc": it must be a whole number from 0 to 65535, for example PORT=3000.\n')
})

test('a second start of the same data folder names the first', async () => {
  await start(viaNpm)
  const second = await start([process.execPath, ['scripts/start.mjs']])
  expect(await second.ended).toBe(1)
  const { pid, port } = readLock()!
  expect(second.output()).toContain(`Another Bifrost server (process ${pid}, port ${port}) already uses`)
})

test('a port that another program uses is named', async () => {
  const first = await start(viaNpm)
  const port = new URL(first.url).port
  const second = await start([process.execPath, ['scripts/start.mjs']], {
    PORT: port,
    BIFROST_DATA_DIR: join(base, 'other'),
  })
  expect(await second.ended).toBe(1)
  expect(second.output()).toContain(`Port ${port} is used by another program`)
  expect(existsSync(join(base, 'other/server.lock'))).toBe(false)
})
