import {
  AppError,
  inputChecker,
  type Json,
  type RouteInput,
  type routes,
  type Schedule,
  type ScheduleFireTime,
  validationError,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { cronProblem, textOf, tidyCron, timezoneProblem } from '../../platform/cron/cron.ts'
import { FireTimes } from '../../platform/cron/fire-times.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import {
  deleteSchedule,
  engineNow,
  type FireTimeRow,
  findSchedule,
  insertSchedule,
  lockSchedule,
  type ScheduleRow,
  type ScheduleValues,
  skipWaiting,
  updateSchedule,
} from './queries.ts'

const PREVIEWED = 5

/** What a cron expression means: in words, its next fire times, and what a change of the clocks will do to it. */
export function preview({ cron, timezone }: { cron: string; timezone: string }, now: Date) {
  const checked = checkTimes({ cron, timezone })
  const fireTimes = new FireTimes(checked)
  return {
    text: textOf(checked),
    next: fireTimes.next(PREVIEWED, now).map((at) => at.toISOString()),
    warning:
      [shortInterval(fireTimes, now), fireTimes.warning(now)].filter((one) => one !== null).join(' ') || null,
  }
}

/** Shorter ones are allowed, and often a mistake for `0 * * * *`. */
const SHORT_INTERVAL_MS = 5 * 60_000

function shortInterval(fireTimes: FireTimes, now: Date): string | null {
  const [first, second] = fireTimes.next(2, now)
  if (!first || !second) return null
  const ms = second.getTime() - first.getTime()
  if (ms >= SHORT_INTERVAL_MS) return null
  const minutes = ms / 60_000
  return `It fires every ${minutes === 1 ? 'minute' : `${minutes} minutes`}: up to ${Math.round(1440 / minutes).toLocaleString('en-US')} runs a day.`
}

function checkTimes({ cron, timezone }: { cron: string; timezone: string }) {
  const problems = [
    { field: 'cron', message: cronProblem(cron) },
    { field: 'timezone', message: timezoneProblem(timezone) },
  ].flatMap(({ field, message }) => (message === null ? [] : [{ field, message }]))
  if (problems.length > 0) throw validationError(problems)
  return { cron: tidyCron(cron), timezone }
}

function checkInput({ definition }: WorkflowRow, input: Record<string, Json>): Record<string, Json> {
  const extra = definition.arguments.some((argument) => argument.kind === 'object' && argument.rest)
  const checked = inputChecker(definition.parameters, extra)(input)
  if (checked.ok) return input
  throw validationError(checked.errors.map(({ field, message }) => ({ field: `input.${field}`, message })))
}

export async function find(scope: OrgScope, db: Database, id: string): Promise<ScheduleRow> {
  const row = await findSchedule(scope, db.as(scope).query, id)
  if (!row) throw new AppError('not_found', 'There is no such schedule.')
  return row
}

export async function create(
  scope: OrgScope,
  db: Database,
  workspace: WorkflowCatalog,
  body: RouteInput<typeof routes.createSchedule>['body'],
): Promise<string> {
  const { timezone = 'UTC', input = {}, paused = false } = body
  const times = checkTimes({ cron: body.cron, timezone })
  const workflow = await workspace.find(scope, body.workflow)
  if (workflow.definition.type === 'data_provider')
    throw validationError([{ field: 'workflow', message: 'is a data provider, which cannot be scheduled' }])
  if (workflow.status === 'missing')
    throw new AppError(
      'workflow_broken',
      `"${workflow.definition.name}" no longer exists: its file does not define it.`,
    )
  checkInput(workflow, input)
  const id = newId()
  await db.as(scope).transaction(async (query) => {
    const now = await engineNow(scope, query)
    await insertSchedule(scope, query, id, workflow.id, {
      ...times,
      overlap: body.overlap ?? 'skip',
      catchUp: body.catch_up ?? 'latest',
      input,
      paused,
      nextAt: paused ? null : new FireTimes(times).after(now),
      userId: scope.userId,
      limitedTo: scope.limitedTo,
    })
    await audit(query, scope, {
      action: 'schedule.create',
      target: { type: 'schedule', id, name: workflow.definition.name },
      after: { ...times, paused },
    })
  })
  return id
}

export async function change(
  scope: OrgScope,
  db: Database,
  workspace: WorkflowCatalog,
  id: string,
  body: RouteInput<typeof routes.updateSchedule>['body'],
): Promise<void> {
  const { paused, ...rest } = body
  const what = Object.values(rest).some((value) => value !== undefined)
  await db.as(scope).transaction(async (query) => {
    await lockSchedule(scope, query, id)
    const row = await findSchedule(scope, query, id)
    if (!row) throw new AppError('not_found', 'There is no such schedule.')
    if (row.source === 'code' && what)
      throw new AppError(
        'conflict',
        `${row.workflow_path} declares this schedule: change it there. You can only pause it here.`,
      )
    const times = checkTimes({ cron: body.cron ?? row.cron, timezone: body.timezone ?? row.timezone })
    if (body.input) checkInput(await workspace.find(scope, row.workflow_id), body.input)
    const values: ScheduleValues = {
      ...times,
      overlap: body.overlap ?? row.overlap,
      catchUp: body.catch_up ?? row.catch_up,
      input: body.input ?? row.input,
      paused: paused ?? row.paused,
      nextAt: null,
      // The person who decides what the runs do answers for it: no one borrows the rights of another person by editing.
      userId: what ? scope.userId : row.user_id,
      limitedTo: what ? scope.limitedTo : row.limited_to,
    }
    const same = row.cron === values.cron && row.timezone === values.timezone && row.paused === values.paused
    if (!values.paused) values.nextAt = same ? row.next_at : new FireTimes(values).after(row.now)
    else await skipWaiting(scope, query, id, 'The schedule was paused.')
    await updateSchedule(scope, query, id, values)
    await audit(query, scope, {
      action: 'schedule.update',
      target: { type: 'schedule', id, name: row.workflow_name },
      before: shownOf({ ...row, catchUp: row.catch_up }),
      after: { ...shownOf(values), ...(body.input ? { input: 'changed' } : {}) },
    })
  })
}

export async function remove(scope: OrgScope, db: Database, id: string): Promise<void> {
  const row = await find(scope, db, id)
  if (row.source === 'code')
    throw new AppError(
      'conflict',
      `${row.workflow_path} declares this schedule: remove the option "schedule" there, or pause it here.`,
    )
  await db.as(scope).transaction(async (query) => {
    await deleteSchedule(scope, query, id)
    await audit(query, scope, {
      action: 'schedule.delete',
      target: { type: 'schedule', id, name: row.workflow_name },
      before: shownOf({ ...row, catchUp: row.catch_up }),
    })
  })
}

const shownOf = ({
  cron,
  timezone,
  overlap,
  catchUp,
  paused,
}: Pick<ScheduleValues, 'cron' | 'timezone' | 'overlap' | 'catchUp' | 'paused'>) => ({
  cron,
  timezone,
  overlap,
  catch_up: catchUp,
  paused,
})

export function scheduleOf(row: ScheduleRow): Schedule {
  const times = { cron: row.cron, timezone: row.timezone }
  return {
    id: row.id,
    workflow: {
      id: row.workflow_id,
      name: row.workflow_name,
      path: row.workflow_path,
      status: row.workflow_status,
    },
    source: row.source,
    ...times,
    text: textOf(times),
    overlap: row.overlap,
    catch_up: row.catch_up,
    input: row.input,
    paused: row.paused,
    next: row.paused ? [] : new FireTimes(times).next(PREVIEWED, row.now).map((at) => at.toISOString()),
    last: fireTimeOf(row),
    runs_as: row.user_id ? { id: row.user_id, name: row.user_name ?? 'Former user' } : null,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  }
}

export const fireTimeOf = (row: FireTimeRow): ScheduleFireTime | null =>
  row.fire_time && {
    fire_time: row.fire_time.toISOString(),
    kind: row.fire_kind,
    status: row.fire_status,
    reason: row.fire_reason,
    count: row.fire_count,
    execution:
      row.execution_id && row.execution_status
        ? { id: row.execution_id, status: row.execution_status }
        : null,
  }
