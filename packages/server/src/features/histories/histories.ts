import { AppError, type ExecutionStatus, type HistoryCheck, limits } from '@bifrost/contract'
import { type CheckableRun, type Engine, moveRun, readCheckable } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { CodeVersion, CodeVersions } from '../../workspace/code-versions.ts'
import type { RunnableWorkflow } from '../../workspace/workflow-catalog.ts'
import { countRuns, type DetailRow, listRuns } from '../executions/executions.ts'
import type { FeatureContext } from '../feature.ts'

export interface HistoryOptions {
  engine: Engine
  codeVersions: CodeVersions
  /** Leads code along histories; the outcome of each run, in order. */
  checker: FeatureContext['historyChecker']
  /** The workflow with its present code. */
  runnable(scope: OrgScope, idOrName: string): Promise<RunnableWorkflow>
}

const ENDED = ['SUCCESS', 'COMPLETED_WITH_ERRORS', 'FAILED', 'TIMEOUT', 'CANCELLED'] as const

/** Which runs go with which code, and moving them there. */
export class Histories {
  readonly #options: HistoryOptions

  constructor(options: HistoryOptions) {
    this.#options = options
  }

  /** Replays the runs that wait, and the last ones that ended, against the present code of their workflows. */
  async checkAll(
    scope: OrgScope,
    { workflow, ended = 0 }: { workflow?: string | undefined; ended?: number | undefined },
  ): Promise<{ items: HistoryCheck[]; left: number }> {
    const { db } = this.#options.engine
    const max = limits.historiesCheckedMax
    const waiting = { workflow, status: ['SUSPENDED' as const], ofWorkflow: true }
    const rows = await listRuns(scope, db, { ...waiting, limit: max })
    const left = rows.length < max ? 0 : (await countRuns(scope, db, waiting)) - rows.length
    if (ended > 0 && rows.length < max)
      rows.push(
        ...(await listRuns(scope, db, {
          workflow,
          status: [...ENDED],
          ofWorkflow: true,
          limit: Math.min(ended, max - rows.length),
        })),
      )
    const runs = await readCheckable(
      db.query,
      scope,
      rows.map((row) => row.id),
    )
    // A run that did nothing durable fits any code.
    const byWorkflow = Map.groupBy(
      runs.filter((run) => run.journal.length > 0),
      (run) => run.workflow_id ?? '',
    )
    const items: HistoryCheck[] = []
    for (const [workflowId, group] of byWorkflow)
      items.push(...(await this.#checkGroup(scope, group, () => this.#current(scope, workflowId))))
    return { items, left }
  }

  /** Moves a run that waits to a version of its code, if its history goes with it. */
  async continueOn(
    scope: OrgScope,
    row: DetailRow,
    {
      version,
      force,
      dry_run,
    }: { version: 'original' | 'current'; force?: boolean | undefined; dry_run?: boolean | undefined },
  ): Promise<{ execution_id: string; status: ExecutionStatus; code_version: string; check: HistoryCheck }> {
    if (row.status !== 'SUSPENDED')
      throw new AppError(
        'conflict',
        `Only a run that waits or is parked can be continued on another version; this one is ${row.status}.`,
      )
    const code = version === 'current' ? await this.#currentOf(scope, row) : await this.#original(row)
    const [run] = await readCheckable(this.#options.engine.db.query, scope, [row.id])
    const [check] = run ? await this.#checkGroup(scope, [run], async () => code) : []
    if (!check) throw new AppError('not_found', 'There is no such run.')
    const answer = { execution_id: row.id, code_version: code.version, check }
    if (dry_run) return { ...answer, status: row.status }
    if (check.outcome !== 'fits' && !force) throw new AppError('conflict', refusal(check), check)
    return { ...answer, status: await moveRun(this.#options.engine, scope, row.id, code.version) }
  }

  async #currentOf(scope: OrgScope, row: DetailRow): Promise<CodeVersion> {
    if (!row.workflow_id) throw new AppError('conflict', 'Inline code has no current version.')
    return this.#current(scope, row.workflow_id)
  }

  async #current(scope: OrgScope, workflowId: string): Promise<CodeVersion> {
    const { codeVersion } = await this.#options.runnable(scope, workflowId)
    return this.#code(codeVersion)
  }

  #original(row: DetailRow): Promise<CodeVersion> {
    return this.#code(row.original_version ?? row.code_version ?? '')
  }

  async #code(version: string): Promise<CodeVersion> {
    const code = await this.#options.codeVersions.get(version)
    if (!code) throw new AppError('conflict', 'The code of that version has been deleted.')
    return code
  }

  async #checkGroup(
    scope: OrgScope,
    runs: CheckableRun[],
    codeOf: () => Promise<CodeVersion>,
  ): Promise<HistoryCheck[]> {
    const about = ({ id, workflow_name, status }: CheckableRun) => ({
      execution_id: id,
      workflow_name,
      status,
    })
    let code: CodeVersion
    try {
      code = await codeOf()
    } catch (error) {
      // A file with a mistake, or a workflow that is gone: that is what there is to say of each of its runs.
      if (!(error instanceof AppError)) throw error
      const nothing = { next: null, expected: null, asked: null, code_version: null }
      return runs.map((run) => ({ ...about(run), ...nothing, outcome: 'fails', message: error.message }))
    }
    const outcomes = await this.#options.checker.check(scope, code, runs)
    return runs.map((run, index) => ({
      ...about(run),
      code_version: code.version,
      ...(outcomes[index] ?? { outcome: 'unknown', next: null, expected: null, asked: null, message: null }),
    }))
  }
}

function refusal({ outcome, expected, asked, message }: HistoryCheck): string {
  if (outcome === 'breaks')
    return `The run is not compatible with that version: its history has "${expected}" where the code asks for "${asked}".`
  return `Couldn't check whether the run is compatible with that version: ${message ?? 'the check had no result.'}`
}
