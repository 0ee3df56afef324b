import { randomInt } from 'node:crypto'
import { AppError, limits } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { accountById, insertKey, prefixOf, scopeOf } from '../accounts/accounts.ts'

export interface DeviceRow {
  client_name: string
  address: string | null
  created_at: Date
  expires_at: Date
}

/** The device flow of RFC 8628. Both codes are kept as hashes, live for ten minutes, and count once. */
export interface DeviceLogins {
  start(client: { name: string; address: string }): Promise<{ deviceCode: string; userCode: string }>
  /** The key, once. Throws `authorization_pending`, `slow_down`, `access_denied` or `expired_token`. */
  poll(deviceCode: string, address: string): Promise<string>
  /** What waits with this code. */
  find(userCode: string): Promise<DeviceRow | null>
  answer(scope: OrgScope, userCode: string, allow: boolean, address: string): Promise<boolean>
}

export const POLL_SECONDS = 5
/** Devices that may wait at once; a client that asks for more codes than people can confirm gets none. */
const WAITING_MAX = 1000

// Without vowels, so that no words come about, and without what looks alike (RFC 8628, 6.1).
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'

export function createDeviceLogins(db: Database): DeviceLogins {
  return {
    async start({ name, address }) {
      await db.query('delete from device_logins where expires_at < now()')
      const deviceCode = newToken('bfd')
      const userCode = newUserCode()
      const rows = await db.query(
        `insert into device_logins (id, device_hash, user_hash, client_name, address, interval_seconds, expires_at)
         select $1, $2, $3, $4, $5, $6, now() + make_interval(mins => $7)
         where (select count(*) from device_logins) < $8 returning id`,
        [
          newId(),
          hashToken(deviceCode),
          hashToken(plainCode(userCode)),
          name,
          address,
          POLL_SECONDS,
          limits.deviceCodeMinutesMax,
          WAITING_MAX,
        ],
      )
      if (rows.length === 0)
        throw new AppError(
          'rate_limited',
          'Too many devices are waiting to be signed in. Try again in a few minutes.',
        )
      return { deviceCode, userCode }
    },

    async poll(deviceCode, address) {
      const hash = hashToken(deviceCode)
      // A device that does not keep its distance has to keep a greater one from then on.
      const [row] = await db.query<{ id: string; status: string; is_early: boolean; is_expired: boolean }>(
        `with before as (select id, polled_at, interval_seconds from device_logins where device_hash = $1 for update)
         update device_logins d set polled_at = now(),
           interval_seconds = d.interval_seconds + case when ${IS_EARLY} then ${POLL_SECONDS} else 0 end
         from before b where d.id = b.id
         returning d.id, d.status, ${IS_EARLY} as is_early, d.expires_at <= now() as is_expired`,
        [hash],
      )
      if (!row || row.is_expired)
        throw new AppError('expired_token', 'The code has expired or has already been used. Start again.')
      if (row.status === 'denied') {
        await db.query('delete from device_logins where id = $1', [row.id])
        throw new AppError('access_denied', 'The sign-in was denied.')
      }
      if (row.is_early) throw new AppError('slow_down', 'Poll less often: wait five seconds longer.')
      if (row.status === 'pending')
        throw new AppError('authorization_pending', 'The code is not confirmed yet.')
      return giveKey(row.id, address)
    },

    async find(userCode) {
      const [row] = await db.query<DeviceRow>(
        `select client_name, address, created_at, expires_at from device_logins
         where user_hash = $1 and status = 'pending' and expires_at > now()`,
        [hashToken(plainCode(userCode))],
      )
      return row ?? null
    },

    answer: (scope, userCode, allow, address) =>
      db.transaction(async (query) => {
        const [row] = await query<{ id: string; client_name: string }>(
          `update device_logins set status = $2, user_id = $3
           where user_hash = $1 and status = 'pending' and expires_at > now() returning id, client_name`,
          [hashToken(plainCode(userCode)), allow ? 'allowed' : 'denied', scope.userId],
        )
        if (!row) return false
        await audit(query, scope, {
          action: allow ? 'device_login.allow' : 'device_login.deny',
          target: { type: 'device_login', id: row.id, name: row.client_name },
          address,
        })
        return true
      }),
  }

  /** Takes the login away as it gives its key: of two polls at once, one gets it. */
  function giveKey(id: string, address: string): Promise<string> {
    return db.transaction(async (query) => {
      const [login] = await query<{ user_id: string; client_name: string }>(
        `delete from device_logins where id = $1 and status = 'allowed' returning user_id, client_name`,
        [id],
      )
      const account = login ? await accountById(query, login.user_id) : null
      if (!login || !account)
        throw new AppError('expired_token', 'The code has expired or has already been used. Start again.')
      const key = newToken('bfk')
      const made = await insertKey({ orgId: account.org_id, userId: account.user_id }, query, {
        name: login.client_name,
        prefix: prefixOf(key),
        hash: hashToken(key),
        expiresInDays: limits.deviceKeyDaysMax,
        kind: 'device',
      })
      await audit(query, scopeOf(account), {
        action: 'api_key.create',
        target: { type: 'api_key', id: made.id, name: made.name },
        after: { kind: 'device', expires_in_days: limits.deviceKeyDaysMax },
        address,
      })
      return key
    })
  }
}

const IS_EARLY = `coalesce(b.polled_at > now() - make_interval(secs => b.interval_seconds), false)`

function newUserCode(): string {
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}

const plainCode = (code: string): string => code.toUpperCase().replace(/[^A-Z0-9]/g, '')
