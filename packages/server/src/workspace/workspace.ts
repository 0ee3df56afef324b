import { type FSWatcher, watch } from 'node:fs'
import { join, resolve } from 'node:path'
import { AppError, type SourceNote } from '@bifrost/contract'
import { type Database, isDataError } from '../platform/database.ts'
import { ownerSlug } from '../platform/file-owner.ts'
import type { Log } from '../platform/log.ts'
import type { Notifier } from '../platform/notify.ts'
import type { OrgScope } from '../platform/scope.ts'
import { isBuildError } from './builder/build-error.ts'
import { type CodeVersion, type CodeVersions, INLINE_PATH, isDurable } from './code-versions.ts'
import { changedPaths, digestOf, INSTALLED, readStamps, type Stamps, stampOf } from './stamps.ts'
import type { AnalysedFile, Builder, BundleInput } from './types.ts'
import {
  nameKey,
  readOwners,
  readWorkflowRows,
  reconcile,
  type WorkflowRow,
  writeWorkflowRows,
} from './workflow-rows.ts'

export interface WorkspaceOptions {
  db: Database
  builder: Builder
  codeVersions: CodeVersions
  notifier: Notifier
  workspaceDir: string
  /** Other processes start runs by what this one has built: nothing that was built once may be out of date. */
  shared: boolean
  log: Log
}

/** What a run needs of a workflow: its definition, and the code that goes with it. */
export interface RunnableWorkflow {
  row: WorkflowRow
  codeVersion: string
  /** Its code makes durable calls. */
  durable: boolean
}

interface KnownBundle {
  version: string
  durable: boolean
  inputs: BundleInput[]
}

/** Raise it when analysis or bundling say something else of the same files. */
const ANALYSIS_VERSION = '5'
/** Under load a bundle's files are looked at this often, not at every run. */
const FRESH_MS = 20
const WATCH_SETTLE_MS = 30
const LIST_FRESH_MS = 1000
/** Lists of organisations that are kept. */
const LISTS_MAX = 1000

/** The author's files as workflows: read at start, on save and before a run. */
export class Workspace {
  readonly dir: string
  readonly #options: WorkspaceOptions
  readonly #files = new Map<string, AnalysedFile>()
  readonly #bundles = new Map<string, KnownBundle & { checkedMs: number }>()
  readonly #bundling = new Map<string, Promise<KnownBundle>>()
  #stamps: Stamps = new Map()
  #rows: WorkflowRow[] = []
  #scannedMs = Number.NEGATIVE_INFINITY
  #byId = new Map<string, WorkflowRow>()
  readonly #lists = new Map<string, WorkflowRow[]>()
  #byName = new Map<string, WorkflowRow>()
  /** The organisations that have a folder, by slug. */
  #owners = new Map<string, string>()
  readonly #successors = new Map<string, string>()
  #problems: SourceNote[] = []
  #scan: Promise<void> = Promise.resolve()
  #watcher: FSWatcher | null = null
  #watchTimer: NodeJS.Timeout | null = null
  #unsubscribe = () => {}
  #listeners = new Set<(paths: string[]) => void>()

  constructor(options: WorkspaceOptions) {
    this.#options = options
    this.dir = resolve(options.workspaceDir)
  }

  async start(): Promise<void> {
    this.setRows(await readWorkflowRows(this.#options.db))
    const [stored] = await this.#options.db.query<{
      digest: string
      files: {
        analysed: AnalysedFile[]
        bundles: Record<string, KnownBundle>
        problems: SourceNote[]
        owners: [string, string][]
      }
    }>('select digest, files from workspace_state where workspace = $1', [this.dir])
    const stamps = await readStamps(this.dir)
    if (stored && stored.digest === digestOf(stamps, ANALYSIS_VERSION)) {
      this.#stamps = stamps
      for (const file of stored.files.analysed) this.#files.set(file.path, file)
      for (const [path, bundle] of Object.entries(stored.files.bundles))
        this.#bundles.set(path, { ...bundle, checkedMs: 0 })
      this.#problems = stored.files.problems
      this.#owners = new Map(stored.files.owners)
      if (await this.#ownersChanged()) await this.#reconcile()
    } else {
      await this.refresh()
      if (this.#options.shared) void this.#prebuild()
    }
    this.#unsubscribe = this.#options.notifier.subscribe('bundle', () => void this.#buildAll())
    this.#watch()
  }

  async stop(): Promise<void> {
    this.#unsubscribe()
    this.#watcher?.close()
    if (this.#watchTimer) clearTimeout(this.#watchTimer)
    await this.#scan.catch(() => {})
    await Promise.allSettled(this.#bundling.values())
    await this.#remember()
    await this.#options.builder.stop()
  }

  /** Called with the paths that a save changed, after they were read. */
  onChange(listener: (paths: string[]) => void): void {
    this.#listeners.add(listener)
  }

  /** The workflows that this organisation sees, one of each name: its own, else its parents', else the global one. */
  list(scope: OrgScope): WorkflowRow[] {
    // Each event asks for it.
    const key = scope.chain.join()
    let list = this.#lists.get(key)
    if (!list) {
      list = this.#rows.filter((row) => {
        const { name } = row.definition
        return sees(scope, row) && (row.status === 'missing' || this.#named(scope, name) === row)
      })
      if (this.#lists.size >= LISTS_MAX) this.#lists.clear()
      this.#lists.set(key, list)
    }
    return [...list]
  }

  /** All that somebody owns, whatever has the same name elsewhere. */
  ownedBy(orgId: string | null): WorkflowRow[] {
    return this.#rows.filter((row) => row.orgId === orgId)
  }

  /** The workflows that a file defines, or the files of a folder. */
  definedBelow(path: string): WorkflowRow[] {
    return this.#rows.filter(
      (row) => row.status !== 'missing' && (row.path === path || row.path.startsWith(`${path}/`)),
    )
  }

  /** For whoever relies on the list: what was saved a while ago has been read, even where files cannot be watched. */
  async upToDate(): Promise<void> {
    if (performance.now() - this.#scannedMs > LIST_FRESH_MS) await this.refresh()
  }

  /** Files that could not be read, and names that two files claim. */
  problems(): SourceNote[] {
    return this.#problems
  }

  /** Whatever is read until the answer is called: the workflow of this id is the one of that name, if its own is gone. */
  succeed(row: WorkflowRow, name: string): () => void {
    const key = nameKey(row.orgId, name)
    this.#successors.set(key, row.id)
    return () => this.#successors.delete(key)
  }

  /** What a file would define if it had this text. */
  preview(path: string, text: string): Promise<AnalysedFile> {
    return this.#options.builder.preview(path, text)
  }

  /** Finds by id or name; a name that is unknown may have been saved a moment ago, so the files are looked at. */
  async find(scope: OrgScope, idOrName: string): Promise<WorkflowRow> {
    let row = this.lookUp(scope, idOrName)
    if (!row) {
      await this.refresh()
      row = this.lookUp(scope, idOrName)
    }
    if (!row) throw new AppError('not_found', `There is no workflow "${idOrName}".`)
    return row
  }

  /** The workflow with fresh code, ready to run. Throws `workflow_broken` with the place of the mistake. */
  async runnable(scope: OrgScope, idOrName: string): Promise<RunnableWorkflow> {
    let row = this.lookUp(scope, idOrName)
    const known = row && this.#bundles.get(row.path)
    if (row?.status === 'active' && known && this.#isFresh(known))
      return { row, codeVersion: known.version, durable: known.durable }
    await this.refresh()
    row = await this.find(scope, idOrName)
    if (row.status === 'missing')
      throw new AppError(
        'workflow_broken',
        `"${row.definition.name}" is gone: ${row.path} no longer defines it.`,
      )
    if (row.error) throw broken(row.error)
    const { version, durable } = await this.#bundle(row.path)
    return { row, codeVersion: version, durable }
  }

  /** Inline code as a code version. */
  async bundleCode(code: string): Promise<CodeVersion> {
    try {
      const bundle = await this.#options.builder.bundleCode(code)
      return await this.#options.codeVersions.put(INLINE_PATH, bundle, [INLINE_CODE])
    } catch (error) {
      throw isBuildError(error) ? broken(error.toNote()) : error
    }
  }

  /** Forgets a workflow that no file defines any more; should one define it again, it gets a new id. */
  async forget(id: string): Promise<void> {
    await this.#options.db.query('delete from workflows where id = $1', [id])
    this.setRows(this.#rows.filter((row) => row.id !== id))
  }

  /** Looks at all files and reads what changed. Concurrent calls share the work. */
  refresh(): Promise<void> {
    const scan = this.#scan.then(() => this.#refresh())
    this.#scan = scan.catch(() => {})
    return scan
  }

  async #refresh(): Promise<void> {
    this.#scannedMs = performance.now()
    const stamps = await readStamps(this.dir)
    const changed = changedPaths(this.#stamps, stamps)
    if (changed.length === 0 && this.#stamps.size > 0) {
      if (await this.#ownersChanged()) await this.#reconcile()
      return
    }
    const everything = this.#stamps.size === 0 || changed.includes(INSTALLED)
    const analysed = await this.#options.builder.analyse(everything ? undefined : changed)
    if (everything) this.#files.clear()
    for (const path of changed) this.#files.delete(path)
    for (const file of analysed) this.#files.set(file.path, file)
    this.#stamps = stamps
    // A bundle holds packages, too, and only the author's own files are its inputs.
    if (changed.includes(INSTALLED)) this.#bundles.clear()
    for (const path of this.#bundles.keys()) if (!stamps.has(path)) this.#bundles.delete(path)
    this.#doubtBundles()
    await this.#ownersChanged()
    await this.#reconcile()
    await this.#remember()
    for (const listener of this.#listeners) listener(changed)
  }

  /** Whether a folder belongs to another organisation than it did, or to one at all. */
  async #ownersChanged(): Promise<boolean> {
    const slugs = new Set([...this.#files.keys()].flatMap((path) => ownerSlug(path) ?? []))
    const owners = await readOwners(this.#options.db, [...slugs])
    const same = owners.size === this.#owners.size && [...owners].every(([k, v]) => this.#owners.get(k) === v)
    this.#owners = owners
    return !same
  }

  async #reconcile(): Promise<void> {
    const files = [...this.#files.values()]
    const options = { now: new Date(), organizations: this.#owners, successors: this.#successors }
    let next = reconcile(this.#rows, files, options)
    try {
      await writeWorkflowRows(this.#options.db, next.changed)
    } catch (error) {
      if (!isDataError(error)) throw error
      // Another server of this database saw the same new workflow first; it has that one's id.
      next = reconcile(await readWorkflowRows(this.#options.db), files, options)
      await writeWorkflowRows(this.#options.db, next.changed)
    }
    const { rows, problems, changed } = next
    this.#problems = [...files.flatMap((file) => (file.error ? [file.error] : [])), ...problems]
    this.setRows(rows)
    if (changed.length > 0) this.#options.notifier.publish('workspace')
  }

  protected setRows(rows: WorkflowRow[]): void {
    this.#rows = rows.toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1))
    this.#lists.clear()
    this.#byId = new Map(rows.map((row) => [row.id, row]))
    this.#byName = new Map(rows.map((row) => [nameKey(row.orgId, row.definition.name), row]))
  }

  protected lookUp(scope: OrgScope, idOrName: string): WorkflowRow | undefined {
    const row = this.#byId.get(idOrName)
    return row && sees(scope, row) ? row : this.#named(scope, idOrName)
  }

  #named(scope: OrgScope, name: string): WorkflowRow | undefined {
    const rows = [...scope.chain, null].flatMap((orgId) => this.#byName.get(nameKey(orgId, name)) ?? [])
    // One that is gone hides no other.
    return rows.find((row) => row.status !== 'missing') ?? rows[0]
  }

  #isFresh(known: KnownBundle & { checkedMs: number }): boolean {
    const now = performance.now()
    if (now - known.checkedMs < FRESH_MS) return true
    const fresh = known.inputs.every((input) => stampOf(input.path) === `${input.size}-${input.mtimeMs}`)
    if (fresh) known.checkedMs = now
    return fresh
  }

  /** Something was saved: the next run looks at the files of its bundle, however lately that was done. */
  #doubtBundles(): void {
    for (const known of this.#bundles.values()) known.checkedMs = Number.NEGATIVE_INFINITY
  }

  async #bundle(path: string): Promise<KnownBundle> {
    const known = this.#bundles.get(path)
    if (known && this.#isFresh(known)) return known
    const running = this.#bundling.get(path) ?? this.#build(path).finally(() => this.#bundling.delete(path))
    this.#bundling.set(path, running)
    return running
  }

  async #build(path: string): Promise<KnownBundle> {
    try {
      const bundle = await this.#options.builder.bundle(path)
      // What is said of the code shall be about this very code.
      if (stampOf(join(this.dir, path)) !== this.#stamps.get(path)) await this.refresh()
      const executables = this.#files.get(path)?.executables ?? []
      await this.#options.codeVersions.put(path, bundle, executables)
      const { version, inputs, source } = bundle
      const known = { version, inputs, durable: isDurable(source), checkedMs: performance.now() }
      this.#bundles.set(path, known)
      const changed = this.#rows
        .filter((row) => row.path === path && row.codeVersion !== bundle.version)
        .map((row) => Object.assign(row, { codeVersion: bundle.version }))
      await writeWorkflowRows(this.#options.db, changed)
      if (changed.length > 0) this.#options.notifier.publish('workspace')
      return known
    } catch (error) {
      throw isBuildError(error) ? broken(error.toNote()) : error
    }
  }

  async #remember(): Promise<void> {
    const bundles = Object.fromEntries(
      [...this.#bundles].map(([path, { version, durable, inputs }]) => [path, { version, durable, inputs }]),
    )
    await this.#options.db.query(
      `insert into workspace_state (workspace, digest, files, updated_at) values ($1, $2, $3, now())
       on conflict (workspace) do update set digest = excluded.digest, files = excluded.files, updated_at = now()`,
      [
        this.dir,
        digestOf(this.#stamps, ANALYSIS_VERSION),
        JSON.stringify({
          analysed: [...this.#files.values()],
          bundles,
          problems: this.#problems,
          owners: [...this.#owners],
        }),
      ],
    )
  }

  #watch(): void {
    try {
      this.#watcher = watch(this.dir, { recursive: true }, (_event, name) => {
        if (name && /(^|[/\\])(node_modules|\.[^/\\]+)([/\\]|$)/.test(name)) return
        this.#doubtBundles()
        this.#watchTimer ??= setTimeout(() => {
          this.#watchTimer = null
          this.refresh().then(
            () => this.#prebuild(),
            (error: unknown) => this.#options.log.error({ err: error }, 'reading the workspace failed'),
          )
        }, WATCH_SETTLE_MS)
      })
      this.#watcher.on('error', (error) =>
        this.#options.log.warn({ err: error }, 'watching the workspace failed'),
      )
    } catch (error) {
      this.#options.log.warn(
        { err: error },
        'the workspace cannot be watched; files are read before each run',
      )
    }
  }

  /** After a save the next run shall not wait for the bundler. Mistakes are told when somebody runs it. */
  async #prebuild(): Promise<void> {
    const built = this.#rows.filter((row) => row.status === 'active' && row.codeVersion !== null)
    const paths = this.#options.shared ? built.map((row) => row.path) : []
    for (const path of new Set([...this.#bundles.keys(), ...paths])) await this.#bundle(path).catch(() => {})
  }

  /** Another process shall start what was never built: it asks for all of it, since it cannot name one. */
  async #buildAll(): Promise<void> {
    const paths = this.#rows.flatMap((row) => (row.status === 'active' && !row.codeVersion ? [row.path] : []))
    for (const path of new Set(paths)) await this.#bundle(path).catch(() => {})
  }
}

const sees = ({ chain }: OrgScope, { orgId }: WorkflowRow): boolean => orgId === null || chain.includes(orgId)

function broken(note: SourceNote): AppError {
  const where = note.line === null ? note.path : `${note.path}:${note.line}`
  return new AppError('workflow_broken', `${note.message} (${where})`, note)
}

/** How the child calls inline code: one function of the input. */
const INLINE_CODE: CodeVersion['executables'][number] = {
  exportName: 'run',
  type: 'workflow',
  name: 'code',
  description: '',
  category: 'General',
  tags: [],
  parameters: [],
  arguments: [{ kind: 'object', names: [], rest: true }],
  executionMode: 'sync',
  timeoutSeconds: 0,
  retryPolicy: null,
  schedule: null,
  flowControl: null,
  columns: [],
  startOn: null,
  cancelOn: [],
  endpointEnabled: false,
  allowedMethods: [],
  disableGlobalKey: false,
  publicEndpoint: false,
  toolDescription: null,
  timeSaved: 0,
  value: 0,
  cacheTtlSeconds: null,
  graph: null,
  line: 1,
  error: null,
  warnings: [],
}
