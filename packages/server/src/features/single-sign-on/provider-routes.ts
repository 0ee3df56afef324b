import { AppError, type IdentityProvider, routes, validationError } from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database } from '../../platform/database.ts'
import { type Implementation, implement } from '../../platform/http/implement.ts'
import type { OwnAddress } from '../../platform/http/own-address.ts'
import { newId } from '../../platform/ids.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { bindingOf, type OpenId } from './open-id.ts'
import {
  findProvider,
  insertProviderRow,
  listProviders,
  type ProviderChange,
  type ProviderRow,
  updateProviderRow,
} from './providers.ts'

interface Parts {
  db: Database
  openId: OpenId
  sealer: Pick<Sealer, 'seal'>
  ownAddress: OwnAddress
}

type Given = Partial<
  Omit<IdentityProvider, 'id' | 'has_client_secret' | 'organization_name' | 'created_at'> & {
    client_secret: string | null
  }
>

/** Identity providers, which administrators of the platform set up. */
export function providerRoutes({ db, openId, sealer, ownAddress }: Parts): Implementation[] {
  const rowOf = (id: string, given: Given): ProviderChange => {
    const { organization_id, client_secret, ...same } = given
    const change: ProviderChange = Object.fromEntries(
      Object.entries(same).filter(([, value]) => value !== undefined),
    )
    if (organization_id !== undefined) change.org_id = organization_id
    if (client_secret !== undefined)
      change.ciphertext = client_secret === null ? null : sealer.seal(client_secret, bindingOf(id))
    return change
  }
  const check = async (given: Given, present: ProviderRow | null) => {
    const issuer = given.issuer ?? present?.issuer ?? ''
    const mayBePrivate = given.may_be_private ?? present?.may_be_private ?? false
    const protocol = URL.parse(issuer)?.protocol
    if (protocol !== 'https:' && !(protocol === 'http:' && mayBePrivate))
      throw validationError([
        { field: 'issuer', message: 'must begin with https://, unless private addresses are allowed' },
      ])
    if (given.organization_id === undefined) return
    const [org] = await db.query('select from organizations where id = $1', [given.organization_id])
    if (!org) throw new AppError('not_found', 'There is no such organization.')
  }
  const find = async (id: string): Promise<ProviderRow> => {
    const row = await findProvider(db.query, id)
    if (!row) throw new AppError('not_found', 'There is no such identity provider.')
    return row
  }

  return [
    implement(routes.listIdentityProviders, async (_scope, _input, { request }) => ({
      items: (await listProviders(db.query)).map(providerOf),
      redirect_uri: `${ownAddress(request)}${routes.finishSingleSignOn.path}`,
      organizations: await db.query<{ id: string; name: string }>(
        'select id, name from organizations where is_active order by name',
      ),
    })),
    implement(routes.createIdentityProvider, async (scope, { body }, { request }) => {
      await check(body, null)
      const id = newId()
      await db.transaction(async (query) => {
        await insertProviderRow(query, id, rowOf(id, body))
        await audit(query, scope, {
          action: 'identity_provider.create',
          target: { type: 'identity_provider', id, name: body.name },
          after: withoutSecret(body),
          address: request.ip,
        })
      })
      return providerOf(await find(id))
    }),
    implement(routes.updateIdentityProvider, async (scope, { params, body }, { request }) => {
      const before = await find(params.id)
      await check(body, before)
      await db.transaction(async (query) => {
        await updateProviderRow(query, params.id, rowOf(params.id, body))
        await audit(query, scope, {
          action: 'identity_provider.update',
          target: { type: 'identity_provider', id: params.id, name: before.name },
          before: { ...providerOf(before) },
          after: withoutSecret(body),
          address: request.ip,
        })
      })
      return providerOf(await find(params.id))
    }),
    implement(routes.deleteIdentityProvider, async (scope, { params }, { request }) => {
      const before = await find(params.id)
      await db.transaction(async (query) => {
        await query('delete from identity_providers where id = $1', [params.id])
        await audit(query, scope, {
          action: 'identity_provider.delete',
          target: { type: 'identity_provider', id: params.id, name: before.name },
          before: { ...providerOf(before) },
          address: request.ip,
        })
      })
      return null
    }),
    implement(routes.checkIdentityProvider, async (_scope, { params }) => ({
      problem: await openId.check(await find(params.id)),
    })),
  ]
}

/** What the log may hold: that a secret was set, not which. */
function withoutSecret({ client_secret, ...rest }: Given) {
  const plain = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
  return { ...plain, ...(client_secret === undefined ? {} : { client_secret: '[REDACTED]' }) }
}

const providerOf = (row: ProviderRow): IdentityProvider => ({
  id: row.id,
  name: row.name,
  issuer: row.issuer,
  client_id: row.client_id,
  organization_id: row.org_id,
  organization_name: row.org_name,
  domains: row.domains,
  new_people_role: row.new_people_role,
  is_listed: row.is_listed,
  is_active: row.is_active,
  may_be_private: row.may_be_private,
  is_email_trusted: row.is_email_trusted,
  has_client_secret: row.ciphertext !== null,
  created_at: row.created_at.toISOString(),
})
