import { isOwnHost, type Json } from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { type HttpClient, newHttpClient } from './http.ts'
import type { Hop } from './http-request.ts'

/** The access that another service granted, by OAuth. */
export interface IntegrationToken {
  accessToken: string
  tokenType: string
  /** The scope of the token, as the service returned it. */
  scope: string | null
  /** ISO 8601; null when the service did not say. */
  expiresAt: string | null
}

/** An integration as the organization of the run has set it up. */
export interface IntegrationSetup<C = Record<string, Json>> {
  name: string
  baseUrl: string
  /** The ID of the organization at the service. */
  entityId: string | null
  entityName: string | null
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
 * all. They are shown as `[REDACTED]` in everything that the run writes. When the integration is not set up or must
 * be connected again, the call fails with a message that says who must do what.
 */
export const integrations = {
  /**
   * The settings of the organization, and the OAuth token, which is valid for at least a minute.
   * @example const { config, oauth } = await integrations.get('Microsoft 365')
   */
  async get<C = Record<string, Json>>(name: string): Promise<IntegrationSetup<C>> {
    return (await callPlatform('integrations.get', { name })) as IntegrationSetup<C>
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
    return await callPlatform('integrations.getCredentials', { name })
  },
  /** All integrations of the organization, with their states. */
  async list(): Promise<IntegrationInfo[]> {
    return await callPlatform('integrations.list', {})
  },
} as const

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
