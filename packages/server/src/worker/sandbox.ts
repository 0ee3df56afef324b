import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'

/** How a program is started inside the sandbox. */
export interface Sandbox {
  command(
    program: string,
    args: string[],
    folder: string,
    readable: string[],
  ): { file: string; args: string[] }
}

const PROGRAM = ['/usr/bin/bwrap', '/usr/local/bin/bwrap'].find((path) => existsSync(path))
/** What a Node program needs of the system: its libraries, and how names and certificates are looked up. */
const SYSTEM = [
  '/usr',
  '/lib',
  '/lib64',
  '/bin',
  '/etc/ssl',
  '/etc/ca-certificates',
  '/etc/resolv.conf',
  '/etc/hosts',
  '/etc/nsswitch.conf',
  '/etc/localtime',
]

/**
 * Bubblewrap, where it is installed and allowed: children then have their own view of files and processes, and cannot
 * even see the server. It is tried once, because many systems have it and forbid it.
 */
export function findSandbox(user: { uid: number; gid: number } | null): Sandbox | null {
  if (process.platform !== 'linux' || !PROGRAM) return null
  const sandbox = bubblewrap(PROGRAM)
  const trial = sandbox.command('/bin/true', [], '/tmp', [])
  const { status } = spawnSync(trial.file, trial.args, { stdio: 'ignore', timeout: 5000, ...(user ?? {}) })
  return status === 0 ? sandbox : null
}

const bubblewrap = (file: string): Sandbox => ({
  command: (program, args, folder, readable) => ({
    file,
    args: [
      ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent', '--new-session'],
      ...SYSTEM.flatMap((path) => ['--ro-bind-try', path, path]),
      ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
      ...[program, ...readable]
        .filter((path) => !path.startsWith('/usr/') && !path.startsWith('/bin/'))
        .flatMap((path) => ['--ro-bind', path, path]),
      ...['--dir', dirname(folder), '--bind', folder, folder, '--chdir', folder],
      program,
      ...args,
    ],
  }),
})
