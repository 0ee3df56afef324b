import { AppError, routes } from '@bifrost/contract'
import { actFor } from '../../engine/act-for.ts'
import type { Database } from '../../platform/database.ts'
import { type Exchange, type Implementation, implement } from '../../platform/http/implement.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { type Accounts, meOf, prefixOf } from './accounts.ts'
import { type Authenticator, SESSION_COOKIE, SESSION_DAYS, scopeOf } from './authenticate.ts'
import {
  accountBySession,
  deleteKey,
  deleteSession,
  insertKey,
  type KeyRow,
  listKeys,
  setSessionActing,
} from './queries.ts'

export function accountRoutes(
  db: Database,
  accounts: Accounts,
  authenticator: Authenticator,
): Implementation[] {
  const answerSession = async (token: string, { request, reply }: Exchange) => {
    reply.setCookie(SESSION_COOKIE, token, {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: cameByTls(request),
      maxAge: SESSION_DAYS * 24 * 60 * 60,
    })
    const account = await accountBySession(db, hashToken(token))
    if (!account) throw new Error('the new session is not there')
    return meOf(scopeOf(account))
  }

  return [
    implement(routes.getSetup, async () => ({ needed: await accounts.setupNeeded() })),
    implement(routes.setUp, async (_scope, { body }, exchange) =>
      answerSession(await accounts.setUp({ ...body, organization: body.organization }), exchange),
    ),
    implement(routes.login, async (_scope, { body }, exchange) =>
      answerSession(await accounts.signIn(body.email, body.password, exchange.request.ip), exchange),
    ),
    implement(routes.logout, async (_scope, _input, { request, reply }) => {
      const token = request.cookies[SESSION_COOKIE]
      if (token) await deleteSession(db, hashToken(token))
      authenticator.forget()
      reply.clearCookie(SESSION_COOKIE, { path: '/' })
      return null
    }),
    implement(routes.getMe, (scope) => meOf(scope)),
    implement(routes.switchScope, async (scope, { body }, { request }) => {
      const token = request.cookies[SESSION_COOKIE]
      if (!token || request.headers.authorization !== undefined)
        throw new AppError(
          'bad_request',
          'An API key says with each request for whom it acts: the header bifrost-scope.',
        )
      const hash = hashToken(token)
      const account = await accountBySession(db, hash)
      if (!account) throw new AppError('unauthenticated', 'The session has ended; sign in.')
      const home = scopeOf(account)
      const acting = body.scope === 'home' ? home : await actFor(db.query, home, body.scope)
      const { acting: name } = meOf(acting)
      await setSessionActing(scope, db, hash, name === 'home' ? null : name)
      authenticator.forget()
      return meOf(acting)
    }),
    implement(routes.listKeys, async (scope) => ({ items: (await listKeys(scope, db)).map(keyOf) })),
    implement(routes.createKey, async (scope, { body }) => {
      if (!scope.userId) throw new AppError('forbidden', 'Only a person can make API keys.')
      const key = newToken('bfk')
      const row = await insertKey({ orgId: scope.orgId, userId: scope.userId }, db.query, {
        name: body.name,
        prefix: prefixOf(key),
        hash: hashToken(key),
        expiresInDays: body.expires_in_days ?? null,
      })
      return { ...keyOf(row), key }
    }),
    implement(routes.deleteKey, async (scope, { params }) => {
      if (!(await deleteKey(scope, db, params.id)))
        throw new AppError('not_found', 'You have no such API key.')
      authenticator.forget()
      return null
    }),
  ]
}

/** Behind a proxy we are reached by plain HTTP; the browser says where its page came from. */
const cameByTls = ({ protocol, headers }: Exchange['request']): boolean =>
  protocol === 'https' || headers.origin?.startsWith('https://') === true

const keyOf = ({ created_at, last_used_at, expires_at, ...rest }: KeyRow) => ({
  ...rest,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
  expires_at: expires_at?.toISOString() ?? null,
})
