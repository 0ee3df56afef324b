import { AppError } from '@bifrost/contract'
import type { Database } from '../platform/database.ts'
import type { Notifier } from '../platform/notify.ts'
import type { OrgScope } from '../platform/scope.ts'
import { type CodeVersions, isDurable } from './code-versions.ts'
import {
  type RunnableWorkflow,
  requireUsable,
  unknownWorkflow,
  type WorkflowCatalog,
} from './workflow-catalog.ts'
import { WorkflowIndex } from './workflow-index.ts'
import { isDurableRun, readWorkflowRows, type WorkflowRow } from './workflow-rows.ts'

export interface StoredWorkspaceOptions {
  db: Database
  codeVersions: CodeVersions
  notifier: Notifier
}

/** What others read is known here after so long, even without a notification. */
const FRESH_MS = 1000
/** How long a caller waits for code that was never built. */
const BUILD_WAIT_MS = 15_000
const LOOK_MS = 250

/**
 * The workflows as another process has read them: for processes that start runs, and have no need of the files or of
 * the compiler.
 */
export class StoredWorkspace implements WorkflowCatalog {
  readonly #options: StoredWorkspaceOptions
  readonly #index = new WorkflowIndex()
  #readMs = Number.NEGATIVE_INFINITY
  #end = () => {}

  constructor(options: StoredWorkspaceOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    this.#end = this.#options.notifier.subscribe('workspace', () => {
      this.#readMs = Number.NEGATIVE_INFINITY
    })
    await this.#read()
  }

  async stop(): Promise<void> {
    this.#end()
  }

  list(scope: OrgScope): WorkflowRow[] {
    return this.#index.list(scope)
  }

  async ready(): Promise<void> {}

  async upToDate(): Promise<void> {
    if (performance.now() - this.#readMs > FRESH_MS) await this.#read()
  }

  async find(scope: OrgScope, idOrName: string): Promise<WorkflowRow> {
    let row = this.#index.lookUp(scope, idOrName)
    if (!row) {
      await this.#read()
      row = this.#index.lookUp(scope, idOrName)
    }
    if (!row) throw unknownWorkflow(idOrName)
    return row
  }

  async runnable(scope: OrgScope, idOrName: string): Promise<RunnableWorkflow> {
    await this.upToDate()
    const giveUpAt = performance.now() + BUILD_WAIT_MS
    for (;;) {
      const row = await this.find(scope, idOrName)
      requireUsable(row)
      const code = row.codeVersion === null ? null : await this.#options.codeVersions.get(row.codeVersion)
      if (code) return { row, codeVersion: code.version, durable: isDurableRun(isDurable(code.source), row) }
      if (performance.now() > giveUpAt)
        throw new AppError(
          'unavailable',
          `The code of "${row.definition.name}" was never built; a process that reads the workspace (bifrost api) has to be running.`,
        )
      this.#options.notifier.publish('bundle')
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      await this.#read()
    }
  }

  async #read(): Promise<void> {
    const readMs = performance.now()
    this.#index.setAll(await readWorkflowRows(this.#options.db))
    this.#readMs = readMs
  }
}
