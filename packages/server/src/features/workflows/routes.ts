import { AppError, limits, routes, type WorkflowSummary } from '@bifrost/contract'
import { type Engine, startExecution } from '../../engine/engine.ts'
import { audit } from '../../platform/audit.ts'
import { type Exchange, type Implementation, implement } from '../../platform/http/implement.ts'
import { listScope, may, mayAskLists, type OrgScope } from '../../platform/scope.ts'
import { isDurable } from '../../workspace/code-versions.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import type { Workspace } from '../../workspace/workspace.ts'
import { executionDetails, forgetExecution, lastExecutions } from '../executions/executions.ts'
import type { FileLocations } from '../files/files.ts'
import type { UsableWorkflows } from './access.ts'
import { createWorkflow, deleteWorkflow, updateWorkflow } from './edit.ts'
import type { Executor } from './execute.ts'
import { plannedTime, type RunStarter } from './start-run.ts'
import { triggerOf } from './trigger.ts'
import { summaryOf, workflowOf } from './view.ts'

export interface WorkflowRouteOptions {
  engine: Engine
  workspace: Workspace
  locations: FileLocations
  starter: RunStarter
  executor: Executor
  usable: UsableWorkflows
  /** What would be left without its workflow, in words. */
  usedBy(scope: OrgScope, workflowId: string): Promise<string[]>
}

export function workflowRoutes({
  engine,
  workspace,
  locations,
  starter,
  executor,
  usable,
  usedBy,
}: WorkflowRouteOptions): Implementation[] {
  const filesOf = (scope: OrgScope) => locations.at(scope, 'workspace')
  const lastOf = async (scope: OrgScope, rows: WorkflowRow[]) => {
    const found = await lastExecutions(
      scope,
      engine.db,
      rows.map((row) => row.id),
    )
    return new Map(
      found.map(({ workflow_id, id, status, created_at }) => [
        workflow_id,
        { id, status, created_at: created_at.toISOString() },
      ]),
    )
  }
  const whole = async (scope: OrgScope, row: WorkflowRow) => {
    const [last, shows] = await Promise.all([lastOf(scope, [row]), locations.shows(scope)])
    return workflowOf(row, last.get(row.id) ?? null, may(scope, 'file:read') && shows(row.path))
  }
  /** What is seen here; or, for administrators of the platform who ask, what one owner has. */
  const rowsFor = async (scope: OrgScope, asked: string | undefined): Promise<WorkflowRow[]> => {
    if (asked === undefined || !mayAskLists(scope)) return usable.list(scope)
    const list = listScope(scope, asked)
    return workspace
      .ownedBy(list.kind === 'org' ? list.orgId : null)
      .toSorted((a, b) => (a.definition.name < b.definition.name ? -1 : 1))
  }
  /** People who work on the whole workspace have no folder of their own. */
  const problemsFor = async (scope: OrgScope) =>
    workspace.problems((await locations.ownFolder(scope)) === '' ? undefined : scope)
  const note = (scope: OrgScope, action: string, row: WorkflowRow) =>
    audit(engine.db.as(scope).query, scope, {
      action,
      target: { type: 'workflow', id: row.id, name: row.definition.name },
      after: { path: row.path },
    })
  const answerOf = (scope: OrgScope, executionId: string, { reply }: Exchange) =>
    executor.answerOf(scope, executionId, reply.raw)

  return [
    implement(routes.listWorkflows, async (scope, { query }) => {
      const isComplete = query.refresh && may(scope, 'workflow:write') ? await workspace.refresh(scope) : true
      const limit = query.limit ?? limits.pageSizeMax
      const matching = (await rowsFor(scope, query.scope)).filter((row) => matches(row, query))
      const start = query.cursor ? matching.findIndex((row) => row.definition.name > (query.cursor ?? '')) : 0
      const page = start === -1 ? [] : matching.slice(start, start + limit)
      const last = await lastOf(scope, page)
      const shows = await locations.shows(scope)
      const more = start !== -1 && start + limit < matching.length
      return {
        items: page.map((row): WorkflowSummary => summaryOf(row, last.get(row.id) ?? null)),
        // They name files, which are for those who build.
        problems: may(scope, 'file:read')
          ? (await problemsFor(scope)).filter((note) => shows(note.path))
          : [],
        next_cursor: more ? (page.at(-1)?.definition.name ?? null) : null,
        is_complete: isComplete,
      }
    }),
    implement(routes.getWorkflow, async (scope, { params }) =>
      whole(scope, await usable.find(scope, params.id)),
    ),
    implement(routes.getWorkflowAccess, (scope, { params }) => usable.access(scope, params.id)),
    implement(routes.setWorkflowAccess, (scope, { params, body }) =>
      usable.setAccess(scope, params.id, body),
    ),
    implement(routes.getWorkflowSource, async (scope, { params }) => {
      const row = await workspace.find(scope, params.id)
      const files = await filesOf(scope)
      const content = (await files.read(row.path)).toString('utf8')
      return { path: row.path, line: row.status === 'active' ? row.definition.line : null, content }
    }),
    implement(routes.createWorkflow, async (scope, { body }) => {
      const folder = await locations.ownFolder(scope)
      const row = await createWorkflow(scope, workspace, await filesOf(scope), folder, body)
      await note(scope, 'workflow.create', row)
      return whole(scope, row)
    }),
    implement(routes.updateWorkflow, async (scope, { params, body }) => {
      const found = await workspace.find(scope, params.id)
      const row = await updateWorkflow(scope, workspace, await filesOf(scope), found, body)
      await note(scope, 'workflow.update', row)
      return whole(scope, row)
    }),
    implement(routes.deleteWorkflow, async (scope, { params }) => {
      const row = await workspace.find(scope, params.id)
      const files = await filesOf(scope)
      await files.requireWrite(row.path)
      const uses = await usedBy(scope, row.id)
      if (uses.length > 0)
        throw new AppError('conflict', `${row.definition.name} is used by ${uses.join(', ')}.`, {
          used_by: uses,
        })
      await deleteWorkflow(workspace, files, row)
      await note(scope, 'workflow.delete', row)
      return null
    }),
    implement(routes.executeWorkflow, (scope, { params, body }, { request, reply }) =>
      executor.execute(
        scope,
        params.id,
        { input: body.input, trigger: triggerOf(request.headers) },
        reply.raw,
      ),
    ),
    implement(routes.runWorkflow, async (scope, { params, body }, { request }) => {
      const { executionId, status, duplicate } = await starter.start(scope, params.id, {
        input: body.input,
        trigger: triggerOf(request.headers),
        scheduledAt: plannedTime(body, new Date()),
        idempotencyKey: body.idempotency_key,
        priority: body.priority,
      })
      return { execution_id: executionId, status, duplicate }
    }),
    implement(routes.testWorkflow, async (scope, { params, body }, exchange) => {
      const { executionId } = await starter.start(scope, params.id, { input: body.input, trigger: 'test' })
      const answer = await answerOf(scope, executionId, exchange)
      const details = await executionDetails(scope, engine.db, executionId)
      await forgetExecution(scope, engine.db, executionId)
      return { ...answer, ...details }
    }),
    implement(routes.executeCode, async (scope, { body }, exchange) => {
      const { version, source } = await workspace.bundleCode(scope, body.code, body.language)
      const { executionId } = await startExecution(engine, scope, {
        workflowId: null,
        workflowName: 'code',
        type: 'code',
        trigger: 'code',
        codeVersion: version,
        durable: isDurable(source),
        input: (body.input ?? {}) as Record<string, never>,
        timeoutMs: (body.timeout_seconds ?? limits.timeoutSecondsDefault) * 1000,
        retryPolicy: null,
        timeSaved: 0,
        value: 0,
        scheduledAt: null,
        idempotencyKey: null,
        parent: null,
      })
      await audit(engine.db.as(scope).query, scope, {
        action: 'code.execute',
        target: { type: 'execution', id: executionId },
      })
      const answer = await answerOf(scope, executionId, exchange)
      return { ...answer, ...(await executionDetails(scope, engine.db, executionId)) }
    }),
  ]
}

interface ListQuery {
  type?: string | undefined
  category?: string | undefined
  tag?: string | undefined
  search?: string | undefined
  is_tool?: boolean | undefined
  endpoint?: boolean | undefined
  status?: string | undefined
}

function matches({ definition, status }: WorkflowRow, query: ListQuery): boolean {
  // Vanished workflows are shown when the query asks for them.
  if (query.status ? status !== query.status : status === 'missing') return false
  if (query.type && definition.type !== query.type) return false
  if (query.category && definition.category !== query.category) return false
  if (query.tag && !definition.tags.includes(query.tag)) return false
  if (query.is_tool !== undefined && (definition.type === 'tool') !== query.is_tool) return false
  if (query.endpoint !== undefined && definition.endpointEnabled !== query.endpoint) return false
  if (!query.search) return true
  const text = [definition.name, definition.description, definition.category, ...definition.tags]
    .join(' ')
    .toLowerCase()
  return query.search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word))
}
