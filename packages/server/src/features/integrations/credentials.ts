import type { IntegrationAuth, IntegrationCredentials } from '@bifrost/contract'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import type { ConnectionRow, IntegrationRow } from './queries.ts'

/** What the service gave. */
export interface Tokens {
  access_token: string
  token_type: string
  refresh_token: string | null
  scope: string | null
  /** How long a token was good when it was new, as far as the provider ever said. Older rows have none. */
  lifetime_seconds?: number | null
}

/** What is added to a request that goes to the integration's own hosts. */
export interface AppliedCredentials {
  headers: Record<string, string>
  query: Record<string, string>
}

/** A sealed text that is moved to another integration or organization does not open there. */
const bindingOf = (
  row: { integration_id: string; org_id: string | null },
  what: 'credentials' | 'tokens' | 'secrets',
) => `integrations/${row.integration_id}/${row.org_id ?? 'global'}/${what}`

type Owner = Pick<ConnectionRow, 'integration_id' | 'org_id'>

export const sealCredentials = (sealer: Sealer, owner: Owner, credentials: IntegrationCredentials): Buffer =>
  sealer.seal(JSON.stringify(credentials), bindingOf(owner, 'credentials'))

export const openCredentials = (sealer: Sealer, row: ConnectionRow): IntegrationCredentials =>
  row.credentials_sealed === null
    ? {}
    : (JSON.parse(
        sealer.open(row.credentials_sealed, bindingOf(row, 'credentials')),
      ) as IntegrationCredentials)

/** Values of fields of the type `secret`. */
export const sealSecrets = (sealer: Sealer, owner: Owner, secrets: Record<string, string>): Buffer =>
  sealer.seal(JSON.stringify(secrets), bindingOf(owner, 'secrets'))

export const openSecrets = (
  sealer: Sealer,
  row: Owner & { secrets_sealed: Buffer | null },
): Record<string, string> =>
  row.secrets_sealed === null
    ? {}
    : (JSON.parse(sealer.open(row.secrets_sealed, bindingOf(row, 'secrets'))) as Record<string, string>)

export const sealTokens = (sealer: Sealer, owner: Owner, tokens: Tokens): Buffer =>
  sealer.seal(JSON.stringify(tokens), bindingOf(owner, 'tokens'))

export const openTokens = (sealer: Sealer, row: Owner & { tokens_sealed: Buffer | null }): Tokens | null =>
  row.tokens_sealed === null
    ? null
    : (JSON.parse(sealer.open(row.tokens_sealed, bindingOf(row, 'tokens'))) as Tokens)

/** How a request shows who calls. */
export function applied(
  integration: Pick<IntegrationRow, 'auth' | 'auth_settings'>,
  credentials: IntegrationCredentials,
  tokens: Tokens | null,
): AppliedCredentials {
  const none: AppliedCredentials = { headers: {}, query: {} }
  const bearer = (token: string): AppliedCredentials => ({
    headers: { authorization: `Bearer ${token}` },
    query: {},
  })
  const ways: Record<IntegrationAuth, () => AppliedCredentials> = {
    none: () => none,
    api_key() {
      const { in: place = 'header', name = 'authorization', prefix } = integration.auth_settings
      const key = `${prefix ? `${prefix} ` : ''}${credentials.api_key ?? ''}`
      return place === 'query'
        ? { headers: {}, query: { [name]: key } }
        : { headers: { [name]: key }, query: {} }
    },
    basic: () => ({
      headers: {
        authorization: `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`,
      },
      query: {},
    }),
    bearer: () => bearer(credentials.token ?? ''),
    oauth: () => (tokens ? bearer(tokens.access_token) : none),
    client_credentials: () => (tokens ? bearer(tokens.access_token) : none),
  }
  return ways[integration.auth]()
}
