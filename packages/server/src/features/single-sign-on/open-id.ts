import { AppError, nameSchema, type SignInProblem, signInProblems } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import type { Configuration } from 'openid-client'
import type { Sealer } from '../../platform/secrets/sealer.ts'
import type { ProviderRow } from './providers.ts'

/** What an identity provider says of a person. */
export interface Claims {
  subject: string
  email: string
  name: string
}

/** Where the browser goes, and what has to be remembered until it is back. */
export interface Departure {
  url: string
  remember: { state: string; nonce: string; verifier: string }
}

/** Speaks OpenID Connect: authorization code with PKCE, state and nonce; the signature of the ID token is checked. */
export interface OpenId {
  depart(provider: ProviderRow, redirectUri: string): Promise<Departure>
  arrive(provider: ProviderRow, currentUrl: URL, remembered: Departure['remember']): Promise<Claims>
  /** Asks for the configuration of the provider; null when all is well. */
  check(provider: ProviderRow): Promise<string | null>
}

/** How to reach a provider: through the guard of outgoing calls, with what it lets through beside the public internet. */
export type ProviderFetch = (allow: readonly string[]) => typeof fetch

/** The provider is at fault, or an attacker between: its answer is not accepted. */
export class SignOnError extends Error {
  override readonly name = 'SignOnError'
  readonly code: SignInProblem

  constructor(code: SignInProblem) {
    super(signInProblems[code])
    this.code = code
  }
}

const TIMEOUT_S = 10

/** What was discovered of a provider is cached so long. */
const DISCOVERED_MS = 10 * 60_000

export function createOpenId(sealer: Pick<Sealer, 'open'>, fetchOf: ProviderFetch): OpenId {
  const discovered = new LRUCache<string, Configuration>({ max: 500, ttl: DISCOVERED_MS })

  const configure = async (provider: ProviderRow) => {
    const client = await import('openid-client')
    const issuer = new URL(provider.issuer)
    if (issuer.protocol !== 'https:' && !provider.may_be_private) throw new SignOnError('address_not_https')
    // Whatever is changed of its settings makes it another one.
    const { id, client_id, ciphertext, may_be_private } = provider
    const key = JSON.stringify([id, issuer, client_id, ciphertext?.toString('base64'), may_be_private])
    const known = discovered.get(key)
    if (known) return { client, configuration: known }
    const secret = provider.ciphertext && sealer.open(provider.ciphertext, bindingOf(provider.id))
    const configuration = await client.discovery(
      issuer,
      provider.client_id,
      undefined,
      secret === null ? client.None() : client.ClientSecretBasic(secret),
      {
        [client.customFetch]: fetchOf(provider.may_be_private ? [issuer.hostname] : []) as never,
        timeout: TIMEOUT_S,
        execute: [
          // Also where the token comes straight from the provider: what lies between may be plain HTTP.
          client.enableNonRepudiationChecks,
          ...(issuer.protocol === 'http:' ? [client.allowInsecureRequests] : []),
        ],
      },
    )
    discovered.set(key, configuration)
    return { client, configuration }
  }

  return {
    async depart(provider, redirectUri) {
      const { client, configuration } = await configure(provider)
      const remember = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        state: remember.state,
        nonce: remember.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(remember.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, remember }
    },

    async arrive(provider, currentUrl, { state, nonce, verifier }) {
      const { client, configuration } = await configure(provider)
      const tokens = await client.authorizationCodeGrant(configuration, currentUrl, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (!claims) throw new SignOnError('no_token')
      // Some providers tell the address in the ID token, others where one asks for it.
      const more =
        claims['email'] === undefined
          ? await client.fetchUserInfo(configuration, tokens.access_token, claims.sub)
          : claims
      const { email, email_verified: verified, name } = more as Record<string, unknown>
      if (typeof email !== 'string') throw new SignOnError('no_email')
      // A person who may claim any address could take over any account.
      if (verified !== true && !provider.is_email_trusted) throw new SignOnError('email_not_verified')
      return {
        subject: claims.sub,
        email: email.toLowerCase(),
        name:
          typeof name === 'string' && nameSchema(200).safeParse(name.trim()).success ? name.trim() : email,
      }
    },

    async check(provider) {
      try {
        discovered.clear()
        await configure(provider)
        return null
      } catch (error) {
        return reasonOf(error)
      }
    },
  }
}

export const bindingOf = (providerId: string): string => `identity provider ${providerId}`

/** What went wrong, in a sentence for an administrator; nothing of a token or a secret. */
export function reasonOf(error: unknown): string {
  if (error instanceof SignOnError || error instanceof AppError) return error.message
  const {
    message = '',
    cause,
    code,
  } = error as { message?: string; cause?: { message?: string }; code?: string }
  return [message, cause instanceof Error ? cause.message : '', code ? `(${code})` : '']
    .filter(Boolean)
    .join(' ')
}
