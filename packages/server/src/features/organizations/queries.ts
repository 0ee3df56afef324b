import type { Query } from '../../platform/database.ts'
import { likePattern } from '../../platform/like-pattern.ts'
import { mayActForSql, type OrgScope } from '../../platform/scope.ts'

// Organizations are no rows of an organization: who sees which is said in each statement.

export interface OrganizationRow {
  id: string
  name: string
  slug: string
  parent_id: string | null
  path: string[]
  is_provider: boolean
  is_active: boolean
  domain: string | null
  created_at: Date
  people: number
  sub_organizations: number
}

const ORGANIZATION = `o.id, o.name, o.slug, o.parent_id, o.path, o.is_provider, o.is_active, o.domain, o.created_at,
  (select count(*)::int from users u where u.org_id = o.id) as people,
  (select count(*)::int from organizations c where c.parent_id = o.id) as sub_organizations`

// Parents come before their children: by the names from the top down, ids where names are the same.
const PLACE = `(select array_agg(lower(a.name) || ' ' || a.id order by p.place desc)
  from unnest(o.path) with ordinality as p (id, place) join organizations a on a.id = p.id)`

export interface OrganizationFilter {
  search?: string | undefined
  is_active?: boolean | undefined
  after?: string | undefined
  limit: number
}

export function listOrganizations(
  scope: OrgScope,
  query: Query,
  filter: OrganizationFilter,
): Promise<OrganizationRow[]> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const conditions = [mayActForSql(scope, param)]
  if (filter.search) conditions.push(`o.name ilike ${param(likePattern(filter.search))}`)
  if (filter.is_active !== undefined) conditions.push(`o.is_active = ${param(filter.is_active)}`)
  if (filter.after)
    conditions.push(`${PLACE} > (select ${PLACE} from organizations o where o.id = ${param(filter.after)})`)
  return query<OrganizationRow>(
    `select ${ORGANIZATION} from organizations o where ${conditions.join(' and ')}
     order by ${PLACE} limit ${param(filter.limit)}`,
    values,
  )
}

export async function findOrganization(
  scope: OrgScope,
  query: Query,
  id: string,
): Promise<OrganizationRow | null> {
  const values: unknown[] = []
  const param = (value: unknown) => `$${values.push(value)}`
  const [row] = await query<OrganizationRow>(
    `select ${ORGANIZATION} from organizations o where ${mayActForSql(scope, param)} and o.id = ${param(id)}`,
    values,
  )
  return row ?? null
}

export async function insertOrganization(
  _scope: OrgScope,
  query: Query,
  organization: { id: string; name: string; parentId: string | null; domain: string | null },
): Promise<void> {
  await query('insert into organizations (id, name, parent_id, domain) values ($1, $2, $3, $4)', [
    organization.id,
    organization.name,
    organization.parentId,
    organization.domain,
  ])
}

/** Who changes the tree does so alone: two moves at once could make a ring of it. */
export async function lockTree(_scope: OrgScope, query: Query): Promise<void> {
  await query('lock table organizations in share row exclusive mode')
}

export async function renameOrganization(
  _scope: OrgScope,
  query: Query,
  id: string,
  name: string,
): Promise<void> {
  await query('update organizations set name = $2 where id = $1', [id, name])
}

export async function setDomain(
  _scope: OrgScope,
  query: Query,
  id: string,
  domain: string | null,
): Promise<void> {
  await query('update organizations set domain = $2 where id = $1', [id, domain])
}

/** With all that is below it. */
export async function moveOrganization(
  _scope: OrgScope,
  query: Query,
  id: string,
  parentId: string | null,
): Promise<void> {
  await query('update organizations set parent_id = $2 where id = $1', [id, parentId])
  await query(
    `update organizations o set path = o.path[1:array_position(o.path, $1::uuid)]
       || coalesce((select p.path from organizations p where p.id = $2), '{}')
     where $1 = any(o.path)`,
    [id, parentId],
  )
}

/** Answers those that were active: the organization and whatever is below it. */
export async function deactivateOrganizations(
  _scope: OrgScope,
  query: Query,
  id: string,
): Promise<{ id: string; name: string }[]> {
  const gone = await query<{ id: string; name: string }>(
    'update organizations set is_active = false where $1 = any(path) and is_active returning id, name',
    [id],
  )
  const ids = gone.map((row) => row.id)
  await query('delete from sessions where org_id = any($1)', [ids])
  return gone
}

export async function reactivateOrganization(_scope: OrgScope, query: Query, id: string): Promise<void> {
  await query('update organizations set is_active = true where id = $1', [id])
}

/** The deepest place below an organization, itself counting as one. */
export async function depthOf(_scope: OrgScope, query: Query, id: string): Promise<number> {
  const [row] = await query<{ depth: number }>(
    'select max(array_position(path, $1::uuid)) as depth from organizations where $1 = any(path)',
    [id],
  )
  return row?.depth ?? 1
}

/**
 * How many organizations the customer has below itself to whose tree `parentId` belongs, and how many would come with
 * `movedId` (null: a new one). Null where nothing comes: below the provider stands a customer of its own, and what moves
 * within a tree is there already.
 */
export async function comingBelowCustomer(
  _scope: OrgScope,
  query: Query,
  parentId: string,
  movedId: string | null,
): Promise<{ below: number; coming: number } | null> {
  const [row] = await query<{ below: number; coming: number }>(
    `select (select count(*)::int from organizations o where o.customer_id = p.customer_id and o.id <> o.customer_id) as below,
       case when $2::uuid is null then 1
         else (select count(*)::int from organizations o where $2 = any(o.path)) end as coming
     from organizations p
     where p.id = $1 and not p.is_provider
       and not exists (select from organizations o where o.id = $2 and o.customer_id = p.customer_id)`,
    [parentId, movedId],
  )
  return row ?? null
}

/** What belongs to nothing but other rows of its organization, or is of no use without it. */
const GOES_WITH_IT: ReadonlySet<string> = new Set([
  'invitations',
  'sessions',
  'api_keys',
  'role_members',
  'role_grants',
  'audit_log',
  'flow_rates',
  'singletons',
  'workflow_cursors',
  'schedule_fire_times',
  'table_rows',
  'mail_outbox',
  'queue',
  'waits',
  'early_answers',
  'event_cancels',
  'event_deliveries',
  'execution_logs',
  'execution_steps',
  'execution_attempts',
  'bulk_actions',
  'form_links',
  'form_launches',
  'form_uploads',
  'table_indexes',
  'table_policies',
  'integration_connects',
  'integration_uses',
  'integration_mappings',
  'integration_mails',
  'organization_quotas',
  'quota_minutes',
  'totp_factors',
  'recovery_codes',
  'passkeys',
  'identities',
])
const WORDS: Readonly<Record<string, string>> = {
  users: 'people',
  executions: 'runs in its history',
  config_entries: 'config values',
}
const COUNT_MAX = 1000

async function tablesOfOrganizations(query: Query): Promise<string[]> {
  const rows = await query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid
     where a.attname = 'org_id' and not a.attisdropped and c.relkind in ('r', 'p') and not c.relispartition
       and c.relnamespace = current_schema()::regnamespace
     order by c.relname`,
  )
  return rows.map(({ name }) => name)
}

/** What keeps an organization from being deleted. It asks the catalog, so that no table is forgotten. */
export async function usesOf(
  _scope: OrgScope,
  query: Query,
  id: string,
): Promise<{ what: string; count: number }[]> {
  const uses: { what: string; count: number }[] = []
  const count = async (what: string, from: string) => {
    const [row] = await query<{ count: number }>(
      `select count(*)::int as count from (select from ${from} limit ${COUNT_MAX}) found`,
      [id],
    )
    if (row && row.count > 0) uses.push({ what, count: row.count })
  }
  await count('organizations below it', 'organizations where parent_id = $1')
  for (const table of await tablesOfOrganizations(query))
    if (!GOES_WITH_IT.has(table))
      await count(WORDS[table] ?? table.replaceAll('_', ' '), `"${table}" where org_id = $1`)
  return uses
}

/** Only of one that nothing uses. */
export async function deleteOrganization(_scope: OrgScope, query: Query, id: string): Promise<void> {
  for (const table of await tablesOfOrganizations(query))
    if (GOES_WITH_IT.has(table)) await query(`delete from "${table}" where org_id = $1`, [id])
  await query('delete from organizations where id = $1', [id])
}
