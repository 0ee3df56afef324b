import { AppError } from '@bifrost/contract'
import type { Database } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Notifier } from '../platform/notify.ts'
import type { OrgScope } from '../platform/scope.ts'
import { type CodeVersion, type CodeVersions, isDurable } from './code-versions.ts'
import type { Builder } from './types.ts'
import { readWorkflowRows } from './workflow-rows.ts'
import { type RunnableWorkflow, Workspace } from './workspace.ts'

export interface StoredWorkspaceOptions {
  db: Database
  codeVersions: CodeVersions
  notifier: Notifier
  workspaceDir: string
  log: Log
}

/** What others read is known here after so long, even when nobody was heard to say so. */
const FRESH_MS = 1000
/** Code that was never built is waited for. */
const BUILD_WAIT_MS = 15_000
const LOOK_MS = 250

/**
 * The workflows as another process has read them: for processes that start runs, and have no need of the files or of
 * the compiler.
 */
export class StoredWorkspace extends Workspace {
  readonly #options: StoredWorkspaceOptions
  #readMs = Number.NEGATIVE_INFINITY
  #end = () => {}

  constructor(options: StoredWorkspaceOptions) {
    super({ ...options, builder: noBuilder, shared: true })
    this.#options = options
  }

  override async start(): Promise<void> {
    this.#end = this.#options.notifier.subscribe('workspace', () => {
      this.#readMs = Number.NEGATIVE_INFINITY
    })
    await this.refresh()
  }

  override async stop(): Promise<void> {
    this.#end()
  }

  override async refresh(): Promise<void> {
    const readMs = performance.now()
    this.setRows(await readWorkflowRows(this.#options.db))
    this.#readMs = readMs
  }

  override async upToDate(): Promise<void> {
    if (performance.now() - this.#readMs > FRESH_MS) await this.refresh()
  }

  override async runnable(scope: OrgScope, idOrName: string): Promise<RunnableWorkflow> {
    await this.upToDate()
    const giveUpAt = performance.now() + BUILD_WAIT_MS
    for (;;) {
      const row = await this.find(scope, idOrName)
      if (row.status === 'missing' || row.error)
        throw new AppError(
          'workflow_broken',
          row.error?.message ?? `"${row.definition.name}" is gone: ${row.path} no longer defines it.`,
          row.error,
        )
      const code = row.codeVersion === null ? null : await this.#options.codeVersions.get(row.codeVersion)
      if (code) return { row, codeVersion: code.version, durable: isDurable(code.source) }
      if (performance.now() > giveUpAt)
        throw new AppError(
          'unavailable',
          `The code of "${row.definition.name}" was never built; a process that reads the workspace (bifrost api) has to be running.`,
        )
      this.#options.notifier.publish('bundle')
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      await this.refresh()
    }
  }

  override bundleCode(_code: string): Promise<CodeVersion> {
    return Promise.reject(new AppError('unavailable', 'This process does not build code.'))
  }
}

const noBuilder: Builder = {
  analyse: () => Promise.reject(new Error('there is no builder in this process')),
  bundle: () => Promise.reject(new Error('there is no builder in this process')),
  bundleCode: () => Promise.reject(new Error('there is no builder in this process')),
  preview: () => Promise.reject(new Error('there is no builder in this process')),
  typeErrors: () => Promise.reject(new Error('there is no builder in this process')),
  screenRuntime: () => Promise.reject(new Error('there is no builder in this process')),
  stop: () => Promise.resolve(),
}
