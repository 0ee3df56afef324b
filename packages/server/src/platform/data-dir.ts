import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from './log.ts'
import { ownFacts, sendSignal, stillRuns } from './processes.ts'
import { StartError } from './start-error.ts'
import { dataDirError } from './start-faults.ts'

/** Who uses a data folder. The file outlives its writer, so readers check that the writer still runs. */
export interface LockOwner {
  pid: number
  startedAt: string
  port: number
  /** Those who must live for the server to be wanted (npm, the launcher). When one is dead, the server is left over. */
  launchers: { pid: number; startedAt: string }[]
}

export interface DataDirLock {
  /** Tells others the port, when it was known only after listening. */
  setPort(port: number): void
  /** Gives the folder free. Safe to call twice. */
  release(): void
}

const lockFile = (dataDir: string): string => join(dataDir, 'server.lock')
const LEFT_OVER_WAIT_MS = 15_000
const CLOSING_WAIT_MS = 1_000

/** Makes the folder, for us alone (root lets its helpers' users pass through, not look in). */
export function makeDataDir(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    if (process.getuid?.() === 0) chmodSync(dataDir, 0o711)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (cause) {
    throw dataDirError(dataDir, cause)
  }
}

/** The server that uses this data folder now, if any. */
export function lockOwner(dataDir: string): LockOwner | null {
  const owner = readLock(lockFile(dataDir))
  return owner && stillRuns(owner) ? owner : null
}

/**
 * Takes a data folder for this process. A lock whose owner was killed is taken over; an owner that its launcher left
 * behind is ended; any other live owner is a StartError that names it.
 */
export async function lockDataDir(
  dataDir: string,
  options: { port: number; launchers: LockOwner['launchers']; log: Log },
): Promise<DataDirLock> {
  const file = lockFile(dataDir)
  const { pid, startedAt } = ownFacts()
  const own: LockOwner = { pid, startedAt, port: options.port, launchers: options.launchers }
  for (let round = 0; round < 100; round++) {
    if (createWhole(file, JSON.stringify(own)))
      return {
        setPort: (port) => replaceOwn(file, own, { ...own, port }),
        release: () => replaceOwn(file, own, null),
      }
    const owner = readLock(file)
    if (owner && stillRuns(owner)) await waitForOwner(owner, dataDir, options.log)
    else takeAway(file)
  }
  throw new StartError(
    `The lock ${file} keeps changing hands; stop the other servers that use this data folder.`,
  )
}

/**
 * Says where a server is that shares its data folder with other processes. Of several, the one that is found is the
 * first that lives.
 */
export function announceServer(dataDir: string, port: number): DataDirLock {
  const { pid, startedAt } = ownFacts()
  const own: LockOwner = { pid, startedAt, port, launchers: [] }
  const file = lockFile(dataDir)
  const announced = tryLockFile(file, own)
  return {
    setPort: (next) => announced && replaceOwn(file, own, { ...own, port: next }),
    release: () => announced && replaceOwn(file, own, null),
  }
}

/** Takes a lock file unless its owner lives; false when another process has it. */
export function tryLockFile(file: string, own: Pick<LockOwner, 'pid' | 'startedAt'>): boolean {
  if (createWhole(file, JSON.stringify(own))) return true
  const owner = readLock(file)
  if (owner && stillRuns(owner)) return false
  takeAway(file)
  return createWhole(file, JSON.stringify(own))
}

/** Creates the file with its content in one step, so that no process reads half of it. False when it exists. */
function createWhole(file: string, text: string): boolean {
  const temporary = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(temporary, text, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(temporary, file)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  } finally {
    rmSync(temporary, { force: true })
  }
}

function readLock(file: string): LockOwner | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockOwner
  } catch {
    return null
  }
}

/** Removes a dead owner's lock. Two servers may do so at once, so the one taken away is looked at again. */
function takeAway(file: string): void {
  const aside = `${file}.${process.pid}.dead`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const taken = readLock(aside)
  if (taken && stillRuns(taken)) {
    try {
      linkSync(aside, file)
    } catch {
      // A third server was quicker; it and the owner of the lock we took settle it in their next round.
    }
  }
  rmSync(aside, { force: true })
}

async function waitForOwner(owner: LockOwner, dataDir: string, log: Log): Promise<void> {
  const leftOver = owner.launchers.some((launcher) => !stillRuns(launcher))
  if (leftOver) {
    log.info(`Stopping a server left over from a killed start (process ${owner.pid})`)
    sendSignal(owner.pid, 'SIGTERM')
  }
  if (await endsWithin(owner, leftOver ? LEFT_OVER_WAIT_MS : CLOSING_WAIT_MS)) return
  if (!leftOver)
    throw new StartError(
      `Another Bifrost server (process ${owner.pid}, port ${owner.port}) already uses the data folder ${dataDir}; stop it, or set BIFROST_DATA_DIR and PORT for a second one.`,
    )
  sendSignal(owner.pid, 'SIGKILL')
  await endsWithin(owner, CLOSING_WAIT_MS)
}

async function endsWithin(owner: LockOwner, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs
  while (performance.now() < until) {
    if (!stillRuns(owner)) return true
    await sleep(50)
  }
  return !stillRuns(owner)
}

/** Changes or removes the lock if it is still ours. */
function replaceOwn(file: string, own: LockOwner, next: LockOwner | null): void {
  const found = readLock(file)
  if (found?.pid !== own.pid || found.startedAt !== own.startedAt) return
  if (next === null) {
    rmSync(file, { force: true })
    return
  }
  writeFileSync(`${file}.next`, JSON.stringify(next), { mode: 0o600 })
  renameSync(`${file}.next`, file)
}
