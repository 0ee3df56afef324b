import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

const IV_BYTES = 12
const TAG_BYTES = 16

/** Encrypts secrets at rest: AES-256-GCM under a key derived from BIFROST_SECRET_KEY. `binding` ties a text to its row. */
export interface Cipher {
  encrypt(text: string, binding: string): Buffer
  decrypt(sealed: Buffer, binding: string): string
}

export function createCipher(secretKey: string): Cipher {
  const key = Buffer.from(hkdfSync('sha256', secretKey, 'bifrost', 'config secrets v1', 32))
  return {
    encrypt(text, binding) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(binding))
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body])
    },
    decrypt(sealed, binding) {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      })
        .setAAD(Buffer.from(binding))
        .setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES))
      return Buffer.concat([
        decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)),
        decipher.final(),
      ]).toString('utf8')
    },
  }
}
