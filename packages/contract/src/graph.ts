import { z } from 'zod'

/** `do`: code that makes durable calls itself. `unread`: a part of the graph that its source does not tell without running it. */
export const GraphNodeKind = z.enum([
  'step',
  'screen',
  'if',
  'forEach',
  'parallel',
  'sleep',
  'event',
  'do',
  'unread',
])
export type GraphNodeKind = z.infer<typeof GraphNodeKind>

/** A way through a node: an arm of an if, the body of a forEach, a branch of parallel. */
export interface GraphLane {
  /** The name of a branch, or the text of a condition; null for an else, and for the body of a forEach. */
  label: string | null
  nodes: GraphNode[]
}

/** One node of a workflow's outline, as its source tells it. */
export interface GraphNode {
  kind: GraphNodeKind
  /** Unique in the graph; the name of its durable call. */
  name: string
  /** What it is about, in the author's words: the items of a forEach, how long a sleep is. */
  text: string | null
  /** Of a forEach: how many items at once. */
  concurrency: number | null
  /** Line of its call, from 1; null when it stands in another file than the graph. */
  line: number | null
  lanes: GraphLane[]
}
export const GraphNode: z.ZodType<GraphNode> = z.lazy(() =>
  z.object({
    kind: GraphNodeKind,
    name: z.string(),
    text: z.string().nullable(),
    concurrency: z.int().nullable(),
    line: z.int().nullable(),
    lanes: z.array(z.object({ label: z.string().nullable(), nodes: z.array(GraphNode) })),
  }),
)
