import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ApiError, type Client, createClient } from '@bifrost/contract'
import pg from 'pg'
import { makeDataDir } from '../platform/data-dir.ts'
import type { StartAs } from '../platform/roles.ts'
import type { TestDatabase } from './database.ts'
import { ADMIN, configOf } from './server.ts'
import { createTestDatabase } from './test-database.ts'

const READ_MS_MAX = 60_000
const CLI = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url))

/** A process of the platform, started as people start it. */
export interface PlatformProcess {
  pid: number
  /** Empty when it has no HTTP. */
  url: string
  /** What it has said so far. */
  said(): string
  signal(signal: NodeJS.Signals): void
  /** SIGKILL, or SIGTERM and its time. */
  kill(): Promise<void>
  stop(): Promise<void>
  /** Its exit code. */
  ended: Promise<number | null>
}

/** Several processes on one database, with one data folder and one workspace. */
export class ProcessesUnderTest {
  readonly database: TestDatabase
  readonly folder: string
  readonly #started: PlatformProcess[] = []

  constructor(database: TestDatabase, folder: string) {
    this.database = database
    this.folder = folder
  }

  get #config() {
    return configOf(this.database, {
      dataDir: join(this.folder, 'data'),
      workspaceDir: join(this.folder, 'workspace'),
    })
  }

  /** Resolves when it says that it is ready; rejects with what it said when it ends before. */
  async start(as: StartAs, env: NodeJS.ProcessEnv = {}): Promise<PlatformProcess> {
    const started = this.launch(as, env)
    this.#started.push(started)
    const giveUpAt = performance.now() + 30_000
    while (!/ is ready/.test(started.said())) {
      const code = await Promise.race([
        started.ended,
        new Promise<'later'>((ok) => setTimeout(ok, 20, 'later')),
      ])
      if (code !== 'later') throw new Error(started.said())
      if (performance.now() > giveUpAt) throw new Error(`It was not ready in time: ${started.said()}`)
    }
    const port = /ready on http:\/\/localhost:(\d+)/.exec(started.said())?.[1]
    return Object.assign(started, { url: port ? `http://127.0.0.1:${port}` : '' })
  }

  /** Starts a process and does not wait for it. */
  launch(as: StartAs, env: NodeJS.ProcessEnv = {}): PlatformProcess {
    const config = this.#config
    const child = spawn(process.execPath, ['--no-warnings', CLI, as], {
      env: {
        PATH: process.env['PATH'],
        PORT: '0',
        DATABASE_URL: config.databaseUrl ?? '',
        BIFROST_DATA_DIR: config.dataDir,
        BIFROST_WORKSPACE: config.workspaceDir,
        BIFROST_SECRET_KEY: config.secretKey,
        BIFROST_ADMIN_EMAIL: ADMIN.email,
        BIFROST_ADMIN_PASSWORD: ADMIN.password,
        BIFROST_ADMIN_API_KEY: config.adminApiKey ?? '',
        BIFROST_EGRESS_ALLOW: config.egressAllow.join(','),
        LOG_LEVEL: 'warn',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return platformProcess(child)
  }

  /** The process that has this run now. */
  async pidOf(executionId: string): Promise<number | undefined> {
    const client = new pg.Client(this.database.connection)
    await client.connect()
    try {
      const { rows } = await client.query<{ pid: number }>(
        'select p.pid from queue q join processes p on p.id = q.worker_id where q.execution_id = $1',
        [executionId],
      )
      return rows[0]?.pid
    } finally {
      await client.end()
    }
  }

  /** Asks again while files are still being read: on a busy machine a process is ready long before it has read them. */
  client(api: PlatformProcess): Client {
    const call = createClient({ baseUrl: api.url, apiKey: this.#config.adminApiKey ?? '' })
    const patient = async (...request: Parameters<Client>): Promise<unknown> => {
      const giveUpAt = performance.now() + READ_MS_MAX
      for (;;) {
        try {
          return await call(...request)
        } catch (error) {
          const mayAskAgain = error instanceof ApiError && /still being read/.test(error.message)
          if (!mayAskAgain || performance.now() > giveUpAt) throw error
          await new Promise((resolve) => setTimeout(resolve, 100))
        }
      }
    }
    return patient as Client
  }

  get apiKey(): string {
    return this.#config.adminApiKey ?? ''
  }

  write(path: string, content: string): void {
    writeFileSync(join(this.folder, 'workspace', path), content)
  }

  /** Ends all, the killed ones too. */
  async close(): Promise<void> {
    await Promise.all(this.#started.map((one) => one.stop()))
    await this.database.drop()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

function platformProcess(child: ChildProcess): PlatformProcess {
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await ended
  }
  return {
    pid: child.pid ?? 0,
    url: '',
    said: () => said,
    signal: (signal) => void child.kill(signal),
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    ended,
  }
}

/** Lets `work` start processes on a database of their own, and ends them. */
export async function withProcesses<T>(
  files: Readonly<Record<string, string>>,
  work: (processes: ProcessesUnderTest) => Promise<T>,
): Promise<T> {
  const database = await createTestDatabase()
  // In /tmp and open to pass through, so that it works as root too.
  const folder = mkdtempSync('/tmp/bifrost-processes-')
  makeDataDir(folder)
  makeDataDir(join(folder, 'data'))
  mkdirSync(join(folder, 'workspace'))
  const processes = new ProcessesUnderTest(database, folder)
  for (const [path, content] of Object.entries(files)) processes.write(path, content)
  try {
    return await work(processes)
  } finally {
    await processes.close()
  }
}
