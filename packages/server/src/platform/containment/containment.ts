import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { chownSync, closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findReaderSandbox, findSandbox, type Sandbox } from './bubblewrap.ts'
import { type Level, levelOf } from './level.ts'
import { makeHome, reachableNode } from './places.ts'
import { type Exceeded, endsWithUs, type ResourceLimits, watchResources, withRlimits } from './resources.ts'
import { type ContainedUser, FIRST_UID, takeUsers, USERS_PER_SERVER } from './users.ts'

export type { Exceeded, ResourceLimits } from './resources.ts'
export type { ContainedUser } from './users.ts'

/** What this machine offers to contain a process with: found once, at the start. */
export interface Containment {
  /** The Node program that contained processes can reach. */
  node: string
  /** A folder that they can pass through. */
  home: string
  /** Null where the system has none, or does not allow it. */
  sandbox: Sandbox | null
  /** As root, for programs that read files of people; null where the system does not allow it. Tried at first use. */
  reader(): Sandbox | null
  level: Level
  /** As root, each process is a user of its own, so that it can signal neither us nor another one. Null: ourselves. */
  user(index: number): ContainedUser | null
  /** Gives the users back, when no contained process is left. */
  leave(): void
}

/** Builders have the indexes from here on, up to those of installations, and children those below. */
export const FIRST_BUILDER_INDEX = 160
/** Installations of packages have those from here on. */
export const FIRST_INSTALL_INDEX = 190

/** What to start, what it may reach, and how much it may use. */
export interface ContainedProgram {
  program: string
  args: readonly string[]
  /** What its folder is called; the rest of the name says whose it is. */
  kind: 'tmp' | 'build' | 'install'
  /** Decides its folder and its user: of those that live, each has another. */
  index: number
  /** Files and folders that it may read, beside the libraries of the system. */
  readable: readonly string[]
  /** Files and folders that look empty in the sandbox, except for what of `readable` lies below them. */
  hidden?: readonly string[]
  /** In the sandbox it has of the system its programs and libraries alone. */
  librariesOnly?: boolean
  /**
   * `own` (usual): a user that owns nothing. `reader`: such a user, which in the sandbox reads all that is `readable`,
   * whatever its owner and mode are. `server`: the user of the server. They differ only where the server is root.
   */
  as?: 'own' | 'reader' | 'server'
  /** Folders that it may write, beside its own. */
  writable?: readonly string[]
  /** Files and folders of the machine that are somewhere else in the sandbox. */
  placed?: readonly (readonly [what: string, where: string])[]
  /** Whether it can reach what the machine can reach. Without a sandbox nothing keeps it from that. */
  network: 'none' | 'host'
  limits: ResourceLimits
  env?: Readonly<Record<string, string>>
  stdio: readonly Exclude<StdioOptions, string>[number][]
}

/** A process that was started, and the end of what it leaves. */
export interface ContainedProcess {
  process: ChildProcess
  /** Called when it has used too much, at most once; the process still lives then. Without a listener it is killed. */
  onExceeded(listener: (what: Exceeded) => void): void
  /** To call when the process has ended: deletes its folder. */
  clear(): void
}

/** Looks at what the machine allows, reserves users, and makes the folders. */
export function prepareContainment(
  dataDir: string,
  { withSandbox = true, asRoot = process.getuid?.() === 0 } = {},
): Containment {
  const users = asRoot ? takeUsers() : null
  const home = makeHome(dataDir, asRoot)
  const sandbox = withSandbox ? findSandbox(asRoot ? { uid: FIRST_UID, gid: FIRST_UID } : null, home) : null
  let reader: Sandbox | null | undefined
  return {
    node: reachableNode(asRoot),
    home,
    sandbox,
    reader() {
      if (reader === undefined)
        reader = users && sandbox ? findReaderSandbox({ uid: users.first, gid: users.first }, home) : null
      return reader
    },
    level: levelOf(sandbox, asRoot).name,
    user(index) {
      if (!users) return null
      const uid = users.first + (index % USERS_PER_SERVER)
      return { uid, gid: uid }
    },
    leave: () => users?.leave(),
  }
}

/** The folder of a contained process: the only place that it may write. */
export const folderOf = (
  containment: Containment,
  { kind, index }: Pick<ContainedProgram, 'kind' | 'index'>,
): string => join(containment.home, `${kind}-${process.pid}-${index}`)

/** Starts a program in a folder and as a user of its own, in the sandbox where there is one, within its limits. */
export function contain(containment: Containment, wanted: ContainedProgram): ContainedProcess {
  const sandbox = (wanted.as === 'reader' ? containment.reader() : null) ?? containment.sandbox
  const folder = folderOf(containment, wanted)
  const user = wanted.as === 'server' ? null : containment.user(wanted.index)
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  removeFolder()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (user) chownSync(folder, user.uid, user.gid)
  const { limits } = wanted
  const command = withRlimits(
    [wanted.program, ...wanted.args],
    limits,
    user !== null || sandbox?.hasOwnUsers === true,
  )
  const stdio = [...wanted.stdio]
  let filter: number | null = null
  if (sandbox?.filterFile) {
    filter = openSync(sandbox.filterFile, 'r')
    stdio.push(filter)
  }
  const { file, args } =
    sandbox?.command({
      command,
      folder,
      folderBytes: limits.diskBytes,
      readable: [wanted.program, ...wanted.readable],
      writable: wanted.writable ?? [],
      ...(wanted.hidden && { hidden: wanted.hidden }),
      ...(wanted.librariesOnly && { librariesOnly: true }),
      user,
      ...(wanted.placed && { placed: wanted.placed }),
      network: wanted.network,
      filterDescriptor: filter === null ? null : stdio.length - 1,
    }) ?? firstOf(endsWithUs(command))
  const child = spawn(file, args, {
    cwd: folder,
    // No address, no secret, not even a PATH.
    env: { TZ: 'UTC', TMPDIR: folder, HOME: folder, ...wanted.env },
    stdio,
    // A group of its own: Ctrl-C in a terminal goes to the server's whole group, and work has time to finish.
    detached: true,
    ...(sandbox?.isReader ? {} : user),
  })
  if (filter !== null) closeSync(filter)
  let exceeded: (what: Exceeded) => void = () => child.kill('SIGKILL')
  const watch =
    child.pid === undefined
      ? null
      : watchResources({
          pid: child.pid,
          limits,
          folder: sandbox ? null : folder,
          exceeded: (what) => exceeded(what),
        })
  child.once('exit', () => watch?.stop())
  return {
    process: child,
    onExceeded(listener) {
      exceeded = listener
    },
    clear: removeFolder,
  }
}

const firstOf = ([file = '', ...args]: readonly string[]) => ({ file, args })
