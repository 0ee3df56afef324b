import type { Duration } from '../durations.ts'
import type { WaitForEventOptions } from '../events.ts'
import type { ScreenOptions } from '../screen.ts'
import type { StepContext, StepOptions } from '../step.ts'
import type { TableTransaction } from '../tables.ts'

/** What the functions of a graph are called with; its members depend on where in the graph they stand. */
export type NodeContext = Readonly<Record<string, unknown>>
type Ask<T> = (ctx: NodeContext) => T | Promise<T>

export interface NodeStepOptions extends Omit<StepOptions<unknown>, 'undo' | 'onFailure'> {
  onFailure?: (error: Error, ctx: NodeContext) => unknown
  undo?: (output: unknown, ctx: NodeContext) => unknown
}

/** What a screen shows may be asked of the context; the rest is known when the graph is written. */
export type NodeScreenOptions = { [Key in keyof ScreenOptions]: ScreenOptions[Key] | Ask<ScreenOptions[Key]> }

/** A graph as data. Names are unique in the whole graph; they are the names of the durable calls. */
export type Node =
  | { kind: 'step'; name: string; options: NodeStepOptions; body: Ask<unknown> }
  | { kind: 'tx'; name: string; body: (tx: TableTransaction, ctx: NodeContext) => unknown }
  | { kind: 'if'; name: string; arms: Arm[]; otherwise: Node[] | null }
  | {
      kind: 'forEach'
      name: string
      items: Ask<readonly unknown[]>
      body: Node[]
      concurrency: number
      key: ((item: never, index: number) => string | number) | null
      keepsResult: boolean
    }
  | { kind: 'parallel'; name: string; branches: [name: string, nodes: Node[]][]; keepsResult: boolean }
  | { kind: 'screen'; name: string; options: NodeScreenOptions }
  | {
      kind: 'event'
      name: string
      event: string
      match: WaitForEventOptions['match'] | ((ctx: NodeContext) => WaitForEventOptions['match'])
      timeout: WaitForEventOptions['timeout'] | ((ctx: NodeContext) => WaitForEventOptions['timeout'])
      parse: ((payload: unknown) => unknown) | null
    }
  | { kind: 'do'; name: string; body: Ask<unknown> }
  | { kind: 'sleep'; name: string; until: (ctx: NodeContext) => Duration | Date }

export interface Arm {
  condition: Ask<unknown>
  nodes: Node[]
}

export type { StepContext }
