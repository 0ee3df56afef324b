import { ACTING_HEADERS, AppError, limits, type Permission } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import type { Notifier } from '../../platform/notify.ts'
import { type CredentialRef, makeScope, type OrgScope } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'
import { actFor } from '../../tenancy/act-for.ts'
import { type AccountRow, accountByKey, accountBySession, markKeyUsed, type SessionFacts } from './queries.ts'
import { sessionCookieOf, setSessionCookie } from './sessions/cookie.ts'
import { endSession, isProved, rotateSession, touchSession } from './sessions/sessions.ts'

/** How long a revoked key or session may still be accepted by a process that did not hear of it. */
const CACHE_TTL_MS = 3000
const CACHED_MAX = 10_000
/** How old the note of when a session was last used may be. */
const SEEN_MS = 60_000
/** How often the audit log says that a session acts for another organization. */
const VISIT_MS = 60 * 60_000

/** The credential of a request: a session of a browser, or an API key. */
export interface Credential {
  kind: 'session' | 'key'
  id: string
  /** The session counts for nothing but adding a second factor. */
  mustAddFactor: boolean
}

export interface Authenticator {
  /** With a reply, the token of a session may be replaced: the answer carries the new one. */
  authenticate(request: FastifyRequest, reply: FastifyReply | null): Promise<OrgScope | null>
  /** What an authenticated request came with. */
  credentialOf(request: FastifyRequest): Credential | null
  /** The session of a request, which stays the same when its token changes. */
  sessionOf(request: FastifyRequest): string | undefined
  /** The session of a request; refuses API keys, which must not change how their person signs in. */
  requireSession(request: FastifyRequest): string
  /** Refuses API keys that were made for something; how their person signs in is none of it. */
  refuseLimitedKey(scope: OrgScope, request: FastifyRequest): void
  /** The session of a request, whose person proved who they are a short while ago; else throws `proof_needed`. */
  requireProof(request: FastifyRequest): Promise<string>
  /** Gives the session of a request another token: it may do more now, or less. */
  rotate(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Every process drops its cached credentials: a key was revoked, a session ended, rights of a person changed. */
  forget(): void
}

interface Found {
  scope: OrgScope
  credential: Credential
}

interface Cached extends Found {
  expiresAtMs: number
}

export const scopeOf = (
  row: AccountRow,
  limitedTo: readonly Permission[] | null = null,
  credential: CredentialRef | null = null,
): OrgScope =>
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
    limitedTo,
    credential,
  })

export function createAuthenticator(
  db: Database,
  notifier: Notifier,
  publicUrl: string | null,
): Authenticator {
  const cached = new LRUCache<string, Cached>({ max: CACHED_MAX, ttl: CACHE_TTL_MS })
  const visits = new LRUCache<string, true>({ max: CACHED_MAX, ttl: VISIT_MS })
  const credentials = new WeakMap<FastifyRequest, Credential>()
  // A row that was read before rights changed, and arrives after that, is not cached.
  let generation = 0
  notifier.subscribe('accounts', () => {
    generation++
    cached.clear()
  })

  const cache = (token: string, expiresAt: Date | null, found: Found, readIn: number): Found => {
    const expiresAtMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
    if (readIn === generation) cached.set(token, { ...found, expiresAtMs })
    return found
  }
  const recall = (token: string): Cached | null => {
    const known = cached.get(token)
    return known && known.expiresAtMs > Date.now() ? known : null
  }

  const byKey = async (key: string, asked: string | null): Promise<Found> => {
    // The organization that it acts for is part of the cache key.
    const token = asked === null ? key : `${key} ${asked}`
    const known = recall(token)
    if (known) return known
    const readIn = generation
    const row = await accountByKey(db, hashToken(key))
    if (!row) throw new AppError('unauthenticated', 'The API key is wrong, expired or revoked.')
    await markKeyUsed(db, row.key_id)
    const home = scopeOf(row, row.permissions, { kind: 'key', id: row.key_id })
    const scope = asked === null ? home : await actFor(db.query, home, asked)
    const credential = { kind: 'key', id: row.key_id, mustAddFactor: false } as const
    return cache(token, row.expires_at, { scope, credential }, readIn)
  }

  const bySession = async (
    token: string,
    asked: string | null,
    request: FastifyRequest,
    reply: FastifyReply | null,
  ) => {
    // Each request names the organization that it acts for, and nothing else does: two tabs of one session act for
    // different customers.
    const cacheKey = asked === null ? token : `${token} ${asked}`
    const known = recall(cacheKey)
    if (known) return known
    const hash = hashToken(token)
    const readIn = generation
    const row = await accountBySession(db, hash)
    if (!row) return null
    const ageMs = Date.now() - row.rotated_at.getTime()
    if (row.is_previous && row.is_rotation_seen && ageMs > limits.sessionGraceMs) {
      await endReused(row, request)
      return null
    }
    if (Date.now() - row.last_seen_at.getTime() > SEEN_MS || (!row.is_previous && !row.is_rotation_seen))
      await touchSession(db.query, row.session_id, !row.is_previous)
    const isDue = row.is_previous
      ? !row.is_rotation_seen && ageMs > limits.sessionGraceMs
      : ageMs > limits.sessionRotationMs
    if (reply && isDue) {
      const next = await rotateSession(db.query, row.session_id, hash)
      if (next) setSessionCookie(next, request, reply)
    }
    const session = { kind: 'session', id: row.session_id } as const
    const home = scopeOf(row, row.must_add_factor ? ['signed_in'] : null, session)
    // Refused where they may not act (any more): falling back to another organization would act for the wrong one.
    const scope = asked === null ? home : await actFor(db.query, home, asked)
    await noteVisit(row.session_id, scope)
    const credential = { kind: 'session', id: row.session_id, mustAddFactor: row.must_add_factor } as const
    return cache(cacheKey, row.expires_at, { scope, credential }, readIn)
  }

  /** In the log of the organization that a person of another organization acts for, once per session and hour. */
  const noteVisit = async (session: string, scope: OrgScope): Promise<void> => {
    if (scope.owner === scope.homeOrgId) return
    const visit = `${session} ${scope.owner}`
    if (visits.has(visit)) return
    visits.set(visit, true)
    const noted = audit(db.as(scope).query, scope, {
      action: 'session.act_for',
      target: {
        type: 'organization',
        id: scope.owner,
        name: scope.owner === null ? 'global' : scope.orgName,
      },
    })
    await noted.catch((error: unknown) => {
      visits.delete(visit)
      throw error
    })
  }

  /** A token that was replaced long ago is used again: someone has a copy. The session ends for all who have it. */
  const endReused = async (row: AccountRow & SessionFacts, request: FastifyRequest): Promise<void> => {
    await db.transaction(async (query) => {
      await endSession(query, row.user_id, row.session_id)
      await audit(query, scopeOf(row), {
        action: 'session.reuse',
        target: { type: 'session', id: row.session_id },
        outcome: 'failure',
        address: request.ip,
      })
    })
    notifier.publish('accounts')
  }

  const credentialOf = (request: FastifyRequest) => credentials.get(request) ?? null
  const sessionOf = (request: FastifyRequest): string | undefined => {
    const credential = credentialOf(request)
    return credential?.kind === 'session' ? credential.id : undefined
  }
  const requireSession = (request: FastifyRequest): string => {
    const session = sessionOf(request)
    if (session === undefined)
      throw new AppError('forbidden', 'Only a person who signed in may do this, not an API key.')
    return session
  }

  /** A person who finds a browser open must not take over its account. */
  const requireProof = async (request: FastifyRequest): Promise<string> => {
    const session = requireSession(request)
    if (!(await isProved(db.query, session)))
      throw new AppError('proof_needed', 'You signed in a while ago. Confirm your identity first.')
    return session
  }

  return {
    requireProof,
    refuseLimitedKey(scope, request) {
      if (scope.limitedTo !== null && sessionOf(request) === undefined)
        throw new AppError('forbidden', 'This API key does not have the permission for this.')
    },
    credentialOf,
    sessionOf,
    requireSession,
    async authenticate(request, reply) {
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const [scheme, key] = authorization.split(' ')
        if (scheme?.toLowerCase() !== 'bearer' || !key)
          throw new AppError('unauthenticated', 'The Authorization header must be "Bearer" and an API key.')
        const { scope, credential } = await byKey(key, scopeAskedFor(request))
        credentials.set(request, credential)
        return scope
      }
      const token = sessionCookieOf(request)
      if (!token) return null
      refuseOtherSites(request, publicUrl)
      const found = await bySession(token, scopeAskedFor(request), request, reply)
      if (!found) return null
      refuseOtherPerson(found.scope, request)
      credentials.set(request, found.credential)
      return found.scope
    },
    async rotate(request, reply) {
      const id = requireSession(request)
      const hash = hashToken(sessionCookieOf(request) ?? '')
      const next = await rotateSession(db.query, id, hash)
      if (next) setSessionCookie(next, request, reply)
      notifier.publish('accounts')
    },
    forget: () => notifier.publish('accounts'),
  }
}

/**
 * The organization that a request wants to act for: the header, or the query parameter where a browser can send no
 * header (links to files, frames, event streams). Null: at home.
 */
function scopeAskedFor({ headers, actingQuery }: FastifyRequest): string | null {
  const asked = headers[ACTING_HEADERS.scope] ?? actingQuery?.scope
  return typeof asked !== 'string' || asked === 'home' ? null : asked
}

/** A tab that still shows one person must not act as another, who has signed in through another tab meanwhile. */
function refuseOtherPerson(scope: OrgScope, { headers, actingQuery }: FastifyRequest): void {
  const expected = headers[ACTING_HEADERS.user] ?? actingQuery?.user
  if (typeof expected === 'string' && expected !== scope.userId)
    throw new AppError(
      'acting_changed',
      'Another person has signed in through another tab of this browser. Reload the page.',
    )
}

/**
 * A cookie travels with requests that other sites cause; those that change something must come from our own pages. A
 * browser says where they come from, in one of two headers; what says nothing is no browser, and has no use for a cookie.
 */
function refuseOtherSites({ method, headers }: FastifyRequest, publicUrl: string | null): void {
  if (method === 'GET' || method === 'HEAD') return
  const site = headers['sec-fetch-site']
  const { origin, host } = headers
  const from = origin === undefined ? null : URL.parse(origin)
  const isOurs = from !== null && (from.host === host || from.origin === publicUrlOrigin(publicUrl))
  const fromUs = site ? site === 'same-origin' || site === 'none' : isOurs
  if (!fromUs) throw new AppError('forbidden', 'Requests from other sites need an API key.')
}

const publicUrlOrigin = (publicUrl: string | null) => (publicUrl === null ? null : new URL(publicUrl).origin)
