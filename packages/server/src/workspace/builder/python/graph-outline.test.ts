import type { GraphNode } from '@bifrost/contract'
import { expect, test } from 'vitest'
import { definedBy } from './fixture-python.ts'

const drawn = ({ kind, name, text, concurrency, lanes }: GraphNode): unknown => [
  `${kind} ${name}${text === null ? '' : ` (${text})`}${concurrency === null ? '' : ` ×${concurrency}`}`,
  ...lanes.map(({ label, nodes }) => ({ [label ?? '-']: nodes.map(drawn) })),
]

const graph = (chain: string, before = '') =>
  definedBy(`from bifrost import graph\n${before}\nprocess = (\n    graph("process")\n${chain}\n)\n`)

test('the nodes have the names that their code gives them, with what is in their arms, bodies and branches', () => {
  const {
    graph: nodes,
    warnings,
    error,
  } = graph(
    `
    .step("fetch", fetch)
    .tx("store", store)
    .screen("review", title="Look at it", fields={})
    .wait_for_event("order.paid", timeout="2 days")
    .wait_for_event("order.sent", as_="sent")
    .if_(lambda ctx: ctx.results["fetch"].total > 5, lambda then: then.step("large", f))
    .else_if(is_new, built)
    .else_(lambda then: then.sleep("3 days"))
    .for_each(lambda ctx: ctx.input.items, lambda each: each.step("one", f).do("more", g), concurrency=4)
    .for_each("named", items, lambda each: each.step("two", f))
    .parallel({"mail": lambda branch: branch.step("mail", f), "call": lambda branch: branch.step("call", f)})
    .if_(ask, lambda then: then.sleep(5), lambda other: other.step("last", f))`,
    'def built(then):\n    return then.step("new", f)\n',
  )
  expect({ warnings, error }).toEqual({ warnings: [], error: null })
  expect(nodes?.map(drawn)).toEqual([
    ['step fetch'],
    ['step store'],
    ['screen review (Look at it)'],
    ['event order.paid (for 2 days at most)'],
    ['event sent (order.sent)'],
    [
      'if if',
      { 'ctx.results["fetch"].total > 5': [['step large']] },
      { is_new: [['step new']] },
      { '-': [['sleep sleep (3 days)']] },
    ],
    ['forEach forEach (ctx.input.items) ×4', { '-': [['step one'], ['do more']] }],
    ['forEach named (items) ×1', { '-': [['step two']] }],
    ['parallel parallel', { mail: [['step mail']] }, { call: [['step call']] }],
    ['if if 2', { ask: [['sleep sleep 2 (5 s)']] }, { '-': [['step last']] }],
  ])
  expect(nodes?.[0]?.line).toBe(8)
})

test('a name that comes twice is an error, and what only a run could tell is not drawn', () => {
  expect(graph('.step("a", f).if_(q, lambda then: then.step("a", g))').error).toMatchObject({
    message:
      'Two steps of the graph have the name "a". Results are identified by name, so rename one of them.',
    line: 5,
  })
  const unread = graph('.step(name(), f).if_(q, build()).parallel(branches())')
  expect(unread.graph?.map(drawn)).toEqual([
    ['unread …'],
    ['if if', { q: [['unread …']] }],
    ['parallel parallel'],
  ])
  expect(unread.warnings).toHaveLength(3)
})
