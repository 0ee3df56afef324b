import type { FormAccess, FormField, FormTexts, Json } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import type { ListScope, OrgScope } from '../../platform/scope.ts'

export interface FormRow {
  id: string
  org_id: string | null
  name: string
  description: string
  workflow_id: string
  launch_workflow_id: string | null
  fields: FormField[]
  texts: FormTexts
  inputs: Record<string, Json>
  access: FormAccess
  allow_schedule: boolean
  is_active: boolean
  version: number
  updated_at: Date
}

/** What can be written of a form. */
export type FormValues = Omit<FormRow, 'id' | 'org_id' | 'version' | 'updated_at'>

const COLUMNS = `f.id, f.org_id, f.name, f.description, f.workflow_id, f.launch_workflow_id, f.fields, f.texts, f.inputs,
  f.access, f.allow_schedule, f.is_active, f.version, f.updated_at`

/** Its own, those of the organizations above it, and the global ones. */
const seenBy = (chain: string) => `(f.org_id = any(${chain}::uuid[]) or f.org_id is null)`

export interface FormFilter {
  search: string | undefined
  workflow: string | undefined
  list: ListScope
  /** Without it: those that the person may use, and that are in use. */
  all: boolean
  granted: readonly string[]
  /** Name and id of the last one of the page before. */
  after: { name: string; id: string } | undefined
  limit: number
}

export async function listForms(scope: OrgScope, query: Query, filter: FormFilter): Promise<FormRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const { list } = filter
  const conditions = ['true']
  if (list.kind === 'global') conditions.push('f.org_id is null')
  else if (list.kind === 'org')
    conditions.push(
      list.orgId === scope.orgId ? seenBy(param(scope.chain)) : `f.org_id = ${param(list.orgId)}`,
    )
  if (!filter.all) {
    const granted = `f.id = any(${param(filter.granted)}::uuid[])`
    conditions.push(
      'f.is_active',
      scope.role === 'external' ? granted : `(f.access = 'authenticated' or ${granted})`,
    )
  }
  if (filter.workflow) conditions.push(`f.workflow_id = ${param(filter.workflow)}`)
  if (filter.search) {
    const pattern = param(likePattern(filter.search))
    conditions.push(`(f.name ilike ${pattern} or f.description ilike ${pattern})`)
  }
  if (filter.after)
    conditions.push(
      `(lower(f.name), f.id) > (lower(${param(filter.after.name)}), ${param(filter.after.id)}::uuid)`,
    )
  return query<FormRow>(
    `select ${COLUMNS} from forms f where ${conditions.join(' and ')} order by lower(f.name), f.id limit ${param(filter.limit)}`,
    values,
  )
}

export async function findForm(scope: OrgScope, query: Query, id: string): Promise<FormRow | null> {
  const [row] = await query<FormRow>(`select ${COLUMNS} from forms f where f.id = $1 and ${seenBy('$2')}`, [
    id,
    scope.chain,
  ])
  return row ?? null
}

export const insertForm = (scope: OrgScope, query: Query, id: string, values: FormValues) =>
  counted(query, 'forms', scope.owner, () =>
    query(
      `insert into forms (id, org_id, created_by, name, description, workflow_id, launch_workflow_id, fields, texts, inputs,
       access, allow_schedule, is_active)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      [id, scope.owner, scope.userId, ...columnsOf(values)],
    ),
  )

/** False when it was changed since. */
export async function updateForm(
  scope: OrgScope,
  query: Query,
  id: string,
  version: number,
  values: FormValues,
): Promise<boolean> {
  const rows = await query(
    `update forms set name = $4, description = $5, workflow_id = $6, launch_workflow_id = $7, fields = $8, texts = $9,
       inputs = $10, access = $11, allow_schedule = $12, is_active = $13, version = version + 1, updated_at = now()
     where id = $1 and org_id is not distinct from $2 and version = $3 returning id`,
    [id, scope.owner, version, ...columnsOf(values)],
  )
  return rows.length === 1
}

const columnsOf = (values: FormValues) => [
  values.name,
  values.description,
  values.workflow_id,
  values.launch_workflow_id,
  JSON.stringify(values.fields),
  JSON.stringify(values.texts),
  JSON.stringify(values.inputs),
  values.access,
  values.allow_schedule,
  values.is_active,
]

export const deleteForm = (scope: OrgScope, query: Query, id: string) =>
  query(
    `with gone as (delete from forms where id = $1 and org_id is not distinct from $2 returning id)
     delete from role_grants g using gone where g.kind = 'form' and g.resource_id = gone.id`,
    [id, scope.owner],
  )

/** The roles that were granted the form. */
export async function readRoleIds(scope: OrgScope, query: Query, id: string): Promise<string[]> {
  const rows = await query<{ role_id: string }>(
    `select g.role_id from role_grants g join roles r on r.id = g.role_id
     where g.kind = 'form' and g.resource_id = $1 and (r.org_id = any($2::uuid[]) or r.org_id is null)
     order by lower(r.name), r.id`,
    [id, scope.chain],
  )
  return rows.map((row) => row.role_id)
}

/** Those of the roles that can be granted something here: its own, those above it, and the global ones. */
export async function knownRoles(
  scope: OrgScope,
  query: Query,
  ids: readonly string[],
): Promise<Set<string>> {
  const rows = await query<{ id: string }>(
    'select id from roles where id = any($1::uuid[]) and (org_id = any($2::uuid[]) or org_id is null)',
    [ids, scope.chain],
  )
  return new Set(rows.map((row) => row.id))
}

export async function writeRoleIds(
  scope: OrgScope,
  query: Query,
  id: string,
  roleIds: readonly string[],
): Promise<void> {
  await query(
    `delete from role_grants where kind = 'form' and resource_id = $1 and not (role_id = any($2::uuid[]))`,
    [id, roleIds],
  )
  await counted(query, 'grants', scope.owner, () =>
    query(
      `insert into role_grants (role_id, kind, resource_id, org_id)
     select role_id, 'form', $1, $3 from unnest($2::uuid[]) as r (role_id) on conflict do nothing`,
      [id, roleIds, scope.owner],
    ),
  )
}
