import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, limits } from '@bifrost/contract'
import { LRUCache } from 'lru-cache'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { neighborhoodOf, networkOf } from '../../platform/http/network.ts'

const DURATION = limits.signInWindowMinutesMax * 60
/** Of one account from one network or one known device, or of a signed-in person. */
const TRIES = { points: limits.signInTriesMax, duration: DURATION }
/** Of all accounts together from one address. */
const PER_ADDRESS = { points: limits.signInTriesPerAddressMax, duration: DURATION }
/**
 * Of one account from all networks together: so many at full speed, then one after the other. There is no end to them,
 * since anybody could bring it about. A code has six digits, so it is guessed more slowly than a password.
 */
const PACES = {
  password: { points: limits.signInTriesAtOnceMax, spacingMs: 1000, waitMs: 10_000 },
  code: { points: limits.signInCodesAtOnceMax, spacingMs: 30_000, waitMs: 0 },
}
const PACED_MAX = 10_000

/** Where a try comes from. */
export interface Origin {
  address: string
  /** A browser that this person signed in with before; null: none that is known. */
  device: string | null
}

type Undo = () => Promise<void>

/**
 * Counts a try before it is made, so that many at once are not all let through; throws `rate_limited`. The answer takes
 * the try back: what was given was right.
 */
export interface SignInLimits {
  /**
   * A password or a code of a person who is not signed in. Others must not be able to lock a person out: what counts are
   * the tries from the same network, and a device that the person has used before has a count of its own.
   */
  take(kind: keyof typeof PACES, account: string, from: Origin): Promise<Undo>
  /** Of a person who is signed in, or in a session: no one else reaches this count. */
  takeOwn(what: string): Promise<Undo>
  /** What names no account; each kind has its own count per address. */
  takeAddress(what: string, address: string): Promise<Undo>
}

export function createSignInLimits(
  wait: (ms: number) => Promise<unknown> = (ms) => sleep(ms),
  now: () => number = () => performance.now(),
): SignInLimits {
  const tries = new RateLimiterMemory({ ...TRIES, keyPrefix: 'tries' })
  const perAddress = new RateLimiterMemory({ ...PER_ADDRESS, keyPrefix: 'address' })
  const paces = {
    password: new RateLimiterMemory({
      points: PACES.password.points,
      duration: DURATION,
      keyPrefix: 'password',
    }),
    code: new RateLimiterMemory({ points: PACES.code.points, duration: DURATION, keyPrefix: 'code' }),
  }
  /** When the next try of an account is due that is over its pace. */
  const due = new LRUCache<string, number>({ max: PACED_MAX })

  const keepPace = async (kind: keyof typeof PACES, account: string): Promise<void> => {
    const key = `${kind} ${account}`
    if (await paces[kind].consume(account).catch(refusalOf)) return
    const { spacingMs, waitMs } = PACES[kind]
    const delayMs = Math.max(0, (due.get(key) ?? 0) - now())
    if (delayMs > waitMs) throw tooMany(delayMs)
    due.set(key, now() + delayMs + spacingMs)
    if (delayMs > 0) await wait(delayMs)
  }

  const one = async (limiter: RateLimiterMemory, key: string): Promise<void> => {
    await limiter.consume(key).catch((refusal: unknown) => {
      throw refusal instanceof RateLimiterRes ? tooMany(refusal.msBeforeNext) : refusal
    })
  }

  return {
    async take(kind, account, { address, device }) {
      if (device !== null) {
        const key = `${kind} ${account} ${device}`
        await one(tries, key)
        return async () => void (await tries.delete(key))
      }
      const network = networkOf(address)
      const key = `${kind} ${account} ${neighborhoodOf(address)}`
      // The address first: what it may not try any more does not count against an account.
      await one(perAddress, `sign-in ${network}`)
      await one(tries, key)
      await keepPace(kind, account)
      return async () => {
        await tries.delete(key)
        await paces[kind].reward(account)
        await perAddress.reward(`sign-in ${network}`)
      }
    },
    async takeOwn(what) {
      await one(tries, what)
      return async () => void (await tries.delete(what))
    },
    async takeAddress(what, address) {
      const key = `${what} ${networkOf(address)}`
      await one(perAddress, key)
      return async () => void (await perAddress.reward(key))
    },
  }
}

function refusalOf(error: unknown): null {
  if (error instanceof RateLimiterRes) return null
  throw error
}

function tooMany(ms: number): AppError {
  const seconds = Math.ceil(ms / 1000)
  const wait = seconds > 90 ? `${Math.ceil(seconds / 60)} minutes` : `${seconds} seconds`
  return new AppError('rate_limited', `Too many failed sign-ins. Try again in ${wait}.`, {
    retry_after_seconds: seconds,
  })
}
