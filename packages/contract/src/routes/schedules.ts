import { z } from 'zod'
import { Json } from '../parameters.ts'
import { route } from '../route.ts'
import { ExecutionStatus } from '../statuses.ts'
import { ScheduleCatchUp, ScheduleOverlap, WorkflowStatus } from '../workflow.ts'
import { Cursor, Id, Limit, Nothing, page } from './common.ts'

const tag = 'Schedules'

const Cron = z.string().max(200).describe('Five fields: minute, hour, day of month, month, day of week')
const Timezone = z.string().max(100).describe('IANA name, such as Europe/Berlin; UTC when absent')
const Input = z.record(z.string(), Json).describe('One member per parameter of the workflow')

/**
 * What became of a fire time. `waiting`: its run starts when the run before has ended; `started`: it has a run; `skipped`:
 * it has none, and `reason` says why.
 */
export const ScheduleFireTime = z.object({
  fire_time: z.iso.datetime(),
  /** `on_time`: came in time; `catch_up`: came late, after a downtime; `manual`: a person pressed "Run now". */
  kind: z.enum(['on_time', 'catch_up', 'manual']),
  status: z.enum(['waiting', 'started', 'skipped']),
  reason: z.string().nullable(),
  /** Fire times that were skipped together, this one the first. */
  count: z.int(),
  execution: z.object({ id: z.uuid(), status: ExecutionStatus }).nullable(),
})
export type ScheduleFireTime = z.infer<typeof ScheduleFireTime>

/** When a workflow runs by itself. */
export const Schedule = z.object({
  id: z.uuid(),
  workflow: z.object({ id: z.uuid(), name: z.string(), path: z.string(), status: WorkflowStatus }),
  /** `code`: the workflow's file declares it, and only the file can change it; `api`: a person or a program created it. */
  source: z.enum(['code', 'api']),
  cron: z.string(),
  timezone: z.string(),
  /** The two as a sentence. */
  text: z.string(),
  overlap: ScheduleOverlap,
  catch_up: ScheduleCatchUp,
  input: z.record(z.string(), Json),
  paused: z.boolean(),
  /** The next fire times, at most five; none while it is paused. */
  next: z.array(z.iso.datetime()),
  /** The latest fire time that came. */
  last: ScheduleFireTime.nullable(),
  /** The person its runs act as: the one who made it, or who last changed what it does. Null for one that a file declares. */
  runs_as: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
})
export type Schedule = z.infer<typeof Schedule>

export const scheduleRoutes = {
  listSchedules: route({
    method: 'GET',
    path: '/api/schedules',
    permission: 'schedule:read',
    tag,
    summary: 'List schedules: those declared in files and those created here',
    query: z.strictObject({
      workflow: z.string().max(200).optional().describe('ID or name of a workflow'),
      cursor: Cursor.optional(),
      limit: Limit.optional(),
    }),
    response: page(Schedule),
  }),
  getSchedule: route({
    method: 'GET',
    path: '/api/schedules/{id}',
    permission: 'schedule:read',
    tag,
    summary: 'Get one schedule',
    params: Id,
    response: Schedule,
  }),
  createSchedule: route({
    method: 'POST',
    path: '/api/schedules',
    permission: 'schedule:write',
    tag,
    summary: 'Create a schedule for a workflow, with an input',
    description: 'Its runs act as you. When absent, `overlap` is skip and `catch_up` is latest.',
    status: 201,
    body: z.strictObject({
      workflow: z.string().min(1).max(200).describe('ID or name of a workflow'),
      cron: Cron,
      timezone: Timezone.optional(),
      overlap: ScheduleOverlap.optional(),
      catch_up: ScheduleCatchUp.optional(),
      input: Input.optional(),
      paused: z.boolean().optional(),
    }),
    response: Schedule,
  }),
  updateSchedule: route({
    method: 'PATCH',
    path: '/api/schedules/{id}',
    permission: 'schedule:write',
    tag,
    summary: 'Update, pause or resume a schedule',
    description:
      'Of a schedule that a file declares, only `paused` can change (409 otherwise). Fire times that pass while it is paused are lost. After any other change, its runs act as you.',
    params: Id,
    body: z.strictObject({
      cron: Cron.optional(),
      timezone: Timezone.optional(),
      overlap: ScheduleOverlap.optional(),
      catch_up: ScheduleCatchUp.optional(),
      input: Input.optional(),
      paused: z.boolean().optional(),
    }),
    response: Schedule,
  }),
  deleteSchedule: route({
    method: 'DELETE',
    path: '/api/schedules/{id}',
    permission: 'schedule:write',
    tag,
    summary: 'Delete a schedule; its runs are kept',
    description: 'A schedule that a file declares answers 409: remove it from the file, or pause it.',
    params: Id,
    status: 204,
    response: Nothing,
  }),
  runSchedule: route({
    method: 'POST',
    path: '/api/schedules/{id}/run',
    permission: 'schedule:write',
    tag,
    summary: 'Run a schedule now, as you, even when it is paused',
    params: Id,
    status: 202,
    response: z.object({ execution_id: z.uuid(), status: ExecutionStatus }),
  }),
  listScheduleFireTimes: route({
    method: 'GET',
    path: '/api/schedules/{id}/fire-times',
    permission: 'schedule:read',
    tag,
    summary: 'List the fire times of a schedule with their runs, latest first',
    params: Id,
    query: z.strictObject({ limit: Limit.optional() }),
    response: z.object({ items: z.array(ScheduleFireTime) }),
  }),
  previewSchedule: route({
    method: 'POST',
    path: '/api/schedules/preview',
    permission: 'schedule:read',
    tag,
    summary: 'Explain a cron expression in words, with its next five fire times',
    description: '`warning` says what a clock change (daylight saving time) does to it within a year.',
    body: z.strictObject({ cron: Cron, timezone: Timezone.optional() }),
    response: z.object({
      text: z.string(),
      next: z.array(z.iso.datetime()),
      warning: z.string().nullable(),
    }),
  }),
} as const
