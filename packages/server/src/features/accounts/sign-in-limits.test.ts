import { expect, test } from 'vitest'
import { neighborhoodOf, networkOf } from '../../platform/http/network.ts'
import { createSignInLimits } from './sign-in-limits.ts'

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'let through',
    (error: { code?: string }) => error.code,
  )

const from = (address: string, device: string | null = null) => ({ address, device })
/** Takes without waiting; what it would have waited is noted. */
const unhurried = () => {
  const waits: number[] = []
  let nowMs = 0
  const limits = createSignInLimits(
    async (ms) => {
      waits.push(ms)
      nowMs += ms
    },
    () => nowMs,
  )
  return { limits, waits }
}

test('of many tries at once from one network no more are let through than one after the other', async () => {
  const limits = createSignInLimits()
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, n) => outcome(limits.take('password', 'ada', from(`192.0.2.${n}`)))),
  )
  expect(outcomes.filter((one) => one === 'let through')).toHaveLength(10)
  expect(outcomes.filter((one) => one === 'rate_limited')).toHaveLength(30)
})

test('a right password takes its try back, for the account and for the address', async () => {
  const limits = createSignInLimits()
  for (let n = 0; n < 200; n++) await (await limits.take('password', `person${n % 3}`, from('192.0.2.1')))()
  expect(await outcome(limits.take('password', 'another', from('192.0.2.1')))).toBe('let through')
})

test('an address that tries many accounts has to wait, and locks none of them further', async () => {
  const limits = createSignInLimits()
  for (let n = 0; n < 50; n++) await limits.take('password', `person${n}`, from('2001:db8:1:2::1'))
  expect(await outcome(limits.take('password', 'ada', from('2001:db8:1:2:ffff::9')))).toBe('rate_limited')
  expect(await outcome(limits.take('password', 'ada', from('2001:db8:1:3::1')))).toBe('let through')
})

test('tries from many networks lock no one out: they are slowed down, and the others get their turn (V15)', async () => {
  const { limits, waits } = unhurried()
  for (let n = 0; n < 200; n++)
    expect(await outcome(limits.take('password', 'ada', from(`10.${n}.0.1`)))).toBe('let through')
  expect(await outcome(limits.take('password', 'ada', from('203.0.113.9')))).toBe('let through')
  // After the first 50, one per second.
  expect(waits).toHaveLength(150)
  expect(waits.every((ms) => ms === 1000)).toBe(true)
})

test('of many at once that are over the pace, so many wait and the others are told when to come again', async () => {
  const limits = createSignInLimits(
    async () => {},
    () => 0,
  )
  const outcomes: unknown[] = []
  for (let n = 0; n < 100; n++)
    outcomes.push(await outcome(limits.take('password', 'ada', from(`10.${n}.0.1`))))
  expect(outcomes.filter((one) => one === 'let through')).toHaveLength(50 + 11)
  expect(outcomes.at(-1)).toBe('rate_limited')
})

test('codes are guessed more slowly than passwords, and each kind counts for itself', async () => {
  const limits = createSignInLimits(
    async () => {},
    () => 0,
  )
  const codes: unknown[] = []
  for (let n = 0; n < 30; n++) codes.push(await outcome(limits.take('code', 'ada', from(`10.${n}.0.1`))))
  expect(codes.filter((one) => one === 'let through')).toHaveLength(21)
  expect(await outcome(limits.take('password', 'ada', from('203.0.113.9')))).toBe('let through')
})

test('a known device has a count of its own, whatever the others try', async () => {
  const limits = createSignInLimits(
    async () => {},
    () => 0,
  )
  for (let n = 0; n < 200; n++) await outcome(limits.take('password', 'ada', from(`10.${n % 99}.0.1`)))
  for (let n = 0; n < 60; n++) await outcome(limits.take('password', `p${n}`, from('203.0.113.9')))
  expect(await outcome(limits.take('password', 'ada', from('203.0.113.9')))).toBe('rate_limited')
  const known = from('203.0.113.9', 'laptop')
  for (let n = 0; n < 10; n++)
    expect(await outcome(limits.take('password', 'ada', known))).toBe('let through')
  expect(await outcome(limits.take('password', 'ada', known))).toBe('rate_limited')
  expect(await outcome(limits.take('password', 'ada', from('203.0.113.9', 'phone')))).toBe('let through')
})

test('requests of a signed-in person count for no one else, and other requests for no sign-in', async () => {
  const limits = createSignInLimits()
  for (let n = 0; n < 10; n++) await limits.takeOwn('proof of a session')
  expect(await outcome(limits.takeOwn('proof of a session'))).toBe('rate_limited')
  expect(await outcome(limits.takeOwn('proof of another'))).toBe('let through')
  for (let n = 0; n < 50; n++) await limits.takeAddress('device', '192.0.2.1')
  expect(await outcome(limits.takeAddress('device', '192.0.2.1'))).toBe('rate_limited')
  expect(await outcome(limits.takeAddress('passkey', '192.0.2.1'))).toBe('let through')
  expect(await outcome(limits.take('password', 'ada', from('192.0.2.1')))).toBe('let through')
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0'],
  ['2001:0db8::1', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s belongs to %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test.each([
  ['192.0.2.7', '192.0.2'],
  ['::ffff:192.0.2.99', '192.0.2'],
  ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0'],
])('%s has the neighborhood %s', (address, neighborhood) => {
  expect(neighborhoodOf(address)).toBe(neighborhood)
})
