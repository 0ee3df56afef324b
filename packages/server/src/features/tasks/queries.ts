import type { Json, TaskActivity, TaskStatus } from '@bifrost/contract'
import type { Database, Query } from '../../platform/database.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { isAdmin, isWaiting, type TaskDetailRow, type TaskRow } from './rows.ts'

const SUMMARY = `t.id, t.execution_id, e.workflow_name, t.key, t.name, t.title, t.status,
  t.assignee_user, person_name(t.assignee_user) as assignee_name, t.assignee_role,
  t.claimed_by, person_name(t.claimed_by) as claimed_name,
  t.created_at, t.due_at, t.expires_at, t.closed_at, t.closed_by, person_name(t.closed_by) as closed_name`

const FROM = 'from tasks t join executions e on e.id = t.execution_id'

/** The screens of the run that were answered and still count: what a sent-back run does again has lost its step. */
const EARLIER = `coalesce((
  select json_agg(json_build_object('key', b.key, 'title', b.title, 'closed_by', b.closed_by,
    'closed_name', person_name(b.closed_by), 'at', b.closed_at) order by s.ordinal)
  from execution_steps s join lateral (
    select * from tasks where execution_id = s.execution_id and key = s.key order by id desc limit 1
  ) b on b.status = 'done'
  where s.execution_id = t.execution_id and s.kind = 'screen' and s.status = 'completed'
), '[]') as earlier`

type Param = (value: unknown) => string

/** All of the organization for those who may debug its runs; else what is theirs, or could be. */
function visible(scope: OrgScope, param: Param): string {
  const own = `t.org_id = ${param(scope.orgId)}`
  if (may(scope, 'execution:debug')) return own
  const me = param(scope.userId)
  // What is for everybody is for everybody of the house.
  const forAll = scope.role === 'external' ? '' : ' or (t.assignee_user is null and t.assignee_role is null)'
  return `${own} and (t.assignee_user = ${me} or t.claimed_by = ${me} or t.closed_by = ${me}
    or t.assignee_role = ${param(scope.role)}${forAll}
    or exists (select from executions r where r.id = t.execution_id and r.user_id = ${me}))`
}

const isMine = (scope: OrgScope, param: Param) => {
  const me = param(scope.userId)
  return `(t.claimed_by = ${me} or t.closed_by = ${me} or (t.claimed_by is null and t.assignee_user = ${me}))`
}

/** It is unclaimed, assigned to no one in particular, and this person could claim it. */
const isFree = (scope: OrgScope, param: Param) =>
  `(t.status = 'open' and t.assignee_user is null${
    isAdmin(scope) ? '' : ` and (t.assignee_role is null or t.assignee_role = ${param(scope.role)})`
  })`

export interface TaskFilter {
  status: TaskStatus[]
  assignee: 'me' | 'unclaimed' | 'all'
  execution?: string | undefined
  /** The last row of the page before. */
  after: { due: string | null; id: string } | null
  limit: number
}

/** Tasks that wait come by when they are due, others newest first. */
export async function listTasks(scope: OrgScope, db: Database, filter: TaskFilter): Promise<TaskRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [visible(scope, param), `t.status = any(${param(filter.status)})`]
  if (filter.assignee === 'me') conditions.push(isMine(scope, param))
  if (filter.assignee === 'unclaimed') conditions.push(isFree(scope, param))
  if (filter.execution) conditions.push(`t.execution_id = ${param(filter.execution)}`)
  const byDue = filter.status.every(isWaiting)
  // Said in the words of the index, which holds one of the two kinds.
  if (byDue) conditions.push(`t.status in ('open', 'claimed')`)
  else if (!filter.status.some(isWaiting)) conditions.push(`t.status not in ('open', 'claimed')`)
  const { after } = filter
  if (after && byDue)
    conditions.push(
      `(coalesce(t.due_at, 'infinity'), t.id) > (coalesce(${param(after.due)}::timestamptz, 'infinity'), ${param(after.id)}::uuid)`,
    )
  else if (after) conditions.push(`t.id < ${param(after.id)}`)
  return db.as(scope).query<TaskRow>(
    `select ${SUMMARY} ${FROM} where ${conditions.join(' and ')}
     order by ${byDue ? `coalesce(t.due_at, 'infinity'), t.id` : 't.id desc'} limit ${param(filter.limit)}`,
    values,
  )
}

export async function countTasks(scope: OrgScope, db: Database) {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const own = visible(scope, param)
  const mine = isMine(scope, param)
  const free = isFree(scope, param)
  const [row] = await db.as(scope).query<{ mine: number; unclaimed: number; overdue: number }>(
    `select count(*) filter (where ${mine})::int as mine, count(*) filter (where ${free})::int as unclaimed,
       count(*) filter (where t.due_at < engine_now() and (${mine} or ${free}))::int as overdue
     from tasks t where ${own} and t.status in ('open', 'claimed')`,
    values,
  )
  return row ?? { mine: 0, unclaimed: 0, overdue: 0 }
}

export async function findTask(scope: OrgScope, query: Query, id: string): Promise<TaskDetailRow | null> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [visible(scope, param), `t.id = ${param(id)}`]
  const [row] = await query<TaskDetailRow>(
    `select ${SUMMARY}, t.description, t.component, t.props, t.fields, t.draft, t.output, t.escalate_at, t.activity, ${EARLIER}
     ${FROM} where ${conditions.join(' and ')}`,
    values,
  )
  return row ?? null
}

/** Which component a task shows, and of which code. */
export async function findScreen(
  scope: OrgScope,
  db: Database,
  id: string,
): Promise<{ component: string; code_version: string } | null> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [visible(scope, param), `t.id = ${param(id)}`, 't.component is not null']
  const [row] = await db
    .as(scope)
    .query<{ component: string; code_version: string }>(
      `select t.component, e.code_version ${FROM} where ${conditions.join(' and ')}`,
      values,
    )
  return row ?? null
}

/** What is added to the story of a task. */
export const said = (scope: OrgScope, action: TaskActivity['action'], text: string | null = null): string =>
  JSON.stringify([
    {
      at: new Date().toISOString(),
      by: scope.userId === null ? null : { id: scope.userId, name: scope.name ?? scope.email ?? '' },
      action,
      text,
    },
  ])

/** Compare and set: false when the task has another status by now. */
export async function claim(scope: OrgScope, db: Database, id: string): Promise<boolean> {
  const rows = await db.as(scope).query(
    `update tasks set status = 'claimed', claimed_by = $3, activity = activity || $4::jsonb
     where id = $1 and org_id = $2 and status = 'open' returning id`,
    [id, scope.orgId, scope.userId, said(scope, 'claimed')],
  )
  return rows.length === 1
}

export async function release(scope: OrgScope, db: Database, id: string): Promise<boolean> {
  const rows = await db.as(scope).query(
    `update tasks set status = 'open', claimed_by = null, activity = activity || $3::jsonb
     where id = $1 and org_id = $2 and status = 'claimed' and (claimed_by = $4 or $5) returning id`,
    [id, scope.orgId, said(scope, 'released'), scope.userId, isAdmin(scope)],
  )
  return rows.length === 1
}

export async function addComment(
  scope: OrgScope,
  db: Database,
  id: string,
  text: string,
  countMax: number,
): Promise<boolean> {
  const rows = await db.as(scope).query(
    `update tasks set activity = activity || $3::jsonb
     where id = $1 and org_id = $2 and jsonb_array_length(jsonb_path_query_array(activity, '$[*] ? (@.action == "commented")')) < $4
     returning id`,
    [id, scope.orgId, said(scope, 'commented', text), countMax],
  )
  return rows.length === 1
}

export async function keepDraft(scope: OrgScope, db: Database, id: string, draft: Json): Promise<boolean> {
  const rows = await db.as(scope).query(
    `update tasks set draft = $3 where id = $1 and org_id = $2
       and (status = 'open' or status = 'claimed' and (claimed_by = $4 or $5)) returning id`,
    [id, scope.orgId, JSON.stringify(draft), scope.userId, isAdmin(scope)],
  )
  return rows.length === 1
}

/** Closes the task of a wait that the caller holds and is about to answer. */
export async function close(
  scope: OrgScope,
  query: Query,
  id: string,
  status: 'done' | 'cancelled',
  output: string | null,
  comment: string | null,
  action: 'completed' | 'cancelled' | 'sent_back' = status === 'done' ? 'completed' : 'cancelled',
): Promise<void> {
  await query(
    `update tasks set status = $3, output = $4, draft = null, notice = null, closed_at = engine_now(), closed_by = $5,
       activity = activity || $6::jsonb
     where id = $1 and org_id = $2`,
    [id, scope.orgId, status, output, scope.userId, said(scope, action, comment)],
  )
}

/** Says on an earlier task of the run why it comes back; the person who gets it again reads that. */
export async function noteSentBack(
  scope: OrgScope,
  query: Query,
  executionId: string,
  key: string,
  comment: string,
): Promise<void> {
  await query(
    `update tasks set activity = activity || $4::jsonb where id = (
       select id from tasks where execution_id = $1 and org_id = $2 and key = $3 order by id desc limit 1
     )`,
    [executionId, scope.orgId, key, said(scope, 'sent_back', comment)],
  )
}

/** People of the organization by email address or id. */
export async function findPerson(scope: OrgScope, db: Database, emailOrId: string): Promise<string | null> {
  const [row] = await db
    .as(scope)
    .query<{ id: string }>(
      `select id from users where org_id = $1 and is_active and (lower(email) = lower($2) or id::text = $2)`,
      [scope.orgId, emailOrId],
    )
  return row?.id ?? null
}
