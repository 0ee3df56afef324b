import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PoolConfig } from 'pg'
import type { Log } from '../log.ts'
import { sendSignal } from '../processes.ts'
import { StartError } from '../start-error.ts'
import { type Cluster, openCluster, postgresEnvironment, SUPERUSER } from './cluster.ts'
import type { PostgresServer } from './database.ts'
import { clearLeftovers, endAll, removeTemporarySockets, TEMPORARY_SOCKETS } from './leftovers.ts'
import { postgresSettings } from './settings.ts'

const DATABASE = 'postgres'
const PATIENCE_MS = 5_000
const RESTART_PAUSES_MS = [0, 100, 500, 2_000, 5_000]
const FAST_STOP_MS = 30_000
const LINES_KEPT = 20
/** PostgreSQL says these of connections when it stops or starts; their clients are told anyway. */
const USUAL_ENDS =
  /terminating connection due to|the database system is (starting up|shutting down|not yet accepting)/

interface Running {
  child: ChildProcess
  ended: Promise<string>
  hasEnded: () => boolean
}

/**
 * Starts the PostgreSQL that comes with Bifrost and keeps it running: when it dies, it is started again and clients
 * reconnect. It has its own process group, so that Ctrl-C in a terminal reaches us and not it.
 */
export async function startEmbedded(options: {
  dataDir: string
  log: Log
  settings?: Readonly<Record<string, string>>
}): Promise<PostgresServer> {
  const { log } = options
  const settings = { ...postgresSettings, ...options.settings }
  const cluster = openCluster(options.dataDir, { durable: settings['fsync'] === 'on', log })
  await clearLeftovers(cluster, log)
  const socketFolder = makeSocketFolder(cluster)
  const args = commandLine(cluster, socketFolder, settings)

  let stopping = false
  let running = await launch(cluster, args, log)

  // The last resort when our process ends without stop(): an uncaught error, process.exit.
  const onExit = (): void => {
    if (running.child.pid && !running.hasEnded()) sendSignal(running.child.pid, 'SIGINT')
  }
  process.on('exit', onExit)

  const supervise = async (): Promise<void> => {
    for (let failures = 0; ; ) {
      const how = await running.ended
      if (stopping) return
      log.warn(`PostgreSQL ended unexpectedly (${how}); starting it again`)
      for (;;) {
        await sleep(RESTART_PAUSES_MS[Math.min(failures, RESTART_PAUSES_MS.length - 1)])
        if (stopping) return
        try {
          await endAll(cluster.data, 0)
          await clearLeftovers(cluster, log)
          makeFolderFor(cluster, socketFolder)
          running = await launch(cluster, args, log)
          failures = 0
          log.info('PostgreSQL is running again')
          break
        } catch (cause) {
          failures++
          log.error(`PostgreSQL did not restart: ${(cause as Error).message}`)
        }
      }
    }
  }
  const supervising = supervise()

  let stopped: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    stopping = true
    if (!running.hasEnded()) {
      running.child.kill('SIGINT')
      const inTime = await Promise.race([running.ended, sleep(FAST_STOP_MS, null, { ref: false })])
      if (inTime === null) await endAll(cluster.data, 0)
    }
    await supervising
    // A restart that was under way when stop() was called.
    if (!running.hasEnded()) running.child.kill('SIGINT')
    await running.ended
    process.off('exit', onExit)
    removeTemporarySockets(socketFolder)
  }
  const connection: PoolConfig = {
    host: socketFolder,
    port: Number(settings['port']),
    user: SUPERUSER,
    password: cluster.password,
    database: DATABASE,
  }
  return { connection, embedded: true, stop: () => (stopped ??= stop()) }
}

/** A socket's path has 107 bytes at most (103 on macOS); deep folders need a short one elsewhere. */
function makeSocketFolder(cluster: Cluster): string {
  const longest = process.platform === 'darwin' ? 103 : 107
  if (Buffer.byteLength(join(cluster.run, '.s.PGSQL.5432.lock')) <= longest && !/[",]/.test(cluster.run)) {
    // What an earlier server left in here is not used any more.
    rmSync(cluster.run, { recursive: true, force: true })
    makeFolderFor(cluster, cluster.run)
    return cluster.run
  }
  const folder = mkdtempSync(TEMPORARY_SOCKETS)
  makeFolderFor(cluster, folder)
  return folder
}

function makeFolderFor(cluster: Cluster, folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  if (cluster.user) chownSync(folder, cluster.user.uid, cluster.user.gid)
}

function commandLine(
  cluster: Cluster,
  socketFolder: string,
  settings: Readonly<Record<string, string>>,
): string[] {
  const all = { ...settings, unix_socket_directories: `"${socketFolder}"` }
  return ['-D', cluster.data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Starts the process and waits until it takes connections, however long it needs to recover. */
async function launch(cluster: Cluster, args: string[], log: Log): Promise<Running> {
  const child = spawn(cluster.binaries.postgres, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    cwd: '/',
    env: postgresEnvironment,
    ...(cluster.user ? { uid: cluster.user.uid, gid: cluster.user.gid } : {}),
  })
  const lines: string[] = []
  const reader = createInterface({ input: child.stderr })
  reader.on('line', (line) => {
    lines.push(line)
    if (lines.length > LINES_KEPT) lines.shift()
    if (/^(PANIC|FATAL):/.test(line) && !USUAL_ENDS.test(line)) log.warn(`PostgreSQL: ${line}`)
    else log.debug(`PostgreSQL: ${line}`)
  })
  let over = false
  const ended = new Promise<string>((resolve) => {
    child.once('error', (cause) => {
      over = true
      resolve(cause.message)
    })
    child.once('exit', (code, signal) => {
      over = true
      resolve(signal ?? `exit code ${code}`)
    })
  })
  const startedAt = performance.now()
  let told = false
  while (!isReady(cluster.data, child.pid)) {
    if (over) throw new StartError(startFailure(await ended, lines))
    if (!told && performance.now() - startedAt > PATIENCE_MS) {
      told = true
      log.info('PostgreSQL is recovering from a crash; this may take a while')
    }
    await sleep(10)
  }
  return { child, ended, hasEnded: () => over }
}

/** PostgreSQL writes its state into the last line of its pid file. */
function isReady(data: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return Number(lines[0]) === pid && lines[7]?.trim() === 'ready'
  } catch {
    return false
  }
}

function startFailure(how: string, lines: string[]): string {
  const reason = lines.findLast((line) => /^(PANIC|FATAL|ERROR):/.test(line)) ?? lines.at(-1)
  const text = reason?.replace(/^\w+:\s*/, '') ?? how
  return `The embedded PostgreSQL did not start: ${text}`
}
