import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { limits } from '@bifrost/contract'
import {
  type Containment,
  contain,
  FIRST_INSTALL_INDEX,
  type ResourceLimits,
} from '../../platform/containment/containment.ts'
import { watchResources } from '../../platform/containment/resources.ts'
import { startHttpProxy } from '../../platform/egress/http-proxy.ts'
import type { PythonRuntime } from '../runtimes/python.ts'
import { InstallLog } from './install-log.ts'
import { type Installer, installCommands } from './installer.ts'
import { indexEnvironment, indexFolders, indexRules, type PackageIndex } from './package-index.ts'

/** Where the process finds the socket of its connections. */
const SOCKETS_INSIDE = '/run/egress'
const SOCKET = 'proxy'

export interface InstallOptions {
  containment: Containment
  runtime: PythonRuntime
  installer: Installer
  index: PackageIndex
  /** What installations may reach beside the public internet and the indexes. */
  egressAllow: readonly string[]
  requirements: readonly string[]
  /** An empty folder, in which `site` is made. */
  folder: string
  /** Of those that are under way, each has another. */
  place: number
  signal: AbortSignal
}

export type InstallOutcome = { log: string; error: string | null }

const resources: ResourceLimits = {
  memoryBytes: limits.childMemoryBytesMax,
  // Of a single file, and of the home folder, which is in memory.
  diskBytes: limits.pythonPackagesBytesMax,
  openFiles: limits.childOpenFilesMax,
  processes: limits.childProcessesMax,
}

/**
 * Installs packages in a process that may write this folder alone. Building a package runs code of its authors: only where
 * the process has a network of its own, so that nothing but the proxy is reached, are packages built at all; elsewhere
 * they have to be wheels, which are only unpacked.
 */
export async function installPackages(options: InstallOptions): Promise<InstallOutcome> {
  const { containment, runtime, installer, index, folder, signal } = options
  const number = FIRST_INSTALL_INDEX + options.place
  const user = containment.user(number)
  const isWalled = containment.sandbox?.hasOwnNetwork === true
  writeFileSync(join(folder, 'requirements.txt'), `${options.requirements.join('\n')}\n`, { mode: 0o644 })
  for (const path of [folder, join(folder, 'tmp'), join(folder, 'site')]) {
    mkdirSync(path, { recursive: true })
    chmodSync(path, 0o755)
    if (user) chownSync(path, user.uid, user.gid)
  }
  const sockets = join(containment.home, `net-${process.pid}-install-${options.place}`)
  rmSync(sockets, { recursive: true, force: true })
  mkdirSync(sockets, { recursive: true, mode: 0o711 })
  const proxy = await startHttpProxy({
    rules: indexRules(index, options.egressAllow),
    socket: isWalled ? { folder: sockets, name: SOCKET, user } : null,
    token: randomBytes(16).toString('hex'),
  })
  const wanted = {
    socket: isWalled ? `${SOCKETS_INSIDE}/${SOCKET}` : null,
    commands: installCommands(installer, runtime.python, {
      folder,
      wheelsOnly: !isWalled,
      noIndex: index.noIndex,
    }),
  }
  const log = new InstallLog(folder)
  const proxied: Record<string, string> =
    proxy.url === null ? {} : { HTTP_PROXY: proxy.url, HTTPS_PROXY: proxy.url }
  const contained = contain(containment, {
    program: runtime.program,
    args: ['-I', '-X', 'utf8', runtime.installScript, JSON.stringify(wanted)],
    kind: 'install',
    index: number,
    readable: [...runtime.readable, ...indexFolders(index), installer.program],
    writable: [folder],
    ...(isWalled && { placed: [[sockets, SOCKETS_INSIDE] as const] }),
    network: isWalled ? 'none' : 'host',
    limits: resources,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      TMPDIR: join(folder, 'tmp'),
      ...indexEnvironment(index),
      ...proxied,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const child = contained.process
  let reason: string | null = null
  const end = (why: string) => {
    reason ??= why
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      child.kill('SIGKILL')
    }
  }
  contained.onExceeded(() =>
    end(`The installation used more than ${megabytes(resources.memoryBytes)} MB of memory.`),
  )
  const watch =
    child.pid === undefined
      ? null
      : watchResources({
          pid: child.pid,
          limits: { ...resources, memoryBytes: Number.POSITIVE_INFINITY },
          folder,
          entriesMax: limits.pythonPackageFilesMax,
          exceeded: () => end(TOO_LARGE),
        })
  const overdue = setTimeout(() => end(TOO_LONG), limits.pythonInstallTimeoutMs)
  const stop = () => end('The server was stopped.')
  signal.addEventListener('abort', stop)
  child.stdout?.on('data', (chunk: Buffer) => log.add(chunk))
  child.stderr?.on('data', (chunk: Buffer) => log.add(chunk))
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    const error = reason ?? (code === 0 ? null : log.reason())
    return { log: log.text(), error }
  } finally {
    clearTimeout(overdue)
    signal.removeEventListener('abort', stop)
    watch?.stop()
    proxy.close()
    contained.clear()
    rmSync(sockets, { recursive: true, force: true })
  }
}

const megabytes = (bytes: number) => Math.round(bytes / 1024 ** 2)
const TOO_LARGE = `The packages have more than ${megabytes(limits.pythonPackagesBytesMax)} MB, or more than ${limits.pythonPackageFilesMax.toLocaleString('en-US')} files.`
const TOO_LONG = `The installation took longer than ${limits.pythonInstallTimeoutMs / 60_000} minutes.`
