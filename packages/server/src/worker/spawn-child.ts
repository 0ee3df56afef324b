import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import type { ChildHome } from './child-home.ts'

export const HEAP_MB_MAX = 512

/** What a child is made of: two lines (descriptors 3 and 4), what it says on stderr, and its end. */
export type SpawnedChild = Pick<ChildProcess, 'pid' | 'stdio' | 'stderr' | 'on' | 'kill'>

export interface ChildPlace {
  process: SpawnedChild
  /** The process has ended; whatever it left behind goes. */
  clear(): void
}

/** Starts a child process in its folder, as its user, in the sandbox. */
export function spawnChild(home: ChildHome, slot: number): ChildPlace {
  const folder = home.temporaryFolder(slot)
  const user = home.user(slot)
  const clear = () => rmSync(folder, { recursive: true, force: true })
  clear()
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  home.give(folder, user)
  const options = [
    '--permission',
    '--allow-net',
    `--allow-fs-read=${home.runtimeFile}`,
    `--allow-fs-read=${folder}`,
    `--allow-fs-write=${folder}`,
    `--max-old-space-size=${HEAP_MB_MAX}`,
    '--no-warnings',
    '--disable-sigusr1',
    home.runtimeFile,
  ]
  const command = home.sandbox?.command(home.node, options, folder, [home.runtimeFile]) ?? {
    file: home.node,
    args: options,
  }
  const process = spawn(command.file, command.args, {
    cwd: folder,
    // No address, no secret, not even a PATH: only what the workspace declares comes later, with its code.
    env: { TZ: 'UTC', TMPDIR: folder, HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C in a terminal goes to the server's whole group, and runs have time to finish.
    detached: true,
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
  })
  return { process, clear }
}
