import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** What one contained process may use. */
export interface ResourceLimits {
  /** Resident, of all its processes together. */
  memoryBytes: number
  /** In its folder. */
  diskBytes: number
  openFiles: number
  /** Processes and threads. */
  processes: number
}

/** What a process used too much of; it was killed for it. */
export interface Exceeded {
  code: 'out_of_memory' | 'killed'
  message: string
}

const PRLIMIT = ['/usr/bin/prlimit', '/bin/prlimit'].find((path) => existsSync(path)) ?? null

let foundSetpriv: string | null | undefined

/** Starts a program as another user, or so that it ends with us. Those of small systems cannot. */
export function setpriv(): string | null {
  foundSetpriv ??=
    ['/usr/bin/setpriv', '/bin/setpriv'].find(
      (path) => existsSync(path) && spawnSync(path, ['--pdeathsig', 'KILL', '/bin/true']).status === 0,
    ) ?? null
  return foundSetpriv
}

/** The command so that it is killed when this process ends, however it ends and whatever the program is doing. */
export function endsWithUs(command: readonly string[]): string[] {
  const program = setpriv()
  return program ? [program, '--pdeathsig', 'KILL', '--', ...command] : [...command]
}

/** Whether the kernel's own limits of a process can be set here; without them the watch below is alone. */
export const hasRlimits = PRLIMIT !== null

/** Node reserves memory that it never touches: what a process may have beside what counts. */
const UNTOUCHED_BYTES = 768 * 1024 * 1024

/**
 * The command with limits that the kernel keeps: an allocation that is far too large fails at once, before the watch
 * looks. The number of processes can be limited where the user, or the namespace of users, is the process's own.
 */
export function withRlimits(command: readonly string[], limits: ResourceLimits, ownUser: boolean): string[] {
  if (!PRLIMIT) return [...command]
  return [
    PRLIMIT,
    `--data=${limits.memoryBytes + UNTOUCHED_BYTES}`,
    `--fsize=${limits.diskBytes}`,
    `--nofile=${limits.openFiles}`,
    ...(ownUser ? [`--nproc=${limits.processes}`] : []),
    '--core=0',
    ...command,
  ]
}

interface Watched {
  pid: number
  limits: ResourceLimits
  /** Null: the folder has a size of its own. */
  folder: string | null
  /** Entries of the folder that are counted; more of them are more than it may have. */
  entriesMax?: number
  exceeded(what: Exceeded): void
}

const SAMPLE_MS = 250
/** Folders are walked once in so many samples. */
const FOLDER_SAMPLES = 4
/** Where nothing else is said. */
const ENTRIES_MAX = 20_000
/** The tree of a child has its own process, the sandbox's two and what they started; more are not looked at. */
const TREE_MAX = 64

const watched = new Set<Watched>()
let timer: NodeJS.Timeout | undefined
let sampling = false
let samples = 0

/** Watches the memory of a process and of what it started, and the size of its folder, until `stop` is called. */
export function watchResources(what: Watched): { stop(): void } {
  if (process.platform !== 'linux') return { stop() {} }
  watched.add(what)
  timer ??= setInterval(() => void sample(), SAMPLE_MS).unref()
  return {
    stop() {
      watched.delete(what)
      if (watched.size > 0) return
      clearInterval(timer)
      timer = undefined
    },
  }
}

/** One look at all of them; the next one waits for it. */
async function sample(): Promise<void> {
  if (sampling) return
  sampling = true
  samples++
  for (const one of watched) {
    const bytes = await residentBytesOfTree(one.pid)
    if (bytes > one.limits.memoryBytes) report(one, memoryExceeded(one.limits.memoryBytes))
    else if (one.folder !== null && samples % FOLDER_SAMPLES === 0) {
      const size = await folderBytes(one.folder, one.limits.diskBytes, one.entriesMax)
      if (size > one.limits.diskBytes) report(one, diskExceeded(one.limits.diskBytes))
    }
  }
  sampling = false
}

function report(one: Watched, what: Exceeded): void {
  if (watched.delete(one)) one.exceeded(what)
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 / 1024)

/** What a run is told whose process had too much memory. */
export const memoryExceeded = (limitBytes: number): Exceeded => ({
  code: 'out_of_memory',
  message: `The process of this run used more than ${megabytes(limitBytes)} MB of memory and was ended. Read and write large data in parts, or do less at once.`,
})

const diskExceeded = (limitBytes: number): Exceeded => ({
  code: 'killed',
  message: `The process of this run wrote more than ${megabytes(limitBytes)} MB into its temporary folder and was ended. Delete temporary files as soon as they are not needed, or keep large ones with files.write.`,
})

/** Resident memory of a process and all below it; 0 when it is gone. */
export async function residentBytesOfTree(root: number): Promise<number> {
  let bytes = 0
  const pids = [root]
  for (let index = 0; index < pids.length && index < TREE_MAX; index++) {
    const pid = pids[index] ?? 0
    try {
      const status = await readFile(`/proc/${pid}/status`, 'latin1')
      bytes += 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1')
      for (const child of children.split(' ')) if (child.trim()) pids.push(Number(child))
    } catch {
      // It ended meanwhile.
    }
  }
  return bytes
}

/** What the files of a folder take on the disk; not much further than the limit. */
async function folderBytes(folder: string, bytesMax: number, entriesMax = ENTRIES_MAX): Promise<number> {
  let bytes = 0
  let entries = 0
  const folders = [folder]
  for (let index = 0; index < folders.length; index++) {
    const path = folders[index] ?? ''
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      if (++entries > entriesMax || bytes > bytesMax) return bytesMax + 1
      const below = join(path, entry.name)
      if (entry.isDirectory()) folders.push(below)
      // Not what its length says: a file may have holes.
      else bytes += 512 * ((await stat(below).catch(() => null))?.blocks ?? 0)
    }
  }
  return bytes
}
