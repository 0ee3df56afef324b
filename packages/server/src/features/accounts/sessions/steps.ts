import type { Query } from '../../../platform/database.ts'
import { hashToken, newToken } from '../../../platform/tokens.ts'

/** What a token that was handed out stands for. */
export type StepKind =
  | 'second_factor'
  | 'passkey_sign_in'
  | 'passkey_registration'
  | 'sso'
  | 'password_reset'
  | 'proof'

export interface Step {
  userId: string | null
  data: Record<string, string>
}

/** Hands out a token that counts once and not for long. */
export async function giveStep(
  query: Query,
  kind: StepKind,
  { userId, data }: Step,
  minutes: number,
): Promise<{ token: string; expiresAt: Date }> {
  // Many begin and few finish; each new one deletes those that have expired.
  await query('delete from sign_in_steps where expires_at < now()')
  const token = newToken('bft')
  const [row] = await query<{ expires_at: Date }>(
    `insert into sign_in_steps (token_hash, kind, user_id, data, expires_at)
     values ($1, $2, $3, $4, now() + make_interval(mins => $5)) returning expires_at`,
    [hashToken(token), kind, userId, JSON.stringify(data), minutes],
  )
  if (!row) throw new Error('the step was not stored')
  return { token, expiresAt: row.expires_at }
}

/** Uses the token up: of two callers that send it at once, one gets its step. */
export async function takeStep(query: Query, kind: StepKind, token: string): Promise<Step | null> {
  const [row] = await query<StepRow>(
    'delete from sign_in_steps where token_hash = $1 and kind = $2 and expires_at > now() returning user_id, data',
    [hashToken(token), kind],
  )
  return row ? { userId: row.user_id, data: row.data } : null
}

/** Looks what the token stands for, a few times; it still counts after that. */
export async function tryStep(
  query: Query,
  kind: StepKind,
  token: string,
  triesMax: number,
): Promise<Step | null> {
  const [row] = await query<StepRow>(
    `update sign_in_steps set tries = tries + 1
     where token_hash = $1 and kind = $2 and expires_at > now() and tries < $3 returning user_id, data`,
    [hashToken(token), kind, triesMax],
  )
  return row ? { userId: row.user_id, data: row.data } : null
}

interface StepRow {
  user_id: string | null
  data: Record<string, string>
  [key: string]: unknown
}
