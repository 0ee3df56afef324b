import { AppError, actingPath, type IntegrationProblem } from '@bifrost/contract'
import * as client from 'openid-client'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { Log } from '../../platform/log.ts'
import { type OrgScope, requirePermission } from '../../platform/scope.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { actFor } from '../../tenancy/act-for.ts'
import { scopeOf } from '../../tenancy/scope-of.ts'
import { openCredentials } from './credentials.ts'
import { effectiveOf } from './effective.ts'
import type { Integrations } from './integrations.ts'
import type { Grant, OAuth } from './oauth.ts'
import type { TokenKeeper } from './tokens.ts'

/** What the browser brings back. */
export interface ConnectAnswer {
  /** The address it came to, as the platform is reached. */
  query: Record<string, string>
  sessionToken: string | undefined
}

export interface Connecting {
  /** Where the person's browser goes to allow it. */
  begin(scope: OrgScope, id: string, sessionToken: string, origin: string): Promise<string>
  /** Path of our pages to continue to. */
  finish(answer: ConnectAnswer): Promise<string>
}

const MINUTES = 10

/**
 * The authorization-code flow with PKCE. The state is random, kept as a hash, good for one visit of the session that
 * began, within ten minutes, and names the integration and the organization: nothing of the answer is used for that.
 */
export function createConnecting(parts: {
  db: Database
  sealer: Sealer
  oauth: OAuth
  tokens: TokenKeeper
  integrations: Integrations
  log: Log
}): Connecting {
  const { db, sealer, oauth, tokens, integrations, log } = parts
  const bindingOf = (hash: Buffer) => `integrations/connect/${hash.toString('hex')}`

  return {
    async begin(scope, id, sessionToken, origin) {
      const integration = await integrations.find(scope, { id })
      if (integration.auth !== 'oauth')
        throw new AppError(
          'conflict',
          `${integration.name} is not connected by OAuth. Enter its credentials.`,
        )
      const { client: row } = effectiveOf(integration, await integrations.settings(scope, integration))
      if (!row) throw new AppError('conflict', `Enter the client ID of ${integration.name} first.`)
      const state = newToken('st')
      const hash = hashToken(state)
      const verifier = client.randomPKCECodeVerifier()
      const redirectUri = integrations.redirectUri(origin)
      const url = await oauth
        .authorizationUrl(integration, openCredentials(sealer, row), { redirectUri, state, verifier })
        .catch((error: Error) => {
          throw new AppError('conflict', `${integration.name} cannot be connected: ${error.message}`)
        })
      await db.query('delete from integration_connects where expires_at < now()')
      await db.query(
        `insert into integration_connects (state_hash, integration_id, org_id, user_id, session_hash, secret_sealed, redirect_uri, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(mins => $8))`,
        [
          hash,
          id,
          scope.owner,
          scope.userId,
          hashToken(sessionToken),
          sealer.seal(verifier, bindingOf(hash)),
          redirectUri,
          MINUTES,
        ],
      )
      return url.href
    },

    async finish({ query, sessionToken }) {
      const { state = '' } = query
      const hash = hashToken(state)
      // Taken before anything else is looked at: a state is good once, whatever becomes of it.
      const [begun] = await db.query<{
        integration_id: string
        org_id: string | null
        user_id: string
        session_hash: Buffer
        secret_sealed: Buffer
        redirect_uri: string
      }>(
        `delete from integration_connects where state_hash = $1 and expires_at > now()
         returning integration_id, org_id, user_id, session_hash, secret_sealed, redirect_uri`,
        [hash],
      )
      if (!begun) return pageFor('')('', 'expired')
      const to = `/${begun.integration_id}`
      const page = pageFor(await prefixFor(begun.user_id, begun.org_id))
      if (!sessionToken || !hashToken(sessionToken).equals(begun.session_hash))
        return page(to, 'other_session')
      if (query['error'] !== undefined) {
        const { error, error_description: description } = query
        log.warn(
          { error, description: description?.slice(0, 500), integration: begun.integration_id },
          'an integration was refused access',
        )
        return page(to, answered.find((known) => known === error) ?? 'declined')
      }
      try {
        const scope = await scopeFor(begun.user_id, begun.org_id)
        const integration = await integrations.find(scope, { id: begun.integration_id })
        const { client: row } = effectiveOf(integration, await integrations.settings(scope, integration))
        if (!row) return page(to, 'credentials_removed')
        const url = new URL(begun.redirect_uri)
        for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
        const grant = await oauth.exchange(integration, openCredentials(sealer, row), {
          url,
          state,
          verifier: sealer.open(begun.secret_sealed, bindingOf(hash)),
        })
        await keep(scope, integration.id, integration.name, grant)
        return page(`${to}?connected=true`, null)
      } catch (error) {
        log.warn({ err: error, integration: begun.integration_id }, 'an integration could not be connected')
        const isRefused = error instanceof AppError && error.code === 'forbidden'
        return page(to, isRefused ? 'not_allowed' : 'failed')
      }
    },
  }

  /** The page for the organization that it was begun for, wherever the person is at home. */
  async function prefixFor(userId: string, owner: string | null): Promise<string> {
    if (owner === null) return actingPath(null)
    const [org] = await db.query<{ id: string; slug: string; is_home: boolean }>(
      `select id, slug, exists (select from users u where u.id = $2 and u.org_id = o.id) as is_home
       from organizations o where id = $1`,
      [owner, userId],
    )
    return org && !org.is_home ? actingPath(org) : ''
  }

  /** The scope of the person who began, who may have lost the right to meanwhile. */
  async function scopeFor(userId: string, owner: string | null): Promise<OrgScope> {
    const [user] = await db.query<{ org_id: string }>(
      'select org_id from users where id = $1 and is_active',
      [userId],
    )
    const home = user ? await scopeOf(db.query, user.org_id, userId) : null
    if (!home) throw new AppError('forbidden', 'You may no longer do this.')
    const acting = owner === home.orgId ? home : await actFor(db.query, home, owner ?? 'global')
    requirePermission(acting, 'integration:write')
    return acting
  }

  async function keep(scope: OrgScope, id: string, name: string, grant: Grant): Promise<void> {
    const row = await db.as(scope).transaction(async (query) => {
      const [made] = await query<{ id: string }>(
        `insert into integration_connections as c (id, integration_id, org_id) values ($1, $2, $3)
         on conflict (integration_id, org_id) do update set updated_at = now() returning id`,
        [newId(), id, scope.owner],
      )
      await audit(query, scope, {
        action: 'integration.connect',
        target: { type: 'integration', id, name },
        after: { scope: grant.tokens.scope, expires_at: grant.expiresAt?.toISOString() ?? null },
      })
      return made
    })
    if (row) await tokens.store({ id: row.id, integration_id: id, org_id: scope.owner }, grant, scope.userId)
  }
}

/** Of what a service may answer in place of access, what there are words for. */
const answered = ['access_denied', 'invalid_scope', 'unauthorized_client', 'temporarily_unavailable'] as const

const pageFor = (prefix: string) => (path: string, problem: IntegrationProblem | null) => {
  const query = problem === null ? '' : `?problem=${problem}`
  return `${prefix}/integrations${path}${query}`
}
