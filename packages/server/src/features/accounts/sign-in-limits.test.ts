import { expect, test } from 'vitest'
import { networkOf } from '../../platform/http/network.ts'
import { createSignInLimits } from './sign-in-limits.ts'

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'let through',
    (error: { code?: string }) => error.code,
  )

test('of many tries at once no more are let through than one after the other', async () => {
  const limits = createSignInLimits()
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, n) => outcome(limits.take('ada@example.com', `192.0.2.${n}`))),
  )
  expect(outcomes.filter((one) => one === 'let through')).toHaveLength(10)
  expect(outcomes.filter((one) => one === 'rate_limited')).toHaveLength(30)
})

test('a right password takes its try back, for the account and for the address', async () => {
  const limits = createSignInLimits()
  for (let n = 0; n < 200; n++) await (await limits.take(`person${n % 3}`, '192.0.2.1'))()
  expect(await outcome(limits.take('another', '192.0.2.1'))).toBe('let through')
})

test('an address that tries many accounts has to wait, and locks none of them further', async () => {
  const limits = createSignInLimits()
  for (let n = 0; n < 50; n++) await limits.take(`person${n}`, '2001:db8:1:2::1')
  expect(await outcome(limits.take('ada', '2001:db8:1:2:ffff::9'))).toBe('rate_limited')
  expect(await outcome(limits.take('ada', '2001:db8:1:3::1'))).toBe('let through')
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '::ffff:192.0.2.7'],
  ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0'],
  ['2001:0db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})
