import { AppError, limits } from '@bifrost/contract'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { networkOf } from '../../platform/http/network.ts'

/** How often public links may be asked and submitted: by one network, and through one link by all together. */
export interface PublicLimits {
  ask(address: string): Promise<void>
  askLink(linkId: string): Promise<void>
  submit(address: string, linkId: string): Promise<void>
}

export function createPublicLimits(): PublicLimits {
  const perMinute = (keyPrefix: string, points: number) =>
    new RateLimiterMemory({ keyPrefix, points, duration: 60 })
  const asks = perMinute('ask', limits.formRequestsPerMinuteMax)
  const linkAsks = perMinute('link', limits.formLinkRequestsPerMinuteMax)
  const submissions = perMinute('submit', limits.formSubmissionsPerMinuteMax)
  const linkSubmissions = perMinute('link-submit', limits.formLinkSubmissionsPerMinuteMax)
  return {
    ask: (address) => take(asks, networkOf(address)),
    askLink: (linkId) => take(linkAsks, linkId),
    async submit(address, linkId) {
      await take(submissions, networkOf(address))
      await take(linkSubmissions, linkId)
    },
  }
}

async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
  try {
    await limiter.consume(key)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    const seconds = Math.ceil(refusal.msBeforeNext / 1000)
    throw new AppError('rate_limited', `Too many requests. Try again in ${seconds} seconds.`, {
      retry_after_seconds: seconds,
    })
  }
}
