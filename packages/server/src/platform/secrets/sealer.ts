import {
  createCipheriv,
  createDecipheriv,
  createHash,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** The secret key in force, and the one before it while a rotation is under way. */
export interface SecretKeys {
  secretKey: string
  previousSecretKey?: string | null
}

/**
 * Encrypts secrets at rest: AES-256-GCM under a random data key of its own, which is kept beside it, encrypted under a key
 * derived from the secret key. `binding` ties a text to its place: elsewhere it does not open. Sealed texts are kept in a
 * column of type bytea whose name is `ciphertext` or ends in `sealed`; `bifrost rotate-key` finds them by that.
 */
export interface Sealer {
  seal(text: string, binding: string): Buffer
  open(sealed: Buffer, binding: string): string
  /** The same secret under the key in force; null when it is already. `newDataKey` encrypts the text itself again, too. */
  renew(sealed: Buffer, options: { binding: string | null; newDataKey: boolean }): Buffer | null
}

/** Secrets that were stored with a key that this process does not have, or that were tampered with. */
export class UnreadableSecretError extends Error {
  override readonly name = 'UnreadableSecretError'
}

const MAGIC = Buffer.from('BFS2')
const KEY_ID_BYTES = 8
const HASH_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
const DATA_KEY_BYTES = 32
const BOX_BYTES = IV_BYTES + TAG_BYTES

// Magic, id of the key, hash of the binding, the data key in its box, the text in its own.
const KEY_ID_AT = MAGIC.length
const HASH_AT = KEY_ID_AT + KEY_ID_BYTES
const DATA_KEY_AT = HASH_AT + HASH_BYTES
const TEXT_AT = DATA_KEY_AT + BOX_BYTES + DATA_KEY_BYTES

interface KeyEncryptionKey {
  id: Buffer
  key: Buffer
  /** Before data keys, secrets were encrypted under a key derived like this one. */
  first: Buffer
}

export function createSealer({ secretKey, previousSecretKey = null }: SecretKeys): Sealer {
  const current = keyOf(secretKey)
  const keys = previousSecretKey === null ? [current] : [current, keyOf(previousSecretKey)]

  const seal = (text: Buffer, hash: Buffer): Buffer => {
    const dataKey = randomBytes(DATA_KEY_BYTES)
    return Buffer.concat([header(current, hash, dataKey), box(text, dataKey, hash)])
  }
  const dataKeyOf = (sealed: Buffer): Buffer => {
    const id = sealed.subarray(KEY_ID_AT, HASH_AT)
    const key = keys.find((one) => one.id.equals(id))
    if (!key) throw new UnreadableSecretError('A secret was stored with another secret key than this one.')
    return unbox(sealed.subarray(DATA_KEY_AT, TEXT_AT), key.key, sealed.subarray(KEY_ID_AT, DATA_KEY_AT))
  }
  const textOf = (sealed: Buffer): Buffer =>
    unbox(sealed.subarray(TEXT_AT), dataKeyOf(sealed), hashIn(sealed))
  const openFirst = (sealed: Buffer, binding: string): Buffer => {
    for (const { first } of keys)
      try {
        return unbox(sealed, first, Buffer.from(binding))
      } catch {
        // The other key may be the one.
      }
    throw new UnreadableSecretError('A secret was stored with another secret key, or in another place.')
  }

  return {
    seal: (text, binding) => seal(Buffer.from(text), hashOf(binding)),
    open(sealed, binding) {
      if (!isEnvelope(sealed)) return openFirst(sealed, binding).toString('utf8')
      if (!timingSafeEqual(hashIn(sealed), hashOf(binding)))
        throw new UnreadableSecretError('A secret was stored in another place than where it was found.')
      return textOf(sealed).toString('utf8')
    },
    renew(sealed, { binding, newDataKey }) {
      if (!isEnvelope(sealed)) {
        if (binding === null) throw new UnreadableSecretError('A stored secret has an unknown format.')
        return seal(openFirst(sealed, binding), hashOf(binding))
      }
      if (newDataKey) return seal(textOf(sealed), hashIn(sealed))
      if (current.id.equals(sealed.subarray(KEY_ID_AT, HASH_AT))) return null
      return Buffer.concat([header(current, hashIn(sealed), dataKeyOf(sealed)), sealed.subarray(TEXT_AT)])
    },
  }
}

function header(key: KeyEncryptionKey, hash: Buffer, dataKey: Buffer): Buffer {
  const place = Buffer.concat([key.id, hash])
  return Buffer.concat([MAGIC, place, box(dataKey, key.key, place)])
}

const isEnvelope = (sealed: Buffer): boolean =>
  sealed.length >= TEXT_AT + BOX_BYTES && sealed.subarray(0, MAGIC.length).equals(MAGIC)

const hashIn = (sealed: Buffer): Buffer => sealed.subarray(HASH_AT, DATA_KEY_AT)
const hashOf = (binding: string): Buffer => createHash('sha256').update(binding).digest()

function keyOf(secretKey: string): KeyEncryptionKey {
  const derive = (purpose: string, bytes: number) =>
    Buffer.from(hkdfSync('sha256', secretKey, 'bifrost', purpose, bytes))
  return {
    id: derive('key id v2', KEY_ID_BYTES),
    key: derive('key encryption v2', DATA_KEY_BYTES),
    first: derive('config secrets v1', DATA_KEY_BYTES),
  }
}

function box(text: Buffer, key: Buffer, about: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(about)
  const body = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body])
}

function unbox(boxed: Buffer, key: Buffer, about: Buffer): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, boxed.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
      .setAAD(about)
      .setAuthTag(boxed.subarray(IV_BYTES, BOX_BYTES))
    return Buffer.concat([decipher.update(boxed.subarray(BOX_BYTES)), decipher.final()])
  } catch (cause) {
    throw new UnreadableSecretError(
      'A stored secret cannot be decrypted: it was changed, or the key is a different one.',
      {
        cause,
      },
    )
  }
}
