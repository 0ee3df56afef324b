import { requireRun } from '../current-run.ts'
import { requireDurable } from '../durable.ts'
import { momentMs } from '../durations.ts'
import { waitForEventAs } from '../events.ts'
import { type ScreenOptions, waitForScreen } from '../screen.ts'
import { step } from '../step.ts'
import { sleepAt } from '../wait.ts'
import type { Node, NodeContext, StepContext } from './nodes.ts'

const KEY_LENGTH_MAX = 100

/** What a node sees of the nodes before it. A pass of forEach and a branch have their own, made from the one around. */
interface Scope {
  readonly members: Readonly<Record<string, unknown>>
  readonly results: Record<string, unknown>
  readonly team: Team | null
}

/** Runs a graph by the same durable calls that imperative code makes. */
export async function runGraph(nodes: readonly Node[], input: unknown): Promise<unknown> {
  requireDurable('A graph')
  return runNodes(nodes, { members: { input: frozen(input) }, results: resultsOf(), team: null }, null)
}

/** The result is that of the last node that has one. */
async function runNodes(nodes: readonly Node[], scope: Scope, before: unknown): Promise<unknown> {
  let last = before
  for (const node of nodes) {
    scope.team?.leaveIfOver()
    last = await runNode(node, scope, last)
  }
  return last
}

async function runNode(node: Node, scope: Scope, last: unknown): Promise<unknown> {
  switch (node.kind) {
    case 'step':
      return keep(scope, node.name, await runStep(node, scope))
    case 'tx': {
      const output = await step.tx(node.name, (tx) => node.body(tx, contextOf(scope)))
      return keep(scope, node.name, output)
    }
    case 'if': {
      const taken = await step(node.name, async (call) => {
        const ctx = contextOf(scope, call)
        for (const [index, arm] of node.arms.entries()) if (await arm.condition(ctx)) return index
        return null
      })
      const nodes = taken === null ? node.otherwise : node.arms[taken]?.nodes
      return nodes ? runNodes(nodes, scope, last) : last
    }
    case 'forEach': {
      const result = await runForEach(node, scope)
      return node.keepsResult ? keep(scope, node.name, result) : result
    }
    case 'parallel': {
      const result = await runParallel(node, scope)
      return node.keepsResult ? keep(scope, node.name, result) : result
    }
    case 'screen':
      return keep(
        scope,
        node.name,
        await untilOver(
          scope,
          waitForScreen(node.name, () => screenOptions(node.options, scope)),
        ),
      )
    case 'event': {
      const { name, event, parse } = node
      const ctx = contextOf(scope)
      const asked = typeof node.match === 'function' ? node.match(ctx) : node.match
      const timeout = typeof node.timeout === 'function' ? node.timeout(ctx) : node.timeout
      const options = { ...(asked && { match: asked }), ...(timeout !== undefined && { timeout }) }
      const payload = await untilOver(scope, waitForEventAs<unknown>(name, event, options))
      return keep(scope, name, parse && payload !== undefined ? parse(payload) : payload)
    }
    case 'do':
      return keep(scope, node.name, await inBranch(node.name, async () => node.body(contextOf(scope))))
    case 'sleep':
      await untilOver(
        scope,
        sleepAt(node.name, () => momentMs(node.until(contextOf(scope)), 'The time to sleep')),
      )
      return last
  }
}

function keep(scope: Scope, name: string, result: unknown): unknown {
  scope.results[name] = frozen(result)
  return result
}

function runStep({ name, options, body }: Extract<Node, { kind: 'step' }>, scope: Scope): Promise<unknown> {
  const { undo, onFailure, ...rest } = options
  // When the step is undone, it gets the context that it had when it was done.
  const seen = { ...scope, results: resultsOf(scope.results) }
  return step(
    name,
    {
      ...rest,
      ...(undo && { undo: (output: unknown) => undo(output, contextOf(seen)) }),
      ...(onFailure && { onFailure: (error: Error) => onFailure(error, contextOf(seen)) }),
    },
    (call) => body(contextOf(seen, call)),
  )
}

async function runForEach(
  { name, items, body, concurrency, key }: Extract<Node, { kind: 'forEach' }>,
  scope: Scope,
): Promise<unknown[]> {
  // Kept with their keys, so that the run continues with the same list however its source changes meanwhile.
  const list = await step(name, async (call) => {
    const made = await items(contextOf(scope, call))
    if (!Array.isArray(made))
      throw new TypeError(`forEach "${name}" needs a list of items; it got ${typeof made}.`)
    return key ? { keys: keysOf(name, made, key), items: made } : { items: made }
  })
  const keys = 'keys' in list ? list.keys : undefined
  const results = new Array<unknown>(list.items.length).fill(null)
  const waiting = list.items.entries()
  const team = new Team(scope.team)
  const worker = async () => {
    for (const [index, item] of waiting) {
      team.leaveIfOver()
      const own: Scope = {
        members: { ...scope.members, item: frozen(item), index },
        results: resultsOf(scope.results),
        team,
      }
      const branch = `${name}[${keys?.[index] ?? index}]`
      results[index] = await inBranch(branch, () => runNodes(body, own, null))
    }
  }
  await team.work(Array.from({ length: Math.min(concurrency, list.items.length) }, () => worker))
  return results
}

function keysOf(name: string, items: unknown[], key: (item: never, index: number) => unknown): string[] {
  const seen = new Map<string, number>()
  return items.map((item, index) => {
    const given = key(item as never, index)
    const text = typeof given === 'number' && Number.isFinite(given) ? String(given) : given
    if (typeof text !== 'string' || text === '' || text.length > KEY_LENGTH_MAX || text.includes('\0'))
      throw notRetried(
        `The key of item ${index} of forEach "${name}" must be a number, or text of 1 to ${KEY_LENGTH_MAX} characters; it is ${String(JSON.stringify(given)).slice(0, 120)}.`,
      )
    const other = seen.get(text)
    if (other !== undefined)
      throw notRetried(
        `Items ${other} and ${index} of forEach "${name}" have the same key "${text}". Each item needs a key of its own.`,
      )
    seen.set(text, index)
    return text
  })
}

async function runParallel(
  { name, branches }: Extract<Node, { kind: 'parallel' }>,
  scope: Scope,
): Promise<Record<string, unknown>> {
  const team = new Team(scope.team)
  const results = resultsOf()
  const owns: Scope[] = []
  await team.work(
    branches.map(([branch, nodes], index) => async () => {
      const own: Scope = { ...scope, results: resultsOf(scope.results), team }
      owns[index] = own
      results[branch] = await inBranch(`${name}/${branch}`, () => runNodes(nodes, own, null))
    }),
  )
  for (const own of owns) Object.assign(scope.results, own.results)
  return Object.fromEntries(branches.map(([branch]) => [branch, results[branch]]))
}

const askable = ['title', 'description', 'props', 'assignee', 'due'] as const

async function screenOptions(
  options: Extract<Node, { kind: 'screen' }>['options'],
  scope: Scope,
): Promise<ScreenOptions> {
  const made: Record<string, unknown> = { ...options }
  for (const name of askable) {
    const given = options[name]
    if (typeof given === 'function') made[name] = await given(contextOf(scope))
  }
  return made
}

const inBranch = <T>(name: string, work: () => T): T => requireRun('A graph').durable.inBranch(name, work)

/**
 * Work that runs side by side. When one member fails, the others finish the step that they are in and begin nothing new;
 * their waits are abandoned. Then the run fails, and every step that was done is known and can be
 * undone.
 */
class Team {
  readonly #around: Team | null
  readonly #listeners = new Set<() => void>()
  #failure: { error: unknown } | null = null

  constructor(around: Team | null) {
    this.#around = around
  }

  get isOver(): boolean {
    return this.#failure !== null || (this.#around?.isOver ?? false)
  }

  leaveIfOver(): void {
    if (this.isOver) throw new Left()
  }

  /** Returns the function that removes the listener. */
  onOver(tell: () => void): () => void {
    this.#listeners.add(tell)
    return () => this.#listeners.delete(tell)
  }

  async work(members: readonly (() => Promise<unknown>)[]): Promise<void> {
    const off = this.#around?.onOver(() => this.#tellOver())
    await Promise.all(
      members.map(async (member) => {
        try {
          await member()
        } catch (error) {
          if (error instanceof Left || this.#failure) return
          this.#failure = { error }
          this.#tellOver()
        }
      }),
    )
    off?.()
    if (this.#failure) throw this.#failure.error
    this.#around?.leaveIfOver()
  }

  #tellOver(): void {
    for (const tell of this.#listeners) tell()
  }
}

/** A member stops because another has failed. */
class Left extends Error {}

/** Waits, but not longer than the team runs. */
function untilOver<T>({ team }: Scope, waiting: Promise<T>): Promise<T> {
  if (!team) return waiting
  return new Promise((resolve, reject) => {
    const off = team.onOver(() => reject(new Left()))
    waiting.then(resolve, reject).finally(off)
  })
}

/** Results by name. Without a prototype: a node may be called `__proto__`, and none is called `valueOf` by itself. */
const resultsOf = (results: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => {
  const copy = Object.create(null) as Record<string, unknown>
  for (const [name, value] of Object.entries(results)) copy[name] = value
  return copy
}

function contextOf({ members, results }: Scope, call?: StepContext): NodeContext {
  const { context } = requireRun('A graph')
  return { ...context, ...call, ...members, results: Object.freeze(resultsOf(results)) }
}

/** A change by one body would reach the next ones, but not after a replay. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value) || prototype === Object.prototype || prototype === null) {
    for (const member of Object.values(value)) frozen(member)
    Object.freeze(value)
  }
  return value
}

const notRetried = (message: string) => Object.assign(new TypeError(message), { name: 'FatalError' })
