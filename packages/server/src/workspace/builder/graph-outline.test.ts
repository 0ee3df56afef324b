import type { GraphNode } from '@bifrost/contract'
import { afterAll, describe, expect, test } from 'vitest'
import type { Executable } from '../types.ts'
import { Analyzer } from './analyzer.ts'
import { FixtureWorkspace } from './fixture-workspace.ts'

const workspace = new FixtureWorkspace({
  '_steps.ts': `
    import type { GraphContext } from 'bifrost'
    export interface Order { total: number; lines: { sku: string }[] }
    export const fetchOrder = (ctx: GraphContext<{ orderId: string }>): Order => ({ total: 1, lines: [] })
    export const isLarge = (ctx: GraphContext<unknown, { 'fetch-order': Order }>) => ctx.results['fetch-order'].total > 9
    export const SHIP = 'ship-it'`,
})
const analyzer = new Analyzer(workspace.dir)
afterAll(() => workspace.remove())

const HEAD =
  "import { graph } from 'bifrost'\nimport { fetchOrder, isLarge, SHIP, type Order } from '../_steps.ts'\n"
function read(source: string): Executable[] {
  workspace.write('flows/case.ts', HEAD + source)
  return analyzer.analyze(['flows/case.ts'])[0]?.executables ?? []
}
const one = (source: string): Executable => {
  const [only] = read(source)
  if (!only) throw new Error('Nothing was found')
  return only
}
/** An outline as lines of text. */
const drawn = (nodes: readonly GraphNode[] | null, indent = ''): string[] =>
  (nodes ?? []).flatMap(({ kind, name, text, lanes }) => [
    [indent + kind, name, text && `(${text})`].filter(Boolean).join(' '),
    ...lanes.flatMap((lane) => [
      ...(lane.label !== null || kind === 'if' ? [`${indent}- ${lane.label ?? 'else'}`] : []),
      ...drawn(lane.nodes, `${indent}  `),
    ]),
  ])
const outline = (source: string): string[] => {
  const { graph, error, warnings } = one(source)
  expect([error, warnings]).toEqual([null, []])
  return drawn(graph)
}

describe('a graph', () => {
  test('is a workflow whose name is its first argument and whose inputs are its type argument', () => {
    const executable = one(`
      /**
       * Ships an order.
       * @param orderId Which one.
       */
      export const processOrder = graph<{
        orderId: string
        /** Send it today. */
        urgent?: boolean
      }>('process-order', {
        category: 'Orders', retryPolicy: { maxRetries: 2 }, timeoutSeconds: 60,
      }).step('fetch-order', fetchOrder)`)
    expect(executable).toMatchObject({
      exportName: 'processOrder',
      type: 'workflow',
      name: 'process-order',
      description: 'Ships an order.',
      category: 'Orders',
      timeoutSeconds: 60,
      retryPolicy: { max_retries: 2 },
      parameters: [
        { name: 'orderId', type: 'string', required: true, help: 'Which one.' },
        { name: 'urgent', type: 'boolean', required: false, help: 'Send it today.' },
      ],
      arguments: [{ kind: 'object', names: ['orderId', 'urgent'], rest: false }],
      line: 8,
      error: null,
      warnings: [],
    })
    expect(executable.graph).toEqual([
      { kind: 'step', name: 'fetch-order', text: null, concurrency: null, line: 14, lanes: [] },
    ])
  })

  test.each([
    [
      "import * as bifrost from 'bifrost'\nexport const a = bifrost.graph('a').step('x', () => 1)",
      ['step x'],
    ],
    ["import { graph as g } from 'bifrost'\nexport const a = g('a').step('x', () => 1)", ['step x']],
    [
      "const base = graph('a').step('x', () => 1)\nexport const a = base.step('y', () => 1)",
      ['step x', 'step y'],
    ],
    ["export default graph('a').step('x', () => 1)", ['step x']],
    ["export const a = graph('a')", []],
    ["export const a = graph('a').step(SHIP, () => 1)", ['step ship-it']],
  ])('%j', (source, expected) => {
    expect(outline(source)).toEqual(expected)
  })

  test('that is no graph, or is not exported, is none', () => {
    expect(read("const hidden = graph('a').step('x', () => 1)")).toEqual([])
    expect(
      read(
        "const other = { graph: (n: string) => ({ step: () => 1 }) }\nexport const a = other.graph('a').step()",
      ),
    ).toEqual([])
  })

  test('two that begin alike are two workflows', () => {
    const [first, second] = read(`
      const base = graph('one').step('x', () => 1)
      export const a = base.step('y', () => 1)
      export const b = base.step('z', () => 1)`)
    expect([first?.exportName, second?.exportName]).toEqual(['a', 'b'])
    expect(drawn(second?.graph ?? [])).toEqual(['step x', 'step z'])
  })
})

test('all that a graph may hold is drawn, with its conditions and lists in the words of its author', () => {
  const source = `
    export const a = graph<{ orderId: string; rest: string }>('a')
      .step('fetch-order', { retries: 3 }, fetchOrder)
      .if((ctx) => isLarge(ctx), (then) => then.step('approve', () => 1).if((ctx) => ctx.results.approve > 1, (t) => t.step('tell', () => 2)))
      .elseIf((ctx) => ctx.results['fetch-order'].total > 5
          && ctx.input.orderId !== '', (then) => { return then.step('look', () => 1) })
      .else((otherwise) => otherwise.step('note', () => 1))
      .if(isLarge, large, (otherwise) => otherwise)
      .forEach('lines', (ctx) => ctx.results['fetch-order'].lines, (line) => line.step('reserve', (ctx) => ctx.item.sku), { concurrency: 4, key: (line) => line.sku })
      .forEach(() => [1, 2], (each) => each.sleep('90s').step('count', (ctx) => ctx.item))
      .parallel('prepare', { stock: (b) => b.step('weigh', () => 1), money: (branch) => branch.step('charge', () => 2).step('book', () => 3) })
      .parallel({ 'a-b': (b) => b.step('p', () => 1) })
      .sleep((ctx) => ctx.input.rest)
      .screen('review', { title: 'Check it', fields: { ok: 'boolean' }, props: (ctx) => ({ big: ctx.results.big ?? null }) })
      .do('invoice', async () => 1)
      .tx('enter', () => 1)
      .waitForEvent('order.paid', { match: (ctx) => ({ orderId: ctx.input.orderId }), timeout: '3 days' })
      .waitForEvent('order.paid', { as: 'tip' })
      .sleepUntil(new Date(0))
      .step('end', () => 'x')
    function large<G extends { step: any }>(then: G) { return then.step('big', () => 1) }`
  expect(outline(source)).toEqual([
    'step fetch-order',
    'if if',
    '- isLarge',
    '  step approve',
    '  if if 2',
    '  - approve > 1',
    '    step tell',
    "- fetch-order.total > 5 && orderId !== ''",
    '  step look',
    '- else',
    '  step note',
    'if if 3',
    '- isLarge',
    '  step big',
    '- else',
    'forEach lines (fetch-order.lines)',
    '  step reserve',
    'forEach forEach ([1, 2])',
    '  sleep sleep (90s)',
    '  step count',
    'parallel prepare',
    '- stock',
    '  step weigh',
    '- money',
    '  step charge',
    '  step book',
    'parallel parallel',
    '- a-b',
    '  step p',
    'sleep sleep 2 (rest)',
    'screen review (Check it)',
    'do invoice',
    'step enter',
    'event order.paid (for 3 days at most)',
    "event tip ('order.paid')",
    'sleep sleep 3 (new Date(0))',
    'step end',
  ])
  expect(one(source).graph?.find(({ name }) => name === 'lines')?.concurrency).toBe(4)
})

describe('what is wrong', () => {
  test.each([
    [".step('x', () => 1)\n.step('x', () => 2)", 4, 5],
    [".step('x', () => 1)\n.if(() => true, (then) => then\n.step('x', () => 2))", 4, 6],
    [".forEach('x', () => [1], (each) => each\n.step('x', () => 2))", 4, 5],
    [".parallel({ a: (b) => b.step('x', () => 1),\nc: (b) => b.step('x', () => 1) })", 4, 5],
  ])('two steps of one name are refused when the file is read: %j', (chain, first, second) => {
    const { error } = one(`export const a = graph('a')\n${chain}`)
    expect(error).toMatchObject({ path: 'flows/case.ts', line: second })
    expect(error?.message).toContain(
      `the name "x": at flows/case.ts:${first} and at flows/case.ts:${second}.`,
    )
  })

  test.each([
    [
      "graph('a', { retryPolicy: { backoff: 'exponential' } as never })",
      'has no effect without "maxRetries"',
    ],
    ["graph('')", 'The name of the graph must be text of 1 to 200 characters.'],
    ['graph(String(Math.random()))', 'The name of the graph cannot be read without running the code.'],
  ])('%s is an error', (source, message) => {
    expect(one(`export const a = ${source}.step('x', () => 1)`).error?.message).toContain(message)
  })

  test.each([
    ["graph('a', { name: 'b' } as never)", 'its name is the first argument'],
    ["graph('a', { timeout: 3 } as never)", 'Did you mean "timeoutSeconds"?'],
    ["graph('a').step(String(Math.random()), () => 1)", 'The name of this step cannot be read'],
    [
      "graph('a').if(() => true, Math.random() > 1 ? ((t) => t) : ((t) => t))",
      'This part of the graph cannot',
    ],
    ["graph('a').parallel(JSON.parse('{}'))", 'The branches of .parallel() cannot be read'],
  ])('%s is a warning, and the workflow still registers', (source, message) => {
    const { error, warnings, name } = one(`export const a = ${source}`)
    expect([error, name, warnings.map((note) => note.message)]).toEqual([
      null,
      'a',
      [expect.stringContaining(message)],
    ])
  })
})
