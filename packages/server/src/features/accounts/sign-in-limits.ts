import { AppError } from '@bifrost/contract'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../../platform/http/network.ts'

/** Wrong passwords per account and per address before the next one has to wait. */
const PER_ACCOUNT = { points: 10, duration: 15 * 60 }
const PER_ADDRESS = { points: 50, duration: 15 * 60 }

export interface SignInLimits {
  /**
   * Counts a try before it is made, so that many at once are not all let through; throws `rate_limited`.
   * What it answers takes the try back: the password was right. Where no account is named, the address alone counts.
   */
  take(account: string, address: string, by?: 'both' | 'address'): Promise<() => Promise<void>>
}

export function createSignInLimits(): SignInLimits {
  const perAccount = new RateLimiterMemory({ ...PER_ACCOUNT, keyPrefix: 'account' })
  const perAddress = new RateLimiterMemory({ ...PER_ADDRESS, keyPrefix: 'address' })
  return {
    async take(account, address, by = 'both') {
      const network = networkOf(address)
      try {
        // The address first: what it may not try any more shall not count against an account.
        await perAddress.consume(network)
        if (by === 'both') await perAccount.consume(account)
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal
        throw new AppError(
          'rate_limited',
          `Too many failed sign-ins; try again in ${Math.ceil(refusal.msBeforeNext / 60_000)} minutes.`,
        )
      }
      return async () => {
        if (by === 'both') await perAccount.delete(account)
        await perAddress.reward(network)
      }
    },
  }
}
