import type { Me } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import { audit } from '../../../platform/audit.ts'
import type { Database } from '../../../platform/database.ts'
import type { Exchange } from '../../../platform/http/implement.ts'
import { hashToken } from '../../../platform/tokens.ts'
import { type Authenticator, scopeOf } from '../authenticate.ts'
import { meOf } from '../me.ts'
import { type AccountRow, accountBySession } from '../queries.ts'
import { sessionCookieOf, setSessionCookie } from './cookie.ts'
import type { KnownDevices } from './known-devices.ts'
import { openSession, type SignInMethod } from './sessions.ts'

interface Door {
  db: Database
  authenticator: Pick<Authenticator, 'forget'>
  /** Absent: the browser is not remembered. */
  devices?: KnownDevices
}

/**
 * The one door for people: opens a session, hands out its cookie, and writes it down. A session that the browser had
 * before ends, so that no one continues in a session that another person has prepared.
 */
export async function enter(
  { db, authenticator, devices }: Door,
  { request, reply }: Exchange,
  account: AccountRow,
  method: SignInMethod,
): Promise<Me> {
  const before = sessionCookieOf(request)
  const token = await db.transaction(async (query) => {
    if (before)
      await query('delete from sessions where token_hash = $1 or previous_hash = $1', [hashToken(before)])
    const opened = await openSession(query, account, method, request)
    await audit(query, scopeOf(account), {
      action: 'user.sign_in',
      target: { type: 'user', id: account.user_id, name: account.email },
      after: { method },
      address: request.ip,
    })
    return opened.token
  })
  if (before) authenticator.forget()
  setSessionCookie(token, request, reply)
  devices?.remember(request, reply, account.user_id)
  const session = await accountBySession(db, hashToken(token))
  if (!session) throw new Error('the new session is not there')
  return meOf(scopeOf(session, session.must_add_factor ? ['signed_in'] : null), session.must_add_factor)
}

/** Writes down a sign-in that failed; also for an address without an account. */
export async function auditFailedSignIn(
  db: Database,
  request: FastifyRequest,
  account: AccountRow | null,
  attempt: { email: string | null; method: SignInMethod; why: string },
): Promise<void> {
  const { email, method, why } = attempt
  await audit(
    db.query,
    { orgId: account?.org_id ?? null, userId: account?.user_id ?? null, email: account?.email ?? email },
    {
      action: 'user.sign_in',
      target: { type: 'user', id: account?.user_id ?? null, name: account?.email ?? email },
      after: { method, why },
      outcome: 'failure',
      address: request.ip,
    },
  )
}
