import { AppError, type Json } from '@bifrost/contract'
import type { OrgScope } from '../../platform/scope.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { type AppliedCredentials, applied, openCredentials, type Tokens } from './credentials.ts'
import { effectiveOf } from './effective.ts'
import type { Integrations } from './integrations.ts'
import { RefusedByServerError } from './oauth.ts'
import type { ConnectionRow, IntegrationRow } from './queries.ts'
import type { TokenKeeper } from './tokens.ts'
import { problemOf } from './view.ts'

/** An integration as a run of an organization uses it. */
export interface InUse {
  integration: IntegrationRow
  entityId: string | null
  entityName: string | null
  /** Without secret values. */
  config: Record<string, Json>
  /** Where each secret value comes from. They are opened for code that may read them, one by one. */
  secrets: ReadonlyMap<string, ConnectionRow>
  credentials: Record<string, string>
  tokens: (Tokens & { expiresAt: Date | null }) | null
  /** Whose the credentials are, and whose the tokens; null where there are none. */
  owners: { credentials: ConnectionRow | null; tokens: ConnectionRow | null }
  applied: AppliedCredentials
}

/** Credentials, values or the connection are missing: no one has set it up for the organization yet. */
export class NotSetUpError extends AppError {}

export interface IntegrationUse {
  /** Ready to be used, with tokens that are good for a while; else an error that says what is missing and who can fix it. */
  use(scope: OrgScope, by: { id: string } | { name: string }, rejected?: string): Promise<InUse>
}

export function createUse(parts: {
  sealer: Sealer
  integrations: Integrations
  tokens: TokenKeeper
}): IntegrationUse {
  const { sealer, integrations, tokens: keeper } = parts
  return {
    async use(scope, by, rejected) {
      const integration = await integrations.find(scope, by)
      const effective = effectiveOf(integration, await integrations.settings(scope, integration))
      const problem = problemOf(scope, integration, effective)
      if (problem !== null)
        throw effective.state === 'needs_reconnect'
          ? new AppError('conflict', problem)
          : new NotSetUpError('conflict', problem)
      const credentials = effective.credentials ? openCredentials(sealer, effective.credentials) : {}
      let tokens: InUse['tokens'] = null
      if (effective.tokens && effective.credentials)
        tokens = await keeper
          .fresh(integration, effective.tokens, effective.credentials, rejected)
          .catch(async (error: unknown) => {
            if (!(error instanceof RefusedByServerError)) throw error
            const now = effectiveOf(integration, await integrations.settings(scope, integration))
            const said = problemOf(scope, integration, {
              ...now,
              state: 'needs_reconnect',
              problem: error.message,
            })
            throw new AppError('conflict', said ?? error.message)
          })
      return {
        integration,
        entityId: effective.entityId,
        entityName: effective.entityName,
        config: effective.config,
        secrets: effective.secrets,
        credentials: credentials as Record<string, string>,
        tokens,
        owners: { credentials: effective.credentials, tokens: effective.tokens },
        applied: applied(integration, credentials, tokens),
      }
    },
  }
}
