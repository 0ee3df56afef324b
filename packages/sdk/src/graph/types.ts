import type { Json } from '@bifrost/contract'
import type { Duration } from '../durations.ts'
import type { WaitForEventOptions } from '../events.ts'
import type { ScreenOptions, ScreenResult } from '../screen.ts'
import type { StepContext, StepOptions } from '../step.ts'
import type { TableTransaction } from '../tables.ts'
import type { ExecutionContext } from '../types.ts'
import type { ExecutableMetadata, WorkflowOptions } from '../workflow.ts'

/** What a graph knows before its first step: its input, and inside a forEach the item. */
export interface GraphScope {
  input: unknown
}
interface ItemScope<Input, Item> {
  input: Input
  /** The item that this pass of the forEach is for. */
  item: Item
  /** Its place in the list, from 0. */
  index: number
}

type BodyContext<Scope, Results> = Omit<ExecutionContext, 'attempt' | 'signal'> &
  StepContext & {
    readonly [Key in keyof Scope]: Scope[Key]
  } & { readonly results: Readonly<Results> }

type CodeContext<Scope, Results> = ExecutionContext & {
  readonly [Key in keyof Scope]: Scope[Key]
} & { readonly results: Readonly<Results> }

/**
 * What the bodies of a graph get: the run's `input`, the `results` of the steps before, all of `context`, and what a
 * step's function gets. Inputs and results are frozen: a change would be gone at the next replay.
 * @example
 * import type { GraphContext } from 'bifrost'
 * export const priceOf = (ctx: GraphContext<{ orderId: string }, { 'fetch-order': Order }>) => ctx.results['fetch-order'].total
 */
export type GraphContext<Input = unknown, Results = unknown> = BodyContext<{ input: Input }, Results>

/**
 * What the bodies inside a forEach get: as `GraphContext`, with the `item` and its `index`.
 * @example
 * import type { GraphItemContext } from 'bifrost'
 * export const reserve = (ctx: GraphItemContext<OrderLine>) => reserveStock(ctx.item.sku, ctx.item.count)
 */
export type GraphItemContext<Item, Input = unknown, Results = unknown> = BodyContext<
  ItemScope<Input, Item>,
  Results
>

/** Options of a graph's step: those of `step`; `undo` and `onFailure` get the context, too. */
export interface GraphStepOptions<T, Context> extends Omit<StepOptions<T>, 'undo' | 'onFailure'> {
  /** Called when all attempts failed; what it returns is the step's output, and the run continues. */
  onFailure?: (error: Error, ctx: Context) => T | Promise<T>
  /** Undoes the step when the run later fails for good or is cancelled; the latest step first, each a durable step itself. */
  undo?: (output: T, ctx: Context) => unknown
}

/** A value, or a function that returns it when the run gets there. */
type Asked<T, Context> = T | ((ctx: Context) => T | Promise<T>)

/**
 * Options of a graph's screen: those of `screen`. What it shows and who it is for may be functions of the context; they
 * are asked once, when the run gets there.
 */
export type GraphScreenOptions<Context> = Omit<
  ScreenOptions,
  'title' | 'description' | 'props' | 'assignee' | 'due'
> & {
  [Key in 'title' | 'description' | 'props' | 'assignee' | 'due']?: Asked<
    Exclude<ScreenOptions[Key], undefined | (() => unknown)>,
    Context
  >
}

/** Options of a graph's wait for an event. */
export interface GraphEventOptions<T, Context, As extends string> {
  /** Paths into the payload and the values that must stand there, or a function of the context that gives them. */
  match?: WaitForEventOptions['match'] | ((ctx: Context) => WaitForEventOptions['match'])
  /** After this time, or at this moment, the result is undefined; may be a function of the context. */
  timeout?: WaitForEventOptions['timeout'] | ((ctx: Context) => NonNullable<WaitForEventOptions['timeout']>)
  /** Converts the payload to the result and gives it its type; it may throw for an invalid payload. */
  parse?: (payload: Json) => T
  /** The name of the result; that of the event when absent. */
  as?: As
}

/** Options of a forEach. */
export interface ForEachOptions<Item> {
  /** How many items are worked on at once; 1 when absent. */
  concurrency?: number
  /** The name of an item in the run's steps, `lines[sku-7]/reserve`; its index when absent. Must be unique. */
  key?: (item: Item, index: number) => string | number
}

declare const traits: unique symbol
/** A graph, or a part of one, by what its steps give. */
export interface GraphPart<Results = unknown, Last = unknown, Names = unknown> {
  readonly [traits]?: { results: Results; last: Last; names: Names }
}

/** A workflow as an outline of steps, made by `graph()`. Each method returns a new graph with one more node. */
export interface Graph<Scope extends GraphScope, Results, Last, Names extends string>
  extends GraphPart<Results, Last, Names> {
  (input: Scope['input']): Promise<Last>
  readonly executableMetadata: ExecutableMetadata

  /**
   * A durable step. What it returns is `ctx.results[name]` from there on.
   * @example graph<{ orderId: string }>('process-order').step('fetch-order', { retries: 3 }, (ctx) => fetchOrder(ctx.input.orderId))
   */
  step<const Name extends string, T>(
    name: Fresh<Name, Names>,
    body: (ctx: BodyContext<Scope, Results>) => T | Promise<T>,
  ): Graph<Scope, Merge<Results, { [Key in Name]: T }>, T, Names | Name>
  step<const Name extends string, T>(
    name: Fresh<Name, Names>,
    options: GraphStepOptions<T, BodyContext<Scope, Results>>,
    body: (ctx: BodyContext<Scope, Results>) => T | Promise<T>,
  ): Graph<Scope, Merge<Results, { [Key in Name]: T }>, T, Names | Name>

  /**
   * A step that writes to tables: what it writes and that it is done are stored in one transaction, both or neither.
   * @example .tx('book', (tx, ctx) => tx.insert('bookings', { id: ctx.input.orderId }))
   */
  tx<const Name extends string, T>(
    name: Fresh<Name, Names>,
    body: (tx: TableTransaction, ctx: CodeContext<Scope, Results>) => T | Promise<T>,
  ): Graph<Scope, Merge<Results, { [Key in Name]: T }>, T, Names | Name>

  /**
   * Waits for a person: a form, or a React component of the workspace. The answer is `ctx.results[name]`.
   * @example .screen('review', { fields: { approved: 'boolean' }, props: (ctx) => ({ total: ctx.results['fetch-order'].total }) })
   */
  screen<const Name extends string, const O extends GraphScreenOptions<BodyContext<Scope, Results>>>(
    name: Fresh<Name, Names>,
    options: O,
  ): Graph<Scope, Merge<Results, { [Key in Name]: ScreenResult<O> }>, ScreenResult<O>, Names | Name>

  /**
   * Waits for an event, at no cost. What it carries is `ctx.results[name]`; undefined when the timeout passed first.
   * @example .waitForEvent('order.paid', { match: (ctx) => ({ orderId: ctx.input.orderId }), timeout: '3 days', parse: Payment.parse })
   */
  waitForEvent<
    const Event extends string,
    const As extends string = Event,
    T = Json,
    const O extends GraphEventOptions<T, CodeContext<Scope, Results>, As> = GraphEventOptions<
      T,
      CodeContext<Scope, Results>,
      As
    >,
  >(
    event: As extends Names ? Taken<As> : Event,
    options?: O & GraphEventOptions<T, CodeContext<Scope, Results>, As>,
  ): Graph<Scope, Merge<Results, { [Key in As]: T | Timed<O> }>, T | Timed<O>, Names | As>

  /**
   * Runs code that makes durable calls itself, such as `workflows.run`. It is not a step: when the run comes back,
   * the code runs again from its top, and its durable calls return their stored results.
   * @example .do('invoice', (ctx) => workflows.run(createInvoice, { orderId: ctx.input.orderId }))
   */
  do<const Name extends string, T>(
    name: Fresh<Name, Names>,
    body: (ctx: CodeContext<Scope, Results>) => T | Promise<T>,
  ): Graph<Scope, Merge<Results, { [Key in Name]: T }>, T, Names | Name>

  /**
   * Takes one branch or the other. The condition is evaluated once and its result stored, so it may read anything.
   * Results of steps that may be skipped are `T | undefined` afterwards.
   * @example .if((ctx) => ctx.results['fetch-order'].total > 1000, (then) => then.step('approve', askForApproval))
   */
  if<R1, L1, N1 extends string>(
    condition: Condition<Scope, Results>,
    then: (then: Graph<Scope, Results, Last, Names>) => GraphPart<R1, L1, N1>,
  ): GraphIf<Scope, Results, Last, Merge<Results, Maybe<R1, Results>>, L1, N1>
  if<R1, L1, N1 extends string, R2, L2, N2 extends string>(
    condition: Condition<Scope, Results>,
    then: (then: Graph<Scope, Results, Last, Names>) => GraphPart<R1, L1, N1>,
    otherwise: (otherwise: Graph<Scope, Results, Last, N1>) => GraphPart<R2, L2, N2>,
  ): Graph<Scope, Merge<Merge<Results, Maybe<R1, Results>>, Maybe<R2, Results>>, L1 | L2, N2>

  /**
   * Runs the body for each item of a list, one after the other or several at once. The result is the list of what the
   * bodies' last steps gave, in the order of the items; with a name it is `ctx.results[name]`, too. The list is
   * evaluated once and stored, so it may be read from anywhere.
   * @example .forEach('lines', (ctx) => ctx.results['fetch-order'].lines, (line) => line.step('reserve', (ctx) => reserve(ctx.item)), { concurrency: 5, key: (line) => line.sku })
   */
  forEach<const Name extends string, Item, R1, L1, N1 extends string>(
    name: Fresh<Name, Names>,
    items: (ctx: BodyContext<Scope, Results>) => readonly Item[] | Promise<readonly Item[]>,
    body: (
      each: Graph<ItemScope<Scope['input'], Item>, Results, null, Names | Name>,
    ) => GraphPart<R1, L1, N1>,
    options?: ForEachOptions<Item>,
  ): Graph<Scope, Merge<Results, { [Key in Name]: L1[] }>, L1[], N1 | Name>
  forEach<Item, R1, L1, N1 extends string>(
    items: (ctx: BodyContext<Scope, Results>) => readonly Item[] | Promise<readonly Item[]>,
    body: (each: Graph<ItemScope<Scope['input'], Item>, Results, null, Names>) => GraphPart<R1, L1, N1>,
    options?: ForEachOptions<Item>,
  ): Graph<Scope, Results, L1[], N1>

  /**
   * Runs all branches at once and waits for all of them. The result is an object of what their last steps gave;
   * with a name it is `ctx.results[name]`, too. When a branch fails, the others begin nothing new.
   * @example .parallel({ stock: (branch) => branch.step('reserve', reserve), money: (branch) => branch.step('charge', charge) })
   */
  parallel<const Name extends string, Branches extends AnyBranches<Scope, Results, Names>>(
    name: Fresh<Name, Names>,
    branches: Branches,
  ): Graph<
    Scope,
    Merge<Results, BranchResults<Branches> & { [Key in Name]: BranchLasts<Branches> }>,
    BranchLasts<Branches>,
    Names | BranchNames<Branches> | Name
  >
  parallel<Branches extends AnyBranches<Scope, Results, Names>>(
    branches: Branches,
  ): Graph<
    Scope,
    Merge<Results, BranchResults<Branches>>,
    BranchLasts<Branches>,
    Names | BranchNames<Branches>
  >

  /**
   * Waits, at no cost. The result of the graph stays what it was.
   * @example .sleep('3 days')
   */
  sleep(
    duration: Duration | ((ctx: CodeContext<Scope, Results>) => Duration),
  ): Graph<Scope, Results, Last, Names>
  /**
   * Waits until a moment; returns at once when it has passed.
   * @example .sleepUntil((ctx) => new Date(ctx.results['fetch-order'].shipsAt))
   */
  sleepUntil(moment: Date | ((ctx: CodeContext<Scope, Results>) => Date)): Graph<Scope, Results, Last, Names>
}

/** A graph whose last node is an `if` that may still get other arms. */
export interface GraphIf<Scope extends GraphScope, Before, LastBefore, Results, Taken, Names extends string>
  extends Graph<Scope, Results, Taken | LastBefore, Names> {
  /**
   * Another condition, asked when those before were false.
   * @example .if(isLarge, (then) => then.step('approve', approve)).elseIf(isNew, (then) => then.step('look-at', look))
   */
  elseIf<R1, L1, N1 extends string>(
    condition: Condition<Scope, Before>,
    then: (then: Graph<Scope, Before, LastBefore, Names>) => GraphPart<R1, L1, N1>,
  ): GraphIf<Scope, Before, LastBefore, Merge<Results, Maybe<R1, Before>>, Taken | L1, N1>
  /**
   * What is done when no condition was true.
   * @example .if(isLarge, (then) => then.step('approve', approve)).else((otherwise) => otherwise.step('note', note))
   */
  else<R1, L1, N1 extends string>(
    otherwise: (otherwise: Graph<Scope, Before, LastBefore, Names>) => GraphPart<R1, L1, N1>,
  ): Graph<Scope, Merge<Results, Maybe<R1, Before>>, Taken | L1, N1>
}

/** Options of a graph: those of a workflow, but for the name, which stands before them. */
export type GraphOptions = Omit<WorkflowOptions, 'name'>

type Answer = boolean | null | undefined
type Condition<Scope, Results> = (ctx: BodyContext<Scope, Results>) => Answer | Promise<Answer>

/** A name that no other step of the graph has; one that has been taken is a type error that says so. */
type Fresh<Name extends string, Names extends string> = Name extends Names ? Taken<Name> : Name
type Taken<Name extends string> = `There is a step "${Name}" already`

/** A wait with a limit may end without an answer. */
type Timed<O> = O extends { timeout: string | number | object } ? undefined : never

/** Names are unique, so nothing is overlaid. An intersection stays flat, however long the chain is; a mapped type would nest. */
type Merge<A, B> = A & B

/** The results of an arm that may be skipped. */
type Maybe<Arm, Before> = { [Key in Exclude<keyof Arm, keyof Before>]: Arm[Key] | undefined }

type AnyBranches<Scope extends GraphScope, Results, Names extends string> = Record<
  string,
  (branch: Graph<Scope, Results, null, Names>) => GraphPart
>
type PartOf<Branch> = Branch extends (...args: never[]) => infer Part ? Part : never
type Traits<Branch> =
  PartOf<Branch> extends GraphPart<infer Results, infer Last, infer Names>
    ? { results: Results; last: Last; names: Names }
    : never
type BranchLasts<Branches> = { [Key in keyof Branches]: Traits<Branches[Key]>['last'] }
type BranchNames<Branches> = Extract<Traits<Branches[keyof Branches]>['names'], string>
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void
  ? I
  : never
type BranchResults<Branches> = UnionToIntersection<Traits<Branches[keyof Branches]>['results']>
