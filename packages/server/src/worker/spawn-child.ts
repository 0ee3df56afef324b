import type { ChildProcess } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { type Language, limits } from '@bifrost/contract'
import { contain, type Exceeded, folderOf } from '../platform/containment/containment.ts'
import { type EgressProxy, startEgressProxy } from '../platform/egress/egress-proxy.ts'
import type { ChildHome } from './child-home.ts'
import { isMissing } from './runtimes/runtime.ts'

/** Where the runtime finds the sockets of its connections; see `proxy-line.ts`. */
const SOCKETS_INSIDE = '/run/egress'

/** What a child is made of: two lines (descriptors 3 and 4), what it says on stderr, and its end. */
export type SpawnedChild = Pick<ChildProcess, 'pid' | 'stdio' | 'stderr' | 'on' | 'kill'>

export interface ChildPlace {
  process: SpawnedChild
  /** How many runs it has at the same time; the platform's limit when absent. */
  runsMax?: number
  /** Says once when the process has used too much of the machine, and should be killed. */
  onExceeded?(listener: (what: Exceeded) => void): void
  /** Makes its connections, when it has no network of its own. */
  proxy?: EgressProxy | null
  /** The process has ended; whatever it left behind goes. */
  clear(): void
}

/**
 * Starts a child process in its folder, as its user, in the sandbox, for a language that this machine runs. `site`: a folder of packages that its code may import.
 */
export function spawnChild(
  { containment, runtimes }: ChildHome,
  index: number,
  language: Language = 'typescript',
  site?: string,
): ChildPlace {
  const runtime = runtimes[language]
  if (isMissing(runtime)) throw new Error(runtime.problem)
  const place = { kind: 'tmp', index } as const
  const folder = folderOf(containment, place)
  // Where the sandbox has no network, its connections are made here.
  const hasProxy = containment.sandbox?.hasOwnNetwork === true
  const sockets = join(containment.home, `net-${process.pid}-${index}`)
  rmSync(sockets, { recursive: true, force: true })
  if (hasProxy) mkdirSync(sockets, { recursive: true, mode: 0o711 })
  const contained = contain(containment, {
    ...place,
    program: runtime.program,
    args: runtime.args({ folder, hasProxy, site }),
    readable: [...runtime.readable, ...(site === undefined ? [] : [site])],
    ...(hasProxy && { placed: [[sockets, SOCKETS_INSIDE]] }),
    network: hasProxy ? 'none' : 'host',
    limits: {
      memoryBytes: limits.childMemoryBytesMax,
      diskBytes: limits.childFolderBytesMax,
      openFiles: limits.childOpenFilesMax,
      processes: limits.childProcessesMax,
    },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', ...(hasProxy ? ['pipe' as const] : [])],
  })
  const { runsMax } = runtime
  if (!hasProxy) return { ...contained, runsMax }
  const proxy = startEgressProxy({
    line: contained.process.stdio.at(5) as unknown as Duplex,
    folder: sockets,
    folderInside: SOCKETS_INSIDE,
    user: containment.user(index),
  })
  return { ...contained, proxy, runsMax }
}
