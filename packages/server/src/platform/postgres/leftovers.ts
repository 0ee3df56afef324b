import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.ts'
import { postgresProcesses, sendSignal } from '../processes.ts'
import type { Cluster } from './cluster.ts'

const FAST_SHUTDOWN_MS = 30_000
const IMMEDIATE_SHUTDOWN_MS = 5_000
const KILL_MS = 2_000

/**
 * Ends whatever a killed server left: a PostgreSQL that still runs, the children of one that was killed, and files that
 * would keep the next from starting (their pids may by now belong to zombies or to others). Only a PostgreSQL that ended
 * cleanly leaves no pid file, so the usual start looks at one file.
 */
export async function clearLeftovers(cluster: Cluster, log: Log): Promise<void> {
  const pidFile = join(cluster.data, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const [master, , , , socketFolder] = readFileSync(pidFile, 'utf8').split('\n')
  const left = postgresProcesses(cluster.data)
  if (left.length > 0) {
    log.info('Stopping a PostgreSQL process left over from a killed server')
    await endAll(cluster.data, Number(master))
  }
  rmSync(pidFile, { force: true })
  removeTemporarySockets(socketFolder)
}

/** Beginning of the folders for sockets of clusters whose own path is too long. */
export const TEMPORARY_SOCKETS = '/tmp/bifrost-socket-'

/** The name comes from a file of PostgreSQL's user and we may be root: only what we could have made is removed. */
export function removeTemporarySockets(folder = ''): void {
  if (/^\/tmp\/bifrost-socket-\w+$/.test(folder)) rmSync(folder, { recursive: true, force: true })
}

/** Ends all processes of a data folder: politely by its postmaster, then less so. */
export async function endAll(data: string, master: number): Promise<void> {
  if (postgresProcesses(data).includes(master)) {
    sendSignal(master, 'SIGINT')
    if (await allGone(data, FAST_SHUTDOWN_MS)) return
  }
  // Without a postmaster its children only have to see that it is gone; SIGQUIT ends those that are busy.
  for (const pid of postgresProcesses(data)) sendSignal(pid, 'SIGQUIT')
  if (await allGone(data, IMMEDIATE_SHUTDOWN_MS)) return
  for (const pid of postgresProcesses(data)) sendSignal(pid, 'SIGKILL')
  await allGone(data, KILL_MS)
}

async function allGone(data: string, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs
  while (performance.now() < until) {
    if (postgresProcesses(data).length === 0) return true
    await sleep(20)
  }
  return false
}
