import { AppError } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../platform/database.ts'
import { makeScope, type OrgScope } from '../../platform/scope.ts'
import { type AccountRow, accountByKey, accountBySession, markKeyUsed, touchSession } from './queries.ts'
import { hashToken } from './tokens.ts'

export const SESSION_COOKIE = 'bifrost_session'
export const SESSION_DAYS = 14

/** How long a revoked key or session may still be believed by another process. This one forgets at once. */
const BELIEF_MS = 3000
const BELIEVED_MAX = 10_000

export interface Authenticator {
  authenticate(request: FastifyRequest): Promise<OrgScope | null>
  /** Forgets everything it believes: a key was revoked, a session ended. */
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
  })

export function createAuthenticator(db: Database): Authenticator {
  const believed = new LRUCache<string, Believed>({ max: BELIEVED_MAX, ttl: BELIEF_MS })

  const believe = (token: string, row: AccountRow & { expires_at: Date | null }): OrgScope => {
    const scope = scopeOf(row)
    believed.set(token, { scope, expiresAtMs: row.expires_at?.getTime() ?? Number.POSITIVE_INFINITY })
    return scope
  }
  const recall = (token: string): OrgScope | null => {
    const known = believed.get(token)
    return known && known.expiresAtMs > Date.now() ? known.scope : null
  }

  const byKey = async (key: string): Promise<OrgScope> => {
    const known = recall(key)
    if (known) return known
    const row = await accountByKey(db, hashToken(key))
    if (!row) throw new AppError('unauthenticated', 'The API key is wrong, expired or revoked.')
    await markKeyUsed(db, row.key_id)
    return believe(key, row)
  }

  const bySession = async (token: string): Promise<OrgScope | null> => {
    const known = recall(token)
    if (known) return known
    const hash = hashToken(token)
    const row = await accountBySession(db, hash)
    if (!row) return null
    const dayMs = 24 * 60 * 60 * 1000
    if (Date.now() - row.last_seen_at.getTime() > dayMs) await touchSession(db, hash, SESSION_DAYS)
    return believe(token, row)
  }

  return {
    async authenticate(request) {
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const [scheme, key] = authorization.split(' ')
        if (scheme?.toLowerCase() !== 'bearer' || !key)
          throw new AppError('unauthenticated', 'The Authorization header must be "Bearer" and an API key.')
        return byKey(key)
      }
      const token = request.cookies[SESSION_COOKIE]
      if (!token) return null
      refuseOtherSites(request)
      return bySession(token)
    },
    forget: () => believed.clear(),
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
