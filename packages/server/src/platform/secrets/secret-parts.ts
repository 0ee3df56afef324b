import { AppError, limits } from '@bifrost/contract'

/** Secrets shorter than this are not looked for: they would blot out ordinary text. */
const LENGTH_MIN = 4
/** A number that is a part of a secret, such as a port, is not looked for when it is shorter. */
const NUMBER_LENGTH_MIN = 6

/** The texts that a secret consists of: all of it, or the members of an object or a list. */
export function partsOf(secret: unknown, isPart = false): string[] {
  if (typeof secret === 'string') return secret.length < LENGTH_MIN ? [] : [secret]
  if (typeof secret === 'number') {
    const text = String(secret)
    return text.length < (isPart ? NUMBER_LENGTH_MIN : LENGTH_MIN) ? [] : [text]
  }
  if (typeof secret !== 'object' || secret === null) return []
  return Object.values(secret).flatMap((part) => partsOf(part, true))
}

/** Why what a run writes cannot be searched for this secret; null when it can. */
export function problemOfSecret(secret: unknown): string | null {
  const parts = partsOf(secret)
  if (parts.length > limits.secretPartsMax)
    return `has ${shown(parts.length)} parts, and a secret may have ${limits.secretPartsMax}: split it into several, or keep the list in a file`
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length > limits.secretLengthMax)
    return `has ${shown(length)} characters, and a secret may have ${shown(limits.secretLengthMax)}: keep larger values in a file`
  return null
}

/** Throws for a secret that cannot be searched for; answers its parts. */
export function requireSearchable(secret: unknown): string[] {
  const problem = problemOfSecret(secret)
  if (problem !== null) throw new AppError('bad_request', `The secret ${problem}.`)
  return partsOf(secret)
}

const shown = (count: number) => count.toLocaleString('en-US')
