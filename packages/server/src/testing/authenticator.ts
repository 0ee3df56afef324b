import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** What a test makes an authenticator do wrong. */
export interface Misbehavior {
  origin?: string
  counter?: number
  /** No finger or PIN was shown. */
  unverified?: boolean
  signedByStranger?: boolean
}

/** A security key in software: answers the options of the server as a browser would. */
export class SoftAuthenticator {
  readonly id = randomBytes(16)
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  readonly #origin: string
  #counter = 1

  constructor(origin: string) {
    this.#origin = origin
  }

  register(options: Record<string, unknown>, wrong: Misbehavior = {}) {
    const jwk = this.#keys.publicKey.export({ format: 'jwk' })
    const coordinate = (text = '') => new Uint8Array(Buffer.from(text, 'base64url'))
    const key = new Map<number, number | Uint8Array<ArrayBuffer>>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, coordinate(jwk.x)],
      [-3, coordinate(jwk.y)],
    ])
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.id.length)
    const credential = Buffer.concat([Buffer.alloc(16), length, this.id, isoCBOR.encode(key)])
    const authData = this.#authData(0x40, wrong, credential)
    const attestation = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', new Uint8Array(authData)],
    ])
    return this.#answer({
      clientDataJSON: this.#clientData('webauthn.create', options, wrong),
      attestationObject: base64url(Buffer.from(isoCBOR.encode(attestation as never))),
      transports: ['internal'],
    })
  }

  authenticate(options: Record<string, unknown>, wrong: Misbehavior = {}) {
    this.#counter++
    const authenticatorData = this.#authData(0, wrong)
    const clientDataJSON = this.#clientData('webauthn.get', options, wrong)
    const clientHash = createHash('sha256').update(Buffer.from(clientDataJSON, 'base64url')).digest()
    const { privateKey } = wrong.signedByStranger
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : this.#keys
    return this.#answer({
      clientDataJSON,
      authenticatorData: base64url(authenticatorData),
      signature: base64url(sign('sha256', Buffer.concat([authenticatorData, clientHash]), privateKey)),
    })
  }

  #answer(response: Record<string, unknown>) {
    const id = base64url(this.id)
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response }
  }

  #clientData(
    type: string,
    options: Record<string, unknown>,
    { origin = this.#origin }: Misbehavior,
  ): string {
    return base64url(
      Buffer.from(JSON.stringify({ type, challenge: options['challenge'], origin, crossOrigin: false })),
    )
  }

  #authData(
    flags: number,
    { unverified = false, counter = this.#counter }: Misbehavior,
    credential = Buffer.alloc(0),
  ) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    const site = createHash('sha256').update(new URL(this.#origin).hostname).digest()
    return Buffer.concat([site, Buffer.from([flags | 0x01 | (unverified ? 0 : 0x04)]), count, credential])
  }
}

const base64url = (bytes: Buffer): string => bytes.toString('base64url')
