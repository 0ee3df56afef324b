import type { GraphNode, GraphNodeKind } from '@bifrost/contract'
import type { ReactNode } from 'react'

/** A node of an outline as it is drawn: what its source says, and in a run how it stands. */
export interface DrawnNode {
  kind: GraphNodeKind
  name: string
  /** A condition, a list, a time, in the author's words. */
  text: string | null
  /** Of a forEach that works on several items at once. */
  concurrency: number | null
  lanes: DrawnLane[]
  /** How it stands, as a sign; null before a run and while it has not begun. */
  mark: ReactNode
  /** The run did not come here, and will not. */
  faded: boolean
  /** How long it took, what it waits for. */
  note: ReactNode
  /** What opens below it. */
  details: (() => ReactNode) | null
  /** Of a forEach in a run: its items. */
  items: DrawnItem[] | null
}

export interface DrawnLane {
  label: string | null
  /** Whether the run goes this way; null while that is open. */
  taken: boolean | null
  nodes: DrawnNode[]
}

export interface DrawnItem {
  key: string
  mark: ReactNode
  /** Drawn when it is opened: there may be thousands. */
  nodes: () => DrawnNode[]
}

/** An outline before any run. */
export const drawnOf = (nodes: readonly GraphNode[]): DrawnNode[] =>
  nodes.map(({ kind, name, text, concurrency, lanes }) => ({
    kind,
    name,
    text,
    concurrency,
    lanes: lanes.map(({ label, nodes: inside }) => ({ label, taken: null, nodes: drawnOf(inside) })),
    mark: null,
    faded: false,
    note: null,
    details: null,
    items: null,
  }))
