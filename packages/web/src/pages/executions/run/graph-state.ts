import type { GraphNode, Json, Step } from '@bifrost/contract'
import { type RunTimes, type StepLook, stepLook } from './step-timeline.ts'

/** `ahead`: the run may come to it. `skipped`: it went another way. `unreached`: it ended before. */
export type NodeLook = StepLook | 'ahead' | 'skipped' | 'unreached'

/** A node of the outline as it stands in one run, or in one pass of a forEach. */
export interface NodeState {
  node: GraphNode
  look: NodeLook
  /** Its own durable call; parallel has none. */
  step: Step | null
  lanes: LaneState[]
  /** Of a forEach whose list is known. */
  items: ItemState[] | null
}

export interface LaneState {
  label: string | null
  taken: boolean | null
  nodes: NodeState[]
}

export interface ItemState {
  key: string
  look: NodeLook
  nodes: NodeState[]
}

/** How each node of a graph stands, told from the run's steps by their keys. */
export function graphState(graph: readonly GraphNode[], steps: readonly Step[], run: RunTimes): NodeState[] {
  const byKey = new Map(steps.map((step) => [step.key, step]))
  const before: NodeLook = run.ended_at === null ? 'ahead' : 'unreached'
  const lookOf = (step: Step | null) => (step ? stepLook(step, run) : before)

  const sequence = (nodes: readonly GraphNode[], branch: string): NodeState[] =>
    nodes.map((node) => {
      const step = byKey.get(`${branch}${node.name}#1`) ?? null
      switch (node.kind) {
        case 'if':
          return decision(node, step, branch)
        case 'forEach':
          return repetition(node, step, branch)
        case 'do': {
          const inside = steps.filter(({ key }) => key.startsWith(`${branch}${node.name}/`))
          const look = together(inside.map(lookOf), before)
          return { node, step: null, look: inside.length > 0 ? look : before, lanes: [], items: null }
        }
        case 'parallel':
          return besides(node, branch)
        default:
          return { node, step, look: lookOf(step), lanes: [], items: null }
      }
    })

  function decision(node: GraphNode, step: Step | null, branch: string): NodeState {
    const decided = step?.status === 'completed'
    const taken = decided ? armOf(node, step.output) : null
    const lanes = node.lanes.map(({ label, nodes }, index): LaneState => {
      const isTaken = decided ? index === taken : null
      const inside = sequence(nodes, branch)
      return { label, taken: isTaken, nodes: isTaken === false ? inside.map(skip) : inside }
    })
    const inside = lanes.find((lane) => lane.taken)?.nodes ?? []
    const look = decided
      ? together(
          inside.map((one) => one.look),
          before,
        )
      : lookOf(step)
    return { node, step, look, lanes, items: null }
  }

  function besides(node: GraphNode, branch: string): NodeState {
    const lanes = node.lanes.map(({ label, nodes }): LaneState => {
      const inside = sequence(nodes, `${branch}${node.name}/${label}/`)
      return { label, taken: inside.some(hasBegun) || null, nodes: inside }
    })
    const look = together(
      lanes.flatMap((lane) => lane.nodes.map((one) => one.look)),
      before,
    )
    return { node, step: null, look, lanes, items: null }
  }

  function repetition(node: GraphNode, step: Step | null, branch: string): NodeState {
    const body = node.lanes[0]?.nodes ?? []
    const lanes = [{ label: null, taken: null, nodes: sequence(body, `${branch}${node.name}[]/`) }]
    const keys = step?.status === 'completed' ? itemKeys(step.output) : null
    if (!keys) return { node, step, look: lookOf(step), lanes, items: null }
    const items = keys.map((key): ItemState => {
      const nodes = sequence(body, `${branch}${node.name}[${key}]/`)
      return {
        key,
        nodes,
        look: together(
          nodes.map((one) => one.look),
          before,
        ),
      }
    })
    return {
      node,
      step,
      look: together(
        items.map((item) => item.look),
        before,
      ),
      lanes,
      items,
    }
  }

  return sequence(graph, '')
}

export const hasBegun = ({ look }: Pick<NodeState, 'look'>): boolean =>
  look !== 'ahead' && look !== 'unreached' && look !== 'skipped'

const skip = (state: NodeState): NodeState => ({
  ...state,
  look: 'skipped',
  lanes: state.lanes.map((lane) => ({ ...lane, taken: false, nodes: lane.nodes.map(skip) })),
})

/** Which arm the answer of a decision means; null when it has none for it. */
function armOf(node: GraphNode, answer: Json): number | null {
  if (typeof answer === 'number') return answer
  const last = node.lanes.length - 1
  return node.lanes[last]?.label === null ? last : null
}

function itemKeys(output: Json): string[] | null {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return null
  const { keys, items } = output
  if (Array.isArray(keys)) return keys.map(String)
  return Array.isArray(items) ? items.map((_, index) => String(index)) : null
}

const strongest: readonly NodeLook[] = [
  'failed',
  'running',
  'resumed',
  'retrying',
  'waiting',
  'stopped',
  'cancelled',
]

/** How several that belong together stand as one. */
function together(looks: readonly NodeLook[], before: NodeLook): NodeLook {
  const strong = strongest.find((one) => looks.includes(one))
  if (strong) return strong
  const done = looks.filter((one) => one === 'completed' || one === 'skipped').length
  if (done === looks.length) return 'completed'
  const untouched = looks.every((one) => one === before || one === 'skipped')
  if (untouched) return before
  return before === 'ahead' ? 'running' : 'stopped'
}

/** When a node began and ended, with all that is inside of it; null while it has not begun. */
export function timesOf({ step, lanes, items }: NodeState): { from: number; to: number | null } | null {
  const inside = [
    ...lanes.flatMap((lane) => lane.nodes),
    ...(items ?? []).flatMap((item) => item.nodes),
  ].flatMap((one) => timesOf(one) ?? [])
  const own = step
    ? [{ from: Date.parse(step.started_at), to: step.ended_at === null ? null : Date.parse(step.ended_at) }]
    : []
  const all = [...own, ...inside]
  if (all.length === 0) return null
  const to = all.reduce<number | null>(
    (most, one) => (most === null || one.to === null ? null : Math.max(most, one.to)),
    Number.NEGATIVE_INFINITY,
  )
  return { from: all.reduce((least, one) => Math.min(least, one.from), Number.POSITIVE_INFINITY), to }
}
