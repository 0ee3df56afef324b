import { limits } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import type { Database, Query } from '../../../platform/database.ts'
import { hashToken, newToken } from '../../../platform/tokens.ts'
import type { AccountRow } from '../queries.ts'

/** How a person proved their identity. */
export type SignInMethod = 'password' | 'totp' | 'recovery_code' | 'passkey' | 'sso' | 'set_up' | 'link'

export interface SessionRow {
  id: string
  method: string
  user_agent: string | null
  address: string | null
  created_at: Date
  last_seen_at: Date
  expires_at: Date
}

/** Opens a session and answers its token. */
export async function openSession(
  query: Query,
  account: AccountRow,
  method: SignInMethod,
  request: FastifyRequest,
): Promise<{ token: string; id: string }> {
  const token = newToken('bfs')
  const [row] = await query<{ id: string }>(
    `insert into sessions (token_hash, org_id, user_id, method, user_agent, address, expires_at, ends_at)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7), now() + make_interval(days => $8)) returning id`,
    [
      hashToken(token),
      account.org_id,
      account.user_id,
      method,
      request.headers['user-agent']?.slice(0, 300) ?? null,
      request.ip,
      limits.sessionIdleDaysMax,
      limits.sessionDaysMax,
    ],
  )
  if (!row) throw new Error('the session was not stored')
  return { token, id: row.id }
}

/** Gives a session another token; null when another request has just done so. The previous one counts a little longer. */
export async function rotateSession(query: Query, id: string, used: Buffer): Promise<string | null> {
  const token = newToken('bfs')
  // When the answer with the last new token was lost, the token before it is kept: it is all that the browser has.
  const rows = await query(
    `update sessions set token_hash = $3, rotated_at = now(), is_rotation_seen = false,
       previous_hash = case when token_hash = $2 then token_hash else previous_hash end
     where id = $1 and (token_hash = $2 or (previous_hash = $2 and not is_rotation_seen
       and rotated_at < now() - make_interval(secs => $4))) returning id`,
    [id, used, hashToken(token), limits.sessionGraceMs / 1000],
  )
  return rows.length > 0 ? token : null
}

/** Notes that a session is used, and that its newest token has arrived. */
export async function touchSession(query: Query, id: string, isNewest: boolean): Promise<void> {
  await query(
    `update sessions set last_seen_at = now(),
       expires_at = least(ends_at, now() + make_interval(days => $2)),
       rotated_at = case when $3 and not is_rotation_seen then now() else rotated_at end,
       is_rotation_seen = is_rotation_seen or $3
     where id = $1`,
    [id, limits.sessionIdleDaysMax, isNewest],
  )
}

/** Whether the person of a session proved who they are lately: with its sign-in, or once more after that. */
export async function isProved(query: Query, id: string): Promise<boolean> {
  const rows = await query(
    `select from sessions where id = $1 and created_at > now() - make_interval(mins => $2)
     union all
     select from sign_in_steps where kind = 'proof' and data ->> 'session' = $1::text and expires_at > now() limit 1`,
    [id, limits.proofMinutesMax],
  )
  return rows.length > 0
}

export const listSessions = (query: Query, userId: string): Promise<SessionRow[]> =>
  query(
    `select id, method, user_agent, address, created_at, last_seen_at, expires_at from sessions
     where user_id = $1 and expires_at > now() and ends_at > now() order by last_seen_at desc`,
    [userId],
  )

export async function endSession(query: Query, userId: string, id: string): Promise<boolean> {
  return (
    (await query('delete from sessions where user_id = $1 and id = $2 returning id', [userId, id])).length > 0
  )
}

/** Ends all sessions of a person, but the one given. */
export async function endSessions(query: Query, userId: string, but: string | null = null): Promise<number> {
  const rows = await query(
    'delete from sessions where user_id = $1 and ($2::uuid is null or id <> $2) returning id',
    [userId, but],
  )
  return rows.length
}

/** Takes away what has expired: sessions, unfinished sign-ins, codes of devices. */
export async function pruneSignIns(db: Database): Promise<void> {
  await db.query('delete from sessions where expires_at < now() or ends_at < now()')
  await db.query('delete from sign_in_steps where expires_at < now()')
  await db.query('delete from device_logins where expires_at < now()')
}
