import { type Algorithm, hash, verify } from '@node-rs/argon2'

// OWASP's first choice for argon2id: 19 MiB, two passes.
const options = { algorithm: 2 satisfies Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password.normalize('NFKC'), options)

/** Whether the password fits. Without a stored hash it takes as long and says no, so that time tells nothing. */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const fits = await verify(stored ?? (await placeholder()), password.normalize('NFKC'))
  return stored !== null && fits
}

let placeholderHash: Promise<string> | undefined
function placeholder(): Promise<string> {
  placeholderHash ??= hashPassword('nobody has this password')
  return placeholderHash
}
