import { AppError } from '@bifrost/contract'
import { type Algorithm, hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'

// OWASP's first choice for argon2id: 19 MiB, two passes.
const options = { algorithm: 2 satisfies Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

// Hashing shares four threads with files and name look-ups: a storm of sign-ins must leave two of them.
const hashing = pLimit(2)
const WAITING_MAX = 200

function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (hashing.pendingCount >= WAITING_MAX)
    throw new AppError('unavailable', 'Too many people are signing in at the moment. Try again in a minute.')
  return hashing(work)
}

export const hashPassword = async (password: string): Promise<string> =>
  oneOfFew(() => hash(password.normalize('NFKC'), options))

/** Whether the password fits. Without a stored hash it takes as long and says no, so that time tells nothing. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const against = stored ?? (await placeholder())
  const fits = await oneOfFew(() => verify(against, password.normalize('NFKC')))
  return stored !== null && fits
}

let placeholderHash: Promise<string> | undefined
function placeholder(): Promise<string> {
  placeholderHash ??= hash('no account has this password', options)
  return placeholderHash
}
