import { isOwnHost, type Json } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { type HttpClient, newHttpClient } from './http.ts'
import type { Hop } from './http-request.ts'

/** The access that another service granted, by OAuth. */
export interface IntegrationToken {
  accessToken: string
  tokenType: string
  /** Null when the service gave none. The platform refreshes with it by itself: use `refresh()`, not the token. */
  refreshToken: string | null
  /** The scope of the token, as the service returned it. */
  scope: string | null
  /** ISO 8601; null when the service did not say. */
  expiresAt: string | null
  clientId: string | null
  /** Null when there is none, and when it belongs to an organization above that has not lent it. */
  clientSecret: string | null
  /** Null when the service describes itself at its issuer. */
  tokenUrl: string | null
  /** Those that the definition asks for. */
  scopes: string[]
  /**
   * Gets another token now, for all runs: this object has it from then on. When another run has refreshed it since, it is
   * the one that run got. Fails with `unavailable` when the service issues none.
   * @example if (response.status === 401) await oauth.refresh()
   */
  refresh(): Promise<IntegrationToken>
}

/** An integration as the organization of the run has set it up. */
export interface IntegrationSetup<C = Record<string, Json>> {
  integrationId: string
  name: string
  baseUrl: string
  /** The ID of the organization at the service: as it was mapped, else as the organization has entered it. */
  entityId: string | null
  entityName: string | null
  /** The values, those of secret fields included. */
  config: C
  /** Null when it does not use OAuth. */
  oauth: IntegrationToken | null
}

/** The credentials of an integration, as its authentication requires. */
export interface IntegrationCredentialValues {
  apiKey?: string
  username?: string
  password?: string
  token?: string
  clientId?: string
  clientSecret?: string
  oauth: IntegrationToken | null
}

/** One organization as a service knows it. */
export interface IntegrationMapping {
  integrationId: string
  organizationId: string
  organizationName: string
  /** Its ID at the service. */
  entityId: string
  entityName: string | null
  /** ISO 8601. */
  updatedAt: string
}

/** Which organization a call is about; without it, that of the run. */
export interface IntegrationScope {
  /** The id of an organization that the person who started the run may act for. */
  scope?: string
}

/** One integration of a list. */
export interface IntegrationInfo {
  name: string
  description: string
  baseUrl: string
  state: 'connected' | 'not_configured' | 'not_connected' | 'needs_reconnect'
  entityId: string | null
  entityName: string | null
}

/**
 * Other services, with the credentials of the run's organization: own ones before those of its parents, before those for
 * all. They are shown as `[REDACTED]` in everything that the run writes. When the integration is not set up, `get` returns
 * null, and the others fail with a message that says who must do what.
 */
export const integrations = {
  /**
   * The settings of the organization, and the OAuth token, which is valid for at least a minute. Null when there is no such
   * integration, or it is not set up for the organization. Fails when it must be connected again, and when one of its secrets
   * is inherited and not lent to this code.
   * @example
   * const directory = await integrations.get('Directory')
   * if (!directory) throw new FatalError('Set up the integration Directory first.')
   * logger.info(`This is tenant ${directory.entityId}`)
   */
  async get<C = Record<string, Json>>(
    name: string,
    options: IntegrationScope = {},
  ): Promise<IntegrationSetup<C> | null> {
    const asked = { name, ...options }
    const found = await callPlatform('integrations.get', asked)
    return found && { ...found, config: found.config as C, oauth: tokenOf(asked, found.oauth) }
  },
  /**
   * Calls the service with its credentials: addresses are relative to its base address, and credentials go to its own hosts
   * and nowhere else, also after a redirect. A token that is refused is refreshed, and the call made once more.
   * @example const users = await (await integrations.getClient('Directory')).get<User[]>('/users', { query: { top: 10 } })
   */
  async getClient(name: string): Promise<HttpClient> {
    return newHttpClient(await ownHosts(name))
  },
  /**
   * The credentials themselves, for libraries that need them. Prefer `getClient`, which keeps them with their hosts.
   * Neither works outside a run.
   * @example const { username, password } = await integrations.getCredentials('Mail server')
   */
  async getCredentials(name: string): Promise<IntegrationCredentialValues> {
    const found = await callPlatform('integrations.getCredentials', { name })
    return { ...found, oauth: tokenOf({ name }, found.oauth) }
  },
  /** All integrations of the organization, with their states. */
  async list(): Promise<IntegrationInfo[]> {
    return await callPlatform('integrations.list', {})
  },
  /**
   * Which organization is which at the service: up to 1,000, of those that the person who started the run may act for.
   * @example
   * for (const { organizationId, entityId } of await integrations.listMappings('Directory'))
   *   await config.set('tenant', entityId, { scope: organizationId })
   */
  async listMappings(name: string): Promise<IntegrationMapping[]> {
    return await callPlatform('integrations.listMappings', { name })
  },
  /** The mapping that counts for an organization: its own, or that of the nearest one above it. Undefined without one. */
  async getMapping(name: string, options: IntegrationScope = {}): Promise<IntegrationMapping | undefined> {
    return (await callPlatform('integrations.getMapping', { name, ...options })) ?? undefined
  },
  /**
   * Sets what an organization is at the service. For people and code of the organization that has defined the integration,
   * and of those above it; of a global one, of the provider.
   * @example await integrations.upsertMapping('Directory', { scope: organization.id, entityId: tenant.id, entityName: tenant.name })
   */
  async upsertMapping(
    name: string,
    mapping: IntegrationScope & { entityId: string; entityName?: string | null },
  ): Promise<IntegrationMapping> {
    return await callPlatform('integrations.upsertMapping', { name, ...mapping })
  },
  /** Deletes the mapping of an organization, under the same rules; whether there was one. */
  async deleteMapping(name: string, options: IntegrationScope = {}): Promise<boolean> {
    return await callPlatform('integrations.deleteMapping', { name, ...options })
  },
} as const

type TokenValues = Omit<IntegrationToken, 'refresh'>

function tokenOf(
  asked: IntegrationScope & { name: string },
  values: TokenValues | null,
): IntegrationToken | null {
  if (values === null) return null
  const token = { ...values } as IntegrationToken
  // What a run returns or stores is JSON, which has no functions.
  Object.defineProperty(token, 'refresh', {
    value: async () =>
      Object.assign(
        token,
        await callPlatform('integrations.refresh', { ...asked, rejected: token.accessToken }),
      ),
  })
  return token
}

async function ownHosts(name: string): Promise<Hop> {
  let client = await callPlatform('integrations.client', { name })
  const start = client.baseUrl.replace(/\/$/, '')
  return {
    resolve(url) {
      const text = String(url)
      if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return new URL(text)
      // `//other.host` and `\\other.host` would be an address of another host.
      return new URL(`${start}/${text.replace(/^[/\\]+/, '')}`)
    },
    async leave(url, headers) {
      if (!isOwnHost(client, url)) return
      for (const [header, value] of Object.entries(client.headers)) headers.set(header, value)
      for (const [parameter, value] of Object.entries(client.query)) url.searchParams.set(parameter, value)
    },
    async refused(url) {
      if (client.token === null || !isOwnHost(client, url)) return false
      const before = client.token
      client = await callPlatform('integrations.client', { name, rejected: before })
      return client.token !== before
    },
  }
}
