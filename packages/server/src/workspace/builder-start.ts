import { spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { limits } from '@bifrost/contract'
import {
  type Containment,
  contain,
  FIRST_BUILDER_INDEX,
  type ResourceLimits,
} from '../platform/containment/containment.ts'
import { reachableByOthers } from '../platform/containment/places.ts'
import { endsWithUs } from '../platform/containment/resources.ts'
import { BUILDER_STDIO, type StartedBuilder } from './builder-process.ts'
import { type BuilderView, builderView, platformModules } from './builder-view.ts'

/** What a builder process is for: types, or bundles. */
export type BuilderKind = 'checker' | 'bundler'

const builderProgram = fileURLToPath(new URL('./builder/main.ts', import.meta.url))

const nodeOptions: Record<BuilderKind, readonly string[]> = {
  // Parsing a large workspace makes millions of small objects that all stay; a larger nursery saves a third of the time.
  checker: ['--max-old-space-size=1536', '--min-semi-space-size=64', '--max-semi-space-size=64'],
  bundler: ['--max-old-space-size=1024'],
}

const resources: ResourceLimits = {
  memoryBytes: limits.builderMemoryBytesMax,
  diskBytes: limits.builderFolderBytesMax,
  openFiles: limits.builderOpenFilesMax,
  processes: limits.builderProcessesMax,
}

export interface BuilderStarterOptions {
  workspaceDir: string
  /** Null: its processes may do what this one may, which is for people who read their own files. */
  contained: { by: () => Containment; dataDir: string } | null
  /** Another one than the builder; for tests. */
  program?: string
}

/** Starts builder processes of a workspace: for the owner with this slug, or for everybody's files (null). */
export function builderStarter({ workspaceDir, contained, program = builderProgram }: BuilderStarterOptions) {
  const indexes = new Set<number>()
  return (kind: BuilderKind, owner: string | null): StartedBuilder => {
    const argumentsFor = (root: string) => [
      // No signal opens its debugger.
      '--disable-sigusr1',
      ...nodeOptions[kind],
      program,
      root,
      owner ?? '',
    ]
    if (!contained) return startPlain(argumentsFor(workspaceDir))
    const containment = contained.by()
    const look = () => builderView(workspaceDir, owner, [contained.dataDir, containment.home])
    const view = look()
    const index = freeIndex(indexes)
    const as = userFor(containment, view)
    const started = contain(containment, {
      program: as === 'server' && !containment.sandbox ? process.execPath : containment.node,
      args: [...(containment.sandbox ? [] : permissions(kind, view)), ...argumentsFor(view.root)],
      kind: 'build',
      index,
      as,
      readable: view.readable,
      hidden: view.hidden,
      librariesOnly: true,
      network: 'none',
      limits: resources,
      stdio: BUILDER_STDIO,
    })
    return {
      ...started,
      clear() {
        started.clear()
        indexes.delete(index)
      },
      isCurrent: () => look().key === view.key,
    }
  }
}

function startPlain(nodeArguments: readonly string[]): StartedBuilder {
  const [file = '', ...args] = endsWithUs([process.execPath, ...nodeArguments])
  const child = spawn(file, args, {
    // Nothing of this process's own environment: what it reads was written by users.
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: process.env['TMPDIR'] ?? '/tmp' },
    stdio: [...BUILDER_STDIO],
    // What it starts ends with it, and Ctrl-C in a terminal is for the server to deal with.
    detached: true,
  })
  return { process: child, clear: () => {}, onExceeded: () => {}, isCurrent: () => true }
}

/** Of processes that live at once, each has another one. */
function freeIndex(taken: Set<number>): number {
  let index = FIRST_BUILDER_INDEX
  while (taken.has(index)) index++
  taken.add(index)
  return index
}

/** A user that owns nothing, wherever such a user can read the files. */
function userFor(containment: Containment, view: BuilderView): 'own' | 'reader' | 'server' {
  if (containment.reader()) return 'reader'
  if (!containment.user(FIRST_BUILDER_INDEX)) return 'own'
  return view.readable.every(isOpenToOthers) ? 'own' : 'server'
}

function isOpenToOthers(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false })
  const needed = stat?.isDirectory() ? 0o005 : 0o004
  return stat !== undefined && (stat.mode & needed) === needed && reachableByOthers(path)
}

/** Node's permission model, where nothing else stands between the checker and the machine. The bundler starts a program. */
function permissions(kind: BuilderKind, { readable }: BuilderView): string[] {
  if (kind === 'bundler') return []
  const paths = [...readable, ...platformModules().map((folder) => `${folder}/*`)]
  return [
    '--permission',
    '--allow-addons',
    '--no-warnings',
    ...paths.map((path) => `--allow-fs-read=${path}`),
  ]
}
