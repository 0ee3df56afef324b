import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, lstatSync, openSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setpriv } from './resources.ts'
import { seccompFilter } from './seccomp.ts'
import type { ContainedUser } from './users.ts'

/** What a program in the sandbox sees. */
export interface SandboxView {
  /** The program and its arguments. */
  command: readonly string[]
  /** Its working folder, which it may write: in memory, and gone with the process. */
  folder: string
  folderBytes: number
  readable: readonly string[]
  /** Files and folders that look empty, except for what of `readable` lies below them. */
  hidden?: readonly string[]
  /** Of the system, its programs and libraries alone. */
  librariesOnly?: boolean
  /** The user that a reader's program runs as; others run as the user that starts them. */
  user?: ContainedUser | null
  /** Folders of the machine that it may write. */
  writable: readonly string[]
  /** Files and folders that are somewhere else inside: what, and where. */
  placed?: readonly (readonly [what: string, where: string])[]
  network: 'none' | 'host'
  /** The descriptor that has the filter of system calls, where there is one. */
  filterDescriptor: number | null
}

/** Bubblewrap, as far as this machine allows it. */
export interface Sandbox {
  /** Its processes have a network of their own, where nothing is. */
  hasOwnNetwork: boolean
  /** Its processes have a namespace of users of their own, and may make no further one. */
  hasOwnUsers: boolean
  /** The file with the filter of system calls; null where there is none. */
  filterFile: string | null
  /**
   * Root starts it, and its processes are users of their own that may read all there is in their view, whatever its
   * owner and mode are; that is their only capability. Otherwise they read what their user may read.
   */
  isReader: boolean
  command(view: SandboxView): { file: string; args: string[] }
}

const PROGRAM = ['/usr/bin/bwrap', '/usr/local/bin/bwrap'].find((path) => existsSync(path))
/** What a Node program needs of the system: its libraries, and how certificates are looked up. */
const SYSTEM = ['/usr', '/lib', '/lib64', '/bin', '/etc/ssl', '/etc/ca-certificates', '/etc/localtime']
/** The same for a program that looks at nothing but files. The platform itself may be installed below /usr, too. */
const LIBRARIES = [
  ...['/usr/bin', '/usr/lib', '/usr/lib64', '/usr/local/bin', '/usr/local/lib'],
  ...['/lib', '/lib64', '/bin', '/etc/localtime'],
]
/** How names are looked up, which takes a network. */
const NAMES = ['/etc/resolv.conf', '/etc/hosts', '/etc/nsswitch.conf']
const TMP_BYTES = 1024 * 1024

interface Features {
  network: boolean
  /** Options for the namespace of users. */
  users: readonly string[]
  isReader?: boolean
}

/** What it takes to become another user, and what that user keeps. */
const READER = ['SETUID', 'SETGID', 'SETPCAP', 'DAC_READ_SEARCH']
const READER_FEATURES: readonly Features[] = [true, false].map((network) => ({
  network,
  users: [],
  isReader: true,
}))

/** From the best to the least; the first that works is used. */
const FEATURES: readonly Features[] = [
  { network: true, users: ['--unshare-user', '--disable-userns'] },
  { network: true, users: ['--unshare-user'] },
  { network: false, users: ['--unshare-user', '--disable-userns'] },
  { network: false, users: [] },
]

/**
 * Bubblewrap, where it is installed and allowed: contained processes then have their own view of files and processes,
 * and cannot even see the server. It is tried once, because many systems have it and forbid it.
 */
export function findSandbox(user: ContainedUser | null, home: string): Sandbox | null {
  if (process.platform !== 'linux' || !PROGRAM) return null
  const filterFile = writeFilter(home)
  for (const features of FEATURES)
    for (const filter of filterFile === null ? [null] : [filterFile, null]) {
      const sandbox = bubblewrap(PROGRAM, features, filter)
      if (works(sandbox, user, home)) return sandbox
    }
  return null
}

/**
 * A sandbox for programs that read files of people, which root may and a contained user may not. They never have the
 * capability without the filter: it would open any file of the disk by its number, past the view.
 */
export function findReaderSandbox(user: ContainedUser, home: string): Sandbox | null {
  if (process.platform !== 'linux' || !PROGRAM || !setpriv()) return null
  const filterFile = writeFilter(home)
  if (filterFile === null) return null
  for (const features of READER_FEATURES) {
    const sandbox = bubblewrap(PROGRAM, features, filterFile)
    if (works(sandbox, user, home)) return sandbox
  }
  return null
}

function works(sandbox: Sandbox, user: ContainedUser | null, home: string): boolean {
  const filter = sandbox.filterFile === null ? null : openSync(sandbox.filterFile, 'r')
  const { file, args } = sandbox.command({
    command: ['/bin/true'],
    folder: join(home, 'trial'),
    folderBytes: TMP_BYTES,
    readable: [],
    writable: [],
    network: 'none',
    filterDescriptor: filter === null ? null : 3,
    user,
  })
  const { status } = spawnSync(file, args, {
    stdio: ['ignore', 'ignore', 'ignore', ...(filter === null ? [] : [filter])],
    timeout: 5000,
    ...(sandbox.isReader ? {} : user),
  })
  if (filter !== null) closeSync(filter)
  return status === 0
}

function writeFilter(home: string): string | null {
  const filter = seccompFilter(process.arch)
  if (!filter) return null
  const file = join(home, 'system-calls.bpf')
  writeFileSync(file, filter, { mode: 0o644 })
  return file
}

const bubblewrap = (file: string, features: Features, filterFile: string | null): Sandbox => ({
  hasOwnNetwork: features.network,
  hasOwnUsers: features.users.length > 0,
  filterFile,
  isReader: features.isReader === true,
  command: ({
    command,
    folder,
    folderBytes,
    readable,
    hidden = [],
    librariesOnly = false,
    user = null,
    writable,
    placed = [],
    network,
    filterDescriptor,
  }) => ({
    file,
    args: [
      ...features.users,
      ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
      ...(features.network && network === 'none' ? ['--unshare-net'] : []),
      ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
      ...(features.isReader ? READER.flatMap((name) => ['--cap-add', `CAP_${name}`]) : []),
      ...(filterDescriptor === null ? [] : ['--seccomp', String(filterDescriptor)]),
      ...[
        ...(librariesOnly ? LIBRARIES : SYSTEM),
        ...(network === 'host' || !features.network ? NAMES : []),
      ].flatMap((path) => ['--ro-bind-try', path, path]),
      ...['--proc', '/proc', '--dev', '/dev', '--size', String(TMP_BYTES), '--tmpfs', '/tmp'],
      ...viewOf(readable, hidden, librariesOnly ? LIBRARIES : SYSTEM),
      // A reader's folder belongs to root, which made it; no other user sees it.
      ...['--dir', dirname(folder), '--size', String(folderBytes)],
      ...['--perms', features.isReader ? '1777' : '0700', '--tmpfs', folder],
      ...writable.flatMap((path) => ['--bind', path, path]),
      ...placed.flatMap(([what, where]) => ['--ro-bind', what, where]),
      // What is left to write is the folder: everything else of the view is in memory that is not counted.
      ...hidden.filter(isFolder).flatMap((path) => ['--remount-ro', path]),
      ...['--remount-ro', '/dev', '--remount-ro', '/', '--chdir', folder],
      '--',
      ...(features.isReader && user ? becomeReader(user) : []),
      ...command,
    ],
  }),
})

/** Deeper paths come later, so that each shows or hides what lies below it. */
function viewOf(readable: readonly string[], hidden: readonly string[], system: readonly string[]): string[] {
  const isThere = (path: string) =>
    system.some((above) => isBelow(above, path)) && !hidden.some((above) => isBelow(above, path))
  const shows = readable
    .filter((path) => !isThere(path))
    .map((path) => ({ path, options: ['--ro-bind', path, path] }))
  const hides = hidden.map((path) => ({
    path,
    options: isFolder(path)
      ? ['--size', String(TMP_BYTES), '--tmpfs', path]
      : ['--ro-bind', '/dev/null', path],
  }))
  return [...hides, ...shows]
    .sort((one, other) => depth(one.path) - depth(other.path))
    .flatMap(({ options }) => options)
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
const isBelow = (above: string, path: string): boolean => path.startsWith(`${above}/`)
const depth = (path: string): number => path.split('/').length

const becomeReader = ({ uid, gid }: ContainedUser): string[] => [
  setpriv() ?? '',
  ...[`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
  // Otherwise the capability would not count when it asks whether a file is there.
  '--securebits=+no_setuid_fixup',
  ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+dac_read_search`),
  '--',
]
