import type { GraphLane, GraphNode, GraphNodeKind, Json, Step } from '@bifrost/contract'
import { describe, expect, test } from 'vitest'
import { graphState, type NodeState, timesOf } from './graph-state.ts'

const node = (
  kind: GraphNodeKind,
  name: string,
  ...lanes: [label: string | null, nodes: GraphNode[]][]
): GraphNode => ({
  kind,
  name,
  text: null,
  concurrency: null,
  line: 1,
  lanes: lanes.map(([label, nodes]): GraphLane => ({ label, nodes })),
})
const leaf = (name: string) => node('step', name)
const graph = [
  leaf('fetch'),
  node(
    'if',
    'if',
    ['large', [leaf('approve')]],
    ['new', [leaf('look'), leaf('tell')]],
    [null, [leaf('note')]],
  ),
  node('forEach', 'lines', [null, [leaf('reserve'), leaf('label')]]),
  node('parallel', 'prepare', ['stock', [leaf('weigh')]], ['money', [leaf('charge')]]),
  leaf('ship'),
]

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
const step = (key: string, rest: Partial<Step> = {}): Step =>
  ({
    key,
    name: key.replace(/^.*\//, '').replace(/#\d+$/, ''),
    occurrence: 1,
    kind: 'step',
    status: 'completed',
    attempt: 1,
    attempts: [],
    started_at: at(1),
    ended_at: at(2),
    duration_ms: 1000,
    due_at: null,
    output: null,
    error: null,
    answered_by: null,
    answered_at: null,
    ...rest,
  }) as Step
const done = (key: string, output: Json = null) => step(key, { output })
const run = (ended: boolean) => ({
  created_at: at(0),
  scheduled_at: null,
  started_at: at(0),
  ended_at: ended ? at(9) : null,
})
const state = (steps: Step[], ended = false) => graphState(graph, steps, run(ended))
/** The looks of all nodes, also inside, by name. */
const looks = (states: readonly NodeState[]): Record<string, string> =>
  Object.fromEntries(
    states.flatMap(({ node: { name }, look, lanes }) => [
      [name, look],
      ...Object.entries(looks(lanes.flatMap((lane) => lane.nodes))),
    ]),
  )

describe('a run that is still going', () => {
  test('has everything ahead at its start', () => {
    expect(new Set(Object.values(looks(state([]))))).toEqual(new Set(['ahead']))
  })

  test.each([
    [0, ['completed', 'skipped', 'skipped', 'skipped']],
    [1, ['skipped', 'completed', 'completed', 'skipped']],
    [null, ['skipped', 'skipped', 'skipped', 'completed']],
  ])('goes one way through a decision and skips the others: %j', (taken, expected) => {
    const all = ['approve', 'look', 'tell', 'note']
    const known = looks(
      state([
        done('fetch#1'),
        done('if#1', taken),
        ...all.filter((_, i) => expected[i] === 'completed').map((name) => done(`${name}#1`)),
      ]),
    )
    expect(all.map((name) => known[name])).toEqual(expected)
    expect(known['if']).toBe('completed')
  })

  test('is in a decision as long as it is in its arm', () => {
    const [, decision] = state([done('if#1', 1), done('look#1')])
    expect(decision?.look).toBe('running')
    expect(decision?.lanes.map((lane) => lane.taken)).toEqual([false, true, false])
  })

  test('counts the items of a list by their keys, each on its own', () => {
    const list = { keys: ['a/b', 'c', 'd'], items: [1, 2, 3] }
    const each = state([
      done('lines#1', list),
      done('lines[a/b]/reserve#1'),
      done('lines[a/b]/label#1'),
      step('lines[c]/reserve#1', { status: 'retrying', ended_at: null }),
    ])[2]
    expect(each?.items?.map(({ key, look }) => [key, look])).toEqual([
      ['a/b', 'completed'],
      ['c', 'retrying'],
      ['d', 'ahead'],
    ])
    expect(each?.look).toBe('retrying')
    expect(each?.items?.[1]?.nodes.map((one) => one.look)).toEqual(['retrying', 'ahead'])
  })

  test('a list without keys goes by the index; an empty one is done', () => {
    const items = state([
      done('lines#1', { items: ['x', 'y'] }),
      step('lines[1]/reserve#1', { status: 'failed' }),
    ])[2]?.items
    expect(items?.map(({ key, look }) => [key, look])).toEqual([
      ['0', 'ahead'],
      ['1', 'failed'],
    ])
    expect(state([done('lines#1', { items: [] })])[2]).toMatchObject({ look: 'completed', items: [] })
  })

  test('goes several branches at once, each under its own name', () => {
    const [, , , parallel] = state([
      done('prepare/stock/weigh#1'),
      step('prepare/money/charge#1', { status: 'running', ended_at: null }),
    ])
    expect(parallel?.look).toBe('running')
    expect(parallel?.lanes.map(({ label, nodes }) => [label, nodes[0]?.look])).toEqual([
      ['stock', 'completed'],
      ['money', 'running'],
    ])
    expect(timesOf(parallel as NodeState)).toEqual({ from: Date.parse(at(1)), to: null })
  })
})

test('a run that has ended did not reach what it had ahead, and stopped what was under way', () => {
  const known = looks(
    state([done('fetch#1'), done('if#1', 0), step('approve#1', { status: 'waiting', ended_at: null })], true),
  )
  expect(known).toMatchObject({
    fetch: 'completed',
    if: 'stopped',
    approve: 'stopped',
    note: 'skipped',
    lines: 'unreached',
    weigh: 'unreached',
    ship: 'unreached',
  })
})
