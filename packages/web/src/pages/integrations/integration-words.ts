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
    about: 'Somebody has to allow it at the other side.',
  },
  needs_reconnect: {
    text: 'Needs reconnect',
    tone: 'bad',
    about: 'The other side no longer takes the access that it gave.',
  },
}

export const authWords: Record<IntegrationAuth, string> = {
  none: 'Nothing',
  api_key: 'API key',
  basic: 'User name and password',
  bearer: 'Bearer token',
  oauth: 'OAuth, allowed by a person',
  client_credentials: 'OAuth, as an application',
}

export const credentialWords: Record<keyof IntegrationCredentials, string> = {
  api_key: 'API key',
  username: 'User name',
  password: 'Password',
  token: 'Token',
  client_id: 'Client id',
  client_secret: 'Client secret',
}

/** What is typed in the open; all else is a secret. */
export const isOpenCredential = (name: string): boolean => name === 'username' || name === 'client_id'
