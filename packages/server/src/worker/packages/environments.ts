import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { languageOf, limits } from '@bifrost/contract'
import { type Containment, FIRST_INSTALL_INDEX } from '../../platform/containment/containment.ts'
import type { Log } from '../../platform/log.ts'
import { packagesOf } from '../../workspace/code-versions.ts'
import { type PackageState, packagesKey } from '../../workspace/package-states.ts'
import type { PythonRuntime } from '../runtimes/python.ts'
import { isMissing, type MissingRuntime } from '../runtimes/runtime.ts'
import { installPackages } from './install.ts'
import { findInstaller, type Installer } from './installer.ts'
import type { PackageIndex } from './package-index.ts'
import { problemOfRequirements } from './requirement.ts'
import { modulesOf, settle } from './settle.ts'

export interface EnvironmentsOptions {
  containment: Containment
  runtime: PythonRuntime | MissingRuntime
  index: PackageIndex
  egressAllow: readonly string[]
  log: Log
  /** Says what became of packages. */
  record(key: string, state: PackageState): Promise<void>
}

interface Wanted {
  owner: string | null
  requirements: readonly string[]
}

/** Packages that could not be installed are tried again by a run that comes so long after. */
const FAILED_MS = 10 * 60_000
/** What no run has used for so long goes, unless the files ask for it. */
const UNUSED_MS = 7 * 24 * 60 * 60_000
/** Of one owner so many are kept, the latest used ones. */
const PER_OWNER_MAX = 4
/** That one is in use is noted so often. */
const NOTED_MS = 60 * 60_000
/** A file whose date says when an environment was used. */
const USED = 'used'

/**
 * The Python packages of this machine: a folder for each list of requirements of an owner. It is made once, by a contained
 * process, and never changed: other requirements are another folder.
 */
export class Environments {
  readonly #options: EnvironmentsOptions
  readonly #home: string
  readonly #installing = new Map<string, Promise<string>>()
  readonly #failed = new Map<string, { atMs: number; reason: string }>()
  readonly #noted = new Map<string, number>()
  /** What installs, by owner: one at a time. */
  readonly #turns = new Map<string | null, Promise<unknown>>()
  readonly #places: (() => void)[] = []
  readonly #taken = new Set<number>()
  readonly #stop = new AbortController()
  #installer: Promise<Installer | { problem: string }> | null = null

  constructor(options: EnvironmentsOptions) {
    this.#options = options
    this.#home = join(options.containment.home, 'packages')
  }

  /** The folder of packages for this code; null when it needs none. Rejects with a sentence when it cannot run here. */
  siteOf(code: { path: string; source: string; owner?: string | null }): string | Promise<string> | null {
    const { runtime } = this.#options
    if (isMissing(runtime) && languageOf(code.path) === runtime.language)
      return Promise.reject(new Error(runtime.problem))
    const requirements = packagesOf(code.source)
    return requirements === null ? null : this.#siteOf({ owner: code.owner ?? null, requirements }, false)
  }

  /** It is there, so that there is nothing to do. */
  isReady(wanted: Wanted): boolean {
    return existsSync(join(this.#usedBy(wanted), 'site'))
  }

  /** Has packages there, and says what came of it, also when they could not be installed before. */
  async prepare(wanted: Wanted): Promise<void> {
    const state = await Promise.resolve(this.#siteOf(wanted, true)).then(
      async (site) => ({ status: 'ready' as const, error: null, modules: await modulesOf(site) }),
      (error: unknown) => ({ status: 'failed' as const, error: reasonOf(error), modules: [] }),
    )
    if (this.#stop.signal.aborted) return
    await this.#options.record(packagesKey(wanted.owner, wanted.requirements), { ...state, log: null })
  }

  /** Removes what no run has used for a week, except for what the files of an owner ask for now. */
  async prune(current: readonly Wanted[]): Promise<void> {
    const kept = new Set(current.map((wanted) => this.#usedBy(wanted)))
    const oldestMs = Date.now() - UNUSED_MS
    for (const owner of await readdir(this.#home).catch(() => []))
      await this.#keepLatest(
        join(this.#home, owner),
        0,
        (folder, usedMs) => usedMs > oldestMs || kept.has(folder),
      )
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    for (const enter of this.#places.splice(0)) enter()
    await Promise.allSettled(this.#installing.values())
  }

  #siteOf(wanted: Wanted, again: boolean): string | Promise<string> {
    const { runtime } = this.#options
    if (isMissing(runtime)) return Promise.reject(new PackagesError(runtime.problem))
    const folder = this.#usedBy(wanted)
    const site = join(folder, 'site')
    const running = this.#installing.get(folder)
    if (running) return running
    if (existsSync(site)) {
      this.#noteUse(folder)
      return site
    }
    const failed = this.#failed.get(folder)
    if (failed && !again && performance.now() - failed.atMs < FAILED_MS)
      return Promise.reject(new PackagesError(failed.reason))
    const turn = (this.#turns.get(wanted.owner) ?? Promise.resolve()).catch(() => {})
    const installing = turn
      .then(() => this.#install(wanted, folder, runtime))
      .finally(() => this.#installing.delete(folder))
    this.#installing.set(folder, installing)
    this.#turns.set(wanted.owner, installing)
    installing.catch(() => {})
    return installing
  }

  async #install(wanted: Wanted, folder: string, runtime: PythonRuntime): Promise<string> {
    const key = packagesKey(wanted.owner, wanted.requirements)
    const record = (state: Partial<PackageState> & Pick<PackageState, 'status'>) =>
      this.#options
        .record(key, { error: null, log: '', modules: [], ...state })
        .catch((error: unknown) =>
          this.#options.log.warn({ err: error }, 'the state of packages was not stored'),
        )
    const fail = async (error: string, log = ''): Promise<never> => {
      if (this.#stop.signal.aborted) throw new PackagesError('The server was stopped.')
      this.#failed.set(folder, { atMs: performance.now(), reason: error })
      await record({ status: 'failed', error, log })
      throw new PackagesError(error)
    }
    const problem = problemOfRequirements(wanted.requirements)
    if (problem) return fail(problem)
    this.#installer ??= findInstaller(runtime.python)
    const installer = await this.#installer
    if ('problem' in installer) return fail(installer.problem)
    const place = await this.#enter()
    const unfinished = `${folder}.${process.pid}`
    try {
      if (this.#stop.signal.aborted) return await fail('The server was stopped.')
      await record({ status: 'installing' })
      await rm(unfinished, { recursive: true, force: true })
      // Passed through by name; which names there are is not for others to see.
      for (const path of [this.#home, this.#folderOfOwner(wanted.owner)])
        await mkdir(path, { recursive: true, mode: 0o711 })
      await mkdir(unfinished, { mode: 0o755 })
      const { containment, index, egressAllow } = this.#options
      const done = await installPackages({
        ...{ containment, runtime, installer, index, egressAllow, place },
        requirements: wanted.requirements,
        folder: unfinished,
        signal: this.#stop.signal,
      })
      if (done.error !== null) return await fail(done.error, done.log)
      await this.#finish(unfinished, folder, place)
      this.#failed.delete(folder)
      const site = join(folder, 'site')
      await record({ status: 'ready', log: done.log, modules: await modulesOf(site) })
      await this.#keepLatest(this.#folderOfOwner(wanted.owner), PER_OWNER_MAX)
      return site
    } finally {
      await rm(unfinished, { recursive: true, force: true })
      this.#leave(place)
    }
  }

  /** Of an owner's environments the latest used ones, and others that are to be kept. */
  async #keepLatest(
    ofOwner: string,
    max: number,
    keeps: (folder: string, usedMs: number) => boolean = () => false,
  ): Promise<void> {
    const found: { folder: string; usedMs: number }[] = []
    for (const name of await readdir(ofOwner)) {
      const folder = join(ofOwner, name)
      const used = await stat(join(folder, USED)).catch(() => null)
      // Without the file it is being made.
      if (used) found.push({ folder, usedMs: used.mtimeMs })
    }
    const old = found.sort((a, b) => b.usedMs - a.usedMs).slice(max)
    for (const { folder, usedMs } of old)
      if (!keeps(folder, usedMs)) await rm(folder, { recursive: true, force: true })
  }

  async #finish(unfinished: string, folder: string, place: number): Promise<void> {
    const user = this.#options.containment.user(FIRST_INSTALL_INDEX + place)
    for (const name of await readdir(unfinished))
      if (name !== 'site') await rm(join(unfinished, name), { recursive: true, force: true })
    await settle(join(unfinished, 'site'), user)
    await writeFile(join(unfinished, USED), '')
    try {
      await rename(unfinished, folder)
    } catch (error) {
      // Another server of this installation was quicker.
      if (!existsSync(folder)) throw error
    }
  }

  /** A place among those that install at once. */
  async #enter(): Promise<number> {
    while (this.#taken.size >= limits.pythonInstallsMax && !this.#stop.signal.aborted)
      await new Promise<void>((resolve) => this.#places.push(resolve))
    let place = 0
    while (this.#taken.has(place)) place++
    this.#taken.add(place)
    return place
  }

  #leave(place: number): void {
    this.#taken.delete(place)
    this.#places.shift()?.()
  }

  #folderOfOwner(owner: string | null): string {
    return join(this.#home, packagesKey(owner, []).slice(0, 16))
  }

  #folderOf({ owner, requirements }: Wanted): string {
    const { runtime } = this.#options
    const version = isMissing(runtime) ? '' : runtime.python.version
    return join(this.#folderOfOwner(owner), `${packagesKey(owner, requirements).slice(0, 32)}-${version}`)
  }

  /** An organization that adds nothing to what everybody has uses that one, where it is or is being made. */
  #usedBy(wanted: Wanted): string {
    const shared = this.#folderOf({ ...wanted, owner: null })
    return this.#installing.has(shared) || existsSync(join(shared, 'site')) ? shared : this.#folderOf(wanted)
  }

  #noteUse(folder: string): void {
    const now = performance.now()
    if (now - (this.#noted.get(folder) ?? Number.NEGATIVE_INFINITY) < NOTED_MS) return
    this.#noted.set(folder, now)
    const date = new Date()
    utimes(join(folder, USED), date, date).catch(() => {})
  }
}

/** Packages that code needs are not there. The message says why, and what the installer said. */
export class PackagesError extends Error {
  override readonly name = 'PackagesError'
  readonly reason: string

  constructor(reason: string) {
    super(`The Python packages of requirements.txt or pyproject.toml could not be installed.\n${reason}`)
    this.reason = reason
  }
}

const reasonOf = (error: unknown): string =>
  error instanceof PackagesError ? error.reason : (error as Error).message
