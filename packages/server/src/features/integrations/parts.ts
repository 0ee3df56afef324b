import type { Database } from '../../platform/database.ts'
import type { Egress } from '../../platform/egress/egress.ts'
import type { Log } from '../../platform/log.ts'
import type { Notifier } from '../../platform/notify.ts'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import { type Connecting, createConnecting } from './connect.ts'
import { createIntegrations, type Integrations } from './integrations.ts'
import { createMappings, type Mappings } from './mappings.ts'
import { type AllowOf, createOAuth } from './oauth.ts'
import { createTokenKeeper } from './tokens.ts'
import { createUse, type IntegrationUse } from './use.ts'

export interface IntegrationParts {
  integrations: Integrations
  mappings: Mappings
  use: IntegrationUse
  connecting: Connecting
  egress: Egress
  allowOf: AllowOf
}

/** Everything that integrations consist of, wired. */
export function createIntegrationParts(given: {
  db: Database
  sealer: Sealer
  egress: Egress
  notifier: Notifier
  log: Log
  allowOf: AllowOf
}): IntegrationParts {
  const integrations = createIntegrations(given)
  const oauth = createOAuth(given.egress, given.allowOf)
  const tokens = createTokenKeeper({ ...given, oauth })
  return {
    integrations,
    mappings: createMappings({ ...given, integrations }),
    use: createUse({ ...given, integrations, tokens }),
    connecting: createConnecting({ ...given, integrations, oauth, tokens }),
    egress: given.egress,
    allowOf: given.allowOf,
  }
}
