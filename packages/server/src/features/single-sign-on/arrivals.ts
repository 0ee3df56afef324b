import type { FastifyRequest } from 'fastify'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import { type AccountRow, accountById, insertUser } from '../accounts/accounts.ts'
import { type Claims, SignOnError } from './open-id.ts'
import type { ProviderRow } from './providers.ts'

/**
 * Whose account it is that an identity provider speaks of: the one that it was linked with, else the one of the verified
 * address, else a new one where the provider may bring people. An address of another domain is never accepted, whatever the
 * provider says; and a provider speaks of people of its own organization only.
 */
export function accountOf(
  db: Database,
  provider: ProviderRow,
  claims: Claims,
  request: FastifyRequest,
): Promise<AccountRow> {
  if (!provider.domains.includes(claims.email.split('@').at(-1) ?? ''))
    throw new SignOnError('domain_refused')
  return db.transaction(async (query) => {
    const linked = await linkedAccount(query, provider, claims.subject)
    if (linked) return linked
    const found = await accountOfAddress(query, provider, claims.email)
    const account = found ?? (await newAccount(query, provider, claims, request))
    await query('insert into identities (provider_id, subject, user_id, org_id) values ($1, $2, $3, $4)', [
      provider.id,
      claims.subject,
      account.user_id,
      account.org_id,
    ])
    await audit(query, actorOf(account), {
      action: 'user.link_identity',
      target: { type: 'user', id: account.user_id, name: account.email },
      after: { provider: provider.name },
      address: request.ip,
    })
    return account
  })
}

async function linkedAccount(
  query: Query,
  provider: ProviderRow,
  subject: string,
): Promise<AccountRow | null> {
  const [link] = await query<{ user_id: string }>(
    'update identities set last_used_at = now() where provider_id = $1 and subject = $2 returning user_id',
    [provider.id, subject],
  )
  if (!link) return null
  const account = await accountById(query, link.user_id)
  if (!account) throw new SignOnError('account_deactivated')
  return requireOrganization(provider, account)
}

async function accountOfAddress(
  query: Query,
  provider: ProviderRow,
  email: string,
): Promise<AccountRow | null> {
  const [row] = await query<{ id: string; org_id: string }>(
    'select id, org_id from users where lower(email) = $1',
    [email],
  )
  if (!row) return null
  // An administrator's own provider may say any address: what others have looks as if there were nothing.
  if (row.org_id !== provider.org_id) throw new SignOnError('no_account')
  const account = await accountById(query, row.id)
  if (!account) throw new SignOnError('account_deactivated')
  return account
}

function requireOrganization(provider: ProviderRow, account: AccountRow): AccountRow {
  if (account.org_id !== provider.org_id) throw new SignOnError('other_organization')
  return account
}

async function newAccount(
  query: Query,
  provider: ProviderRow,
  { email, name }: Claims,
  request: FastifyRequest,
): Promise<AccountRow> {
  const role = provider.new_people_role
  if (role === null) throw new SignOnError('no_account')
  const id = await insertUser(query, { orgId: provider.org_id, email, name, role, passwordHash: null })
  const account = await accountById(query, id)
  if (!account) throw new SignOnError('organization_deactivated')
  await audit(query, actorOf(account), {
    action: 'user.create',
    target: { type: 'user', id, name: email },
    after: { role, provider: provider.name },
    address: request.ip,
  })
  return account
}

const actorOf = (account: AccountRow) => ({
  orgId: account.org_id,
  userId: account.user_id,
  email: account.email,
})
