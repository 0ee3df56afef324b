import { limits, routes, validationError } from '@bifrost/contract'
import { cancelExecution, type Engine, resumeExecution } from '../../engine/engine.ts'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { isUuid } from '../../platform/ids.ts'
import { listScope, type OrgScope } from '../../platform/scope.ts'
import { actFor } from '../../tenancy/act-for.ts'
import type { ForkAnswer, ForkRequest } from '../workflows/workflows.ts'
import { attemptsOf } from './attempts.ts'
import { childrenOf } from './children.ts'
import { noteRun, requireRun } from './executions.ts'
import { graphOfExecution } from './graph.ts'
import { logPage } from './log-page.ts'
import { countExecutions, findVariables, listExecutions } from './queries.ts'
import { type DetailRow, detailOf, summaryOf } from './rows.ts'
import { listSteps } from './steps.ts'
import { streamExecution } from './stream.ts'
import { WatchedRuns } from './watched-run.ts'

export interface ExecutionRouteOptions {
  engine: Engine
  /** The line that a run failed at, in the code that ran. */
  failedLine(scope: OrgScope, row: DetailRow): Promise<string | null>
  /** Starts the workflow of a run again; the input is checked against the workflow as it is now. */
  rerun(
    scope: OrgScope,
    row: DetailRow,
    input: Record<string, unknown> | undefined,
  ): Promise<{ execution_id: string; status: DetailRow['status'] }>
  fork(scope: OrgScope, row: DetailRow, request: ForkRequest): Promise<ForkAnswer>
}

export function executionRoutes({
  engine,
  failedLine,
  rerun,
  fork,
}: ExecutionRouteOptions): Implementation[] {
  const { db } = engine
  const find = (scope: OrgScope, id: string) => requireRun(scope, db, id)
  const watched = new WatchedRuns(engine)

  return [
    implement(routes.listExecutions, async (asking, { query }) => {
      const limit = query.limit ?? limits.pageSizeDefault
      const { cursor, count, limit: _, scope: asked, ...filter } = query
      const scope = await whereAsked(db, asking, asked)
      if (cursor !== undefined && !isUuid(cursor))
        throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
      const [rows, total] = await Promise.all([
        listExecutions(scope, db, { ...filter, before: cursor, limit: limit + 1 }),
        count ? countExecutions(scope, db, filter) : undefined,
      ])
      const items = rows.slice(0, limit)
      return {
        items: items.map((row) => summaryOf(scope, row)),
        next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
        ...(total === undefined ? {} : { total }),
      }
    }),
    implement(routes.listExecutionAttempts, async (scope, { params }) => ({
      items: await attemptsOf(scope, db, await find(scope, params.id)),
    })),
    implement(routes.getExecution, async (scope, { params }) => {
      const row = await find(scope, params.id)
      return detailOf(scope, row, await failedLine(scope, row))
    }),
    implement(routes.getExecutionResult, async (scope, { params }) => {
      const { status, result, result_kind } = await find(scope, params.id)
      return { status, result, result_kind }
    }),
    implement(routes.getExecutionLogs, async (scope, { params, query }) => {
      await find(scope, params.id)
      return logPage(scope, db, params.id, query)
    }),
    implement(routes.getExecutionVariables, async (scope, { params }) => {
      await find(scope, params.id)
      return { variables: await findVariables(scope, db, params.id) }
    }),
    implement(routes.listExecutionSteps, async (scope, { params, query }) => {
      await find(scope, params.id)
      return listSteps(scope, db, params.id, query)
    }),
    implement(routes.getExecutionGraph, async (scope, { params }) => {
      await find(scope, params.id)
      return graphOfExecution(scope, db, params.id)
    }),
    implement(routes.listExecutionChildren, async (scope, { params, query }) => {
      await find(scope, params.id)
      return childrenOf(scope, db, params.id, query)
    }),
    implement(routes.streamExecution, async (scope, { params }, { request, reply }) => {
      await find(scope, params.id)
      await streamExecution({ engine, watched }, scope, params.id, request, reply)
      return undefined
    }),
    implement(routes.cancelExecution, async (scope, { params }) => {
      const row = await find(scope, params.id)
      await cancelExecution(engine, scope, params.id)
      await noteRun(scope, db, 'execution.cancel', row)
      return summaryOf(scope, await find(scope, params.id))
    }),
    implement(routes.resumeExecution, async (scope, { params, body }) => {
      const row = await find(scope, params.id)
      const { step } = await resumeExecution(engine, scope, params.id, body)
      await noteRun(scope, db, 'execution.resume', row, { step })
      return { execution_id: params.id, step }
    }),
    implement(routes.rerunExecution, async (scope, { params, body }) =>
      rerun(scope, await find(scope, params.id), body.input),
    ),
    implement(routes.forkExecution, async (scope, { params, body }) =>
      fork(scope, await find(scope, params.id), body),
    ),
  ]
}

/** Whose runs a list shows: administrators of the platform, at home, may name an organization; for others it counts for nothing. */
async function whereAsked(db: Database, scope: OrgScope, asked: string | undefined): Promise<OrgScope> {
  const list = asked === undefined ? null : listScope(scope, asked)
  return list?.kind === 'org' && list.orgId !== scope.orgId ? actFor(db.query, scope, list.orgId) : scope
}
