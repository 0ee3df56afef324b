import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tryLockFile } from '../platform/data-dir.ts'
import { ownFacts } from '../platform/processes.ts'
import { findSandbox, type Sandbox } from './sandbox.ts'

/** Where children live: the program they run, the folders they may write, and the users they are. */
export interface ChildHome {
  node: string
  runtimeFile: string
  temporaryFolder(slot: number): string
  /** As root, each child is a user of its own, so that it can signal neither us nor another child. Null: ourselves. */
  user(slot: number): { uid: number; gid: number } | null
  give(folder: string, user: { uid: number; gid: number } | null): void
  /** Null where the system has none, or does not allow it. */
  sandbox: Sandbox | null
  /** Gives the users back, when there are no children any more. */
  leave(): void
}

/** Numbers that no distribution gives to people or services; PostgreSQL and others never have them. */
const FIRST_UID = 62_100
/** Children of one process; each process of ours on this machine has users of its own. */
const UIDS_PER_PROCESS = 160
const UID_RANGES = 21
/** What others may pass through, when our own folders are closed to them (such as those below /root). */
const SHARED = '/var/lib/bifrost'

const RUNTIME_ENTRY = fileURLToPath(import.meta.resolve('bifrost/runtime'))

/**
 * Makes the runtime one file: a child may read that file and nothing else of ours, and starts in a third of the time.
 * When we are root and others cannot reach our folders, a copy of Node and of the runtime goes where they can.
 */
export async function makeChildHome(dataDir: string): Promise<ChildHome> {
  const asRoot = process.getuid?.() === 0
  const uids = asRoot ? takeUids() : { first: 0, leave: () => {} }
  const home =
    asRoot && !reachableByOthers(dataDir)
      ? join(SHARED, sha(dataDir).slice(0, 16), 'children')
      : join(dataDir, 'children')
  makePassable(home, asRoot)
  const node =
    asRoot && !reachableByOthers(process.execPath) ? sharedCopy(process.execPath) : process.execPath
  return {
    node,
    runtimeFile: await runtimeFile(home),
    temporaryFolder: (slot) => join(home, `tmp-${process.pid}-${slot}`),
    user: (slot) => (asRoot ? { uid: uids.first + slot, gid: uids.first + slot } : null),
    sandbox: findSandbox(asRoot ? { uid: FIRST_UID, gid: FIRST_UID } : null),
    leave: uids.leave,
    give(folder, user) {
      if (user) chownSync(folder, user.uid, user.gid)
    },
  }
}

function takeUids(): { first: number; leave: () => void } {
  const folder = join(SHARED, 'users')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const own = ownFacts()
  for (let range = 0; range < UID_RANGES; range++) {
    const file = join(folder, String(range))
    if (tryLockFile(file, own))
      return { first: FIRST_UID + range * UIDS_PER_PROCESS, leave: () => rmSync(file, { force: true }) }
  }
  // More processes than anybody starts on one machine: children of two of them would be the same users.
  return { first: FIRST_UID, leave: () => {} }
}

async function runtimeFile(home: string): Promise<string> {
  const key = runtimeKey()
  const file = join(home, `bifrost-runtime-${key}.mjs`)
  if (existsSync(file)) return file
  // Loaded here only: a start with the runtime already made does not pay for the bundler.
  const esbuild = await import('esbuild')
  const built = await esbuild.build({
    entryPoints: [RUNTIME_ENTRY],
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    minifyWhitespace: true,
    keepNames: true,
    legalComments: 'none',
    write: false,
  })
  await esbuild.stop()
  const unfinished = `${file}.${process.pid}`
  writeFileSync(unfinished, built.outputFiles[0]?.contents ?? '', { mode: 0o644 })
  chmodSync(unfinished, 0o644)
  renameSync(unfinished, file)
  return file
}

/** Changes whenever a source file of the SDK or the contract does. */
function runtimeKey(): string {
  const hash = createHash('sha256').update(process.version)
  for (const folder of [
    dirname(dirname(RUNTIME_ENTRY)),
    dirname(fileURLToPath(import.meta.resolve('@bifrost/contract'))),
  ])
    for (const [path, stamp] of stamps(folder)) hash.update(`${path}:${stamp};`)
  return hash.digest('hex').slice(0, 16)
}

function* stamps(folder: string): Generator<[string, number]> {
  for (const entry of readdirSorted(folder)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* stamps(path)
    else if (entry.name.endsWith('.ts') && !entry.name.endsWith('.test.ts'))
      yield [path, statSync(path).mtimeMs]
  }
}

/** One copy for all installations of this machine: it is large, and the same. */
function sharedCopy(program: string): string {
  const folder = join(SHARED, 'node')
  mkdirSync(folder, { recursive: true, mode: 0o755 })
  const copy = join(folder, `node-${process.version}-${statSync(program).size}`)
  if (existsSync(copy)) return copy
  const unfinished = `${copy}.${process.pid}`
  copyFileSync(program, unfinished)
  chmodSync(unfinished, 0o755)
  renameSync(unfinished, copy)
  return copy
}

/** Others may pass through every folder above this path. */
function reachableByOthers(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o001) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

function makePassable(folder: string, asRoot: boolean): void {
  mkdirSync(folder, { recursive: true, mode: asRoot ? 0o711 : 0o700 })
  if (asRoot) chmodSync(folder, 0o711)
  // Left by a server that was killed.
  for (const entry of readdirSorted(folder))
    if (entry.name.startsWith('tmp-') && !existsSync(`/proc/${entry.name.split('-')[1]}`))
      rmSync(join(folder, entry.name), { recursive: true, force: true })
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex')

const readdirSorted = (folder: string): Dirent[] =>
  readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
