import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Target } from './load.ts'
import { type Place, urlOf } from './postgres.ts'

const checkout = join(import.meta.dirname, '..')
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 30_000

export interface PlatformOptions {
  dataDir: string
  workspace?: string
  /** Absent: the platform's own embedded PostgreSQL. */
  place?: Place
  /** Where to write a CPU profile of the server when it stops. */
  profileDir?: string | undefined
}

/** The real server in a process of its own, as `npm start` runs it. */
export interface Platform {
  url: string
  pid: number
  /** From the spawn to the first good answer of the health check. */
  readyAfterMs: number
  target(request: Pick<Target, 'method' | 'path'> & Partial<Target>): Target
  api<T>(method: string, path: string, body?: unknown): Promise<T>
  apiKey: string
  stop(): Promise<void>
  /** kill -9, and nothing else. */
  kill(): Promise<void>
}

const credentials = {
  BIFROST_ADMIN_EMAIL: 'bench@example.com',
  BIFROST_ADMIN_PASSWORD: randomBytes(18).toString('base64url'),
  BIFROST_ADMIN_API_KEY: randomBytes(24).toString('hex'),
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const startedAt = performance.now()
  const server = spawn(
    process.execPath,
    [...profileFlags(options.profileDir), 'packages/server/src/run.ts', String(process.pid)],
    { cwd: checkout, env: environment(options, port), stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let said = ''
  server.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-4_000)
  })
  await healthy(url, server, () => said)
  const apiKey = credentials.BIFROST_ADMIN_API_KEY
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' }
  return {
    url,
    pid: server.pid ?? 0,
    readyAfterMs: performance.now() - startedAt,
    apiKey,
    target: (request) => ({ host: '127.0.0.1', port, headers, body: '', status: 200, ...request }),
    async api<T>(method: string, path: string, body?: unknown) {
      const response = await fetch(url + path, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (!response.ok)
        throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 500)}`)
      return JSON.parse(text) as T
    },
    stop: () => end(server, 'SIGTERM'),
    kill: () => end(server, 'SIGKILL'),
  }
}

function environment({ dataDir, workspace, place }: PlatformOptions, port: number): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env
  return {
    ...credentials,
    PATH,
    HOME,
    TMPDIR,
    PORT: String(port),
    HOST: '127.0.0.1',
    BIFROST_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
    ...(workspace ? { BIFROST_WORKSPACE: workspace } : {}),
    ...(place ? { DATABASE_URL: urlOf(place) } : {}),
  }
}

const profileFlags = (folder: string | undefined): string[] =>
  folder ? ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500'] : []

async function healthy(url: string, server: ChildProcess, said: () => string): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS
  for (;;) {
    if (server.exitCode !== null || server.signalCode !== null)
      throw new Error(`The platform ended while it started: ${said().trim()}`)
    if (performance.now() > giveUpAt) {
      await end(server, 'SIGKILL')
      throw new Error(`The platform was not ready within ${START_TIMEOUT_MS / 1000} s: ${said().trim()}`)
    }
    const good = await fetch(`${url}/api/health`).then(
      async (response) => {
        await response.text()
        return response.ok
      },
      () => false,
    )
    if (good) return
    await sleep(5)
  }
}

async function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill(signal)
  const deadline = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await ended
  clearTimeout(deadline)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
