import type { IntegrationCredentials } from '@bifrost/contract'
import * as client from 'openid-client'
import type { Egress } from '../../platform/egress/egress.ts'
import { withPlainTokenAnswers } from '../../platform/oauth/token-answer.ts'
import type { Tokens } from './credentials.ts'
import type { IntegrationRow } from './queries.ts'

/** Tokens as the authorization server gave them. */
export interface Grant {
  tokens: Tokens
  expiresAt: Date | null
}

/** The authorization server says no, and will continue to say so until a person connects again. */
export class RefusedByServerError extends Error {
  override readonly name = 'RefusedByServerError'
}

/** The authorization server could not be asked, or answers nonsense: a later try may succeed. */
export class AuthorizationServerError extends Error {
  override readonly name = 'AuthorizationServerError'
}

export interface OAuth {
  authorizationUrl(
    integration: IntegrationRow,
    credentials: IntegrationCredentials,
    request: { redirectUri: string; state: string; verifier: string },
  ): Promise<URL>
  exchange(
    integration: IntegrationRow,
    credentials: IntegrationCredentials,
    answer: { url: URL; state: string; verifier: string },
  ): Promise<Grant>
  refresh(integration: IntegrationRow, credentials: IntegrationCredentials, tokens: Tokens): Promise<Grant>
  clientCredentials(
    integration: IntegrationRow,
    credentials: IntegrationCredentials,
    before: Tokens | null,
  ): Promise<Grant>
}

const CALL_MS = 15_000
const ANSWER_BYTES_MAX = 1024 * 1024
const METADATA_MS = 10 * 60 * 1000
/** What a provider answers when a grant or a client is no longer valid (RFC 6749, 5.2, GitHub and Slack). */
const FINAL = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'access_denied',
  'interaction_required',
  'bad_refresh_token',
  'incorrect_client_credentials',
  'invalid_refresh_token',
  'token_expired',
  'token_revoked',
  'account_inactive',
  'bad_client_secret',
  'invalid_client_id',
])

/** What the organization whose definition it is may reach beside the public internet. */
export type AllowOf = (orgId: string | null) => readonly string[]

/** OAuth as the integrations speak it; every call goes through the guard, and no redirect of a server is followed. */
export function createOAuth(egress: Egress, allowOf: AllowOf): OAuth {
  const metadata = new Map<string, { at: number; server: Promise<client.ServerMetadata> }>()
  const guarded = (allow: readonly string[]): client.CustomFetch =>
    withPlainTokenAnswers((url, init) =>
      egress.fetch(url, init as RequestInit, { timeoutMs: CALL_MS, bytesMax: ANSWER_BYTES_MAX, allow }),
    )

  const discover = (issuer: string, allow: readonly string[]): Promise<client.ServerMetadata> => {
    // An organization that may not reach it must not learn of it from one that may.
    const key = [issuer, ...allow].join(' ')
    const known = metadata.get(key)
    if (known && Date.now() - known.at < METADATA_MS) return known.server
    const server = discovered(issuer, allow)
    metadata.set(key, { at: Date.now(), server })
    server.catch(() => metadata.delete(key))
    return server
  }
  const discovered = async (issuer: string, allow: readonly string[]) => {
    const options = { [client.customFetch]: guarded(allow), execute: allowances([issuer]) }
    const found = await client
      .discovery(new URL(issuer), 'unknown', undefined, undefined, { ...options, algorithm: 'oidc' })
      .catch((error: unknown) =>
        client
          .discovery(new URL(issuer), 'unknown', undefined, undefined, { ...options, algorithm: 'oauth2' })
          // What the first attempt met says more.
          .catch(() => {
            throw error
          }),
      )
    const { supportsPKCE: _, ...server } = found.serverMetadata()
    return server as client.ServerMetadata
  }

  const configurationOf = async (
    integration: IntegrationRow,
    credentials: IntegrationCredentials,
    iss?: string,
  ) => {
    const { issuer, authorize_url, token_url, client_auth = 'post' } = integration.auth_settings
    const allow = allowOf(integration.org_id)
    const server: client.ServerMetadata = {
      ...(issuer && !token_url
        ? await discover(issuer, allow)
        : { issuer: issuer ?? issuerOf(authorize_url ?? token_url ?? '', iss) }),
      ...(authorize_url ? { authorization_endpoint: authorize_url } : {}),
      ...(token_url ? { token_endpoint: token_url } : {}),
    }
    const addresses = [server.token_endpoint, server.authorization_endpoint].filter(
      (one) => one !== undefined,
    )
    const secret = credentials.client_secret ?? undefined
    const way =
      secret === undefined || client_auth === 'none'
        ? client.None()
        : client_auth === 'basic'
          ? client.ClientSecretBasic(secret)
          : client.ClientSecretPost(secret)
    const configuration = new client.Configuration(server, credentials.client_id ?? '', undefined, way)
    configuration[client.customFetch] = guarded(allow)
    for (const allow of allowances(addresses)) allow(configuration)
    return configuration
  }

  const parametersOf = ({
    auth_settings: { scopes, parameters },
  }: IntegrationRow): Record<string, string> => ({
    ...parameters,
    ...(scopes && scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
  })

  return {
    authorizationUrl: (integration, credentials, { redirectUri, state, verifier }) =>
      said(async () =>
        client.buildAuthorizationUrl(await configurationOf(integration, credentials), {
          ...parametersOf(integration),
          redirect_uri: redirectUri,
          state,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }),
      ),
    exchange: (integration, credentials, { url, state, verifier }) =>
      said(async () => {
        const iss = url.searchParams.get('iss') ?? undefined
        const configuration = await configurationOf(integration, credentials, iss)
        return grantOf(
          await client.authorizationCodeGrant(configuration, url, {
            pkceCodeVerifier: verifier,
            expectedState: state,
          }),
          null,
        )
      }),
    refresh: (integration, credentials, tokens) =>
      said(async () =>
        grantOf(
          await client.refreshTokenGrant(
            await configurationOf(integration, credentials),
            tokens.refresh_token ?? '',
          ),
          tokens,
        ),
      ),
    clientCredentials: (integration, credentials, before) =>
      said(async () =>
        grantOf(
          await client.clientCredentialsGrant(
            await configurationOf(integration, credentials),
            parametersOf(integration),
          ),
          before && { lifetime_seconds: before.lifetime_seconds },
        ),
      ),
  }
}

/** Without metadata, an `iss` that is of the same origin as the authorization address is accepted; any other one is refused. */
function issuerOf(address: string, iss: string | undefined): string {
  const { origin } = new URL(address)
  return iss !== undefined && URL.parse(iss)?.origin === origin ? iss : origin
}

/** Plain http is for addresses that the administrator of the platform opened; the guard refuses all others. */
const allowances = (addresses: readonly string[]): ((configuration: client.Configuration) => void)[] =>
  addresses.some((address) => address.startsWith('http:')) ? [client.allowInsecureRequests] : []

function grantOf(
  answer: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers,
  before: Partial<Tokens> | null,
): Grant {
  // An answer that does not say how long it is good means as long as the last one; where none has, it is unknown.
  const seconds = answer.expiresIn() ?? before?.lifetime_seconds ?? null
  return {
    tokens: {
      access_token: answer.access_token,
      token_type: answer.token_type,
      // Many servers give the refresh token once, and do not repeat it.
      refresh_token: answer.refresh_token ?? before?.refresh_token ?? null,
      scope: answer.scope ?? before?.scope ?? null,
      lifetime_seconds: seconds,
    },
    expiresAt: seconds === null ? null : new Date(Date.now() + seconds * 1000),
  }
}

/** Errors in words, told apart by whether trying again is of use. */
async function said<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError) {
      const text = `${error.error}${error.error_description ? `: ${error.error_description}` : ''}`.slice(
        0,
        500,
      )
      throw FINAL.has(error.error)
        ? new RefusedByServerError(text, { cause: error })
        : new AuthorizationServerError(text, { cause: error })
    }
    // How a server that takes Basic authentication says invalid_client.
    if (error instanceof client.WWWAuthenticateChallengeError && error.status === 401)
      throw new RefusedByServerError('invalid_client: it does not accept the client ID and secret', {
        cause: error,
      })
    throw new AuthorizationServerError(reasonOf(error), { cause: error })
  }
}

function reasonOf(error: unknown): string {
  let deepest = error
  for (let depth = 0; deepest instanceof Error && deepest.cause instanceof Error && depth < 5; depth++)
    deepest = deepest.cause
  const { message } = (deepest ?? {}) as { message?: unknown }
  return (typeof message === 'string' && message !== '' ? message : 'it could not be reached').slice(0, 500)
}
