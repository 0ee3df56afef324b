import {
  type AccountRole,
  type Json,
  type Parameter,
  roleMay,
  type Task,
  type TaskAction,
  type TaskActivity,
  type TaskStatus,
  type TaskSummary,
} from '@bifrost/contract'
import type { OrgScope } from '../../platform/scope.ts'

export interface TaskRow {
  id: string
  execution_id: string
  workflow_name: string
  key: string
  name: string
  title: string
  status: TaskStatus
  assignee_user: string | null
  assignee_name: string | null
  assignee_role: AccountRole | null
  claimed_by: string | null
  claimed_name: string | null
  created_at: Date
  due_at: Date | null
  expires_at: Date | null
  closed_at: Date | null
  closed_by: string | null
  closed_name: string | null
}

export interface TaskDetailRow extends TaskRow {
  description: string | null
  component: string | null
  props: Json
  fields: Parameter[] | null
  draft: Json
  output: Json
  escalate_at: Date | null
  activity: TaskActivity[]
  earlier: { key: string; title: string; closed_by: string | null; closed_name: string | null; at: string }[]
}

type Rights = Pick<TaskRow, 'status' | 'assignee_user' | 'assignee_role' | 'claimed_by'>

/** The run still waits for it. */
export const isWaiting = (status: TaskStatus): boolean => status === 'open' || status === 'claimed'

/** Administrators may do every task of their organization. */
export const isAdmin = ({ role }: Pick<OrgScope, 'role'>): boolean =>
  role === 'org_admin' || role === 'platform_admin'

/** Whether it was given to this person; no assignee means everybody. */
const isFor = (scope: OrgScope, task: Rights): boolean =>
  (task.assignee_user === null && task.assignee_role === null) ||
  (task.assignee_user !== null && task.assignee_user === scope.userId) ||
  task.assignee_role === scope.role

/** What a person may do with a task now. Buttons and the server read the same table. */
export function actionsOf(scope: OrgScope, task: Rights): TaskAction[] {
  if (!roleMay(scope.role, 'task:work')) return []
  const admin = isAdmin(scope)
  const mine = task.claimed_by !== null && task.claimed_by === scope.userId
  switch (task.status) {
    case 'open':
      return admin || isFor(scope, task)
        ? ['claim', 'complete', 'cancel', 'send_back', 'comment']
        : ['comment']
    case 'claimed':
      return mine || admin ? ['release', 'complete', 'cancel', 'send_back', 'comment'] : ['comment']
    case 'done':
    case 'cancelled':
    case 'expired':
      return []
  }
}

const iso = (date: Date | null) => date?.toISOString() ?? null
const person = (id: string | null, name: string | null) =>
  id === null ? null : { id, name: name ?? 'Former user' }

export const summaryOf = (scope: OrgScope, row: TaskRow): TaskSummary => ({
  id: row.id,
  execution_id: row.execution_id,
  workflow_name: row.workflow_name,
  key: row.key,
  name: row.name,
  title: row.title,
  status: row.status,
  assignee: { user: person(row.assignee_user, row.assignee_name), role: row.assignee_role },
  claimed_by: person(row.claimed_by, row.claimed_name),
  created_at: row.created_at.toISOString(),
  due_at: iso(row.due_at),
  expires_at: iso(row.expires_at),
  closed_at: iso(row.closed_at),
  closed_by: person(row.closed_by, row.closed_name),
  actions: actionsOf(scope, row),
})

export function taskOf(scope: OrgScope, row: TaskDetailRow): Task {
  const summary = summaryOf(scope, row)
  return {
    ...summary,
    actions: summary.actions.filter((action) => action !== 'send_back' || row.earlier.length > 0),
    description: row.description,
    component: row.component,
    props: row.props,
    fields: row.fields,
    draft: row.draft,
    output: row.output,
    escalates_at: iso(row.escalate_at),
    activity: row.activity.map((one) => ({ ...one, at: new Date(one.at).toISOString() })),
    earlier: row.earlier.map(({ key, title, closed_by, closed_name, at }) => ({
      key,
      title,
      closed_by: person(closed_by, closed_name),
      closed_at: new Date(at).toISOString(),
    })),
  }
}
