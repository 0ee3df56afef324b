import { enableCompileCache, flushCompileCache } from 'node:module'
import { join } from 'node:path'
import { CHECKOUT, type Config, type Environment, readConfig, readEnvironment } from './config.ts'
import { announceServer, type DataDirLock, lockDataDir, makeDataDir } from './platform/data-dir.ts'
import { createLog, type Log, silentLog } from './platform/log.ts'
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
  /** The log is lines for people, also where it does not go to a terminal. */
  forPeople?: boolean
  /** Called once the server takes requests. */
  onReady?: (server: { url: string; config: Config }) => void
}

/** Of the one server of this process. */
let isForPeople = process.stdout.isTTY === true

/** Signals that npm, a launcher and the terminal send for one Ctrl-C come within this time and count as one. */
const SAME_SIGNAL_MS = 500
const LAUNCHER_CHECK_MS = 500

/** Runs the platform until a signal ends it, then exits the process. */
export async function run({
  as = 'start',
  env = {},
  launchers = [],
  forPeople = false,
  onReady,
}: RunOptions = {}): Promise<void> {
  const startedAt = performance.now()
  isForPeople ||= forPeople
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
      startServer(config, createLog(config.logLevel, process.stdout, isForPeople), as),
    )
    stopOnSignal(starting)
    const server = await starting
    if (server.url) lock?.setPort(Number(new URL(server.url).port) || config.port)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    say(
      server.url
        ? `Bifrost is ready on ${server.url.replace('127.0.0.1', 'localhost')} (${seconds} s)`
        : `The Bifrost ${as} is ready (${seconds} s)${server.probeUrl ? `; probes answer on ${server.probeUrl.replace('127.0.0.1', 'localhost')}` : ''}`,
    )
    for (const note of server.notes ?? []) say(note)
    // They are read while it is at work already.
    void server.fileNotes?.then((notes) => {
      for (const note of notes) say(note)
    })
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

/** What a server returns: where it is, what to tell its owner, and how to end it. */
interface RunningServer {
  url: string
  probeUrl?: string
  notes?: readonly string[]
  fileNotes?: Promise<readonly string[]>
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
      process.stderr.write('Stopping immediately\n')
      // PostgreSQL gets its own signal from an exit handler and ends by itself.
      process.exit(130)
    }
    firstAt = performance.now()
    say(signal === 'launcher' ? 'The program that started Bifrost has ended; stopping' : 'Stopping')
    starting
      .then((server) => server.stop())
      .then(() => process.exit(0))
      .catch(fail)
  }
  // By itself Node would open its debugger, to anyone who may signal us.
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

/**
 * What the person who starts it is told, whatever the level of the log: as text in a terminal, and elsewhere as a line of
 * the log, so that what collects logs gets JSON alone.
 */
function say(text: string): void {
  if (isForPeople) process.stdout.write(`${text}\n`)
  else createLog('info').info(text)
}

function sayings({ logLevel }: Config): Log {
  if (logLevel === 'silent') return silentLog
  return { ...silentLog, info: (text: unknown) => say(String(text)) }
}

function fail(cause: unknown): never {
  report(cause)
  process.exit(1)
}

function report(cause: unknown): void {
  if (cause instanceof StartError) process.stderr.write(`${cause.message}\n`)
  else process.stderr.write(`${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}\n`)
}

if (import.meta.main) await run({ launchers: process.argv.slice(2).map(Number) })
