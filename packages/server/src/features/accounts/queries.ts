import type { AccountRole, OwnedKind, Permission } from '@bifrost/contract'
import { counted } from '../../platform/counted.ts'
import type { Database, Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import { may, type OrgFacts, type OrgScope } from '../../platform/scope.ts'
import { ORG_FACTS } from '../../tenancy/scope-of.ts'

export interface AccountRow extends Record<string, unknown> {
  user_id: string
  org_id: string
  org_name: string
  email: string
  name: string
  role: AccountRole
  chain: string[]
  organization: OrgFacts
}

const ACCOUNT = `u.id as user_id, u.org_id, o.name as org_name, u.email, u.name, u.role, o.path as chain, ${ORG_FACTS}`
const FROM_ACCOUNT = `users u join organizations o on o.id = u.org_id`

// The three look-ups that make a scope cannot take one.

export async function accountByKey(db: Database, keyHash: Buffer) {
  const [row] = await db.prepared<
    AccountRow & { key_id: string; expires_at: Date | null; permissions: Permission[] | null }
  >(
    'account_by_key',
    `select ${ACCOUNT}, k.id as key_id, k.expires_at, k.permissions from api_keys k join ${FROM_ACCOUNT} on u.id = k.user_id
     where k.key_hash = $1 and u.is_active and o.is_active and (k.expires_at is null or k.expires_at > now())`,
    [keyHash],
  )
  return row ?? null
}

export interface SessionFacts {
  session_id: string
  expires_at: Date
  last_seen_at: Date
  rotated_at: Date
  /** The token is the one before the present one. */
  is_previous: boolean
  is_rotation_seen: boolean
  must_add_factor: boolean
}

// What the provider of an identity asked of its people is its own affair.
const MUST_ADD_FACTOR = `(
  s.method <> 'sso' and exists (select from organizations p where p.id = any (o.path) and p.requires_second_factor)
  and not exists (select from totp_factors t where t.user_id = u.id and t.confirmed_at is not null)
  and not exists (select from passkeys p where p.user_id = u.id))`

export async function accountBySession(db: Database, tokenHash: Buffer) {
  const [row] = await db.prepared<AccountRow & SessionFacts>(
    'account_by_session',
    `select ${ACCOUNT}, s.id as session_id, least(s.expires_at, s.ends_at) as expires_at, s.last_seen_at, s.rotated_at,
       s.token_hash <> $1 as is_previous, s.is_rotation_seen, ${MUST_ADD_FACTOR} as must_add_factor
     from sessions s join ${FROM_ACCOUNT} on u.id = s.user_id
     where (s.token_hash = $1 or s.previous_hash = $1) and u.is_active and o.is_active
       and s.expires_at > now() and s.ends_at > now()`,
    [tokenHash],
  )
  return row ?? null
}

export async function accountById(query: Query, id: string) {
  const [row] = await query<AccountRow & { password_hash: string | null }>(
    `select ${ACCOUNT}, u.password_hash from ${FROM_ACCOUNT} where u.id = $1 and u.is_active and o.is_active`,
    [id],
  )
  return row ?? null
}

export async function accountByEmail(db: Database, email: string) {
  const [row] = await db.query<AccountRow & { password_hash: string | null }>(
    `select ${ACCOUNT}, u.password_hash from ${FROM_ACCOUNT} where lower(u.email) = lower($1) and u.is_active and o.is_active`,
    [email],
  )
  return row ?? null
}

export async function hasUsers(db: Database): Promise<boolean> {
  const [row] = await db.query<{ found: boolean }>('select exists (select from users) as found')
  return row?.found === true
}

export async function insertProvider(query: Query, name: string): Promise<string> {
  const [row] = await query<{ id: string }>(
    `with made as (
       insert into organizations (id, name, is_provider) values ($1, $2, true)
       on conflict (is_provider) where is_provider do nothing returning id
     ) select id from made union all select id from organizations where is_provider limit 1`,
    [newId(), name],
  )
  if (!row) throw new Error('there is no provider organization')
  return row.id
}

export async function insertUser(
  query: Query,
  user: { orgId: string; email: string; name: string; role: AccountRole; passwordHash: string | null },
): Promise<string> {
  const id = newId()
  await counted(query, 'people', user.orgId, () =>
    query(
      'insert into users (id, org_id, email, name, role, password_hash) values ($1, $2, $3, $4, $5, $6)',
      [id, user.orgId, user.email, user.name, user.role, user.passwordHash],
    ),
  )
  return id
}

/** Where such things are, and the permission to see one at all. */
const OWNED: Record<OwnedKind, { table: string; seenWith: Permission }> = {
  execution: { table: 'executions', seenWith: 'execution:read' },
  task: { table: 'tasks', seenWith: 'task:read' },
  form: { table: 'forms', seenWith: 'form:use' },
  event: { table: 'events', seenWith: 'execution:debug' },
  integration: { table: 'integrations', seenWith: 'integration:read' },
  table: { table: 'tables', seenWith: 'table:read' },
  role: { table: 'roles', seenWith: 'role:read' },
}

/**
 * Whose something is, in whatever organization: null for what is global, undefined when there is none or the scope may
 * see nothing of this kind. Whether the scope may act for the owner is not decided here.
 */
export async function ownerOf(
  scope: OrgScope,
  db: Database,
  kind: OwnedKind,
  id: string,
): Promise<string | null | undefined> {
  const { table, seenWith } = OWNED[kind]
  if (!may(scope, seenWith)) return undefined
  const [row] = await db.query<{ org_id: string | null }>(`select org_id from ${table} where id = $1`, [id])
  return row?.org_id
}

export interface KeyRow {
  id: string
  name: string
  prefix: string
  created_at: Date
  last_used_at: Date | null
  expires_at: Date | null
  permissions: Permission[] | null
  kind: string
}

const KEY = 'id, name, prefix, created_at, last_used_at, expires_at, permissions, kind'

export const listKeys = (scope: OrgScope, db: Database): Promise<KeyRow[]> =>
  db.query(`select ${KEY} from api_keys where user_id = $1 order by created_at desc`, [scope.userId])

export async function insertKey(
  owner: { orgId: string; userId: string },
  query: Query,
  key: {
    name: string
    prefix: string
    hash: Buffer
    expiresInDays: number | null
    permissions?: readonly Permission[] | null
    kind?: 'personal' | 'device'
    /** The key that it is made with: it ends no later than that one, and goes with it. */
    madeWith?: string | null
  },
): Promise<KeyRow> {
  const [row] = await counted(query, 'apiKeys', owner.userId, () =>
    query<KeyRow>(
      `insert into api_keys (id, org_id, user_id, name, prefix, key_hash, expires_at, permissions, kind, made_with)
     values ($1, $2, $3, $4, $5, $6,
       least(now() + make_interval(days => $7::int), (select m.expires_at from api_keys m where m.id = $10)), $8, $9, $10)
     returning ${KEY}`,
      [
        newId(),
        owner.orgId,
        owner.userId,
        key.name,
        key.prefix,
        key.hash,
        key.expiresInDays,
        key.permissions ?? null,
        key.kind ?? 'personal',
        key.madeWith ?? null,
      ],
    ),
  )
  if (!row) throw new Error('the key was not stored')
  return row
}

export async function deleteKey(scope: OrgScope, query: Query, id: string): Promise<string | null> {
  const [row] = await query<{ name: string }>(
    'delete from api_keys where id = $1 and user_id = $2 returning name',
    [id, scope.userId],
  )
  return row?.name ?? null
}

export async function markKeyUsed(db: Database, id: string): Promise<void> {
  await db.query(
    `update api_keys set last_used_at = now() where id = $1 and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
    [id],
  )
}
