import { resolve } from 'node:path'
import { type Language, limits, type SourceNote } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { Database } from '../platform/database.ts'
import { ORGANIZATIONS, ownerSlug } from '../platform/file-owner.ts'
import type { Log } from '../platform/log.ts'
import type { Notifier } from '../platform/notify.ts'
import type { OrgScope } from '../platform/scope.ts'
import { isBuildError } from './builder/build-error.ts'
import { type CodeVersion, type CodeVersions, inlinePath } from './code-versions.ts'
import { INLINE_CODE } from './inline-code.ts'
import { OwnerSource } from './owner-source.ts'
import type { PackageStates } from './package-states.ts'
import type { AnalyzedFile, Builder } from './types.ts'
import {
  broken,
  type RunnableWorkflow,
  requireUsable,
  stillReading,
  stillReadingFor,
  unknownWorkflow,
  type WorkflowCatalog,
} from './workflow-catalog.ts'
import { WorkflowIndex } from './workflow-index.ts'
import { isDurableRun, nameKey, readWorkflowRows, slugsOf, type WorkflowRow } from './workflow-rows.ts'

export interface WorkspaceOptions {
  db: Database
  builder: Builder
  codeVersions: CodeVersions
  notifier: Notifier
  workspaceDir: string
  /** Other processes start runs by what this one has built: nothing that was built once may be out of date. */
  shared: boolean
  log: Log
  /** Told which Python packages code needs. */
  packages: Pick<PackageStates, 'want' | 'drop'>
}

/** What a look at an owner's files found. */
export interface SourceChange {
  paths: string[]
  problems: SourceNote[]
}

/** Owners whose files are read at once when no caller waits for them. */
const LANES = 4
/** Slugs of organizations that are kept; they never change. */
const SLUGS_MAX = 10_000

/**
 * The files of a folder as workflows. Each owner of files is read on its own (`OwnerSource`); this puts together what
 * they have, and knows whose files a question is about.
 */
export class Workspace implements WorkflowCatalog {
  readonly dir: string
  readonly #options: WorkspaceOptions
  readonly #index = new WorkflowIndex()
  readonly #sources = new Map<string | null, OwnerSource>()
  readonly #slugs = new LRUCache<string, string>({ max: SLUGS_MAX })
  readonly #listeners = new Set<(change: SourceChange) => void>()
  #scanned: Promise<void> = Promise.resolve()
  #unsubscribe = () => {}
  #stopped = false

  constructor(options: WorkspaceOptions) {
    this.dir = resolve(options.workspaceDir)
    this.#options = options
  }

  /** When every file has been read once since the start. What was stored is there before. */
  get scanned(): Promise<void> {
    return this.#scanned
  }

  /** The files that belong to no organization have been read, by this process or an earlier one. */
  get isRead(): boolean {
    return this.#sources.get(null)?.isRead ?? false
  }

  /** Ready with what is stored; the files are read meanwhile. */
  async start(): Promise<void> {
    const { db, notifier } = this.#options
    const rows = await readWorkflowRows(db)
    this.#index.setAll(rows)
    const owners = [...new Set(rows.flatMap((row) => row.orgId ?? []))]
    for (const slug of (await slugsOf(db, owners)).values()) this.#sourceOf(slug)
    this.#unsubscribe = notifier.subscribe('bundle', () => {
      void this.#inLanes(this.#sources.values(), (source) => source.buildMissing())
    })
    this.#scanned = this.#scanAll()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#unsubscribe()
    for (const source of this.#sources.values()) source.stopWatching()
    // Ends the builder even when it is reading a file that takes very long.
    await this.#options.builder.stop()
    await Promise.all([...this.#sources.values()].map((source) => source.stop()))
    await this.#scanned
  }

  /** Called after changed files of an owner were read. */
  onChange(listener: (change: SourceChange) => void): void {
    this.#listeners.add(listener)
  }

  list(scope: OrgScope): WorkflowRow[] {
    return this.#index.list(scope)
  }

  /** All that an owner has, whatever has the same name elsewhere. */
  ownedBy(orgId: string | null): readonly WorkflowRow[] {
    return this.#index.ownedBy(orgId)
  }

  /** The workflows that a file defines, or the files of a folder. */
  definedBelow(path: string): WorkflowRow[] {
    const slug = ownerSlug(`${path}/`)
    const isAbove = path.toLowerCase() === ORGANIZATIONS
    const orgId = slug === null ? null : this.#sources.get(slug)?.orgId
    const rows = isAbove || orgId === undefined ? this.#index.all() : this.#index.ownedBy(orgId)
    return rows.filter(
      (row) => row.status !== 'missing' && (row.path === path || row.path.startsWith(`${path}/`)),
    )
  }

  async ready(scope: OrgScope): Promise<void> {
    const sources = await this.#sourcesOf(scope)
    await Promise.all(sources.map((source) => source.ready(limits.sourceWaitTimeoutMs)))
  }

  async upToDate(scope: OrgScope): Promise<void> {
    const sources = await this.#sourcesOf(scope)
    await Promise.all(sources.map((source) => source.upToDate(limits.sourceWaitTimeoutMs)))
  }

  /** Looks at the files whose workflows this organization sees. False: that takes longer than a caller waits. */
  async refresh(scope: OrgScope): Promise<boolean> {
    const sources = await this.#sourcesOf(scope)
    const read = await Promise.all(sources.map((source) => source.refresh(limits.sourceWaitTimeoutMs)))
    return !read.includes(false)
  }

  /** Reads a file that was saved or deleted, with its owner's others. False: that takes longer than `ms`. */
  async reread(path: string, ms: number = limits.sourceWaitTimeoutMs): Promise<boolean> {
    return this.#sourceOf(ownerSlug(`${path}/`)).refresh(ms)
  }

  /** What is known of this file is what is saved. */
  isKnown(path: string): boolean {
    return this.#sourceOf(ownerSlug(path)).isKnown(path)
  }

  /** The file, as it was last looked at, is one that could not be read. */
  isUnreadable(path: string): boolean {
    return this.#sourceOf(ownerSlug(path)).isUnreadable(path)
  }

  /** Files that could not be read, and names that two files claim: those of the workflows that a caller sees, or all. */
  async problems(scope?: OrgScope): Promise<SourceNote[]> {
    const sources = scope ? await this.#sourcesOf(scope) : this.#sources.values()
    return [...sources].flatMap((source) => source.problems)
  }

  /** Whatever is read until the answer is called: the workflow of this id is the one of that name, if its own is gone. */
  succeed(row: WorkflowRow, name: string): () => void {
    return this.#sourceOf(ownerSlug(row.path)).succeed(nameKey(row.orgId, name), row.id)
  }

  /** What a file would define if it had this text. */
  preview(path: string, text: string): Promise<AnalyzedFile> {
    return this.#options.builder.preview(path, text)
  }

  async find(scope: OrgScope, idOrName: string): Promise<WorkflowRow> {
    let row = this.#index.lookUp(scope, idOrName)
    if (!row) {
      const isComplete = await this.refresh(scope)
      row = this.#index.lookUp(scope, idOrName)
      if (!row && !isComplete) throw stillReadingFor(idOrName)
    }
    if (!row) throw unknownWorkflow(idOrName)
    return row
  }

  async runnable(scope: OrgScope, idOrName: string): Promise<RunnableWorkflow> {
    let known = this.#index.lookUp(scope, idOrName)
    if (known && known.id !== idOrName && known.orgId !== scope.orgId && !this.#nearerAreRead(scope)) {
      await this.#readNearer(scope, known)
      known = this.#index.lookUp(scope, idOrName)
    }
    if (known?.status === 'active') {
      const source = this.#sourceOf(ownerSlug(known.path))
      await source.load()
      const bundle = await source.bundles.fresh(known.path)
      if (bundle)
        return { row: known, codeVersion: bundle.version, durable: isDurableRun(bundle.durable, known) }
    }
    if (known?.status === 'active') await this.#rereadFor(scope, known)
    else await this.refresh(scope)
    // The name may be another one's now.
    let row = await this.find(scope, idOrName)
    if (row.status === 'missing' && known?.status === 'active') {
      await this.refresh(scope)
      row = await this.find(scope, idOrName)
    }
    requireUsable(row)
    const source = this.#sourceOf(ownerSlug(row.path))
    if (!source.isKnown(row.path)) throw stillReading(row.path)
    const { version, durable } = await source.bundle(row.path)
    return { row, codeVersion: version, durable: isDurableRun(durable, row) }
  }

  /** At once, as it is for nearly every run; false: that has to be looked at. */
  #nearerAreRead({ chain }: OrgScope): boolean {
    return chain.every((orgId) => {
      const slug = this.#slugs.get(orgId)
      return slug !== undefined && this.#sources.get(slug)?.isRead === true
    })
  }

  /** An inherited workflow counts when no nearer owner has one of its name, and that is known once their files are read. */
  async #readNearer(scope: OrgScope, { path, definition }: WorkflowRow): Promise<void> {
    const unread = (await this.#sourcesOf(scope)).filter(
      (source) => source.owner !== null && source.owner !== ownerSlug(path) && !source.isRead,
    )
    const read = await Promise.all(unread.map((source) => source.ready(limits.sourceWaitTimeoutMs)))
    if (read.includes(false)) throw stillReadingFor(definition.name)
  }

  /** The file of the workflow, and the organization's own files: there may be one of the same name by now. */
  async #rereadFor({ organization }: OrgScope, { path }: WorkflowRow): Promise<void> {
    const owners = new Set([ownerSlug(path), organization.slug || null])
    await Promise.all([...owners].map((owner) => this.#sourceOf(owner).refresh(limits.sourceWaitTimeoutMs)))
  }

  /** Inline code as a code version. */
  async bundleCode(scope: OrgScope, code: string, language: Language = 'typescript'): Promise<CodeVersion> {
    try {
      const owner = scope.owner === null ? null : scope.organization.slug || null
      const bundle = await this.#options.builder.bundleCode(owner, code, language)
      return await this.#options.codeVersions.put({ owner, path: inlinePath(language) }, bundle, [
        INLINE_CODE,
      ])
    } catch (error) {
      throw isBuildError(error) ? broken(error.toNote()) : error
    }
  }

  /** Forgets a workflow that no file defines any more; should one define it again, it gets a new id. */
  async forget(id: string): Promise<void> {
    await this.#options.db.query('delete from workflows where id = $1', [id])
    this.#index.delete(id)
  }

  #sourceOf(owner: string | null): OwnerSource {
    const known = this.#sources.get(owner)
    if (known) return known
    const source = new OwnerSource(owner, {
      ...this.#options,
      workspaceDir: this.dir,
      index: this.#index,
      globalDoubtedMs: () => this.#sources.get(null)?.doubtedMs ?? Number.NEGATIVE_INFINITY,
      onScan: (scanned, found) => this.#onScan(scanned, found),
    })
    this.#sources.set(owner, source)
    return source
  }

  /** Of everybody, of the organization, and of those above it. */
  async #sourcesOf({ chain }: OrgScope): Promise<OwnerSource[]> {
    const unknown = chain.filter((orgId) => !this.#slugs.has(orgId))
    if (unknown.length > 0)
      for (const [orgId, slug] of await slugsOf(this.#options.db, unknown)) this.#slugs.set(orgId, slug)
    const slugs = chain.flatMap((orgId) => this.#slugs.get(orgId) ?? [])
    return [null, ...slugs].map((owner) => this.#sourceOf(owner))
  }

  async #scanAll(): Promise<void> {
    // It tells which organizations have folders.
    await this.#sourceOf(null).first()
    await this.#inLanes(this.#sources.values(), (source) => source.first())
    // Those that took long, and organizations that were found late.
    for (const source of this.#sources.values()) if (!this.#stopped) await source.read()
  }

  #onScan(
    source: OwnerSource,
    { organizations, changed }: { organizations: Set<string>; changed: string[] },
  ): void {
    const isOther = (slug: string) => !this.#sources.has(slug)
    const found = [...organizations].filter(isOther).map((slug) => this.#sourceOf(slug))
    if (found.length > 0) void this.#inLanes(found, (one) => one.first())
    if (changed.length === 0) return
    for (const listener of this.#listeners) listener({ paths: changed, problems: source.problems })
    if (source.owner !== null) return
    const paths = new Set(changed)
    const dependent = [...this.#sources.values()].filter(
      (one) => one.owner !== null && !found.includes(one) && one.dependsOn(paths),
    )
    for (const one of dependent) one.changedElsewhere(paths)
    void this.#inLanes(dependent, async (one) => {
      await one.refresh(limits.sourceWaitTimeoutMs)
      await one.prebuild()
    })
  }

  async #inLanes(
    sources: Iterable<OwnerSource>,
    work: (source: OwnerSource) => Promise<unknown>,
  ): Promise<void> {
    const waiting = [...sources]
    const lane = async (): Promise<void> => {
      for (let source = waiting.shift(); source && !this.#stopped; source = waiting.shift())
        await work(source).catch((error: unknown) =>
          this.#options.log.warn({ err: error, owner: source?.owner }, 'reading the workspace failed'),
        )
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  }
}
