import type { GraphLane, GraphNode, SourceNote } from '@bifrost/contract'
import ts from 'typescript'
import { findFunction } from './definitions.ts'
import { chainOf, type Link } from './graph-links.ts'
import { questionText } from './graph-text.ts'
import { bare, type StaticEvaluator } from './static-value.ts'

export interface OutlineTools {
  checker: ts.TypeChecker
  evaluator: StaticEvaluator
  noteAt(message: string, node: ts.Node): SourceNote
  warn(message: string, node: ts.Node): void
}

export interface Outline {
  nodes: GraphNode[]
  /** A name that comes twice, or a graph that cannot work. */
  error: SourceNote | null
}

/** What a graph consists of, told from its source: the same nodes with the same names that its code makes when it runs. */
export function readOutline(
  expression: ts.Expression,
  graphCall: ts.CallExpression,
  tools: OutlineTools,
): Outline {
  const reader = new OutlineReader(tools, graphCall.getSourceFile())
  const { links } = chainOf(expression, tools.checker)
  const nodes = reader.nodes(links.filter(({ call }) => call !== graphCall))
  return { nodes, error: reader.error }
}

class OutlineReader {
  error: SourceNote | null = null
  readonly #tools: OutlineTools
  readonly #file: ts.SourceFile
  readonly #names = new Map<string, ts.Node>()

  constructor(tools: OutlineTools, file: ts.SourceFile) {
    this.#tools = tools
    this.#file = file
  }

  nodes(links: readonly Link[]): GraphNode[] {
    const nodes: GraphNode[] = []
    for (const link of links) {
      const last = nodes.at(-1)
      if (last?.kind === 'if' && link.method === 'elseIf') last.lanes.push(...this.#arms(link.call.arguments))
      else if (last?.kind === 'if' && link.method === 'else')
        last.lanes.push({ label: null, nodes: this.#part(link.call.arguments[0], link) })
      else nodes.push(this.#node(link))
    }
    return nodes
  }

  #node(link: Link): GraphNode {
    const { method, at } = link
    const args = [...link.call.arguments]
    const node = (kind: GraphNode['kind'], name: string, rest: Partial<GraphNode> = {}): GraphNode => ({
      kind,
      name,
      text: null,
      concurrency: null,
      line: at.getSourceFile() === this.#file ? this.#lineOf(at) : null,
      lanes: [],
      ...rest,
    })
    switch (method) {
      case 'step':
      case 'tx':
        return this.#named(args[0], at, (name) => node('step', name), node)
      case 'screen':
        return this.#named(args[0], at, (name) => node('screen', name, { text: this.#title(args[1]) }), node)
      case 'waitForEvent':
        return this.#event(args, at, node)
      case 'do':
        return this.#named(args[0], at, (name) => node('do', name), node)
      case 'if': {
        const name = this.#unnamed('if', at)
        const lanes = this.#arms(args)
        if (args[2]) lanes.push({ label: null, nodes: this.#part(args[2], link) })
        return node('if', name, { lanes })
      }
      case 'forEach': {
        const given = this.#isFunction(args[0]) ? null : args.shift()
        const [items, body, options] = args
        const read = (name: string) =>
          node('forEach', name, {
            text: questionText(items, this.#tools.checker),
            concurrency: this.#concurrency(options),
            lanes: [{ label: null, nodes: this.#part(body, link) }],
          })
        return given ? this.#named(given, at, read, node) : read(this.#unnamed('forEach', at))
      }
      case 'parallel': {
        const given = args.length > 1 ? args.shift() : null
        const read = (name: string) => node('parallel', name, { lanes: this.#branches(args[0], link) })
        return given ? this.#named(given, at, read, node) : read(this.#unnamed('parallel', at))
      }
      case 'sleep':
      case 'sleepUntil':
        return node('sleep', this.#unnamed('sleep', at), { text: this.#duration(args[0]) })
      default:
        return node('unread', `.${method}()`)
    }
  }

  #arms(args: readonly ts.Expression[]): GraphLane[] {
    const [condition, then] = args
    return [{ label: questionText(condition, this.#tools.checker), nodes: this.#part(then, null) }]
  }

  #branches(object: ts.Expression | undefined, link: Link): GraphLane[] {
    const literal = object && bare(object)
    if (!literal || !ts.isObjectLiteralExpression(literal)) {
      this.#tools.warn('The branches of .parallel() cannot be read without running the code.', link.at)
      return []
    }
    return literal.properties.flatMap((property): GraphLane[] => {
      const name = property.name && ts.isComputedPropertyName(property.name) ? null : property.name?.text
      if (name === null || name === undefined) {
        this.#tools.warn('A branch of .parallel() cannot be read without running the code.', property)
        return []
      }
      if (ts.isMethodDeclaration(property)) return [{ label: name, nodes: this.#built(property, link) }]
      const build = ts.isPropertyAssignment(property) ? property.initializer : property.name
      return [{ label: name, nodes: this.#part(build as ts.Expression, link) }]
    })
  }

  /** What the function that builds an arm, a body or a branch adds to its parameter. */
  #part(build: ts.Expression | undefined, link: Link | null): GraphNode[] {
    const expression = build && bare(build)
    const isTold =
      expression &&
      (ts.isFunctionLike(expression) ||
        ts.isIdentifier(expression) ||
        ts.isPropertyAccessExpression(expression))
    return this.#built(isTold ? findFunction(expression, this.#tools.checker) : null, link, build)
  }

  #built(declared: ts.SignatureDeclaration | null, link: Link | null, build?: ts.Node): GraphNode[] {
    const { checker, warn } = this.#tools
    const returned = declared && returnedBy(declared)
    const parameter = declared?.parameters[0]
    if (returned && parameter && ts.isIdentifier(parameter.name)) {
      const { root, links } = chainOf(returned, checker)
      if (checker.getSymbolAtLocation(root) === checker.getSymbolAtLocation(parameter.name))
        return this.nodes(links)
    }
    const at = build ?? link?.at
    if (at) warn('This part of the graph cannot be read without running the code, so it is not drawn.', at)
    return [{ kind: 'unread', name: '…', text: null, concurrency: null, line: null, lanes: [] }]
  }

  #named(
    given: ts.Expression | undefined,
    at: ts.Node,
    read: (name: string) => GraphNode,
    node: (kind: GraphNode['kind'], name: string) => GraphNode,
  ): GraphNode {
    const result = given && this.#tools.evaluator.evaluate(given)
    if (!result?.known || typeof result.value !== 'string') {
      this.#tools.warn(
        'The name of this step cannot be read without running the code, so it is not drawn.',
        at,
      )
      return node('unread', '…')
    }
    const name = result.value
    const other = this.#names.get(name)
    if (other)
      this.error ??= this.#tools.noteAt(
        `Two steps of the graph have the name "${name}": at ${this.#placeOf(other)} and at ${this.#placeOf(at)}. Results are identified by name, so rename one of them.`,
        at,
      )
    else this.#names.set(name, at)
    return read(name)
  }

  /** Counts as the SDK does when the graph is made. */
  #unnamed(kind: string, at: ts.Node): string {
    let name = kind
    for (let count = 2; this.#names.has(name); count++) name = `${kind} ${count}`
    this.#names.set(name, at)
    return name
  }

  #isFunction(node: ts.Expression | undefined): boolean {
    if (!node) return false
    const expression = bare(node)
    if (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression)) return true
    return this.#tools.checker.getTypeAtLocation(expression).getCallSignatures().length > 0
  }

  #concurrency(options: ts.Expression | undefined): number {
    const result = options && this.#tools.evaluator.entries(options)?.entries.get('concurrency')?.result
    return result?.known && typeof result.value === 'number' ? result.value : 1
  }

  #event(
    [event, options]: readonly ts.Expression[],
    at: ts.Node,
    node: (kind: GraphNode['kind'], name: string, rest?: Partial<GraphNode>) => GraphNode,
  ): GraphNode {
    const member = (name: string) =>
      options && this.#tools.evaluator.entries(options)?.entries.get(name)?.result
    const [as, timeout] = [member('as'), member('timeout')]
    const isNamed = as?.known && typeof as.value === 'string'
    const limit = timeout?.known && typeof timeout.value === 'string' ? `for ${timeout.value} at most` : null
    const asked = isNamed && event ? questionText(event, this.#tools.checker) : null
    const text = [asked, limit].filter(Boolean).join(', ') || null
    const given = isNamed && options ? memberNode(options, 'as') : event
    return this.#named(given, at, (name) => node('event', name, { text }), node)
  }

  #title(options: ts.Expression | undefined): string | null {
    const result = options && this.#tools.evaluator.entries(options)?.entries.get('title')?.result
    return result?.known && typeof result.value === 'string' ? result.value : null
  }

  #duration(given: ts.Expression | undefined): string | null {
    const result = given && this.#tools.evaluator.evaluate(given)
    if (result?.known && typeof result.value === 'string') return result.value
    if (result?.known && typeof result.value === 'number') return `${result.value} s`
    return questionText(given, this.#tools.checker)
  }

  #lineOf(node: ts.Node): number {
    const file = node.getSourceFile()
    return file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
  }

  #placeOf(node: ts.Node): string {
    const { path } = this.#tools.noteAt('', node)
    const own = node.getSourceFile() === this.#file
    return `${own ? path : node.getSourceFile().fileName.replace(/^.*\//, '')}:${this.#lineOf(node)}`
  }
}

/** The value of a member of an object literal. */
function memberNode(object: ts.Expression, name: string): ts.Expression | undefined {
  const literal = bare(object)
  const property =
    ts.isObjectLiteralExpression(literal) &&
    literal.properties.find((one) => ts.isPropertyAssignment(one) && one.name.getText() === name)
  return property && ts.isPropertyAssignment(property) ? property.initializer : undefined
}

/** The expression that a function gives; null when it has several ways out. */
function returnedBy(declared: ts.SignatureDeclaration): ts.Expression | null {
  const body = 'body' in declared ? (declared.body as ts.Node | undefined) : undefined
  if (!body) return null
  if (!ts.isBlock(body)) return body as ts.Expression
  const returns = body.statements.filter((statement) => ts.isReturnStatement(statement))
  const [only] = returns
  return returns.length === 1 ? (only?.expression ?? null) : null
}
