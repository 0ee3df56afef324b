import { AppError } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { FairGate, type FairGateOptions } from './fair-gate.ts'

const gateOf = (options: Partial<FairGateOptions> = {}) =>
  new FairGate({
    placesMax: 8,
    perKeyMax: 5,
    perKeyShare: 4,
    reservedPlaces: 1,
    waitingPerKeyMax: 100,
    waitMs: 60_000,
    refusal: 'Too much at once',
    ...options,
  })

/** Asks for a place; tells in `order` when it came. */
function ask(gate: FairGate, key: string, order: string[]): void {
  const wait = gate.enter(key)
  if (wait) void wait.then(() => order.push(key))
  else order.push(key)
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a fair gate', () => {
  test('lets one key have more than its share only while no other key is there', () => {
    const gate = gateOf()
    const alone: string[] = []
    for (let index = 0; index < 20; index++) ask(gate, 'a', alone)
    expect(alone).toHaveLength(5)
    const shared = gateOf()
    const order: string[] = []
    ask(shared, 'b', order)
    for (let index = 0; index < 20; index++) ask(shared, 'a', order)
    expect(order.filter((key) => key === 'a')).toHaveLength(4)
  })

  test('has a place for who holds none, whatever two others hold', () => {
    const gate = gateOf()
    const order: string[] = []
    for (let index = 0; index < 20; index++) for (const key of ['a', 'b']) ask(gate, key, order)
    expect(order).toHaveLength(7)
    ask(gate, 'c', order)
    expect(order.at(-1)).toBe('c')
  })

  test('serves those who wait in turns of keys, not in the order in which they came', async () => {
    const gate = gateOf({ placesMax: 1, reservedPlaces: 0 })
    const order: string[] = []
    for (let index = 0; index < 50; index++) ask(gate, 'a', order)
    for (const key of ['b', 'c', 'b']) ask(gate, key, order)
    for (let index = 0; index < 6; index++) {
      gate.leave(order.at(-1) as string)
      await settled()
    }
    expect(order).toEqual(['a', 'a', 'b', 'c', 'a', 'b', 'a'])
  })

  test('refuses one key that has too many waiting, and no other', async () => {
    const gate = gateOf({ waitingPerKeyMax: 3 })
    const order: string[] = []
    for (let index = 0; index < 8; index++) ask(gate, 'a', order)
    const refused = await (gate.enter('a') as Promise<void>).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(AppError)
    expect(refused).toMatchObject({ code: 'rate_limited', details: { retry_after_seconds: 2 } })
    expect(gate.enter('b')).toBeNull()
  })

  test('refuses who has waited long enough, and the place goes to the next', async () => {
    const gate = gateOf({ placesMax: 1, reservedPlaces: 0, waitMs: 1 })
    expect(gate.enter('a')).toBeNull()
    await expect(gate.enter('b')).rejects.toMatchObject({ code: 'rate_limited' })
    gate.leave('a')
    expect(gate.enter('c')).toBeNull()
  })
})
