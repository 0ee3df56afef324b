import type { Duration } from '../durations.ts'
import { checkOptions, type ScreenOptions } from '../screen.ts'
import { executable, type WorkflowOptions } from '../workflow.ts'
import type { Arm, Node, NodeContext, NodeScreenOptions, NodeStepOptions } from './nodes.ts'
import { runGraph } from './run.ts'
import type { ForEachOptions } from './types.ts'

const NAME_LENGTH_MAX = 100

type Ask = (ctx: NodeContext) => unknown
type Build = (chain: Chain) => unknown

interface EventOptions extends Partial<Omit<Extract<Node, { kind: 'event' }>, 'kind' | 'name' | 'event'>> {
  as?: string
}

/** How far a graph has been written. Each method makes a longer one, so that a part may be the start of several. */
interface Written {
  name: string
  options: WorkflowOptions
  nodes: readonly Node[]
  /** All names of the graph so far, also those inside of arms, items and branches. */
  names: readonly string[]
  /** What a method could not accept: the graph fails when it runs, and its file's other workflows load. */
  error?: { cause: unknown }
}

/** The methods of a graph at run time; `types.ts` says what they are to authors. */
export type Chain = ReturnType<typeof chain>

export function chain(written: Written) {
  const { nodes, names } = written
  const add = (node: Node, then: readonly string[] = [...names, node.name]) =>
    chain({ ...written, nodes: [...nodes, node], names: then })
  /** What a callback adds to an empty graph that knows which names are taken. */
  const part = (build: unknown, what: string, taken: readonly string[]) => {
    if (typeof build !== 'function')
      throw new TypeError(`${what} needs a function such as (then) => then.step(…).`)
    const built: unknown = (build as Build)(chain({ ...written, nodes: [], names: taken }))
    const inside = typeof built === 'function' ? parts.get(built) : undefined
    if (!inside) throw new TypeError(`${what} must return what it adds to: (then) => then.step(…).`)
    if (inside.error) throw inside.error.cause
    return inside
  }
  const openIf = (method: string) => {
    const last = nodes.at(-1)
    if (last?.kind !== 'if' || last.otherwise)
      throw new TypeError(`.${method}() must follow an .if() that has no else yet.`)
    const replace = (node: Node, then: readonly string[]) =>
      chain({ ...written, nodes: [...nodes.slice(0, -1), node], names: then })
    return { last, replace }
  }

  const methods = {
    step(name: string, ...rest: [Ask] | [NodeStepOptions, Ask]) {
      const body = rest.at(-1)
      if (typeof body !== 'function')
        throw new TypeError(`.step("${name}") needs a function as its last argument.`)
      const options = rest.length > 1 ? (rest[0] as NodeStepOptions) : {}
      return add({ kind: 'step', name: fresh(name, names), options, body })
    },
    screen(name: string, options: NodeScreenOptions) {
      const own = fresh(name, names)
      checkOptions(own, options as ScreenOptions)
      return add({ kind: 'screen', name: own, options })
    },
    tx(name: string, body: Extract<Node, { kind: 'tx' }>['body']) {
      if (typeof body !== 'function') throw new TypeError(`.tx("${name}") needs a function.`)
      return add({ kind: 'tx', name: fresh(name, names), body })
    },
    waitForEvent(event: string, options: EventOptions = {}) {
      const { as = event, match, timeout, parse = null } = options
      return add({ kind: 'event', name: fresh(as, names), event: named(event), match, timeout, parse })
    },
    do(name: string, body: Ask) {
      return add({ kind: 'do', name: fresh(name, names), body: asked(body, `.do("${name}")`) })
    },
    if(condition: Ask, then: Build, otherwise?: Build) {
      const name = unnamed('if', names)
      const arm = part(then, '.if()', [...names, name])
      const other = otherwise && part(otherwise, 'The else of .if()', arm.names)
      const arms = [{ condition: asked(condition, '.if()'), nodes: [...arm.nodes] }]
      return add(
        { kind: 'if', name, arms, otherwise: other ? [...other.nodes] : null },
        other ? other.names : arm.names,
      )
    },
    elseIf(condition: Ask, then: Build) {
      const { last, replace } = openIf('elseIf')
      const arm = part(then, '.elseIf()', names)
      const added: Arm = { condition: asked(condition, '.elseIf()'), nodes: [...arm.nodes] }
      return replace({ ...last, arms: [...last.arms, added] }, arm.names)
    },
    else(otherwise: Build) {
      const { last, replace } = openIf('else')
      const arm = part(otherwise, '.else()', names)
      return replace({ ...last, otherwise: [...arm.nodes] }, arm.names)
    },
    forEach(...all: unknown[]) {
      const [given, items, build, options = {}] = typeof all[0] === 'string' ? all : [null, ...all]
      const name = given === null ? unnamed('forEach', names) : fresh(given, names)
      const { concurrency = 1, key = null } = options as ForEachOptions<never>
      if (!Number.isInteger(concurrency) || concurrency < 1)
        throw new TypeError(`The concurrency of forEach "${name}" must be a whole number of at least 1.`)
      const body = part(build, `.forEach("${name}")`, [...names, name])
      return add(
        {
          kind: 'forEach',
          name,
          items: asked(items, `.forEach("${name}")`) as (ctx: NodeContext) => readonly unknown[],
          body: [...body.nodes],
          concurrency,
          key,
          keepsResult: given !== null,
        },
        body.names,
      )
    },
    parallel(...all: unknown[]) {
      const [given, builds] = typeof all[0] === 'string' ? all : [null, all[0]]
      const name = given === null ? unnamed('parallel', names) : fresh(given, names)
      if (typeof builds !== 'object' || builds === null || Object.keys(builds).length === 0)
        throw new TypeError(
          `.parallel() needs an object of branches, such as { stock: (branch) => branch.step(…) }.`,
        )
      let taken: readonly string[] = [...names, name]
      const branches = Object.entries(builds).map(([branch, build]): [string, Node[]] => {
        const inside = part(build, `The branch "${branch}" of .parallel()`, taken)
        taken = inside.names
        return [named(branch), [...inside.nodes]]
      })
      return add({ kind: 'parallel', name, branches, keepsResult: given !== null }, taken)
    },
    sleep(duration: Duration | ((ctx: NodeContext) => Duration)) {
      const until = typeof duration === 'function' ? duration : () => duration
      return add({ kind: 'sleep', name: unnamed('sleep', names), until })
    },
    sleepUntil(moment: Date | ((ctx: NodeContext) => Date)) {
      const until = typeof moment === 'function' ? moment : () => moment
      return add({ kind: 'sleep', name: unnamed('sleep', names), until })
    },
  }
  const broken = (cause: unknown): unknown => chain({ ...written, error: written.error ?? { cause } })
  keepErrors(methods, broken, written.error)
  const run = (input: unknown): unknown => {
    if (written.error) throw written.error.cause
    return runGraph(nodes, input)
  }
  Object.defineProperty(run, 'name', { value: written.name })
  const made = Object.assign(
    executable(run, written.options.isTool ? 'tool' : 'workflow', { ...written.options, name: written.name }),
    methods,
  )
  parts.set(made, written)
  return made
}

/**
 * A method that throws gives what `broken` makes of its error instead, and so does each of a graph that is broken
 * already. Thrown while the file is loaded, the error would take the other workflows of the file with it.
 */
function keepErrors(
  methods: Record<string, (...args: never[]) => unknown>,
  broken: (cause: unknown) => unknown,
  before: Written['error'],
): void {
  for (const [name, method] of Object.entries(methods))
    methods[name] = (...args) => {
      if (before) return broken(before.cause)
      try {
        return method(...args)
      } catch (cause) {
        return broken(cause)
      }
    }
}

/** What is behind a graph that the callback of an author returns. */
const parts = new WeakMap<object, Written>()

function asked(question: unknown, what: string): Ask {
  if (typeof question !== 'function') throw new TypeError(`${what} needs a function of ctx as its question.`)
  return question as Ask
}

function named(name: unknown): string {
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH_MAX || name.includes('\0'))
    throw new TypeError(
      `A name in a graph has 1 to ${NAME_LENGTH_MAX} characters; it is ${JSON.stringify(name)?.slice(0, 120)}.`,
    )
  return name
}

function fresh(name: unknown, names: readonly string[]): string {
  if (names.includes(named(name)))
    throw new TypeError(
      `Two steps of the graph have the name "${name}". Results are identified by name, so rename one of them.`,
    )
  return name as string
}

/** What a node is called that has no name of its own. The analysis of the file counts in the same way. */
function unnamed(kind: string, names: readonly string[]): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? kind : `${kind} ${count}`
    if (!names.includes(name)) return name
  }
}
