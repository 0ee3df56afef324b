import { credentialsOf, type IntegrationState, type Json } from '@bifrost/contract'
import type { ConnectionRow, IntegrationRow, Settings } from './queries.ts'
import { apart, secretFields } from './secret-fields.ts'

/** What holds for an organization: its own settings before those of its parents, before those for all. */
export interface Effective {
  state: IntegrationState
  problem: string | null
  entityId: string | null
  entityName: string | null
  /** A mapping says what the organization is, its own or one of those above it. */
  isMapped: boolean
  /** Without secret values. */
  config: Record<string, Json>
  /** Where each secret value comes from. */
  secrets: ReadonlyMap<string, ConnectionRow>
  /** The nearest ones that are complete: what it would be connected with now. */
  client: ConnectionRow | null
  /** Where the credentials come from that count. */
  credentials: ConnectionRow | null
  /** Where the tokens come from; of client credentials, where they are kept. */
  tokens: ConnectionRow | null
}

/**
 * The settings are those of this integration. A mapping counts before what organizations have entered, even nearer ones:
 * with credentials of the provider, one could name the entity of another customer.
 */
export function effectiveOf(
  integration: IntegrationRow,
  { connections: rows, mappings }: Settings,
): Effective {
  const { auth } = integration
  const { required } = credentialsOf[auth]
  const entity =
    mappings[0] ?? rows.find(({ entity_id, entity_name }) => entity_id !== null || entity_name !== null)
  const hasAll = (row: ConnectionRow) => required.every((name) => row.credential_names.includes(name))
  const connected = auth === 'oauth' ? rows.findIndex((row) => row.tokens_sealed !== null) : -1
  // Tokens belong to the client that asked for them: a nearer client has nothing to do with tokens of a parent.
  const credentials = required.length === 0 ? null : (rows.slice(Math.max(connected, 0)).find(hasAll) ?? null)
  const client = required.length === 0 ? null : (rows.find(hasAll) ?? null)
  const tokens =
    auth === 'oauth' ? (rows[connected] ?? null) : auth === 'client_credentials' ? credentials : null
  const problem = tokens?.problem ?? null
  return {
    state: stateOf(),
    problem,
    entityId: entity?.entity_id ?? null,
    entityName: entity?.entity_name ?? null,
    isMapped: mappings.length > 0,
    config: configOf(integration, rows),
    secrets: secretsOf(integration, rows),
    client,
    credentials,
    tokens,
  }

  function stateOf(): IntegrationState {
    if (required.length > 0 && !credentials) return 'not_configured'
    if (auth === 'oauth' && !tokens) return 'not_connected'
    return problem === null ? 'connected' : 'needs_reconnect'
  }
}

function configOf(integration: IntegrationRow, rows: readonly ConnectionRow[]): Record<string, Json> {
  const config: Record<string, Json> = {
    ...Object.fromEntries(
      integration.config_fields.flatMap(({ name, default: initial }) =>
        initial === undefined ? [] : [[name, initial]],
      ),
    ),
    ...Object.assign({}, ...[...rows].reverse().map((row) => row.config)),
  }
  // Values of a field that became secret are encrypted then; until that has happened, they are not shown.
  return apart(config, secretFields(integration))[1]
}

function secretsOf(integration: IntegrationRow, rows: readonly ConnectionRow[]): Map<string, ConnectionRow> {
  const sources = [...secretFields(integration)].map(
    (name) => [name, rows.find((row) => row.secret_names.includes(name))] as const,
  )
  return new Map(sources.filter((one): one is [string, ConnectionRow] => one[1] !== undefined))
}

/** Fields that must have a value and have none. */
export const missingFields = (
  integration: IntegrationRow,
  { config, secrets }: Pick<Effective, 'config' | 'secrets'>,
): string[] =>
  integration.config_fields
    .filter(
      ({ name, required }) =>
        required === true && !secrets.has(name) && (config[name] === undefined || config[name] === null),
    )
    .map(({ name }) => name)
