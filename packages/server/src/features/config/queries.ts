import type { Json } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Query } from '../../platform/database.ts'
import type { ListScope, OrgScope } from '../../platform/scope.ts'

export interface ConfigRow {
  org_id: string | null
  key: string
  value: Json
  ciphertext: Buffer | null
  is_secret: boolean
  /** A secret that code of the organizations below may read. */
  is_lent: boolean
  version: number
  updated_at: Date
}

/** With the name of its owner; null for a global value. */
export interface OwnedConfigRow extends ConfigRow {
  org_name: string | null
}

const COLUMNS = 'org_id, key, value, ciphertext, is_secret, is_lent, version, updated_at'
const NEAREST_FIRST = 'array_position($1::uuid[], c.org_id) nulls last'

/** The organization's own value, else the one of its nearest parent, else the global one. */
export async function findConfig(
  scope: OrgScope,
  query: Query,
  key: string,
): Promise<(OwnedConfigRow & { org_slug: string | null }) | null> {
  const [row] = await query<OwnedConfigRow & { org_slug: string | null }>(
    `select c.*, o.name as org_name, o.slug as org_slug from config_entries c left join organizations o on o.id = c.org_id
     where c.key = $2 and (c.org_id = any($1::uuid[]) or c.org_id is null)
     order by ${NEAREST_FIRST} limit 1`,
    [scope.chain, key],
  )
  return row ?? null
}

/** All values that the scope inherits or has, of each key the one in force first. */
export const listInherited = (scope: OrgScope, query: Query): Promise<OwnedConfigRow[]> =>
  query<OwnedConfigRow>(
    `select c.*, o.name as org_name from config_entries c left join organizations o on o.id = c.org_id
     where c.org_id = any($1::uuid[]) or c.org_id is null order by c.key, ${NEAREST_FIRST}`,
    [scope.chain],
  )

/** The values that one owner has, or all. */
export const listOwned = (_scope: OrgScope, query: Query, list: ListScope): Promise<OwnedConfigRow[]> =>
  query<OwnedConfigRow>(
    `select c.*, o.name as org_name from config_entries c left join organizations o on o.id = c.org_id
     where $1 = 'all' or c.org_id is not distinct from $2::uuid order by c.key, o.name nulls last, c.org_id`,
    [list.kind, list.kind === 'org' ? list.orgId : null],
  )

/** The value that the scope may change; no other one changes it before the transaction ends. */
export async function lockConfig(scope: OrgScope, query: Query, key: string): Promise<ConfigRow | null> {
  await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`config/${scope.owner}/${key}`])
  const [row] = await query<ConfigRow>(
    `select ${COLUMNS} from config_entries where key = $2 and org_id is not distinct from $1::uuid`,
    [scope.owner, key],
  )
  return row ?? null
}

export async function upsertConfig(
  scope: OrgScope,
  query: Query,
  entry: { key: string; value: Json; ciphertext: Buffer | null; isLent: boolean; isNew: boolean },
): Promise<void> {
  const write = () =>
    query(
      `insert into config_entries (org_id, key, value, ciphertext, is_secret, is_lent)
     values ($1, $2, $3, $4, $5, $6)
     on conflict (org_id, key) do update set value = excluded.value, ciphertext = excluded.ciphertext,
       is_secret = excluded.is_secret, is_lent = excluded.is_lent, version = config_entries.version + 1, updated_at = now()`,
      [
        scope.owner,
        entry.key,
        entry.ciphertext ? null : JSON.stringify(entry.value),
        entry.ciphertext,
        entry.ciphertext !== null,
        entry.isLent,
      ],
    )
  await (entry.isNew ? counted(query, 'configEntries', scope.owner, write) : write())
}

/** Whether code of the organizations below gets the secret. */
export async function lendConfig(scope: OrgScope, query: Query, key: string, isLent: boolean): Promise<void> {
  await query(
    `update config_entries set is_lent = $3, version = version + 1, updated_at = now()
     where org_id is not distinct from $1::uuid and key = $2`,
    [scope.owner, key, isLent],
  )
}

export async function deleteConfig(scope: OrgScope, query: Query, key: string): Promise<void> {
  await query('delete from config_entries where org_id is not distinct from $1::uuid and key = $2', [
    scope.owner,
    key,
  ])
}
