import type { AccountRole } from '@bifrost/contract'
import type { Query } from '../../platform/database.ts'

export interface ProviderRow extends Record<string, unknown> {
  id: string
  org_id: string
  org_name: string
  name: string
  issuer: string
  client_id: string
  ciphertext: Buffer | null
  domains: string[]
  new_people_role: Exclude<AccountRole, 'platform_admin'> | null
  is_listed: boolean
  is_active: boolean
  may_be_private: boolean
  is_email_trusted: boolean
  created_at: Date
}

const PROVIDER = `p.id, p.org_id, o.name as org_name, p.name, p.issuer, p.client_id, p.ciphertext, p.domains, p.new_people_role,
  p.is_listed, p.is_active, p.may_be_private, p.is_email_trusted, p.created_at
  from identity_providers p join organizations o on o.id = p.org_id`

export const listProviders = (query: Query): Promise<ProviderRow[]> =>
  query(`select ${PROVIDER} order by o.name, p.name`)

export async function findProvider(query: Query, id: string): Promise<ProviderRow | null> {
  const [row] = await query<ProviderRow>(`select ${PROVIDER} where p.id = $1`, [id])
  return row ?? null
}

/** Those that the sign-in page may show: the listed ones, and those of the domain that was typed. */
export const providersFor = (query: Query, domain: string | null): Promise<{ id: string; name: string }[]> =>
  query(
    `select p.id, p.name from identity_providers p join organizations o on o.id = p.org_id
     where p.is_active and o.is_active and (p.is_listed or $1 = any (p.domains)) order by p.name`,
    [domain],
  )

/** What may be written; absent: as it is. */
export type ProviderChange = Partial<Omit<ProviderRow, 'id' | 'org_name' | 'created_at'>>

const CHANGEABLE = [
  'org_id',
  'name',
  'issuer',
  'client_id',
  'ciphertext',
  'domains',
  'new_people_role',
  'is_listed',
  'is_active',
  'may_be_private',
  'is_email_trusted',
] as const

export async function insertProviderRow(query: Query, id: string, row: ProviderChange): Promise<void> {
  const given = CHANGEABLE.filter((column) => row[column] !== undefined)
  const values = given.map((_, index) => `$${index + 2}`)
  await query(
    `insert into identity_providers (${['id', ...given].join(', ')}) values (${['$1', ...values].join(', ')})`,
    [id, ...given.map((column) => row[column])],
  )
}

export async function updateProviderRow(query: Query, id: string, row: ProviderChange): Promise<void> {
  const given = CHANGEABLE.filter((column) => row[column] !== undefined)
  if (given.length === 0) return
  const sets = given.map((column, index) => `${column} = $${index + 2}`)
  await query(`update identity_providers set ${sets.join(', ')} where id = $1`, [
    id,
    ...given.map((column) => row[column]),
  ])
}
