import { randomBytes } from 'node:crypto'
import { AppError, limits } from '@bifrost/contract'
import { Secret, TOTP } from 'otpauth'
import type { Database, Query } from '../../platform/database.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { hashToken } from '../../platform/tokens.ts'

export type { Passkeys } from './passkeys.ts'

export type FactorKind = 'totp' | 'passkey' | 'recovery_code'

/** What people have beside a password. */
export interface Factors {
  /** What a person may show in a second step; nothing: a password is enough. */
  methodsOf(userId: string): Promise<FactorKind[]>
  /** Takes a code of the authenticator app or a recovery code. Each is good once. */
  useCode(userId: string, code: string): Promise<'totp' | 'recovery_code' | null>
  startTotp(person: {
    userId: string
    homeOrgId: string
    email: string
  }): Promise<{ secret: string; uri: string }>
  /** Answers recovery codes when these are the person's first. */
  confirmTotp(
    query: Query,
    person: { userId: string; homeOrgId: string },
    code: string,
  ): Promise<string[] | null>
  removeTotp(query: Query, userId: string): Promise<void>
  newRecoveryCodes(query: Query, person: { userId: string; homeOrgId: string }): Promise<string[]>
  /** Creates them for a person who has none yet. */
  firstRecoveryCodes(query: Query, person: { userId: string; homeOrgId: string }): Promise<string[] | null>
}

const PERIOD_S = 30

export function createFactors(db: Database, sealer: Pick<Sealer, 'seal' | 'open'>): Factors {
  const bindingOf = (userId: string) => `totp ${userId}`

  /** The time step of a code that fits, the clock of the device being half a minute wrong at most. */
  const stepOf = (sealed: Buffer, userId: string, code: string): number | null => {
    const secret = Secret.fromBase32(sealer.open(sealed, bindingOf(userId)))
    const timestamp = Date.now()
    const delta = new TOTP({ secret, period: PERIOD_S }).validate({ token: code, window: 1, timestamp })
    return delta === null ? null : TOTP.counter({ period: PERIOD_S, timestamp }) + delta
  }

  /** Of two who come with one code, and of the same one later, one is let through: its step has to be a later one. */
  const acceptTotp = async (query: Query, userId: string, code: string, confirmed: boolean) => {
    const [row] = await query<{ ciphertext: Buffer }>(
      'select ciphertext from totp_factors where user_id = $1 and (confirmed_at is not null) = $2',
      [userId, confirmed],
    )
    const step = row ? stepOf(row.ciphertext, userId, code) : null
    if (step === null) return false
    const taken = await query(
      `update totp_factors set last_step = $2, confirmed_at = coalesce(confirmed_at, now())
       where user_id = $1 and last_step < $2 returning user_id`,
      [userId, step],
    )
    return taken.length > 0
  }

  const newRecoveryCodes: Factors['newRecoveryCodes'] = async (query, { userId, homeOrgId }) => {
    await query('delete from recovery_codes where user_id = $1', [userId])
    const codes = Array.from({ length: limits.recoveryCodesMax }, newRecoveryCode)
    await query(
      `insert into recovery_codes (code_hash, user_id, org_id) select hash, $2, $3 from unnest($1::bytea[]) as hash`,
      [codes.map((code) => hashToken(plainCode(code))), userId, homeOrgId],
    )
    return codes
  }

  const firstRecoveryCodes: Factors['firstRecoveryCodes'] = async (query, person) => {
    const [any] = await query('select from recovery_codes where user_id = $1 limit 1', [person.userId])
    return any ? null : newRecoveryCodes(query, person)
  }

  return {
    newRecoveryCodes,
    firstRecoveryCodes,
    async methodsOf(userId) {
      const [row] = await db.query<{ totp: boolean; passkey: boolean; recovery_code: boolean }>(
        `select exists (select from totp_factors where user_id = $1 and confirmed_at is not null) as totp,
           exists (select from passkeys where user_id = $1) as passkey,
           exists (select from recovery_codes where user_id = $1) as recovery_code`,
        [userId],
      )
      if (!row?.totp && !row?.passkey) return []
      return (['totp', 'passkey', 'recovery_code'] as const).filter((kind) => row[kind])
    },

    async useCode(userId, code) {
      const plain = plainCode(code)
      if (/^\d{6}$/.test(plain)) return (await acceptTotp(db.query, userId, plain, true)) ? 'totp' : null
      const used = await db.query(
        'delete from recovery_codes where user_id = $1 and code_hash = $2 returning user_id',
        [userId, hashToken(plain)],
      )
      return used.length > 0 ? 'recovery_code' : null
    },

    async startTotp({ userId, homeOrgId, email }) {
      const secret = new Secret({ size: 20 })
      const stored = await db.query(
        `insert into totp_factors (user_id, org_id, ciphertext) values ($1, $2, $3)
         on conflict (user_id) do update set ciphertext = excluded.ciphertext, last_step = 0, created_at = now()
         where totp_factors.confirmed_at is null returning user_id`,
        [userId, homeOrgId, sealer.seal(secret.base32, bindingOf(userId))],
      )
      if (stored.length === 0)
        throw new AppError('already_exists', 'You already use an authenticator app. Remove it first.')
      const uri = new TOTP({ issuer: 'Bifrost', label: email, secret, period: PERIOD_S }).toString()
      return { secret: secret.base32, uri }
    },

    async confirmTotp(query, person, code) {
      if (!(await acceptTotp(query, person.userId, plainCode(code), false)))
        throw new AppError('forbidden', 'The code is wrong. Wait for the next one and try again.')
      return firstRecoveryCodes(query, person)
    },

    async removeTotp(query, userId) {
      await query('delete from totp_factors where user_id = $1', [userId])
      await forgetUselessCodes(query, userId)
    },
  }
}

/** Without a factor there is nothing to recover. */
export async function forgetUselessCodes(query: Query, userId: string): Promise<void> {
  await query(
    `delete from recovery_codes where user_id = $1
     and not exists (select from totp_factors where user_id = $1 and confirmed_at is not null)
     and not exists (select from passkeys where user_id = $1)`,
    [userId],
  )
}

// 80 bits, so that a plain hash protects them at rest.
const newRecoveryCode = (): string =>
  new Secret({ buffer: new Uint8Array(randomBytes(10)).buffer }).base32
    .toLowerCase()
    .replace(/(.{4})(?!$)/g, '$1-')

const plainCode = (code: string): string => code.toLowerCase().replace(/[\s-]/g, '')
