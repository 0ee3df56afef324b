import { isIPv6 } from 'node:net'
import { AppError } from '@bifrost/contract'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Wrong passwords per account and per address before the next one has to wait. */
const PER_ACCOUNT = { points: 10, duration: 15 * 60 }
const PER_ADDRESS = { points: 50, duration: 15 * 60 }

export interface SignInLimits {
  /**
   * Counts a try before it is made, so that many at once are not all let through; throws `rate_limited`.
   * What it answers takes the try back: the password was right.
   */
  take(account: string, address: string): Promise<() => Promise<void>>
}

export function createSignInLimits(): SignInLimits {
  const perAccount = new RateLimiterMemory({ ...PER_ACCOUNT, keyPrefix: 'account' })
  const perAddress = new RateLimiterMemory({ ...PER_ADDRESS, keyPrefix: 'address' })
  return {
    async take(account, address) {
      const network = networkOf(address)
      try {
        // The address first: what it may not try any more shall not count against an account.
        await perAddress.consume(network)
        await perAccount.consume(account)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        throw new AppError(
          'rate_limited',
          `Too many failed sign-ins; try again in ${Math.ceil(refusal.msBeforeNext / 60_000)} minutes.`,
        )
      }
      return async () => {
        await perAccount.delete(account)
        await perAddress.reward(network)
      }
    },
  }
}

/** A customer of IPv6 has a whole /64 to choose addresses from, so that counts as one. */
export function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? []
  const left = head ? head.split(':') : []
  const right = tail ? tail.split(':') : []
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
