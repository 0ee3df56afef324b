import { expect, expectTypeOf, test } from 'vitest'
import { type GraphContext, type GraphItemContext, graph, type Json } from '../index.ts'

// What the type checker says of graphs; `npm run check` compiles this file.

interface Order {
  id: string
  total: number
  lines: { sku: string; count: number }[]
}
const order: Order = { id: 'o-1', total: 30, lines: [] }
const fetchOrder = async (ctx: GraphContext<{ orderId: string }>): Promise<Order> => ({
  ...order,
  id: ctx.input.orderId,
})
const start = () => graph<{ orderId: string }>('process-order').step('fetch-order', fetchOrder)

test('inputs and results of the steps before are typed by name', () => {
  start().step('ship', { retries: 2 }, (ctx) => {
    expectTypeOf(ctx.input.orderId).toEqualTypeOf<string>()
    expectTypeOf(ctx.results['fetch-order']).toEqualTypeOf<Order>()
    expectTypeOf(ctx.attempt).toEqualTypeOf<number>()
    expectTypeOf(ctx.signal).toEqualTypeOf<AbortSignal>()
    expectTypeOf(ctx.orgName).toEqualTypeOf<string>()
    // @ts-expect-error no step of this name comes before
    return ctx.results['fetch-oder']
  })
})

test('the graph is a function of its input that gives what the last step gives', () => {
  const made = start().step('count', async (ctx) => ctx.results['fetch-order'].lines.length)
  expectTypeOf<Parameters<typeof made>>().toEqualTypeOf<[input: { orderId: string }]>()
  expectTypeOf<ReturnType<typeof made>>().toEqualTypeOf<Promise<number>>()
})

test('what may be skipped may be undefined, but not inside of its arm', () => {
  const arms = start().if(
    (ctx) => ctx.results['fetch-order'].total > 10,
    (then) => then.step('approve', () => 'yes' as const).step('tell', (ctx) => ctx.results.approve),
    (otherwise) => otherwise.step('note', (ctx) => ctx.results['fetch-order'].total),
  )
  expectTypeOf<Awaited<ReturnType<typeof arms>>>().toEqualTypeOf<'yes' | number>()
  arms.step('end', (ctx) => {
    expectTypeOf(ctx.results.tell).toEqualTypeOf<'yes' | undefined>()
    expectTypeOf(ctx.results.note).toEqualTypeOf<number | undefined>()
    expectTypeOf(ctx.results['fetch-order']).toEqualTypeOf<Order>()
  })
})

test('an if that no run enters leaves the result as it was', () => {
  const made = start().if(
    () => true,
    (then) => then.step('approve', () => 1),
  )
  expectTypeOf<Awaited<ReturnType<typeof made>>>().toEqualTypeOf<number | Order>()
})

test('else-if and else see what the first condition saw', () => {
  const made = start()
    .if(
      (ctx) => ctx.results['fetch-order'].total > 10,
      (then) => then.step('large', () => 1),
    )
    .elseIf(
      (ctx) => ctx.results['fetch-order'].total > 5,
      (then) =>
        then.step('middle', (ctx) => {
          // @ts-expect-error it runs only when the other arm did not
          expect(ctx.results.large).toBeUndefined()
          return 'm'
        }),
    )
    .else((otherwise) => otherwise.step('small', () => true))
  expectTypeOf<Awaited<ReturnType<typeof made>>>().toEqualTypeOf<number | string | boolean>()
  made.step('end', (ctx) => {
    expectTypeOf(ctx.results).toEqualTypeOf<
      Readonly<{
        'fetch-order': Order
        large: number | undefined
        middle: string | undefined
        small: boolean | undefined
      }>
    >()
  })
})

test('forEach gives its bodies the item, and the list of their results by its name', () => {
  const reserve = (ctx: GraphItemContext<Order['lines'][number]>) => `${ctx.item.sku}:${ctx.index}`
  const made = start().forEach(
    'lines',
    (ctx) => ctx.results['fetch-order'].lines,
    (line) =>
      line.step('reserve', reserve).step('label', (ctx) => {
        expectTypeOf(ctx.item.count).toEqualTypeOf<number>()
        expectTypeOf(ctx.results).toEqualTypeOf<Readonly<{ 'fetch-order': Order; reserve: string }>>()
        return { label: ctx.results.reserve }
      }),
    { concurrency: 3, key: (line) => line.sku },
  )
  expectTypeOf<Awaited<ReturnType<typeof made>>>().toEqualTypeOf<{ label: string }[]>()
  made.step('end', (ctx) => {
    expectTypeOf(ctx.results.lines).toEqualTypeOf<{ label: string }[]>()
    // @ts-expect-error there is one for each item, so there is no single one
    return ctx.results.reserve
  })
})

test('parallel gives all results of its branches, and an object by branch', () => {
  const made = start().parallel('prepare', {
    stock: (branch) => branch.step('reserve', () => ['x']).step('weigh', () => 2.5),
    money: (branch) => branch.step('charge', async (ctx) => ctx.results['fetch-order'].total),
  })
  expectTypeOf<Awaited<ReturnType<typeof made>>>().toEqualTypeOf<{ stock: number; money: number }>()
  made.step('end', (ctx) => {
    expectTypeOf(ctx.results.reserve).toEqualTypeOf<string[]>()
    expectTypeOf(ctx.results.prepare).toEqualTypeOf<{ stock: number; money: number }>()
  })
})

test('a screen gives what its fields say, and sees the results before it', () => {
  const made = start().screen('review', {
    title: (ctx) => `Order ${ctx.results['fetch-order'].id}`,
    props: (ctx) => ({ total: ctx.results['fetch-order'].total }),
    assignee: { role: 'org_admin' },
    fields: { approved: 'boolean', comment: { type: 'string', required: false } },
  })
  made.step('end', (ctx) => {
    expectTypeOf(ctx.results.review.approved).toEqualTypeOf<boolean>()
    expectTypeOf(ctx.results.review.comment).toEqualTypeOf<string | undefined>()
  })
  start()
    .screen('quick', { fields: { ok: 'boolean' }, timeout: '1 day' })
    .step('end', (ctx) => expectTypeOf(ctx.results.quick?.ok).toEqualTypeOf<boolean | undefined>())
})

test('an event gives what parse makes of it, or undefined when it may be too late', () => {
  start()
    .waitForEvent('order.paid', {
      match: (ctx) => ({ orderId: ctx.input.orderId }),
      parse: () => ({ amount: 3 }),
    })
    .waitForEvent('order.paid', { as: 'second', timeout: '3 days', parse: (payload) => String(payload) })
    .step('end', (ctx) => {
      expectTypeOf(ctx.results['order.paid']).toEqualTypeOf<{ amount: number }>()
      expectTypeOf(ctx.results.second).toEqualTypeOf<string | undefined>()
    })
  const waits = start().waitForEvent('order.paid')
  waits.step('end', (ctx) => expectTypeOf(ctx.results['order.paid']).toEqualTypeOf<Json>())
  // @ts-expect-error it waits for it already
  expect(failureOf(waits.waitForEvent('order.paid', { timeout: '1 day' }))).toThrow(/order.paid/)
})

test('code of its own gives what it returns, and is no step', () => {
  start()
    .do('all', async (ctx) => {
      // @ts-expect-error only steps have an idempotency key
      expect(ctx.idempotencyKey).toBeUndefined()
      return [ctx.input.orderId]
    })
    .step('end', (ctx) => expectTypeOf(ctx.results.all).toEqualTypeOf<string[]>())
})

/** What a graph is for that could not be built: it throws when it runs, not while its file is loaded. */
const failureOf = (made: unknown) => () => (made as (input: object) => unknown)({ orderId: '1' })
type AnyMethod = (...args: unknown[]) => { step(name: string, body: () => unknown): unknown }

test('a name that comes twice is a type error wherever it stands, and refused when it is run', () => {
  const twice = /Two steps of the graph have the name/
  // @ts-expect-error
  expect(failureOf(start().step('fetch-order', () => 1))).toThrow(twice)
  expect(
    failureOf(
      start()
        .if(
          () => true,
          (then) => then.step('approve', () => 1),
        )
        // @ts-expect-error
        .else((otherwise) => otherwise.step('approve', () => 1)),
    ),
  ).toThrow(twice)
  expect(
    failureOf(
      start()
        .forEach(
          'all',
          () => [1],
          (each) => each.step('inside', () => 1),
        )
        // @ts-expect-error
        .step('inside', () => 1),
    ),
  ).toThrow(twice)
  const branched = start().parallel({ one: (branch) => branch.step('deep', () => 1) })
  // @ts-expect-error
  expect(failureOf(branched.step('deep', () => 1))).toThrow(twice)
  // What follows does not hide it.
  expect(failureOf((branched.step as AnyMethod)('deep', () => 1).step('more', () => 1))).toThrow(twice)
})

test('without a type argument there is no input', () => {
  const made = graph('nightly').step('count', () => 3)
  // biome-ignore lint/complexity/noBannedTypes: no input
  expectTypeOf<Parameters<typeof made>>().toEqualTypeOf<[input: {}]>()
  made.step('end', (ctx) => {
    // @ts-expect-error
    return ctx.input.orderId
  })
})

test('undo is given what the step gave', () => {
  const release = (reserved: string[], ctx: GraphContext<{ orderId: string }>) => [reserved, ctx.input]
  start().step('reserve', { undo: release }, () => ['x'])
  // @ts-expect-error the step gives a number
  start().step('reserve', { undo: release }, () => 1)
})
