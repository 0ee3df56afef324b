import type { GraphLane, GraphNode, SourceNote } from '@bifrost/contract'
import type { Definition } from './definitions.ts'
import type { Module } from './modules.ts'
import type { Names } from './names.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf } from './scope.ts'
import { lineAt } from './tokens.ts'
import { type Arguments, argumentsOf, dottedName, partsOf, textIn, type Values } from './values.ts'

export interface OutlineTools {
  names: Names
  values: Values
  noteAt(message: string, node: SyntaxNode): SourceNote
  warn(message: string, node: SyntaxNode): void
}

interface Link {
  method: string
  args: SyntaxNode | null
  at: SyntaxNode
}

const LINKS_MAX = 2_000
const LEVELS_MAX = 20
const TEXT_MAX = 200

/** What a graph consists of, told from its source: the same nodes with the same names that its code makes when it runs. */
export function readGraphOutline(
  { node, options }: Definition,
  module: Module,
  tools: OutlineTools,
): { nodes: GraphNode[]; error: SourceNote | null } {
  const reader = new OutlineReader(module, tools)
  const { links } = chainOf(node, module, options)
  return { nodes: reader.nodes(links), error: reader.error }
}

class OutlineReader {
  error: SourceNote | null = null
  readonly #module: Module
  readonly #tools: OutlineTools
  readonly #names = new Set<string>()
  #level = 0

  constructor(module: Module, tools: OutlineTools) {
    this.#module = module
    this.#tools = tools
  }

  nodes(links: readonly Link[]): GraphNode[] {
    const nodes: GraphNode[] = []
    for (const link of links) {
      const last = nodes.at(-1)
      const { positional } = argumentsOf(this.#module, link.args)
      if (last?.kind === 'if' && link.method === 'else_if') last.lanes.push(this.#arm(positional))
      else if (last?.kind === 'if' && link.method === 'else_')
        last.lanes.push({ label: null, nodes: this.#part(positional[0], link.at) })
      else nodes.push(this.#node(link))
    }
    return nodes
  }

  #node({ method, args, at }: Link): GraphNode {
    const given = argumentsOf(this.#module, args)
    const { positional, named } = given
    const node = (kind: GraphNode['kind'], name: string, rest: Partial<GraphNode> = {}): GraphNode => ({
      kind,
      name,
      text: null,
      concurrency: null,
      line: lineAt(this.#module.text, at.from),
      lanes: [],
      ...rest,
    })
    switch (method) {
      case 'step':
      case 'tx':
        return this.#named(positional[0] ?? named.get('name'), at, (name) => node('step', name), node)
      case 'do':
        return this.#named(positional[0] ?? named.get('name'), at, (name) => node('do', name), node)
      case 'screen': {
        const text = this.#text(named.get('title'))
        return this.#named(
          positional[0] ?? named.get('name'),
          at,
          (name) => node('screen', name, { text }),
          node,
        )
      }
      case 'wait_for_event': {
        const [event, as] = [positional[0] ?? named.get('event'), named.get('as_')]
        const timeout = this.#text(named.get('timeout'))
        const asked = as && event ? this.#question(event) : null
        const text = [asked, timeout && `for ${timeout} at most`].filter(Boolean).join(', ') || null
        return this.#named(as ?? event, at, (name) => node('event', name, { text }), node)
      }
      case 'if_': {
        const name = this.#unnamed('if')
        const lanes = [this.#arm(positional)]
        const otherwise = positional[2] ?? named.get('otherwise')
        if (otherwise && otherwise.name !== 'None')
          lanes.push({ label: null, nodes: this.#part(otherwise, at) })
        return node('if', name, { lanes })
      }
      case 'for_each': {
        const own = this.#isText(positional[0]) ? positional.shift() : undefined
        const [items, body] = positional
        const limit = named.get('concurrency')
        const told = limit && this.#tools.values.evaluate(limit, this.#module)
        const read = (name: string) =>
          node('forEach', name, {
            text: items ? this.#question(items) : null,
            concurrency: told?.known && typeof told.value === 'number' ? told.value : 1,
            lanes: [{ label: null, nodes: this.#part(body, at) }],
          })
        return own ? this.#named(own, at, read, node) : read(this.#unnamed('forEach'))
      }
      case 'parallel': {
        const own = this.#isText(positional[0]) ? positional.shift() : undefined
        const read = (name: string) => node('parallel', name, { lanes: this.#branches(given, at) })
        return own ? this.#named(own, at, read, node) : read(this.#unnamed('parallel'))
      }
      case 'sleep':
      case 'sleep_until': {
        const [until] = positional
        const told = until && this.#tools.values.evaluate(until, this.#module)
        const text = told?.known
          ? typeof told.value === 'number'
            ? `${told.value} s`
            : String(told.value)
          : null
        return node('sleep', this.#unnamed('sleep'), { text: text ?? (until ? this.#question(until) : null) })
      }
      default:
        return node('unread', `.${method}()`)
    }
  }

  #arm([condition, then]: readonly SyntaxNode[]): GraphLane {
    return { label: condition ? this.#question(condition) : null, nodes: this.#part(then, condition) }
  }

  #branches({ positional }: Arguments, at: SyntaxNode): GraphLane[] {
    const branches = positional[0] ? this.#tools.values.entries(positional[0], this.#module) : null
    if (!branches)
      this.#tools.warn('The branches of .parallel() cannot be read without running the code.', at)
    return [...(branches ?? [])].map(([label, build]) => ({ label, nodes: this.#part(build.node, at) }))
  }

  /** What the function that builds an arm, a body or a branch adds to its parameter. */
  #part(build: SyntaxNode | undefined, at: SyntaxNode | undefined): GraphNode[] {
    const built = build && this.#level < LEVELS_MAX ? this.#builtBy(build) : null
    if (built) {
      const { root, links } = chainOf(built.result, this.#module, null)
      if (root && textIn(this.#module, root) === built.parameter) {
        this.#level++
        const nodes = this.nodes(links)
        this.#level--
        return nodes
      }
    }
    const place = build ?? at
    if (place)
      this.#tools.warn(
        'This part of the graph cannot be read without running the code, so it is not drawn.',
        place,
      )
    return [{ kind: 'unread', name: '…', text: null, concurrency: null, line: null, lanes: [] }]
  }

  /** A lambda, or a function of this file that has one `return`. */
  #builtBy(build: SyntaxNode): { parameter: string; result: SyntaxNode } | null {
    const parameterOf = (node: SyntaxNode) => {
      const parameter = node.getChild('ParamList')?.getChild('VariableName')
      return parameter ? textIn(this.#module, parameter) : null
    }
    if (build.name === 'LambdaExpression') {
      const [parameter, result] = [parameterOf(build), build.lastChild]
      return parameter && result ? { parameter, result } : null
    }
    const name = dottedName(this.#module, build)
    const target = name === null ? null : this.#tools.names.find(name, this.#module)
    if (target?.kind !== 'own' || target.binding.kind !== 'function' || target.module !== this.#module)
      return null
    const returns = target.binding.node.getChild('Body')?.getChildren('ReturnStatement') ?? []
    const [parameter, result] = [parameterOf(target.binding.node), returns[0]?.lastChild]
    return returns.length === 1 && parameter && result ? { parameter, result } : null
  }

  #named(
    given: SyntaxNode | undefined,
    at: SyntaxNode,
    read: (name: string) => GraphNode,
    node: (kind: GraphNode['kind'], name: string) => GraphNode,
  ): GraphNode {
    const name = this.#text(given)
    if (name === null) {
      this.#tools.warn(
        'The name of this step cannot be read without running the code, so it is not drawn.',
        at,
      )
      return node('unread', '…')
    }
    if (this.#names.has(name))
      this.error ??= this.#tools.noteAt(
        `Two steps of the graph have the name "${name}". Results are identified by name, so rename one of them.`,
        at,
      )
    this.#names.add(name)
    return read(name)
  }

  /** Counts as the SDK does when the graph is made. */
  #unnamed(kind: string): string {
    let name = kind
    for (let count = 2; this.#names.has(name); count++) name = `${kind} ${count}`
    this.#names.add(name)
    return name
  }

  #isText(node: SyntaxNode | undefined): boolean {
    return this.#text(node) !== null
  }

  #text(node: SyntaxNode | undefined): string | null {
    const told = node && this.#tools.values.evaluate(node, this.#module)
    return told?.known && typeof told.value === 'string' ? told.value : null
  }

  /** The author's words for what is asked: of a lambda what it gives. */
  #question(node: SyntaxNode): string {
    const asked = node.name === 'LambdaExpression' ? (node.lastChild ?? node) : node
    const text = this.#text(asked) ?? textIn(this.#module, asked).replace(/\s+/g, ' ')
    return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX - 1)}…` : text
  }
}

/** The calls of a chain in their order, and what it begins with. `first`: the arguments of the call that begins it. */
function chainOf(
  value: SyntaxNode,
  module: Module,
  first: SyntaxNode | null,
): { root: SyntaxNode | null; links: Link[] } {
  const links: Link[] = []
  let node: SyntaxNode | null = value
  for (let count = 0; node && count < LINKS_MAX; count++) {
    if (node.name === 'ParenthesizedExpression') {
      node = partsOf(node)[0] ?? null
      continue
    }
    if (node.name !== 'CallExpression') break
    const args: SyntaxNode | null = node.getChild('ArgList')
    const [callee]: SyntaxNode[] = childrenOf(node)
    if (!callee || (first !== null && args?.from === first.from)) break
    const method = callee.name === 'MemberExpression' ? callee.getChild('PropertyName') : null
    if (!method) break
    links.push({ method: textIn(module, method), args, at: method })
    node = callee.firstChild
  }
  return { root: node, links: links.reverse() }
}
