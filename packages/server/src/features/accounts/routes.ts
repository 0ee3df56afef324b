import { AppError, type Permission, routes } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { hashToken, newToken } from '../../platform/tokens.ts'
import { actFor } from '../../tenancy/act-for.ts'
import type { Authenticator } from './authenticate.ts'
import { meOf, prefixOf } from './me.ts'
import { deleteKey, insertKey, type KeyRow, listKeys, ownerOf } from './queries.ts'
import { forgetSession } from './sessions/cookie.ts'
import { enter } from './sessions/enter.ts'
import { endSession } from './sessions/sessions.ts'
import type { Accounts } from './set-up.ts'

export function accountRoutes(
  db: Database,
  accounts: Accounts,
  authenticator: Authenticator,
): Implementation[] {
  return [
    implement(routes.getSetup, async () => ({ needed: await accounts.setupNeeded() })),
    implement(routes.setUp, async (_scope, { body }, exchange) => {
      const account = await accounts.setUp({ ...body, organization: body.organization })
      return enter({ db, authenticator }, exchange, account, 'set_up')
    }),
    implement(routes.logout, async (scope, _input, { request, reply }) => {
      const credential = authenticator.credentialOf(request)
      if (credential?.kind === 'session' && scope.userId !== null) {
        await endSession(db.query, scope.userId, credential.id)
        await audit(db.query, scope, {
          action: 'user.sign_out',
          target: { type: 'user', id: scope.userId, name: scope.email },
        })
        authenticator.forget()
      }
      // The command line signs out by giving back the key that it got; other keys are revoked by name.
      if (credential?.kind === 'key') await revokeDeviceKey(scope, credential.id)
      forgetSession(reply)
      return null
    }),
    implement(routes.getMe, (scope, _input, { request }) =>
      meOf(scope, authenticator.credentialOf(request)?.mustAddFactor),
    ),
    implement(routes.findActing, async (scope, { params: { kind, id } }) => {
      const nothing = new AppError('not_found', 'No item of this kind with this ID is visible to you.')
      const owner = await ownerOf(scope, db, kind, id)
      // One acts for it already: whatever is not shown there is nothing that acting elsewhere would show.
      if (owner === undefined || owner === scope.owner) throw nothing
      const acting = await actFor(db.query, scope, owner ?? 'global').catch((error: unknown) => {
        throw error instanceof AppError ? nothing : error
      })
      const { orgId, orgName, organization } = acting
      return {
        organization: acting.owner === null ? null : { id: orgId, name: orgName, slug: organization.slug },
      }
    }),
    implement(routes.listKeys, async (scope) => ({ items: (await listKeys(scope, db)).map(keyOf) })),
    implement(routes.createKey, async (scope, { body }, { request }) => {
      const { userId } = scope
      if (!userId) throw new AppError('forbidden', 'Only a person can create API keys.')
      if (authenticator.sessionOf(request) !== undefined) await authenticator.requireProof(request)
      const permissions = keyPermissions(scope, body.permissions)
      const key = newToken('bfk')
      const credential = authenticator.credentialOf(request)
      const row = await db.transaction(async (query) => {
        const made = await insertKey({ orgId: scope.homeOrgId, userId }, query, {
          name: body.name,
          prefix: prefixOf(key),
          hash: hashToken(key),
          expiresInDays: body.expires_in_days ?? null,
          permissions,
          madeWith: credential?.kind === 'key' ? credential.id : null,
        })
        await audit(query, scope, {
          action: 'api_key.create',
          target: { type: 'api_key', id: made.id, name: made.name },
          after: {
            permissions: permissions && [...permissions],
            expires_in_days: body.expires_in_days ?? null,
          },
          address: request.ip,
        })
        return made
      })
      return { ...keyOf(row), key }
    }),
    implement(routes.deleteKey, async (scope, { params }, { request }) => {
      await db.transaction(async (query) => {
        const name = await deleteKey(scope, query, params.id)
        if (name === null) throw new AppError('not_found', 'You have no such API key.')
        await audit(query, scope, {
          action: 'api_key.delete',
          target: { type: 'api_key', id: params.id, name },
          address: request.ip,
        })
      })
      authenticator.forget()
      return null
    }),
  ]

  async function revokeDeviceKey(scope: OrgScope, id: string): Promise<void> {
    await db.transaction(async (query) => {
      const [key] = await query<{ name: string }>(
        `delete from api_keys where id = $1 and user_id = $2 and kind = 'device' returning name`,
        [id, scope.userId],
      )
      if (!key) return
      await audit(query, scope, { action: 'api_key.delete', target: { type: 'api_key', id, name: key.name } })
    })
    authenticator.forget()
  }
}

/** What a key is limited to: never more than its maker may do, which may itself be a key with limits. */
function keyPermissions(
  scope: OrgScope,
  asked: readonly Permission[] | undefined,
): readonly Permission[] | null {
  if (asked === undefined) return scope.limitedTo
  const refused = asked.filter((permission) => !isOpen(permission) && !may(scope, permission))
  if (refused.length > 0)
    throw new AppError('forbidden', `You do not have these permissions yourself: ${refused.join(', ')}.`)
  return [...new Set(asked)]
}

const isOpen = (permission: Permission) => permission === 'public' || permission === 'signed_in'

const keyOf = ({ created_at, last_used_at, expires_at, ...rest }: KeyRow) => ({
  ...rest,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
  expires_at: expires_at?.toISOString() ?? null,
})
