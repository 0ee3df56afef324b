import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, limits, type SourceNote } from '@bifrost/contract'
import { CoalescedWork } from '../platform/coalesced-work.ts'
import { type Database, isDataError } from '../platform/database.ts'
import { organizationFolder, ownerSlug } from '../platform/file-owner.ts'
import type { Log } from '../platform/log.ts'
import type { Notifier } from '../platform/notify.ts'
import { isBuildError } from './builder/build-error.ts'
import { REQUIREMENTS } from './builder/source-files.ts'
import { Bundles, type KnownBundle } from './bundles.ts'
import { type CodeVersions, isDurable, packagesOf } from './code-versions.ts'
import { FolderWatch } from './folder-watch.ts'
import { readOwnerState, writeOwnerState } from './owner-state.ts'
import type { PackageStates } from './package-states.ts'
import { isSource } from './source-budget.ts'
import { changedPaths, isInstalled, ROOT_SETTINGS, type Stamps, stampOf, walkOwner } from './stamps.ts'
import type { AnalyzedFile, Builder } from './types.ts'
import { broken, stillReading } from './workflow-catalog.ts'
import type { WorkflowIndex } from './workflow-index.ts'
import {
  organizationOf,
  readWorkflowRows,
  reconcile,
  type WorkflowRow,
  writeWorkflowRows,
} from './workflow-rows.ts'

export interface OwnerSourceOptions {
  db: Database
  builder: Builder
  codeVersions: CodeVersions
  notifier: Notifier
  log: Log
  packages: Pick<PackageStates, 'want' | 'drop'>
  workspaceDir: string
  /** Other processes start runs by what this one has built: nothing that was built once may be out of date. */
  shared: boolean
  index: WorkflowIndex
  /** When a file that belongs to no organization was last saved. */
  globalDoubtedMs(): number
  /** What a look at the files found: organizations whose folders were seen, and the files that had changed. */
  onScan(source: OwnerSource, found: { organizations: Set<string>; changed: string[] }): void
}

const WATCH_SETTLE_MS = 30
const LIST_FRESH_MS = 1000
/** A first look that takes longer is said. */
const STILL_READING_MS = 2000
/** After a failure of the builder itself the same files are tried again after this, then after twice as long, and so on. */
const RETRY = { firstMs: 2000, maxMs: 5 * 60_000 }

/** More files of a bundle than this are not watched one by one; packages count by their package.json. */
const WATCHED_MAX = 5_000

/** Why the files could not be read, though none of them is to blame for certain. */
interface Failure {
  stamps: Stamps
  tries: number
  retryAtMs: number
}

/**
 * The files of one owner as workflows: an organization (by its slug), or everybody (null). It has its own stamps, scans,
 * problems and failures, so nothing that one owner's files do delays or fails what another one does.
 */
export class OwnerSource {
  readonly owner: string | null
  readonly bundles: Bundles
  readonly #options: OwnerSourceOptions
  readonly #scans = new CoalescedWork(() => this.#scan())
  readonly #watch: FolderWatch
  readonly #bundling = new Map<string, Promise<KnownBundle>>()
  readonly #successors = new Map<string, string>()
  /** Files that define something, or cannot be read. */
  readonly #files = new Map<string, AnalyzedFile>()
  #stamps: Stamps = new Map()
  /** The organization; undefined: there is none of this slug. */
  #orgId: string | null | undefined
  #loading: Promise<void> | null = null
  #first: Promise<void> | null = null
  #wasRemembered = false
  /** What `#files` says is what the builder said of `#stamps`. */
  #isRead = false
  /** Changes elsewhere that the next scan takes into account. */
  #elsewhere = new Set<string>()
  #failure: Failure | null = null
  /** What the files themselves say. */
  #fileProblems: SourceNote[] = []
  /** Its workflows are what `#files` says. */
  #isReconciled = false
  /** Why some of them were left out. */
  #excess: string | null = null
  #scannedMs = Number.NEGATIVE_INFINITY
  #doubtedMs = Number.NEGATIVE_INFINITY
  #settling: NodeJS.Timeout | null = null
  #isDirty = false
  #stopped = false

  constructor(owner: string | null, options: OwnerSourceOptions) {
    this.owner = owner
    this.#options = options
    this.bundles = new Bundles(() => Math.max(this.#doubtedMs, options.globalDoubtedMs()))
    this.#watch = new FolderWatch(options.workspaceDir, () => this.#touched(), options.log)
    if (owner === null) this.#orgId = null
  }

  /** When one of its files was last saved. */
  get doubtedMs(): number {
    return this.#doubtedMs
  }

  /** Its files have been read, by this process or an earlier one. */
  get isRead(): boolean {
    return this.#isRead
  }

  get orgId(): string | null | undefined {
    return this.#orgId
  }

  /** Files that could not be read, names that two files claim, and what else there is to say. */
  get problems(): SourceNote[] {
    const path = this.owner === null ? '.' : organizationFolder(this.owner)
    const ofFolder = (message: string): SourceNote => ({ message, path, line: null, column: null })
    return [
      ...this.#fileProblems,
      ...(this.#excess ? [ofFolder(`The folder has ${this.#excess}; the rest was not read.`)] : []),
      ...(this.#failure
        ? [ofFolder('The files could not be read. Reading is retried in a while, and after the next save.')]
        : this.#isRead || this.#scans.busyMs < STILL_READING_MS
          ? []
          : [ofFolder('The files are still being read; until then the list may be incomplete.')]),
    ]
  }

  /** What this process or an earlier one knows of the files, without looking at them. */
  load(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = null
      throw error
    })
    return this.#loading
  }

  /** Looks at the files and reads what changed. False: that takes longer than `ms`, and the call did not wait. */
  refresh(ms: number): Promise<boolean> {
    return this.#scans.within(ms)
  }

  /** Waits for the first look of this process. */
  async ready(ms: number): Promise<boolean> {
    return this.#scannedMs > Number.NEGATIVE_INFINITY || (await this.refresh(ms))
  }

  /** Like `refresh`, unless the files were looked at a moment ago. */
  async upToDate(ms: number): Promise<boolean> {
    return performance.now() - this.#scannedMs <= LIST_FRESH_MS || (await this.refresh(ms))
  }

  /** What is known of this file is what is saved. */
  isKnown(path: string): boolean {
    return (
      this.#isRead && stampOf(join(this.#options.workspaceDir, path)) === (this.#stamps.get(path) ?? null)
    )
  }

  /** The file is one that could not be read. */
  isUnreadable(path: string): boolean {
    return (this.#files.get(path)?.error ?? null) !== null
  }

  /** Files that belong to no organization changed: whether something here may mean something else now. */
  dependsOn(changed: ReadonlySet<string>): boolean {
    for (const { uses = [], error, executables } of this.#files.values()) {
      // What is missing may have come.
      if (error || executables.some((one) => one.error)) return true
      if (uses.some((path) => changed.has(path))) return true
    }
    return [...changed].some((path) => isInstalled(path) || ROOT_SETTINGS.test(path))
  }

  /** Until the next scan has used it: the workflow of this id is the one of that key, if its own is gone. */
  succeed(key: string, id: string): () => void {
    this.#successors.set(key, id)
    return () => this.#successors.delete(key)
  }

  /** The code of a file, built again if one of the files that it is made of has changed. */
  async bundle(path: string): Promise<KnownBundle> {
    const known = await this.bundles.fresh(path)
    if (known) return known
    const running = this.#bundling.get(path) ?? this.#build(path).finally(() => this.#bundling.delete(path))
    this.#bundling.set(path, running)
    return running
  }

  /** After a save the next run does not wait for the bundler. Mistakes are told when the workflow runs. */
  async prebuild(): Promise<void> {
    const rows = this.#options.shared ? this.#rows() : []
    const built = rows.filter((row) => row.status === 'active' && row.codeVersion !== null)
    for (const path of new Set([...this.bundles.paths(), ...built.map((row) => row.path)]))
      if (!this.#stopped) await this.bundle(path).catch(() => {})
  }

  /** The first look of this process, to its end: what an earlier one remembered is as good, unless files have changed. */
  read(): Promise<void> {
    this.#first ??= this.#scans.run().then(async () => {
      if (this.#options.shared && !this.#wasRemembered) await this.prebuild()
    })
    return this.#first
  }

  /** The same, but it does not wait for an owner whose files take long. */
  async first(): Promise<void> {
    const late = new AbortController()
    const read = this.read().finally(() => late.abort())
    await Promise.race([
      read,
      sleep(limits.sourceWaitTimeoutMs, undefined, { signal: late.signal }).catch(() => {}),
    ])
  }

  /** Builds what was never built. */
  async buildMissing(): Promise<void> {
    const rows = this.#rows().filter((row) => row.status === 'active' && !row.codeVersion)
    for (const path of new Set(rows.map((row) => row.path)))
      if (!this.#stopped) await this.bundle(path).catch(() => {})
  }

  /** These changed elsewhere; what is missing here may have come. What is used already is looked at by each scan. */
  changedElsewhere(paths: Iterable<string>): void {
    for (const path of paths) if (!this.#stamps.has(path)) this.#elsewhere.add(path)
  }

  stopWatching(): void {
    this.#stopped = true
    this.#watch.stop()
    if (this.#settling) clearTimeout(this.#settling)
  }

  /** The builder is already stopped, so there is nothing to wait for. */
  async stop(): Promise<void> {
    this.stopWatching()
    await this.#scans.stop()
    await Promise.allSettled(this.#bundling.values())
    if (this.#isDirty) await this.#remember()
  }

  #rows(): readonly WorkflowRow[] {
    return this.#orgId === undefined ? [] : this.#options.index.ownedBy(this.#orgId)
  }

  #touched(): void {
    this.#doubtedMs = performance.now()
    this.#settling ??= setTimeout(() => {
      this.#settling = null
      void this.#scans.run().then(() => this.prebuild())
    }, WATCH_SETTLE_MS)
  }

  async #load(): Promise<void> {
    const { db, workspaceDir } = this.#options
    if (this.owner !== null) this.#orgId = await organizationOf(db, this.owner)
    const state = await readOwnerState(db, workspaceDir, this.owner)
    if (!state) return
    this.#stamps = new Map(state.stamps)
    for (const file of state.analyzed) this.#files.set(file.path, file)
    for (const [path, bundle] of Object.entries(state.bundles)) this.bundles.set(path, bundle)
    if (state.harm) this.#options.builder.recallHarm(this.owner, state.harm)
    this.#isRead = true
    this.#wasRemembered = true
  }

  /** Never rejects: what is known stays as it is, and a note says why. */
  async #scan(): Promise<number> {
    if (this.#stopped) return 0
    try {
      return await this.#look()
    } catch (error) {
      if (!this.#stopped)
        this.#options.log.warn({ err: error, owner: this.owner }, 'reading the workspace failed')
      return 0
    }
  }

  async #look(): Promise<number> {
    const { db, workspaceDir } = this.#options
    await this.load()
    const began = performance.now()
    const walk = await walkOwner(workspaceDir, this.owner, {
      also: new Set([...this.#files.values()].flatMap((file) => file.uses ?? [])),
      onFolder: (folder) => this.#watch.add(folder),
    })
    const costMs = performance.now() - began
    this.#watch.keep(walk.folders)
    const elsewhere = this.#elsewhere
    this.#elsewhere = new Set()
    const changed = [...new Set([...changedPaths(this.#stamps, walk.stamps), ...elsewhere])]
    const isNew = !this.#isRead
    const orgId = this.owner === null ? null : await organizationOf(db, this.owner)
    const otherOrg = orgId !== this.#orgId
    // The organization that had the folder before has nothing any more.
    if (otherOrg && this.#orgId) this.#options.index.set(this.#orgId, [])
    this.#orgId = orgId
    const failed = (isNew || changed.length > 0) && !(await this.#analyze(changed, walk.stamps))
    // The look at these changes comes again with the next try.
    if (failed) for (const path of elsewhere) this.#elsewhere.add(path)
    this.#excess = walk.excess
    const hasNews = isNew || changed.length > 0 || otherOrg
    if (!failed && (hasNews || !this.#isReconciled)) await this.#reconcile()
    this.#scannedMs = began
    if (!failed && hasNews) {
      if (this.#orgId !== undefined && ![...walk.stamps.keys()].some(listsPackages))
        await this.#options.packages.drop(this.owner, this.#orgId)
      await this.#remember()
    }
    this.#options.onScan(this, { organizations: walk.organizations, changed: failed ? [] : changed })
    return costMs
  }

  /** False: the builder could not; the files are tried again later, and at once when they change. */
  async #analyze(changed: readonly string[], stamps: Stamps): Promise<boolean> {
    const failure = this.#failure
    if (failure && performance.now() < failure.retryAtMs && changedPaths(failure.stamps, stamps).length === 0)
      return false
    if (this.#stopped) throw new Error('The workspace was stopped.')
    const everything = !this.#isRead || changed.some(isInstalled)
    const hasFiles = [...stamps.keys()].some(isSource)
    let analyzed: AnalyzedFile[]
    try {
      analyzed = hasFiles
        ? await this.#options.builder.analyze(this.owner, everything ? undefined : [...changed])
        : []
    } catch (error) {
      if (this.#stopped) throw error
      const tries = (failure?.tries ?? 0) + 1
      const restMs = backoffMs(tries, RETRY)
      this.#failure = { stamps, tries, retryAtMs: performance.now() + restMs }
      this.#options.log.warn({ err: error, owner: this.owner }, 'the files of an owner could not be read')
      return false
    }
    this.#failure = null
    if (everything || !hasFiles) this.#files.clear()
    for (const path of changed) this.#files.delete(path)
    // Of too many files those are left out that are not looked at.
    for (const file of analyzed.filter(({ path }) => stamps.has(path)))
      if (file.error || file.executables.length > 0) this.#files.set(file.path, file)
      else this.#files.delete(file.path)
    this.#stamps = this.#withUsed(stamps)
    this.#isRead = true
    // A bundle holds packages, too, and only the author's own files are its inputs.
    if (changed.some(isInstalled)) this.bundles.clear()
    for (const path of this.bundles.paths()) if (!stamps.has(path)) this.bundles.delete(path)
    // Something was saved: the next run looks at the files of its bundle, however lately that was done.
    this.#doubtedMs = performance.now()
    return true
  }

  /** Files elsewhere whose use was found just now are like those that were known. */
  #withUsed(stamps: Stamps): Stamps {
    const all = new Map(stamps)
    for (const { uses = [] } of this.#files.values())
      for (const path of uses) {
        const stamp = all.has(path) ? null : stampOf(join(this.#options.workspaceDir, path))
        if (stamp) all.set(path, stamp)
      }
    return all
  }

  async #reconcile(): Promise<void> {
    const { db, index, notifier } = this.#options
    const files = [...this.#files.values()]
    const options = {
      now: new Date(),
      organizations: new Map(this.owner !== null && this.#orgId ? [[this.owner, this.#orgId]] : []),
      successors: this.#successors,
    }
    let next = reconcile(this.#rows(), files, options)
    try {
      await writeWorkflowRows(db, next.changed)
    } catch (error) {
      if (!isDataError(error) || this.#orgId === undefined) throw error
      // Another server of this database saw the same new workflow first; it has that one's id.
      next = reconcile(await readWorkflowRows(db, { orgId: this.#orgId }), files, options)
      await writeWorkflowRows(db, next.changed)
    }
    this.#fileProblems = [...files.flatMap((file) => (file.error ? [file.error] : [])), ...next.problems]
    this.#isReconciled = true
    if (this.#orgId !== undefined) index.set(this.#orgId, next.rows)
    if (next.changed.length > 0) notifier.publish('workspace')
  }

  async #build(path: string): Promise<KnownBundle> {
    const { builder, codeVersions, db, notifier } = this.#options
    try {
      const beganMs = performance.now()
      const bundle = await builder.bundle(path)
      // What is said of the code is about this very code.
      if (!this.isKnown(path)) await this.refresh(limits.sourceWaitTimeoutMs)
      if (!this.#isRead) throw stillReading(path)
      const executables = this.#files.get(path)?.executables ?? []
      await codeVersions.put({ owner: this.owner, path }, bundle, executables)
      const { version, source } = bundle
      const inputs = bundle.inputs
        .slice(0, WATCHED_MAX)
        .map(({ path, size, mtimeMs }) => ({ path, size, mtimeMs }))
      const packages = packagesOf(source)
      if (packages && this.#orgId !== undefined)
        await this.#options.packages.want(this.owner, this.#orgId, packages)
      const known = this.bundles.set(path, { version, inputs, durable: isDurable(source) }, beganMs)
      this.#isDirty = true
      const changed = this.#rows()
        .filter((row) => row.path === path && row.codeVersion !== bundle.version)
        .map((row) => Object.assign(row, { codeVersion: bundle.version }))
      await writeWorkflowRows(db, changed)
      if (changed.length > 0) notifier.publish('workspace')
      return known
    } catch (error) {
      if (!isBuildError(error)) throw error
      // It may have been put aside.
      this.#isDirty = true
      throw broken(error.toNote())
    }
  }

  async #remember(): Promise<void> {
    const { builder, db, workspaceDir, log } = this.#options
    if (!this.#isRead) return
    this.#isDirty = false
    const state = {
      stamps: [...this.#stamps],
      analyzed: [...this.#files.values()],
      bundles: this.bundles.stored(),
      harm: builder.knownHarm(this.owner),
    }
    await writeOwnerState(db, workspaceDir, this.owner, state).catch((error: unknown) =>
      log.warn({ err: error, owner: this.owner }, 'the state of the workspace could not be stored'),
    )
  }
}

/** A list of packages at the root, or in the folder of an organization. */
const listsPackages = (path: string): boolean =>
  REQUIREMENTS.test(path) && path.split('/').length === (ownerSlug(path) === null ? 1 : 3)
