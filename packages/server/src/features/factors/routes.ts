import { AppError, routes } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import { type AuditEntry, audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { type Exchange, type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Authenticator, SignInLimits } from '../accounts/accounts.ts'
import { type Factors, forgetUselessCodes } from './factors.ts'
import { listPasskeys, type Passkeys, passkeyOf } from './passkeys.ts'

interface Parts {
  db: Database
  factors: Factors
  passkeys: Passkeys
  limits: SignInLimits
  authenticator: Authenticator
}

/** What people have beside a password; only in a session, since a stolen API key must not bring its own factor. */
export function factorRoutes({ db, factors, passkeys, limits, authenticator }: Parts): Implementation[] {
  const personOf = (scope: OrgScope, request: FastifyRequest) => {
    authenticator.requireSession(request)
    if (scope.userId === null || scope.email === null) throw new Error('a session is always of a person')
    return { userId: scope.userId, homeOrgId: scope.homeOrgId, email: scope.email, name: scope.name ?? '' }
  }
  const provedPersonOf = async (scope: OrgScope, request: FastifyRequest) => {
    await authenticator.requireProof(request)
    return personOf(scope, request)
  }
  const change = async <T>(
    scope: OrgScope,
    { request, reply }: Exchange,
    entry: Pick<AuditEntry, 'action' | 'after'>,
    work: (query: Query) => Promise<T>,
  ): Promise<T> => {
    const done = await db.transaction(async (query) => {
      const result = await work(query)
      const target = { type: 'user', id: scope.userId, name: scope.email }
      await audit(query, scope, { ...entry, target, address: request.ip })
      return result
    })
    // The session may do more now, or less.
    await authenticator.rotate(request, reply)
    return done
  }

  return [
    implement(routes.getSecurity, async (scope, _input, { request }) => {
      authenticator.refuseLimitedKey(scope, request)
      const [row] = await db.query<{
        has_password: boolean
        has_totp: boolean
        recovery_codes_left: number
        second_factor_required: boolean
      }>(
        `select u.password_hash is not null as has_password,
           exists (select from totp_factors t where t.user_id = u.id and t.confirmed_at is not null) as has_totp,
           (select count(*) from recovery_codes r where r.user_id = u.id) as recovery_codes_left,
           exists (select from organizations p where p.id = any (o.path) and p.requires_second_factor) as second_factor_required
         from users u join organizations o on o.id = u.org_id where u.id = $1`,
        [scope.userId],
      )
      if (!row) throw new AppError('not_found', 'You have no account here.')
      const identities = await db.query<{ provider: string; last_used_at: Date }>(
        `select p.name as provider, i.last_used_at from identities i join identity_providers p on p.id = i.provider_id
         where i.user_id = $1 order by p.name`,
        [scope.userId],
      )
      return {
        ...row,
        passkeys: (await listPasskeys(db.query, scope.userId ?? '')).map(passkeyOf),
        identities: identities.map((one) => ({ ...one, last_used_at: one.last_used_at.toISOString() })),
      }
    }),
    implement(routes.startTotp, async (scope, _input, { request }) =>
      factors.startTotp(await provedPersonOf(scope, request)),
    ),
    implement(routes.confirmTotp, async (scope, { body }, exchange) => {
      const person = await provedPersonOf(scope, exchange.request)
      const passed = await limits.takeOwn(`code ${person.userId}`)
      const codes = await change(scope, exchange, { action: 'user.add_totp' }, (query) =>
        factors.confirmTotp(query, person, body.code),
      )
      await passed()
      return { recovery_codes: codes }
    }),
    implement(routes.removeTotp, async (scope, { body }, exchange) => {
      const { userId } = personOf(scope, exchange.request)
      const passed = await limits.takeOwn(`code ${userId}`)
      if (!(await factors.useCode(userId, body.code)))
        throw new AppError('forbidden', 'The code is wrong or has already been used.')
      await passed()
      await change(scope, exchange, { action: 'user.remove_totp' }, (query) =>
        factors.removeTotp(query, userId),
      )
      return null
    }),
    implement(routes.newRecoveryCodes, async (scope, _input, exchange) => {
      const person = await provedPersonOf(scope, exchange.request)
      if ((await factors.methodsOf(person.userId)).length === 0)
        throw new AppError('conflict', 'Add an authenticator app or a passkey first.')
      const codes = await change(scope, exchange, { action: 'user.new_recovery_codes' }, (query) =>
        factors.newRecoveryCodes(query, person),
      )
      return { recovery_codes: codes }
    }),

    implement(routes.startPasskey, async (scope, _input, { request }) =>
      passkeys.startRegistration(await provedPersonOf(scope, request), request),
    ),
    implement(routes.addPasskey, async (scope, { body }, exchange) => {
      const person = await provedPersonOf(scope, exchange.request)
      return change(
        scope,
        exchange,
        { action: 'user.add_passkey', after: { name: body.name } },
        async (query) => {
          const row = await passkeys.register(query, person, body, exchange.request)
          return { passkey: passkeyOf(row), recovery_codes: await factors.firstRecoveryCodes(query, person) }
        },
      )
    }),
    implement(routes.renamePasskey, async (scope, { params, body }, { request }) => {
      const { userId } = personOf(scope, request)
      const renamed = await db.transaction(async (query) => {
        const rows = await query(
          'update passkeys set name = $3 where id = $1 and user_id = $2 returning id',
          [params.id, userId, body.name],
        )
        if (rows.length > 0)
          await audit(query, scope, {
            action: 'user.rename_passkey',
            target: { type: 'passkey', id: params.id, name: body.name },
          })
        return rows
      })
      const row = (await listPasskeys(db.query, userId)).find((one) => one.id === params.id)
      if (renamed.length === 0 || !row) throw noPasskey()
      return passkeyOf(row)
    }),
    implement(routes.deletePasskey, async (scope, { params }, exchange) => {
      const { userId } = await provedPersonOf(scope, exchange.request)
      await change(scope, exchange, { action: 'user.delete_passkey' }, async (query) => {
        const deleted = await query('delete from passkeys where id = $1 and user_id = $2 returning id', [
          params.id,
          userId,
        ])
        if (deleted.length === 0) throw noPasskey()
        await forgetUselessCodes(query, userId)
      })
      return null
    }),
  ]
}

const noPasskey = () => new AppError('not_found', 'You have no such passkey.')
