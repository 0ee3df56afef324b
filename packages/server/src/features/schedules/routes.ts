import { AppError, limits, routes } from '@bifrost/contract'
import { type Engine, scheduleOrigin } from '../../engine/engine.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { RunStarter } from '../workflows/workflows.ts'
import { insertManualFireTime, listFireTimes, listSchedules } from './queries.ts'
import { change, create, find, fireTimeOf, preview, remove, scheduleOf } from './schedules.ts'

export interface ScheduleRouteOptions {
  engine: Engine
  workspace: WorkflowCatalog
  starter: RunStarter
}

export function scheduleRoutes({ engine, workspace, starter }: ScheduleRouteOptions): Implementation[] {
  const { db, notifier } = engine
  const changed = async (scope: OrgScope, id: string) => {
    notifier.publish('schedules')
    return scheduleOf(await find(scope, db, id))
  }

  return [
    implement(routes.listSchedules, async (scope, { query }) => {
      const limit = query.limit ?? limits.pageSizeDefault
      if (query.cursor !== undefined && !/^[0-9a-f-]{36}$/i.test(query.cursor))
        throw new AppError('validation_failed', 'cursor: is not the next_cursor of a page', [
          { field: 'cursor', message: 'is not the next_cursor of a page' },
        ])
      const rows = await listSchedules(scope, db.as(scope).query, {
        workflow: query.workflow,
        after: query.cursor,
        limit: limit + 1,
      })
      const items = rows.slice(0, limit)
      return {
        items: items.map(scheduleOf),
        next_cursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null,
      }
    }),
    implement(routes.getSchedule, async (scope, { params }) => scheduleOf(await find(scope, db, params.id))),
    implement(routes.createSchedule, async (scope, { body }) =>
      changed(scope, await create(scope, db, workspace, body)),
    ),
    implement(routes.updateSchedule, async (scope, { params, body }) => {
      await change(scope, db, workspace, params.id, body)
      return changed(scope, params.id)
    }),
    implement(routes.deleteSchedule, async (scope, { params }) => {
      await remove(scope, db, params.id)
      return null
    }),
    implement(routes.runSchedule, async (scope, { params }) => {
      const { id, workflow_id, input } = await find(scope, db, params.id)
      const { executionId, status } = await starter.start(scope, workflow_id, {
        input,
        trigger: 'schedule',
        origin: scheduleOrigin(id),
        exemptFromQuotas: true,
      })
      await insertManualFireTime(scope, db.as(scope).query, id, executionId)
      return { execution_id: executionId, status }
    }),
    implement(routes.listScheduleFireTimes, async (scope, { params, query }) => {
      await find(scope, db, params.id)
      const rows = await listFireTimes(
        scope,
        db.as(scope).query,
        params.id,
        query.limit ?? limits.pageSizeDefault,
      )
      return { items: rows.flatMap((row) => fireTimeOf(row) ?? []) }
    }),
    implement(routes.previewSchedule, async (_scope, { body }) =>
      preview({ cron: body.cron, timezone: body.timezone ?? 'UTC' }, new Date()),
    ),
  ]
}
