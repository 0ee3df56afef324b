import { AppError, limits, type Me, routes } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { type Exchange, type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import {
  type Authenticator,
  accountById,
  auditFailedSignIn,
  endSession,
  endSessions,
  enter,
  giveStep,
  hashPassword,
  type KnownDevices,
  listSessions,
  requireGoodPassword,
  type SessionRow,
  takeStep,
  tryStep,
  verifyPassword,
} from '../accounts/accounts.ts'
import type { Factors, Passkeys } from '../factors/factors.ts'
import { type SignIn, stepOver } from './sign-in.ts'

interface Parts {
  db: Database
  signIn: SignIn
  factors: Factors
  passkeys: Passkeys
  authenticator: Authenticator
  devices: KnownDevices
}

/** Signing in, the password, and the places where one is signed in. */
export function signInRoutes({
  db,
  signIn,
  factors,
  passkeys,
  authenticator,
  devices,
}: Parts): Implementation[] {
  const withPasskey = async (
    { token, response }: { token: string; response: object },
    exchange: Exchange,
  ): Promise<Me> => {
    const { request } = exchange
    const passed = await signIn.limits.takeAddress('passkey', request.ip)
    const found = await passkeys.signIn({ token, response }, request)
    const account = found ? await accountById(db.query, found.userId) : null
    if (!found || !account) {
      await auditFailedSignIn(db, request, account, { email: null, method: 'passkey', why: 'passkey' })
      throw new AppError('sign_in_failed', 'The passkey was not accepted. Try again.')
    }
    if (found.secondFactorToken && !(await takeStep(db.query, 'second_factor', found.secondFactorToken)))
      throw stepOver()
    await passed()
    return enter({ db, authenticator, devices }, exchange, account, 'passkey')
  }

  return [
    implement(routes.login, (_scope, { body }, exchange) => signIn.withPassword(body, exchange)),
    implement(routes.loginSecondFactor, (_scope, { body }, exchange) => signIn.withCode(body, exchange)),
    implement(routes.startPasskeyLogin, async (_scope, { body }, { request }) => {
      const token = body.second_factor_token
      if (token === undefined) return passkeys.startSignIn(request, null)
      const step = await tryStep(db.query, 'second_factor', token, LOOKS_MAX)
      if (!step?.userId) throw stepOver()
      return passkeys.startSignIn(request, { userId: step.userId, token })
    }),
    implement(routes.loginPasskey, (_scope, { body }, exchange) => withPasskey(body, exchange)),

    implement(routes.prove, async (scope, { body }, { request }) => {
      const session = authenticator.requireSession(request)
      const account = await accountById(db.query, scope.userId ?? '')
      if (!account) throw new AppError('unauthenticated', 'The session has ended. Sign in again.')
      const userId = account.user_id
      const passed = await signIn.limits.takeOwn(`proof ${session}`)
      const isProved =
        (body.password !== undefined && (await verifyPassword(account.password_hash, body.password))) ||
        (body.code !== undefined && (await factors.useCode(userId, body.code)) !== null) ||
        (body.passkey !== undefined && (await passkeys.signIn(body.passkey, request))?.userId === userId)
      if (!isProved) {
        await auditFailedSignIn(db, request, account, {
          email: account.email,
          method: 'password',
          why: 'proof',
        })
        throw new AppError('forbidden', "Couldn't confirm your identity. Try again.")
      }
      await passed()
      await giveStep(db.query, 'proof', { userId, data: { session } }, limits.proofMinutesMax)
      return null
    }),
    implement(routes.changePassword, async (scope, { body }, { request, reply }) => {
      const session = authenticator.requireSession(request)
      const account = await accountById(db.query, scope.userId ?? '')
      if (!account) throw new AppError('unauthenticated', 'The session has ended. Sign in again.')
      // A person without a password sets their first one.
      if (account.password_hash === null) await authenticator.requireProof(request)
      else {
        const passed = await signIn.limits.takeOwn(`password ${session}`)
        if (!(await verifyPassword(account.password_hash, body.current_password ?? '')))
          throw new AppError('forbidden', 'The current password is wrong.')
        await passed()
      }
      await requireGoodPassword(body.password, {
        email: account.email,
        name: account.name,
        orgName: account.org_name,
      })
      await setPassword(scope, body.password, session, request.ip)
      await authenticator.rotate(request, reply)
      return null
    }),
    implement(routes.resetPassword, async (_scope, { body }, { request }) => {
      const passed = await signIn.limits.takeAddress('password link', request.ip)
      const look = await tryStep(db.query, 'password_reset', body.token, LOOKS_MAX)
      const account = look?.userId ? await accountById(db.query, look.userId) : null
      if (!account)
        throw new AppError('forbidden', 'This link is invalid or has already been used. Ask for a new one.')
      await requireGoodPassword(body.password, {
        email: account.email,
        name: account.name,
        orgName: account.org_name,
      })
      if (!(await takeStep(db.query, 'password_reset', body.token)))
        throw new AppError('forbidden', 'This link has already been used. Ask for a new one.')
      await passed()
      const person = { orgId: account.org_id, userId: account.user_id, email: account.email }
      await setPassword(person, body.password, null, request.ip)
      return null
    }),

    implement(routes.listSessions, async (scope, _input, { request }) => {
      authenticator.refuseLimitedKey(scope, request)
      const current = authenticator.credentialOf(request)?.id
      const rows = await listSessions(db.query, scope.userId ?? '')
      return { items: rows.map((row) => ({ ...sessionOf(row), is_current: row.id === current })) }
    }),
    implement(routes.endSession, async (scope, { params }, { request }) => {
      authenticator.refuseLimitedKey(scope, request)
      if (!(await endSession(db.query, scope.userId ?? '', params.id)))
        throw new AppError('not_found', 'You have no such session.')
      await auditEnd(scope, params.id, 1, request.ip)
      authenticator.forget()
      return null
    }),
    implement(routes.endOtherSessions, async (scope, _input, { request }) => {
      authenticator.refuseLimitedKey(scope, request)
      const current = authenticator.credentialOf(request)
      const ended = await endSessions(
        db.query,
        scope.userId ?? '',
        current?.kind === 'session' ? current.id : null,
      )
      await auditEnd(scope, null, ended, request.ip)
      authenticator.forget()
      return { ended }
    }),
  ]

  async function setPassword(
    person: Pick<OrgScope, 'userId' | 'email' | 'orgId'>,
    password: string,
    session: string | null,
    address: string,
  ): Promise<void> {
    const passwordHash = await hashPassword(password)
    await db.transaction(async (query) => {
      await query('update users set password_hash = $2 where id = $1', [person.userId, passwordHash])
      // Earlier links would undo it.
      await query('delete from sign_in_steps where user_id = $1', [person.userId])
      const ended = await endSessions(query, person.userId ?? '', session)
      await audit(query, person, {
        action: 'user.set_password',
        target: { type: 'user', id: person.userId, name: person.email },
        after: { sessions_ended: ended },
        address,
      })
    })
    authenticator.forget()
  }

  function auditEnd(scope: OrgScope, id: string | null, ended: number, address: string): Promise<void> {
    return audit(db.query, scope, {
      action: 'session.end',
      target: { type: 'session', id },
      after: { sessions_ended: ended },
      address,
    })
  }
}

const sessionOf = ({ created_at, last_seen_at, expires_at, user_agent, ...row }: SessionRow) => ({
  id: row.id,
  method: row.method,
  device: user_agent,
  address: row.address,
  created_at: created_at.toISOString(),
  last_seen_at: last_seen_at.toISOString(),
  expires_at: expires_at.toISOString(),
})

/** Looks at a step that guess nothing; the limit of their address stops those who make many. */
const LOOKS_MAX = 1000
