import { limits, validationError } from '@bifrost/contract'

/** Whose password it is to be. Words of it make a password easy to guess. */
export interface PasswordOwner {
  email: string
  name: string
  orgName: string
}

// What is asked follows NIST 800-63B: length, any character, no rules of composition, and none that attackers try first.

/** Refuses a password that is among the first that an attacker would try. */
export async function requireGoodPassword(
  password: string,
  owner: PasswordOwner,
  field = 'password',
): Promise<void> {
  const problem = await problemOf(password, owner)
  if (problem) throw validationError([{ field, message: problem }])
}

async function problemOf(password: string, owner: PasswordOwner): Promise<string | null> {
  const normal = password.normalize('NFKC')
  if ([...normal].length < limits.passwordLengthMin)
    return `must have at least ${limits.passwordLengthMin} characters`
  const text = normal.toLowerCase()
  if (isRepetition(text) || isSequence(text)) return 'is a repetition or a sequence; use a few random words'
  const common = await commonPasswords()
  if (coresOf(text).some((core) => common.has(core)))
    return 'is one of the most common passwords, or close to one; use a few random words'
  const word = contextWords(owner).find((one) => restOf(text, one) < REST_MIN)
  return word ? `is little more than "${word}", which is easy to guess; use a few random words` : null
}

/** What has to be left of a password when a word that goes with the person is taken out. */
const REST_MIN = 8

const restOf = (text: string, word: string): number =>
  text.includes(word) ? text.replaceAll(word, '').replace(/[^\p{L}\p{N}]/gu, '').length : REST_MIN

const isRepetition = (text: string): boolean => /^(.{1,10}?)\1+$/su.test(text) || new Set(text).size < 4

const RUNS = ['01234567890123456789', 'abcdefghijklmnopqrstuvwxyzabcdefgh', 'qwertyuiopasdfghjklzxcvbnm']
const isSequence = (text: string): boolean =>
  RUNS.some((run) => run.includes(text) || [...run].reverse().join('').includes(text))

/** The password as it is, and without the few digits and signs that people put around a word. */
function coresOf(text: string): string[] {
  const core = text.replace(/^[^\p{L}]{1,4}/u, '').replace(/[^\p{L}]{1,8}$/u, '')
  const plain = core.replace(/[\s._-]/g, '')
  const half = plain.slice(0, plain.length / 2)
  // A common one twice is no better.
  return [text, core, plain, ...(half + half === plain ? [half] : [])].filter((one) => one.length > 3)
}

function contextWords({ email, name, orgName }: PasswordOwner): string[] {
  const [local = '', domain = ''] = email.toLowerCase().split('@')
  const words = [
    local,
    domain,
    ...[local, domain, name.toLowerCase(), orgName.toLowerCase()].flatMap((one) =>
      one.split(/[^\p{L}\p{N}]+/u),
    ),
    'bifrost',
  ]
  return [...new Set(words)].filter((word) => word.length > 3).sort((a, b) => b.length - a.length)
}

let known: Promise<Set<string>> | undefined
/** Read when the first password is set: nothing else needs them. */
function commonPasswords(): Promise<Set<string>> {
  known ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set<string>(dictionary['passwords-common'] as string[]),
  )
  return known
}
