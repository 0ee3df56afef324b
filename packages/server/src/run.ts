import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { CHECKOUT, type Config, type Environment, readConfig, readEnvironment } from './config.ts'
import { announceServer, type DataDirLock, lockDataDir, makeDataDir } from './platform/data-dir.ts'
import { type Log, silentLog } from './platform/log.ts'
import { processFacts, stillRuns } from './platform/processes.ts'
import type { StartAs } from './platform/roles.ts'
import { StartError } from './platform/start-error.ts'

export interface RunOptions {
  /** All roles in one process, or one of them. */
  as?: StartAs
  /** Variables that come before those of the environment and of `.env`. */
  env?: Environment
  /** Processes that start us and wait for us (npm, the launcher). When one of them is killed, we stop. */
  launchers?: number[]
  /** Called once the server takes requests. */
  onReady?: (server: { url: string; config: Config }) => void
}

/** Signals that npm, a launcher and the terminal send for one Ctrl-C come within this time and count as one. */
const SAME_SIGNAL_MS = 500
const LAUNCHER_CHECK_MS = 500

/** Runs the platform until a signal ends it, then exits the process. */
export async function run({
  as = 'start',
  env = {},
  launchers = [],
  onReady,
}: RunOptions = {}): Promise<void> {
  const startedAt = performance.now()
  // Where our words go may end before we do: a closed terminal, a killed npm.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    // Compiled code is kept between starts; beside the packages, so that it goes when they do.
    enableCompileCache(join(CHECKOUT, 'node_modules/.cache/bifrost-compile'))
    const config = readConfig({ ...readEnvironment(process.env), ...env })
    const alive = launchers.map(processFacts).filter((facts) => facts !== null)
    makeDataDir(config.dataDir)
    const lock = await lockFor(as, config, alive)
    process.on('exit', () => lock?.release())

    const starting: Promise<RunningServer> = import('./main.ts').then(({ startServer }) =>
      startServer(config, undefined, as),
    )
    stopOnSignal(starting)
    const server = await starting
    if (server.url) lock?.setPort(Number(new URL(server.url).port) || config.port)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    process.stdout.write(
      server.url
        ? `Bifrost is ready on ${server.url.replace('127.0.0.1', 'localhost')} (${seconds} s)\n`
        : `The Bifrost ${as} is ready (${seconds} s)\n`,
    )
    for (const note of server.notes ?? []) process.stdout.write(`${note}\n`)
    onReady?.({ url: server.url, config })
    stopWithoutLaunchers(alive)
    setTimeout(flushCompileCache, 2_000).unref()
  } catch (cause) {
    fail(cause)
  }
}

/** One process with all roles has the folder for itself; with one role it shares it, and only the API is looked for. */
async function lockFor(
  as: StartAs,
  config: Config,
  launchers: { pid: number; startedAt: string }[],
): Promise<DataDirLock | null> {
  if (as === 'api') return announceServer(config.dataDir, config.port)
  if (as !== 'start') return null
  return lockDataDir(config.dataDir, {
    port: config.port,
    launchers: launchers.map(({ pid, startedAt }) => ({ pid, startedAt })),
    log: sayings(config),
  })
}

/** What a server gives back: where it is, what to tell its owner, and how to end it. */
interface RunningServer {
  url: string
  notes?: readonly string[]
  stop(): Promise<void>
}

/** The first signal stops in order, also in the middle of a start; a second one leaves at once. */
function stopOnSignal(starting: Promise<RunningServer>): void {
  let firstAt: number | null = null
  const onSignal = (signal: NodeJS.Signals | 'launcher'): void => {
    if (firstAt !== null) {
      // A terminal that closes, or npm that does not wait for us, is not a person in a hurry.
      const hurried = signal === 'SIGINT' || signal === 'SIGTERM'
      if (!hurried || performance.now() - firstAt < SAME_SIGNAL_MS) return
      process.stderr.write('Stopping at once\n')
      // PostgreSQL gets its own signal from an exit handler and ends by itself.
      process.exit(130)
    }
    firstAt = performance.now()
    process.stdout.write(signal === 'launcher' ? 'Whoever started Bifrost is gone; stopping\n' : 'Stopping\n')
    starting
      .then((server) => server.stop())
      .then(() => process.exit(0))
      .catch(fail)
  }
  // By itself Node would open its debugger, to whoever may signal us.
  process.on('SIGUSR1', () => {})
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  process.on(LAUNCHER_GONE, () => onSignal('launcher'))
  process.on('uncaughtException', (cause) => {
    report(cause)
    // Half-broken state is worth less than a clean start; what was accepted is in the database.
    setTimeout(() => process.exit(1), 10_000)
    starting.then((server) => server.stop()).finally(() => process.exit(1))
  })
}

const LAUNCHER_GONE = 'bifrost:launcher-gone'

function stopWithoutLaunchers(launchers: { pid: number; startedAt: string }[]): void {
  if (launchers.length === 0) return
  const timer = setInterval(() => {
    if (launchers.every(stillRuns)) return
    clearInterval(timer)
    process.emit(LAUNCHER_GONE as 'SIGHUP')
  }, LAUNCHER_CHECK_MS)
  timer.unref()
}

function sayings({ logLevel }: Config): Log {
  if (logLevel === 'silent') return silentLog
  return { ...silentLog, info: (text: unknown) => process.stdout.write(`${text}\n`) }
}

function fail(cause: unknown): never {
  report(cause)
  process.exit(1)
}

function report(cause: unknown): void {
  const { code, port } = cause as { code?: string; port?: number }
  if (code === 'EADDRINUSE')
    process.stderr.write(`Port ${port} is used by another program; stop it, or set PORT to a free one.\n`)
  else if (cause instanceof StartError) process.stderr.write(`${cause.message}\n`)
  else process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
}

if (import.meta.main) await run({ launchers: process.argv.slice(2).map(Number) })
