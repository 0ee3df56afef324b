import { describe, expect, test } from 'vitest'
import { analyze } from './fixture-parameters.ts'

const withOptions = (options: string) =>
  analyze(`export const it = workflow(${options}, async (orderId: number) => orderId)`)

describe('startOn', () => {
  test.each([
    [`{ startOn: { event: 'order.created' } }`, { event: 'order.created', map: null }],
    [
      `{ startOn: { event: 'order.created', map: { orderId: 'payload.id', at: 'emittedAt' } } }`,
      { event: 'order.created', map: { orderId: 'payload.id', at: 'emittedAt' } },
    ],
    [
      `{ startOn: { event: 'order.created', map: (event) => ({ orderId: event.payload.id }) } }`,
      { event: 'order.created', map: 'code' },
    ],
    [
      `{ startOn: { event: 'order.created', map(event) { return event.payload } } }`,
      { event: 'order.created', map: 'code' },
    ],
  ])('%s', (options, startOn) => {
    const found = withOptions(options)
    expect(found).toMatchObject({ startOn, error: null, warnings: [] })
  })

  test('a function of its own, from wherever it is declared', () => {
    const found = analyze(`
      const toInput = (event: { payload: { id: number } }) => ({ orderId: event.payload.id })
      const NAME = 'order.created'
      export const it = workflow({ startOn: { event: NAME, map: toInput } }, async (orderId: number) => orderId)`)
    expect(found).toMatchObject({ startOn: { event: 'order.created', map: 'code' }, error: null })
  })

  test.each([
    [`{ startOn: 'order.created' as never }`, 'must be an object with event'],
    [`{ startOn: {} as never }`, 'needs "event" as the name of an event'],
    [`{ startOn: { event: 'with spaces' } }`, 'needs "event" as the name of an event'],
    [`{ startOn: { event: 'x', map: 7 as never } }`, 'needs "map" as a function of the event'],
    [
      `{ startOn: { event: 'x', map: { orderId: 'id.of.what', b: 'nowhere' } } }`,
      'needs in "map" for "b" a path',
    ],
  ])('%s is refused', (options, problem) => {
    expect(withOptions(options).error?.message).toContain(problem)
  })

  test('has no effect on a data provider, and says so about unknown members', () => {
    expect(withOptions(`{ startOn: { event: 'x', when: 1 } as never }`).warnings[0]?.message).toContain(
      '"when"',
    )
    const provider = analyze(
      `import { dataProvider } from 'bifrost'
       export const it = dataProvider({ startOn: { event: 'x' } } as never, async () => [])`,
    )
    expect(provider.startOn).toBeNull()
  })
})

describe('cancelOn', () => {
  test('is one or a list', () => {
    const match = `{ orderId: 'input.orderId' }`
    const one = { event: 'order.cancelled', match: { orderId: 'input.orderId' } }
    expect(withOptions(`{ cancelOn: { event: 'order.cancelled', match: ${match} } }`).cancelOn).toEqual([one])
    expect(
      withOptions(`{ cancelOn: [{ event: 'order.cancelled', match: ${match} }, { event: 'stop' }] }`)
        .cancelOn,
    ).toEqual([one, { event: 'stop', match: {} }])
    expect(withOptions('{}').cancelOn).toEqual([])
  })

  test.each([
    [`{ cancelOn: 'stop' as never }`, 'must be an object with event and match'],
    [`{ cancelOn: { match: {} } as never }`, 'needs "event" as the name of an event'],
    [
      `{ cancelOn: { event: 'stop', match: { id: 'orderId' } } }`,
      'needs in "match" for "id" a path into the input',
    ],
    [`{ cancelOn: { event: 'stop', match: { id: 7 } as never } }`, 'needs in "match" for "id"'],
  ])('%s is refused', (options, problem) => {
    expect(withOptions(options).error?.message).toContain(problem)
  })
})
