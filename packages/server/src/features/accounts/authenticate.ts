import { AppError, limits, type Permission } from '@bifrost/contract'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import { actFor } from '../../engine/act-for.ts'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { ACCOUNTS_TOPIC, type Notifier } from '../../platform/notify.ts'
import { makeScope, type OrgScope } from '../../platform/scope.ts'
import { hashToken } from '../../platform/tokens.ts'
import { type AccountRow, accountByKey, accountBySession, markKeyUsed, type SessionFacts } from './queries.ts'
import { SESSION_COOKIE, setSessionCookie } from './sign-in/cookie.ts'
import { endSession, isProved, rotateSession, touchSession } from './sign-in/sessions.ts'

/** How long a revoked key or session may still be believed by a process that did not hear of it. */
const BELIEF_MS = 3000
const BELIEVED_MAX = 10_000
/** How old the note of when a session was last used may be. */
const SEEN_MS = 60_000

/** What somebody came with: a session of a browser, or an API key. */
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
  /** The session of a request; refuses API keys, which shall not change how their person signs in. */
  demandSession(request: FastifyRequest): string
  /** Refuses API keys that were made for something; how their person signs in is none of it. */
  refuseLimitedKey(scope: OrgScope, request: FastifyRequest): void
  /** The session of a request, whose person proved who they are a short while ago; else throws `proof_needed`. */
  demandProof(request: FastifyRequest): Promise<string>
  /** Gives the session of a request another token: it may do more now, or less. */
  rotate(request: FastifyRequest, reply: FastifyReply): Promise<void>
  /** Every process forgets what it believes: a key was revoked, a session ended, somebody's rights changed. */
  forget(): void
}

interface Found {
  scope: OrgScope
  credential: Credential
}

interface Believed extends Found {
  expiresAtMs: number
}

export const scopeOf = (row: AccountRow, limitedTo: readonly Permission[] | null = null): OrgScope =>
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
  })

export function createAuthenticator(
  db: Database,
  notifier: Notifier,
  publicUrl: string | null,
): Authenticator {
  const believed = new LRUCache<string, Believed>({ max: BELIEVED_MAX, ttl: BELIEF_MS })
  const credentials = new WeakMap<FastifyRequest, Credential>()
  // What was read before somebody's rights changed, and comes after that, is not believed.
  let generation = 0
  notifier.subscribe(ACCOUNTS_TOPIC, () => {
    generation++
    believed.clear()
  })

  const believe = (token: string, expiresAt: Date | null, found: Found, readIn: number): Found => {
    const expiresAtMs = expiresAt?.getTime() ?? Number.POSITIVE_INFINITY
    if (readIn === generation) believed.set(token, { ...found, expiresAtMs })
    return found
  }
  const recall = (token: string): Believed | null => {
    const known = believed.get(token)
    return known && known.expiresAtMs > Date.now() ? known : null
  }

  const byKey = async (key: string, asked: string | undefined): Promise<Found> => {
    // For whom it acts is part of what is believed of it.
    const token = asked === undefined ? key : `${key} ${asked}`
    const known = recall(token)
    if (known) return known
    const readIn = generation
    const row = await accountByKey(db, hashToken(key))
    if (!row) throw new AppError('unauthenticated', 'The API key is wrong, expired or revoked.')
    await markKeyUsed(db, row.key_id)
    const home = scopeOf(row, row.permissions)
    const scope = asked === undefined ? home : await actFor(db.query, home, asked)
    const credential = { kind: 'key', id: row.key_id, mustAddFactor: false } as const
    return believe(token, row.expires_at, { scope, credential }, readIn)
  }

  const bySession = async (token: string, request: FastifyRequest, reply: FastifyReply | null) => {
    const known = recall(token)
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
    const home = scopeOf(row, row.must_add_factor ? ['signed_in'] : null)
    // Whoever may not act there any more is at home again.
    const acting =
      row.acting === null
        ? home
        : await actFor(db.query, home, row.acting).catch((error: unknown) => {
            if (error instanceof AppError) return home
            throw error
          })
    const credential = { kind: 'session', id: row.session_id, mustAddFactor: row.must_add_factor } as const
    return believe(token, row.expires_at, { scope: acting, credential }, readIn)
  }

  /** A token that was replaced long ago is used again: somebody has a copy. Nobody is to go on with this session. */
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
    notifier.publish(ACCOUNTS_TOPIC)
  }

  const credentialOf = (request: FastifyRequest) => credentials.get(request) ?? null
  const sessionOf = (request: FastifyRequest): string | undefined => {
    const credential = credentialOf(request)
    return credential?.kind === 'session' ? credential.id : undefined
  }
  const demandSession = (request: FastifyRequest): string => {
    const session = sessionOf(request)
    if (session === undefined)
      throw new AppError('forbidden', 'Only a person who signed in may do this, not an API key.')
    return session
  }

  /** Who finds a browser open shall not make themselves at home in it. */
  const demandProof = async (request: FastifyRequest): Promise<string> => {
    const session = demandSession(request)
    if (!(await isProved(db.query, session)))
      throw new AppError('proof_needed', 'You signed in a while ago: prove that it is still you.')
    return session
  }

  return {
    demandProof,
    refuseLimitedKey(scope, request) {
      if (scope.limitedTo !== null && sessionOf(request) === undefined)
        throw new AppError('forbidden', 'This API key is not made for this.')
    },
    credentialOf,
    sessionOf,
    demandSession,
    async authenticate(request, reply) {
      const { authorization } = request.headers
      if (authorization !== undefined) {
        const [scheme, key] = authorization.split(' ')
        if (scheme?.toLowerCase() !== 'bearer' || !key)
          throw new AppError('unauthenticated', 'The Authorization header must be "Bearer" and an API key.')
        const asked = request.headers['bifrost-scope']
        const { scope, credential } = await byKey(key, typeof asked === 'string' ? asked : undefined)
        credentials.set(request, credential)
        return scope
      }
      const token = request.cookies[SESSION_COOKIE]
      if (!token) return null
      refuseOtherSites(request, publicUrl)
      const found = await bySession(token, request, reply)
      if (!found) return null
      credentials.set(request, found.credential)
      return found.scope
    },
    async rotate(request, reply) {
      const id = demandSession(request)
      const hash = hashToken(request.cookies[SESSION_COOKIE] ?? '')
      const next = await rotateSession(db.query, id, hash)
      if (next) setSessionCookie(next, request, reply)
      notifier.publish(ACCOUNTS_TOPIC)
    },
    forget: () => notifier.publish(ACCOUNTS_TOPIC),
  }
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
  if (!fromUs)
    throw new AppError('forbidden', 'This request came from another site; use an API key for that.')
}

const publicUrlOrigin = (publicUrl: string | null) => (publicUrl === null ? null : new URL(publicUrl).origin)
