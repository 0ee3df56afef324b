import { createHash, randomBytes } from 'node:crypto'

/** Tokens are random and long, so a plain hash protects them at rest; passwords need argon2, tokens do not. */
export const newToken = (prefix: string): string => `${prefix}_${randomBytes(32).toString('base64url')}`

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest()
