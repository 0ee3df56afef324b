import { AppError } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { Log } from '../../platform/log.ts'
import type { Notifier } from '../../platform/notify.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { openCredentials, openTokens, sealTokens, type Tokens } from './credentials.ts'
import { type Grant, type OAuth, RefusedByServerError } from './oauth.ts'
import type { ConnectionRow, IntegrationRow } from './queries.ts'

export interface TokenKeeper {
  /**
   * Tokens that are good for a while yet. However many ask, in however many processes, one refreshes them and the others
   * get what it got. `rejected` is an access token that the service did not take.
   */
  fresh(
    integration: IntegrationRow,
    row: ConnectionRow,
    clientRow: ConnectionRow,
    rejected?: string,
  ): Promise<Tokens & { expiresAt: Date | null }>
  store(
    row: { id: string; integration_id: string; org_id: string | null },
    grant: Grant,
    by: string | null,
  ): Promise<void>
}

type TokenRow = Pick<
  ConnectionRow,
  'id' | 'integration_id' | 'org_id' | 'tokens_sealed' | 'token_expires_at' | 'token_version' | 'problem'
>

/** Tokens that end sooner are refreshed. */
const EARLY_MS = 60_000
/** No process refreshes for longer; after that, another one tries. */
const LEASE_SECONDS = 45
const LOOK_MS = 100
const TOKENS = 'id, integration_id, org_id, tokens_sealed, token_expires_at, token_version, problem'

/**
 * Statements here are the platform's own: a run of a sub-organization refreshes tokens of its parent, whose row it may
 * read and not change.
 */
export function createTokenKeeper(parts: {
  db: Database
  sealer: Sealer
  oauth: OAuth
  notifier: Notifier
  log: Log
}): TokenKeeper {
  const { db, sealer, oauth, notifier, log } = parts
  const underWay = new Map<string, Promise<TokenRow>>()

  const isFresh = (row: TokenRow, rejected: string | undefined): boolean => {
    const tokens = openTokens(sealer, row)
    if (!tokens || tokens.access_token === rejected) return false
    return row.token_expires_at === null || row.token_expires_at.getTime() - Date.now() > EARLY_MS
  }
  const read = async (id: string): Promise<TokenRow> => {
    const [row] = await db.query<TokenRow>(`select ${TOKENS} from integration_connections where id = $1`, [
      id,
    ])
    if (!row) throw new AppError('conflict', 'The connection was removed in the meantime.')
    return row
  }

  /** Refreshes, or waits for the process that does. */
  const renew = async (
    integration: IntegrationRow,
    seen: TokenRow,
    clientRow: ConnectionRow,
    rejected: string | undefined,
  ): Promise<TokenRow> => {
    const until = Date.now() + LEASE_SECONDS * 1000 * 2
    for (;;) {
      const [won] = await db.query<TokenRow>(
        `update integration_connections set refreshing_until = now() + make_interval(secs => $3)
         where id = $1 and token_version = $2 and (refreshing_until is null or refreshing_until < now())
         returning ${TOKENS}`,
        [seen.id, seen.token_version, LEASE_SECONDS],
      )
      if (won) return refresh(integration, won, clientRow)
      const now = await read(seen.id)
      if (now.problem !== null || isFresh(now, rejected)) return now
      if (Date.now() > until)
        throw new AppError('unavailable', `The tokens of ${integration.name} could not be refreshed in time.`)
      seen = now
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    }
  }

  const refresh = async (
    integration: IntegrationRow,
    row: TokenRow,
    clientRow: ConnectionRow,
  ): Promise<TokenRow> => {
    const before = openTokens(sealer, row)
    try {
      const credentials = openCredentials(sealer, clientRow)
      if (integration.auth === 'oauth' && !before?.refresh_token)
        throw new RefusedByServerError('the access has expired, and the service gave no refresh token')
      const grant =
        integration.auth === 'oauth' && before
          ? await oauth.refresh(integration, credentials, before)
          : await oauth.clientCredentials(integration, credentials, before)
      await write(row, grant, null)
      return await read(row.id)
    } catch (error) {
      if (error instanceof RefusedByServerError) {
        await refused(row, error.message)
        return await read(row.id)
      }
      await db.query('update integration_connections set refreshing_until = null where id = $1', [row.id])
      log.warn({ err: error, integration: integration.id }, 'tokens could not be refreshed')
      // They are good for some seconds yet.
      const left = row.token_expires_at === null ? 0 : row.token_expires_at.getTime() - Date.now()
      if (before && left > 0) return row
      throw new AppError(
        'unavailable',
        `The authorization server of ${integration.name} did not issue a token: ${(error as Error).message}`,
      )
    }
  }

  const write = async (
    row: Pick<TokenRow, 'id' | 'integration_id' | 'org_id'>,
    grant: Grant,
    by: string | null,
  ) => {
    await db.query(
      `update integration_connections set tokens_sealed = $2, token_expires_at = $3, token_version = token_version + 1,
         refreshing_until = null, problem = null, problem_at = null,
         connected_by = coalesce($4, connected_by),
         connected_at = case when $4::uuid is null then coalesce(connected_at, now()) else now() end
       where id = $1`,
      [row.id, sealTokens(sealer, row, grant.tokens), grant.expiresAt, by],
    )
  }

  /** It stays so until a person connects again; those who can are told once. */
  const refused = async (row: TokenRow, problem: string) => {
    await db.query(
      `with marked as (
         update integration_connections set problem = $3, problem_at = now(), refreshing_until = null,
           token_version = token_version + 1
         where id = $1 and token_version = $2 returning id, org_id, connected_by
       ), told as (
         insert into integration_mails (id, org_id, connection_id, user_id)
         select gen_random_uuid(), u.org_id, m.id, u.id from marked m join users u on u.is_active and (
           u.id = m.connected_by
           or (u.role = 'org_admin' and u.org_id = m.org_id)
           or (u.role = 'platform_admin' and m.org_id is null)
         ) limit 100
       )
       insert into audit_log (id, org_id, action, target_type, target_id, target_name, outcome, after)
       select $4, m.org_id, 'integration.refused', 'integration', i.id::text, i.name, 'failure', json_build_object('problem', $3::text)
       from marked m join integrations i on i.id = $5`,
      [row.id, row.token_version, problem.slice(0, 1000), newId(), row.integration_id],
    )
    notifier.publish('mail')
  }

  return {
    async fresh(integration, row, clientRow, rejected) {
      let current: TokenRow = row
      if (row.problem !== null) throw new RefusedByServerError(row.problem)
      if (!isFresh(current, rejected)) {
        let renewing = underWay.get(row.id)
        if (!renewing) {
          renewing = renew(integration, current, clientRow, rejected).finally(() => underWay.delete(row.id))
          underWay.set(row.id, renewing)
        }
        current = await renewing
      }
      if (current.problem !== null) throw new RefusedByServerError(current.problem)
      const tokens = openTokens(sealer, current)
      if (!tokens) throw new RefusedByServerError('there is no token')
      return { ...tokens, expiresAt: current.token_expires_at }
    },
    store: write,
  }
}
