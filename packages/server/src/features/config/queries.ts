import type { Json } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface ConfigRow {
  org_id: string | null
  key: string
  value: Json
  ciphertext: Buffer | null
  is_secret: boolean
  updated_at: Date
}

const COLUMNS = 'org_id, key, value, ciphertext, is_secret, updated_at'

/** The organisation's own value, else the global one. */
export async function findConfig(scope: OrgScope, db: Database, key: string): Promise<ConfigRow | null> {
  const [row] = await db.query<ConfigRow & Record<string, unknown>>(
    `select ${COLUMNS} from config_entries where key = $2 and (org_id = $1 or org_id is null)
     order by org_id nulls last limit 1`,
    [scope.orgId, key],
  )
  return row ?? null
}

export const listConfig = (scope: OrgScope, db: Database): Promise<ConfigRow[]> =>
  db.query(
    `select distinct on (key) ${COLUMNS} from config_entries where org_id = $1 or org_id is null
     order by key, org_id nulls last`,
    [scope.orgId],
  )

export async function upsertConfig(
  scope: OrgScope,
  db: Database,
  entry: { key: string; value: Json; ciphertext: Buffer | null },
): Promise<ConfigRow> {
  const [row] = await db.query<ConfigRow & Record<string, unknown>>(
    `insert into config_entries (org_id, key, value, ciphertext, is_secret) values ($1, $2, $3, $4, $5)
     on conflict (org_id, key) do update set value = excluded.value, ciphertext = excluded.ciphertext,
       is_secret = excluded.is_secret, updated_at = now()
     returning ${COLUMNS}`,
    [
      scope.orgId,
      entry.key,
      entry.ciphertext ? null : JSON.stringify(entry.value),
      entry.ciphertext,
      entry.ciphertext !== null,
    ],
  )
  if (!row) throw new Error('the entry was not stored')
  return row
}

export async function deleteConfig(scope: OrgScope, db: Database, key: string): Promise<boolean> {
  const rows = await db.query('delete from config_entries where org_id = $1 and key = $2 returning key', [
    scope.orgId,
    key,
  ])
  return rows.length > 0
}
