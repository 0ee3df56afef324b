import { counted } from '../../platform/counted.ts'
import type { Database, Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'

export interface KeyRow {
  id: string
  name: string
  prefix: string
  workflow_id: string | null
  workflow_name: string | null
  calls_per_minute: number
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
}

const KEY = `k.id, k.name, k.prefix, k.workflow_id, k.calls_per_minute, k.created_at, k.last_used_at, k.expires_at,
  (select w.name from workflows w where w.id = k.workflow_id) as workflow_name`

/** What a call is allowed by. */
export interface CallingKey {
  id: string
  org_id: string
  workflow_id: string | null
  calls_per_minute: number
  expires_at: Date | null
}

// The two look-ups that make a scope cannot take one.

export async function keyByHash(db: Database, hash: Buffer): Promise<CallingKey | null> {
  const [row] = await db.prepared<CallingKey>(
    'endpoint_key_by_hash',
    `select k.id, k.org_id, k.workflow_id, k.calls_per_minute, k.expires_at
     from endpoint_keys k join organizations o on o.id = k.org_id
     where k.key_hash = $1 and o.is_active and (k.expires_at is null or k.expires_at > now())`,
    [hash],
  )
  return row ?? null
}

/** In which organization a public endpoint runs: its own, or that of the provider. */
export async function homeOfEndpoint(db: Database, workflowId: string | null): Promise<string | null> {
  const [row] = await db.query<{ id: string }>(
    `select o.id from organizations o left join workflows w on w.id = $1
     where o.is_active and case when w.org_id is null then o.is_provider else o.id = w.org_id end`,
    [workflowId],
  )
  return row?.id ?? null
}

export async function markKeyUsed(db: Database, id: string): Promise<void> {
  await db.query(
    `update endpoint_keys set last_used_at = now()
     where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [id],
  )
}

export const listKeys = (scope: OrgScope, db: Database, workflowId: string | null): Promise<KeyRow[]> =>
  db.as(scope).query(
    `select ${KEY} from endpoint_keys k where k.org_id = $1 and ($2::uuid is null or k.workflow_id = $2)
       order by k.id desc`,
    [scope.orgId, workflowId],
  )

export async function insertKey(
  scope: OrgScope,
  query: Query,
  key: {
    name: string
    prefix: string
    hash: Buffer
    workflowId: string | null
    expiresInDays: number | null
    callsPerMinute: number
  },
): Promise<KeyRow> {
  const [row] = await counted(query, 'endpointKeys', scope.orgId, () =>
    query<KeyRow>(
      `insert into endpoint_keys as k (id, org_id, workflow_id, name, prefix, key_hash, calls_per_minute, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(days => $9::int)) returning ${KEY}`,
      [
        newId(),
        scope.orgId,
        key.workflowId,
        key.name,
        key.prefix,
        key.hash,
        key.callsPerMinute,
        scope.userId,
        key.expiresInDays,
      ],
    ),
  )
  if (!row) throw new Error('the key was not stored')
  return row
}

export async function deleteKey(scope: OrgScope, query: Query, id: string): Promise<{ name: string } | null> {
  const [row] = await query<{ name: string }>(
    'delete from endpoint_keys where id = $1 and org_id = $2 returning name',
    [id, scope.orgId],
  )
  return row ?? null
}
