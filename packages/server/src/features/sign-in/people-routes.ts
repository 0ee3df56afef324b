import { AppError, limits, routes } from '@bifrost/contract'
import type { FastifyRequest } from 'fastify'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OrgScope } from '../../platform/scope.ts'
import {
  type AccountRow,
  type Authenticator,
  accountById,
  endSessions,
  giveStep,
} from '../accounts/accounts.ts'

interface Parts {
  db: Database
  authenticator: Authenticator
  /** Where people reach the platform, for links. */
  linkBase: () => string
}

/** What administrators do for the sign-in of other people. They set no password and see none: they hand out a link. */
export function peopleSignInRoutes({ db, authenticator, linkBase }: Parts): Implementation[] {
  const personOf = async (scope: OrgScope, id: string): Promise<AccountRow> => {
    const account = await accountById(db.query, id)
    const mayReach =
      account?.org_id === scope.orgId || (scope.role === 'platform_admin' && scope.orgId === scope.homeOrgId)
    if (!account || !mayReach) throw new AppError('not_found', 'There is no such person.')
    if (account.role === 'platform_admin' && scope.role !== 'platform_admin')
      throw new AppError(
        'forbidden',
        'Only a platform administrator may do this for another platform administrator.',
      )
    return account
  }
  /** People change how they sign in themselves on another page, where they confirm their identity. */
  const otherOf = (scope: OrgScope, id: string): Promise<AccountRow> => {
    if (id === scope.userId)
      throw new AppError('forbidden', 'This is your own account: change it under Sign-in and security.')
    return personOf(scope, id)
  }
  const note = (action: string, person: AccountRow, request: FastifyRequest) =>
    ({
      action,
      target: { type: 'user', id: person.user_id, name: person.email },
      address: request.ip,
    }) as const

  return [
    implement(routes.makePasswordReset, async (scope, { params }, { request }) => {
      const person = await otherOf(scope, params.id)
      const { token, expiresAt } = await db.transaction(async (query) => {
        await query(`delete from sign_in_steps where user_id = $1 and kind = 'password_reset'`, [params.id])
        await audit(query, scope, note('user.make_password_link', person, request))
        const step = { userId: person.user_id, data: {} }
        return giveStep(query, 'password_reset', step, limits.passwordLinkHoursMax * 60)
      })
      // Behind the #, which no server and no log gets to see.
      return { url: `${linkBase()}/reset-password#${token}`, expires_at: expiresAt.toISOString() }
    }),
    implement(routes.removeFactors, async (scope, { params }, { request }) => {
      const person = await otherOf(scope, params.id)
      await db.transaction(async (query) => {
        for (const table of ['totp_factors', 'passkeys', 'recovery_codes'] as const)
          await query(`delete from ${table} where user_id = $1`, [person.user_id])
        await endSessions(query, person.user_id)
        await audit(query, scope, note('user.remove_factors', person, request))
      })
      authenticator.forget()
      return null
    }),
    implement(routes.endUserSessions, async (scope, { params }, { request }) => {
      const person = await personOf(scope, params.id)
      const ended = await db.transaction(async (query) => {
        const count = await endSessions(query, person.user_id)
        await audit(query, scope, {
          ...note('user.end_sessions', person, request),
          after: { sessions_ended: count },
        })
        return count
      })
      authenticator.forget()
      return { ended }
    }),
    implement(routes.getSignInPolicy, async (scope) => ({
      requires_second_factor: await requiresSecondFactor(scope),
    })),
    implement(routes.setSignInPolicy, async (scope, { body }, { request }) => {
      await db.transaction(async (query) => {
        await query('update organizations set requires_second_factor = $2 where id = $1', [
          scope.orgId,
          body.requires_second_factor,
        ])
        await audit(query, scope, {
          action: 'organization.set_sign_in_policy',
          target: { type: 'organization', id: scope.orgId, name: scope.orgName },
          after: body,
          address: request.ip,
        })
      })
      authenticator.forget()
      return body
    }),
  ]

  async function requiresSecondFactor(scope: OrgScope): Promise<boolean> {
    const [row] = await db.query<{ requires_second_factor: boolean }>(
      'select requires_second_factor from organizations where id = $1',
      [scope.orgId],
    )
    return row?.requires_second_factor === true
  }
}
