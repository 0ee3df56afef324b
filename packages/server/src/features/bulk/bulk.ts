import {
  AppError,
  type BulkAction,
  type BulkProgress,
  type ExecutionFilter,
  type ExecutionStatus,
  type Json,
  limits,
  type Permission,
  statusesFor,
  validationError,
} from '@bifrost/contract'
import { cancelExecution, type Engine } from '../../engine/engine.ts'
import { audit } from '../../platform/audit.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import { countRuns, type DetailRow, type RunFilter, requireRun } from '../executions/executions.ts'
import { advanceBulk, type BulkRow, findBulk, insertBulk, takeBulk } from './queries.ts'

export interface BulkOptions {
  engine: Engine
  /** Starts the workflow of a run again; the same key starts nothing a second time. */
  rerun(scope: OrgScope, row: DetailRow, idempotencyKey: string): Promise<unknown>
  /** Continues a parked run on the version that it began with. */
  continueParked(scope: OrgScope, row: DetailRow): Promise<unknown>
}

interface Action {
  permission: Permission
  /** What else than the status a run must be for it. */
  narrow?: Pick<RunFilter, 'ofWorkflow' | 'parked'>
  /** The runs that it can be applied to. */
  statuses: readonly ExecutionStatus[]
  /** Doing it twice does what doing it once does: a server may end between the deed and the note of it. */
  apply(scope: OrgScope, executionId: string, bulkId: string): Promise<unknown>
}

const CHUNK = 100
const AT_ONCE = 8
/** What takes longer continues in the background. */
const ANSWER_AFTER_MS = 2000

/** Acts on all runs of a filter. Which they are is decided at the start: runs that it starts are not among them. */
export class Bulk {
  readonly #engine: Engine
  readonly #actions: Record<BulkAction, Action>

  constructor({ engine, rerun, continueParked }: BulkOptions) {
    this.#engine = engine
    this.#actions = {
      cancel: {
        permission: 'execution:cancel',
        statuses: statusesFor.cancel.filter((status) => status !== 'CANCELLING'),
        apply: (scope, id) => cancelExecution(engine, scope, id),
      },
      rerun: {
        permission: 'workflow:run',
        statuses: statusesFor.rerun,
        // Inline code has no workflow to start again.
        narrow: { ofWorkflow: true },
        apply: async (scope, id, bulkId) =>
          rerun(scope, await requireRun(scope, engine.db, id), `bulk/${bulkId}/${id}`),
      },
      continue: {
        permission: 'workflow:run',
        statuses: ['SUSPENDED'],
        narrow: { parked: true },
        apply: async (scope, id) => continueParked(scope, await requireRun(scope, engine.db, id)),
      },
    }
  }

  async start(
    scope: OrgScope,
    name: BulkAction,
    filter: ExecutionFilter,
    dryRun: boolean,
  ): Promise<BulkProgress> {
    const action = this.#actions[name]
    requirePermission(scope, action.permission)
    const narrowed = {
      ...filter,
      status: (filter.status ?? action.statuses).filter((one) => action.statuses.includes(one)),
      ...action.narrow,
    }
    const { db } = this.#engine
    const matched = await countRuns(scope, db, narrowed)
    if (dryRun)
      return { id: null, action: name, status: 'counted', matched, done: 0, failed_count: 0, failed: [] }
    if (matched > limits.bulkRunsMax)
      throw validationError([
        {
          field: 'filter',
          message: `finds ${matched} runs, and at most ${limits.bulkRunsMax} can be handled at once; narrow it, for instance by time`,
        },
      ])
    const id = this.#engine.newId()
    await insertBulk(scope, db, { id, action: name, filter: narrowed })
    await audit(db.as(scope).query, scope, {
      action: `execution.bulk_${name}`,
      target: { type: 'bulk_action', id },
      after: { matched, filter: JSON.parse(JSON.stringify(narrowed)) as Json },
    })
    const work = this.#work(scope, id)
    await Promise.race([work, new Promise((resolve) => setTimeout(resolve, ANSWER_AFTER_MS).unref())])
    return this.progress(scope, id)
  }

  /** How far it is. Asking takes it up again when the server that was at it went away. */
  async progress(scope: OrgScope, id: string): Promise<BulkProgress> {
    const row = await findBulk(scope, this.#engine.db, id)
    if (!row) throw new AppError('not_found', 'There is no such action.')
    if (row.abandoned) void this.#work(scope, id)
    return progressOf(row)
  }

  async #work(scope: OrgScope, id: string): Promise<void> {
    const { db, log } = this.#engine
    try {
      for (;;) {
        const chunk = await takeBulk(scope, db, id, CHUNK)
        if (!chunk) return
        const { apply } = this.#actions[chunk.action]
        const failed: BulkProgress['failed'] = []
        const waiting = [...chunk.targets]
        const one = async () => {
          for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
            const reason = await apply(scope, target, id).then(() => null, textOf)
            if (reason !== null) failed.push({ execution_id: target, message: reason })
          }
        }
        await Promise.all(Array.from({ length: AT_ONCE }, one))
        await advanceBulk(scope, db, id, { ...chunk, failed })
      }
    } catch (error) {
      // It is taken up again when its progress is asked for.
      log.error({ err: error, bulk: id }, 'a bulk action was interrupted')
    }
  }
}

const textOf = (error: unknown): string =>
  error instanceof AppError ? error.message : 'An internal error occurred.'

const progressOf = (row: BulkRow): BulkProgress => ({
  id: row.id,
  action: row.action,
  status: row.ended_at ? 'done' : 'running',
  matched: row.matched,
  done: row.done,
  failed_count: row.failed_count,
  failed: row.failed,
})
