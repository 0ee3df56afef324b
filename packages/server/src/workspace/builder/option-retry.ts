import type { RetryPolicy } from '@bifrost/contract'
import type { StaticValue } from './static-value.ts'

const DELAY_SECONDS = 60
const MAX_DELAY_SECONDS = 3600
const DELAY_SECONDS_MAX = 86_400
const RETRIES_MAX = 100

const members = ['maxRetries', 'delaySeconds', 'backoff', 'maxDelaySeconds']

/** The retry policy, or what is wrong with it. One that can do nothing is wrong: its author expects retries. */
export function readRetryPolicy(value: StaticValue, warn: (message: string) => void): RetryPolicy | string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `must be an object with ${members.join(', ')}`
  for (const name of Object.keys(value))
    if (!members.includes(name)) warn(`Unknown member "${name}" of the option "retryPolicy"; it is ignored.`)

  const maxRetries = value['maxRetries']
  if (maxRetries === undefined || maxRetries === 0)
    return 'has no effect without "maxRetries"; set it, or remove the option'
  if (!isCount(maxRetries) || maxRetries > RETRIES_MAX)
    return `needs "maxRetries" as a whole number from 1 to ${RETRIES_MAX}`

  const delay = value['delaySeconds'] ?? DELAY_SECONDS
  const maxDelay = value['maxDelaySeconds'] ?? Math.max(MAX_DELAY_SECONDS, Number(delay))
  if (!isSeconds(delay)) return `needs "delaySeconds" as a number from 0 to ${DELAY_SECONDS_MAX}`
  if (!isSeconds(maxDelay)) return `needs "maxDelaySeconds" as a number from 0 to ${DELAY_SECONDS_MAX}`
  const backoff = value['backoff'] ?? 'fixed'
  if (backoff !== 'fixed' && backoff !== 'exponential') return 'needs "backoff" as "fixed" or "exponential"'
  return { max_retries: maxRetries, delay_seconds: delay, backoff, max_delay_seconds: maxDelay }
}

const isCount = (value: StaticValue): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1
const isSeconds = (value: StaticValue): value is number =>
  typeof value === 'number' && value >= 0 && value <= DELAY_SECONDS_MAX
