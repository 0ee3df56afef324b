import { z } from 'zod'
import { limits } from './limits.ts'
import { Json, Parameter } from './parameters.ts'
import { accountRoles } from './permissions.ts'

/** Where a task stands. `open`: no one has claimed it. `expired`: its time ran out before it was answered. */
export const TaskStatus = z.enum(['open', 'claimed', 'done', 'cancelled', 'expired'])
export type TaskStatus = z.infer<typeof TaskStatus>

/** What a person may do with a task now; the server refuses what is not in the list. */
export const TaskAction = z.enum(['claim', 'release', 'complete', 'cancel', 'send_back', 'comment'])
export type TaskAction = z.infer<typeof TaskAction>

/** Who a task is for: one person, everybody of a role, or (both null) everybody of the organization. */
export const TaskTarget = z.object({ user: z.uuid().nullable(), role: z.enum(accountRoles).nullable() })
export type TaskTarget = z.infer<typeof TaskTarget>

/** A screen as a run asks for it, evaluated once when the run gets there. Times are milliseconds since 1970. */
export const TaskSpec = z.object({
  /** Code makes it of anything; it is stored as a name. */
  title: z.string().max(200),
  description: z.string().max(4000).nullable(),
  /** Path of the React component within the workspace; null for a form made of the fields. */
  component: z.string().max(500).nullable(),
  /** JSON text. */
  props: z.string().max(limits.taskPropsBytesMax),
  /** What the answer must be; null takes any JSON. */
  fields: z.array(Parameter).max(200).nullable(),
  assignee: TaskTarget,
  dueAt: z.number().nullable(),
  escalate: z.object({ at: z.number(), to: TaskTarget }).nullable(),
})
export type TaskSpec = z.infer<typeof TaskSpec>

const Person = z.object({ id: z.uuid(), name: z.string() })

/** Who a task is for, as people read it. */
export const TaskAssignee = z.object({ user: Person.nullable(), role: z.enum(accountRoles).nullable() })
export type TaskAssignee = z.infer<typeof TaskAssignee>

/** One thing that happened to a task; `by` is null when the platform did it. */
export const TaskActivity = z.object({
  at: z.iso.datetime(),
  by: Person.nullable(),
  action: z.enum([
    'created',
    'claimed',
    'released',
    'completed',
    'cancelled',
    'sent_back',
    'commented',
    'reminded',
    'escalated',
    'expired',
    'closed',
  ]),
  text: z.string().nullable(),
})
export type TaskActivity = z.infer<typeof TaskActivity>

/** A task as lists show it. */
export const TaskSummary = z.object({
  id: z.uuid(),
  execution_id: z.uuid(),
  workflow_name: z.string(),
  /** The place in the run: name and occurrence, such as `review#1`. */
  key: z.string(),
  name: z.string(),
  title: z.string(),
  status: TaskStatus,
  assignee: TaskAssignee,
  claimed_by: Person.nullable(),
  created_at: z.iso.datetime(),
  /** When it should be done; nothing but a reminder happens then. */
  due_at: z.iso.datetime().nullable(),
  /** When the run stops waiting for it. */
  expires_at: z.iso.datetime().nullable(),
  closed_at: z.iso.datetime().nullable(),
  closed_by: Person.nullable(),
  /** What the one who asks may do with it now. */
  actions: z.array(TaskAction),
})
export type TaskSummary = z.infer<typeof TaskSummary>

/** A task with what its screen shows. */
export const Task = TaskSummary.extend({
  description: z.string().nullable(),
  /** Path of the React component in the workspace; null: a form made of the fields. */
  component: z.string().nullable(),
  props: Json,
  fields: z.array(Parameter).nullable(),
  /** What a person saved without answering, or what was answered before it was sent back. */
  draft: Json,
  /** The answer, once there is one. */
  output: Json,
  escalates_at: z.iso.datetime().nullable(),
  activity: z.array(TaskActivity),
  /** Screens of the same run that were answered before; the run can be sent back to them. */
  earlier: z.array(
    z.object({
      key: z.string(),
      title: z.string(),
      closed_by: Person.nullable(),
      closed_at: z.iso.datetime(),
    }),
  ),
})
export type Task = z.infer<typeof Task>
