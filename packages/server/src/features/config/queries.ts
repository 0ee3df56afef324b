import type { Json } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'
import type { ListScope, OrgScope } from '../../platform/scope.ts'

export interface ConfigRow {
  org_id: string | null
  key: string
  value: Json
  ciphertext: Buffer | null
  is_secret: boolean
  version: number
  updated_at: Date
}

/** With the name of its owner; null for a global value. */
export interface OwnedConfigRow extends ConfigRow {
  org_name: string | null
}

type Row<T> = T & Record<string, unknown>

const COLUMNS = 'org_id, key, value, ciphertext, is_secret, version, updated_at'
const NEAREST_FIRST = 'array_position($1::uuid[], c.org_id) nulls last'

/** The organisation's own value, else the one of its nearest parent, else the global one. */
export async function findConfig(scope: OrgScope, query: Query, key: string): Promise<ConfigRow | null> {
  const [row] = await query<Row<ConfigRow>>(
    `select ${COLUMNS} from config_entries c where key = $2 and (org_id = any($1::uuid[]) or org_id is null)
     order by ${NEAREST_FIRST} limit 1`,
    [scope.chain, key],
  )
  return row ?? null
}

/** All values that the scope inherits or has, of each key the one in force first. */
export const listInherited = (scope: OrgScope, query: Query): Promise<OwnedConfigRow[]> =>
  query<Row<OwnedConfigRow>>(
    `select c.*, o.name as org_name from config_entries c left join organizations o on o.id = c.org_id
     where c.org_id = any($1::uuid[]) or c.org_id is null order by c.key, ${NEAREST_FIRST}`,
    [scope.chain],
  )

/** The values that one owner has, or all. */
export const listOwned = (_scope: OrgScope, query: Query, list: ListScope): Promise<OwnedConfigRow[]> =>
  query<Row<OwnedConfigRow>>(
    `select c.*, o.name as org_name from config_entries c left join organizations o on o.id = c.org_id
     where $1 = 'all' or c.org_id is not distinct from $2::uuid order by c.key, o.name nulls last, c.org_id`,
    [list.kind, list.kind === 'org' ? list.orgId : null],
  )

/** The value that the scope may change; no other one changes it before the transaction ends. */
export async function lockConfig(scope: OrgScope, query: Query, key: string): Promise<ConfigRow | null> {
  await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`config/${scope.owner}/${key}`])
  const [row] = await query<Row<ConfigRow>>(
    `select ${COLUMNS} from config_entries where key = $2 and org_id is not distinct from $1::uuid`,
    [scope.owner, key],
  )
  return row ?? null
}

export async function countConfig(scope: OrgScope, query: Query): Promise<number> {
  const [row] = await query<{ count: number }>(
    'select count(*) from config_entries where org_id is not distinct from $1::uuid',
    [scope.owner],
  )
  return row?.count ?? 0
}

export async function upsertConfig(
  scope: OrgScope,
  query: Query,
  entry: { key: string; value: Json; ciphertext: Buffer | null },
): Promise<void> {
  await query(
    `insert into config_entries (org_id, key, value, ciphertext, is_secret) values ($1, $2, $3, $4, $5)
     on conflict (org_id, key) do update set value = excluded.value, ciphertext = excluded.ciphertext,
       is_secret = excluded.is_secret, version = config_entries.version + 1, updated_at = now()`,
    [
      scope.owner,
      entry.key,
      entry.ciphertext ? null : JSON.stringify(entry.value),
      entry.ciphertext,
      entry.ciphertext !== null,
    ],
  )
}

export async function deleteConfig(scope: OrgScope, query: Query, key: string): Promise<void> {
  await query('delete from config_entries where org_id is not distinct from $1::uuid and key = $2', [
    scope.owner,
    key,
  ])
}
