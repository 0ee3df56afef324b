import { AppError, limits, type Passkey } from '@bifrost/contract'
import type {
  AuthenticationResponseJSON,
  AuthenticatorTransport,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { FastifyRequest } from 'fastify'
import { counted } from '../../platform/counted.ts'
import type { Database, Query } from '../../platform/database.ts'
import type { OwnAddress } from '../../platform/http/own-address.ts'
import { newId } from '../../platform/ids.ts'
import { giveStep, takeStep } from '../accounts/accounts.ts'

/** Where passkeys belong: the name of the host, and the address of the pages that may use them. */
interface Site {
  id: string
  origin: string
}

export interface PasskeyRow {
  id: string
  name: string
  is_synced: boolean
  created_at: Date
  last_used_at: Date | null
}

interface StoredPasskey extends PasskeyRow {
  user_id: string
  credential_id: string
  public_key: Buffer
  counter: number
  transports: AuthenticatorTransport[]
  [key: string]: unknown
}

interface Owner {
  userId: string
  homeOrgId: string
  email: string
  name: string
}

/** Passkeys, by the WebAuthn specification. A challenge is good for one answer. */
export interface Passkeys {
  startRegistration(
    owner: Owner,
    request: FastifyRequest,
  ): Promise<{ token: string; options: Record<string, unknown> }>
  register(
    query: Query,
    owner: Pick<Owner, 'userId' | 'homeOrgId'>,
    given: { token: string; name: string; response: object },
    request: FastifyRequest,
  ): Promise<PasskeyRow>
  /** For one person in their second step, or for anyone who has a passkey on this device. */
  startSignIn(
    request: FastifyRequest,
    second: { userId: string; token: string } | null,
  ): Promise<{ token: string; options: Record<string, unknown> }>
  /** Whose passkey answered, and the second step that it finishes. */
  signIn(
    given: { token: string; response: object },
    request: FastifyRequest,
  ): Promise<{ userId: string; secondFactorToken: string | null } | null>
}

// Loaded when the first passkey is used.
const webauthn = () => import('@simplewebauthn/server')

const COLUMNS = 'id, name, is_synced, created_at, last_used_at'

export const listPasskeys = (query: Query, userId: string): Promise<PasskeyRow[]> =>
  query(`select ${COLUMNS} from passkeys where user_id = $1 order by created_at`, [userId])

export const passkeyOf = ({ created_at, last_used_at, ...row }: PasskeyRow): Passkey => ({
  id: row.id,
  name: row.name,
  is_synced: row.is_synced,
  created_at: created_at.toISOString(),
  last_used_at: last_used_at?.toISOString() ?? null,
})

export function createPasskeys(db: Database, ownAddress: OwnAddress): Passkeys {
  const siteOf = (request: FastifyRequest): Site => {
    const url = new URL(ownAddress(request))
    return { id: url.hostname, origin: url.origin }
  }

  return {
    async startRegistration({ userId, email, name }, request) {
      const { generateRegistrationOptions } = await webauthn()
      const known = await storedPasskeys(db.query, userId)
      if (known.length >= limits.passkeysMax)
        throw new AppError('conflict', `You have ${limits.passkeysMax} passkeys. Delete one first.`)
      const options = await generateRegistrationOptions({
        rpName: 'Bifrost',
        rpID: siteOf(request).id,
        userID: new TextEncoder().encode(userId),
        userName: email,
        userDisplayName: name,
        attestationType: 'none',
        excludeCredentials: known.map(({ credential_id, transports }) => ({ id: credential_id, transports })),
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
      const data = { challenge: options.challenge }
      const { token } = await giveStep(
        db.query,
        'passkey_registration',
        { userId, data },
        limits.signInStepMinutesMax,
      )
      return { token, options: { ...options } }
    },

    async register(query, { userId, homeOrgId }, { token, name, response }, request) {
      const { verifyRegistrationResponse } = await webauthn()
      const step = await takeStep(db.query, 'passkey_registration', token)
      if (!step || step.userId !== userId) throw refused()
      const site = siteOf(request)
      const verified = await verifyRegistrationResponse({
        response: response as RegistrationResponseJSON,
        expectedChallenge: step.data['challenge'] ?? '',
        expectedOrigin: site.origin,
        expectedRPID: site.id,
        requireUserVerification: true,
      }).catch(() => null)
      if (!verified?.verified) throw refused()
      const { credential, credentialBackedUp } = verified.registrationInfo
      const [row] = await counted(query, 'passkeys', userId, () =>
        query<PasskeyRow>(
          `insert into passkeys (id, user_id, org_id, name, credential_id, public_key, counter, transports, is_synced)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (credential_id) do nothing returning ${COLUMNS}`,
          [
            newId(),
            userId,
            homeOrgId,
            name,
            credential.id,
            Buffer.from(credential.publicKey),
            credential.counter,
            credential.transports ?? [],
            credentialBackedUp,
          ],
        ),
      )
      if (!row) throw new AppError('already_exists', 'This passkey is already registered.')
      return row
    },

    async startSignIn(request, second) {
      const { generateAuthenticationOptions } = await webauthn()
      const known = second ? await storedPasskeys(db.query, second.userId) : []
      const options = await generateAuthenticationOptions({
        rpID: siteOf(request).id,
        userVerification: 'required',
        allowCredentials: known.map(({ credential_id, transports }) => ({ id: credential_id, transports })),
      })
      const data = { challenge: options.challenge, ...(second ? { second: second.token } : {}) }
      const { token } = await giveStep(
        db.query,
        'passkey_sign_in',
        { userId: second?.userId ?? null, data },
        limits.signInStepMinutesMax,
      )
      return { token, options: { ...options } }
    },

    async signIn({ token, response }, request) {
      const { verifyAuthenticationResponse } = await webauthn()
      const step = await takeStep(db.query, 'passkey_sign_in', token)
      if (!step) return null
      const answer = response as AuthenticationResponseJSON
      const [row] = await db.query<StoredPasskey>('select * from passkeys where credential_id = $1', [
        String(answer.id),
      ])
      if (!row || (step.userId !== null && row.user_id !== step.userId)) return null
      const site = siteOf(request)
      const verified = await verifyAuthenticationResponse({
        response: answer,
        expectedChallenge: step.data['challenge'] ?? '',
        expectedOrigin: site.origin,
        expectedRPID: site.id,
        requireUserVerification: true,
        credential: {
          id: row.credential_id,
          publicKey: new Uint8Array(row.public_key),
          // The library refuses a counter that does not grow: the passkey was copied.
          counter: row.counter,
          transports: row.transports,
        },
      }).catch(() => null)
      if (!verified?.verified) return null
      const { newCounter, credentialBackedUp } = verified.authenticationInfo
      const counted = await db.query(
        `update passkeys set counter = $2, is_synced = $3, last_used_at = now()
         where id = $1 and (counter < $2 or (counter = 0 and $2 = 0)) returning id`,
        [row.id, newCounter, credentialBackedUp],
      )
      if (counted.length === 0) return null
      return { userId: row.user_id, secondFactorToken: step.data['second'] ?? null }
    },
  }
}

const storedPasskeys = (query: Query, userId: string): Promise<StoredPasskey[]> =>
  query('select * from passkeys where user_id = $1', [userId])

const refused = () =>
  new AppError('forbidden', 'The passkey was not accepted. Start again, and use it within five minutes.')
