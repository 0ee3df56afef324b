import { AppError } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { actFor } from '../../engine/act-for.ts'
import type { Database } from '../../platform/database.ts'
import type { Notifier } from '../../platform/notify.ts'
import { makeScope, type OrgScope } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'
import { type AccountRow, accountByKey, accountBySession, markKeyUsed, touchSession } from './queries.ts'

export const SESSION_COOKIE = 'bifrost_session'
export const SESSION_DAYS = 14

/** Said when somebody's rights have changed: every process forgets what it believes of anybody. */
export const ACCOUNTS_TOPIC = 'accounts'
/** How long a revoked key or session may still be believed by a process that did not hear of it. */
const BELIEF_MS = 3000
const BELIEVED_MAX = 10_000

export interface Authenticator {
  authenticate(request: FastifyRequest): Promise<OrgScope | null>
  /** Every process forgets what it believes: a key was revoked, a session ended, somebody's rights changed. */
  forget(): void
}

interface Believed {
  scope: OrgScope
  expiresAtMs: number
}

export const scopeOf = (row: AccountRow): OrgScope =>
  makeScope({
    orgId: row.org_id,
    orgName: row.org_name,
    userId: row.user_id,
    email: row.email,
    name: row.name,
    role: row.role,
    chain: row.chain,
    organization: row.organization,
    isProvider: row.organization.isProvider,
  })

export function createAuthenticator(db: Database, notifier: Notifier): Authenticator {
  const believed = new LRUCache<string, Believed>({ max: BELIEVED_MAX, ttl: BELIEF_MS })
  // What was read before somebody's rights changed, and comes after that, is not believed.
  let generation = 0
  notifier.subscribe(ACCOUNTS_TOPIC, () => {
    generation++
    believed.clear()
  })

  const believe = (
    token: string,
    row: { expires_at: Date | null },
    scope: OrgScope,
    readIn: number,
  ): OrgScope => {
    if (readIn === generation)
      believed.set(token, { scope, expiresAtMs: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY })
    return scope
  }
  const recall = (token: string): OrgScope | null => {
    const known = believed.get(token)
    return known && known.expiresAtMs > Date.now() ? known.scope : null
  }

  const byKey = async (key: string, asked: string | undefined): Promise<OrgScope> => {
    // For whom it acts is part of what is believed of it.
    const token = asked === undefined ? key : `${key} ${asked}`
    const known = recall(token)
    if (known) return known
    const readIn = generation
    const row = await accountByKey(db, hashToken(key))
    if (!row) throw new AppError('unauthenticated', 'The API key is wrong, expired or revoked.')
    await markKeyUsed(db, row.key_id)
    const home = scopeOf(row)
    return believe(token, row, asked === undefined ? home : await actFor(db.query, home, asked), readIn)
  }

  const bySession = async (token: string): Promise<OrgScope | null> => {
    const known = recall(token)
    if (known) return known
    const hash = hashToken(token)
    const readIn = generation
    const row = await accountBySession(db, hash)
    if (!row) return null
    const dayMs = 24 * 60 * 60 * 1000
    if (Date.now() - row.last_seen_at.getTime() > dayMs) await touchSession(db, hash, SESSION_DAYS)
    const home = scopeOf(row)
    // Whoever may not act there any more is at home again.
    const acting =
      row.acting === null
        ? home
        : await actFor(db.query, home, row.acting).catch((error: unknown) => {
            if (error instanceof AppError) return home
            throw error
          })
    return believe(token, row, acting, readIn)
  }

  return {
    async authenticate(request) {
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const [scheme, key] = authorization.split(' ')
        if (scheme?.toLowerCase() !== 'bearer' || !key)
          throw new AppError('unauthenticated', 'The Authorization header must be "Bearer" and an API key.')
        const asked = request.headers['bifrost-scope']
        return byKey(key, typeof asked === 'string' ? asked : undefined)
      }
      const token = request.cookies[SESSION_COOKIE]
      if (!token) return null
      refuseOtherSites(request)
      return bySession(token)
    },
    forget: () => notifier.publish(ACCOUNTS_TOPIC),
  }
}

/** A cookie travels with requests that other sites cause; those that change something must come from our own pages. */
function refuseOtherSites(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const site = request.headers['sec-fetch-site']
  const { origin, host } = request.headers
  const fromUs = site
    ? site === 'same-origin' || site === 'none'
    : !origin || URL.parse(origin)?.host === host
  if (!fromUs)
    throw new AppError('forbidden', 'This request came from another site; use an API key for that.')
}
