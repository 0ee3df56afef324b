import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { AppError, accountRoles, FileLocation } from '@bifrost/contract'
import { z } from 'zod'

/** What a signed address allows: one thing, with one file, until a moment. */
const Grant = z.object({
  method: z.enum(['GET', 'PUT']),
  orgId: z.uuid(),
  userId: z.uuid().nullable(),
  /** What the person was, and what they came with, when it was made: it ends with either. */
  role: z.enum(accountRoles),
  credential: z.object({ kind: z.enum(['session', 'key']), id: z.string() }).nullable(),
  /** Where the code lies that made it in a run; null: a person or a program did. */
  codePath: z.string().nullable(),
  location: FileLocation,
  path: z.string(),
  inline: z.boolean(),
  /** Seconds since 1970. */
  expires: z.int(),
})
export type FileGrant = z.infer<typeof Grant>

/** Makes and reads the tokens of signed addresses. Who has one needs no account; it cannot be made or changed without the platform's key. */
export interface GrantSigner {
  sign(grant: FileGrant): string
  /** Throws `forbidden` for what was not signed here, for another method, or is over. */
  read(token: string, method: FileGrant['method']): FileGrant
}

export function createGrantSigner(keys: {
  secretKey: string
  previousSecretKey?: string | null
}): GrantSigner {
  const derived = [keys.secretKey, ...(keys.previousSecretKey ? [keys.previousSecretKey] : [])].map((key) =>
    Buffer.from(hkdfSync('sha256', key, '', 'bifrost signed addresses of files', 32)),
  )
  const macOf = (key: Buffer, payload: string) => createHmac('sha256', key).update(payload).digest()
  return {
    sign(grant) {
      const payload = Buffer.from(JSON.stringify(grant)).toString('base64url')
      return `${payload}.${macOf(derived[0] as Buffer, payload).toString('base64url')}`
    },
    read(token, method) {
      const [payload = '', mac = '', ...rest] = token.split('.')
      const given = Buffer.from(mac, 'base64url')
      const isOurs = derived.some((key) => {
        const right = macOf(key, payload)
        return right.length === given.length && timingSafeEqual(right, given)
      })
      if (!isOurs || rest.length > 0) throw refused()
      // One of an older version of the platform says too little to be looked at again.
      const { data: grant } = Grant.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString()))
      if (!grant || grant.method !== method || grant.expires * 1000 <= Date.now()) throw refused()
      return grant
    },
  }
}

const refused = () => new AppError('forbidden', 'The signed address is invalid or has expired.')
