import { credentialsOf, type IntegrationState, type Json } from '@bifrost/contract'
import type { ConnectionRow, IntegrationRow } from './queries.ts'

/** What holds for an organization: its own settings before those of its parents, before those for all. */
export interface Effective {
  state: IntegrationState
  problem: string | null
  entityId: string | null
  entityName: string | null
  config: Record<string, Json>
  /** The nearest ones that are complete: what it would be connected with now. */
  client: ConnectionRow | null
  /** Where the credentials come from that count. */
  credentials: ConnectionRow | null
  /** Where the tokens come from; of client credentials, where they are kept. */
  tokens: ConnectionRow | null
}

/** `rows` are those of this integration, the nearest first. */
export function effectiveOf(integration: IntegrationRow, rows: readonly ConnectionRow[]): Effective {
  const { auth } = integration
  const { required } = credentialsOf[auth]
  const entity = rows.find(({ entity_id, entity_name }) => entity_id !== null || entity_name !== null)
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
    config: {
      ...Object.fromEntries(
        integration.config_fields.flatMap(({ name, default: initial }) =>
          initial === undefined ? [] : [[name, initial]],
        ),
      ),
      ...Object.assign({}, ...[...rows].reverse().map(({ config }) => config)),
    },
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

/** Fields that must have a value and have none. */
export const missingFields = (integration: IntegrationRow, config: Record<string, Json>): string[] =>
  integration.config_fields
    .filter(
      ({ name, required }) => required === true && (config[name] === undefined || config[name] === null),
    )
    .map(({ name }) => name)
