import type { IntegrationAuth, IntegrationCredentials, IntegrationState } from '@bifrost/contract'

export const stateWords: Record<
  IntegrationState,
  { text: string; tone: 'plain' | 'accent' | 'warn' | 'bad'; about: string }
> = {
  connected: { text: 'Connected', tone: 'accent', about: 'Runs can use it.' },
  not_configured: { text: 'Not configured', tone: 'plain', about: 'It has no credentials yet.' },
  not_connected: {
    text: 'Not connected',
    tone: 'warn',
    about: 'Someone has to grant access at the service.',
  },
  needs_reconnect: {
    text: 'Needs reconnect',
    tone: 'bad',
    about: 'The service no longer accepts the access that it granted.',
  },
}

export const authWords: Record<IntegrationAuth, string> = {
  none: 'None',
  api_key: 'API key',
  basic: 'User name and password',
  bearer: 'Bearer token',
  oauth: 'OAuth (authorization code)',
  client_credentials: 'OAuth (client credentials)',
}

export const credentialWords: Record<keyof IntegrationCredentials, string> = {
  api_key: 'API key',
  username: 'User name',
  password: 'Password',
  token: 'Token',
  client_id: 'Client ID',
  client_secret: 'Client secret',
}

/** What is typed in the open; all else is a secret. */
export const isOpenCredential = (name: string): boolean => name === 'username' || name === 'client_id'
