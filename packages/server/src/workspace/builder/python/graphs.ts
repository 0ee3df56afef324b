import type { GraphNode, SourceNote } from '@bifrost/contract'
import type { SignatureReading } from '../signature.ts'
import type { Annotations } from './annotations.ts'
import { kindOf } from './classes.ts'
import type { Definition } from './definitions.ts'
import type { Module } from './modules.ts'
import type { Names } from './names.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf } from './scope.ts'
import { lineAt } from './tokens.ts'
import { argumentsOf, dottedName, textIn, type Values } from './values.ts'

export interface GraphTools {
  annotations: Annotations
  names: Names
}

/** The inputs of a graph: the members of the class that its option `input` names, which come as one object. */
export function readGraphInput(
  { options }: Definition,
  module: Module,
  { annotations, names }: GraphTools,
): SignatureReading {
  const given = argumentsOf(module, options).named.get('input')
  const name = given ? dottedName(module, given) : null
  const target = name === null ? null : names.find(name, module)
  if (target?.kind !== 'own' || target.binding.kind !== 'class')
    return { parameters: [], arguments: [{ kind: 'object', names: [], rest: true }] }
  const kind = kindOf(target.binding.node, target.binding.decorators, target.module, names)
  const parameters = kind ? (annotations.fields(target.binding.node, target.module, kind) ?? []) : []
  return {
    parameters,
    arguments: [{ kind: 'object', names: parameters.map((one) => one.name), rest: parameters.length === 0 }],
  }
}

interface Link {
  method: string
  args: SyntaxNode | null
  at: SyntaxNode
}

const LINKS_MAX = 2_000
const NAMED: Record<string, GraphNode['kind']> = { step: 'step', tx: 'step', screen: 'screen', do: 'do' }
const OTHERS: Record<string, GraphNode['kind']> = {
  if_: 'if',
  for_each: 'forEach',
  parallel: 'parallel',
  sleep: 'sleep',
  sleep_until: 'sleep',
  wait_for_event: 'event',
}

/** The outline of a graph as far as its source tells it: one node for each call of the chain. */
export function readGraphOutline(
  { node, options }: Definition,
  module: Module,
  { values, noteAt }: { values: Values; noteAt(message: string, node: SyntaxNode): SourceNote },
): { nodes: GraphNode[]; error: SourceNote | null } {
  const nodes: GraphNode[] = []
  const seen = new Map<string, number>()
  let error: SourceNote | null = null
  for (const { method, args, at } of linksOf(node, options, module)) {
    const line = lineAt(module.text, at.from)
    const base = { text: null, concurrency: null, line, lanes: [] }
    const [first] = argumentsOf(module, args).positional
    const told = first && values.evaluate(first, module)
    const name = told?.known && typeof told.value === 'string' ? told.value : null
    const kind = NAMED[method]
    if (kind && name !== null) {
      if (seen.has(name))
        error ??= noteAt(`The name "${name}" comes twice in this graph; each step needs its own.`, at)
      seen.set(name, line)
      nodes.push({ ...base, kind, name })
      continue
    }
    const other = OTHERS[method]
    if (method === 'else_' || method === 'else_if') continue
    // As the runtime names them, which is how the steps of a run are found in the outline.
    const own = other !== undefined && other !== 'if' && other !== 'sleep' ? name : null
    const unnamed = other ?? method.replace(/_$/, '')
    const count = (seen.get(unnamed) ?? 0) + (own === null ? 1 : 0)
    if (own === null) seen.set(unnamed, count)
    nodes.push({
      ...base,
      kind: other ?? 'unread',
      name: own ?? `${unnamed}${count === 1 ? '' : ` ${count}`}`,
      text: first && name === null && other ? textIn(module, first).slice(0, 200) : null,
    })
  }
  return { nodes, error }
}

/** The calls after `graph(…)`, in their order. */
function linksOf(value: SyntaxNode, options: SyntaxNode | null, module: Module): Link[] {
  const links: Link[] = []
  let node: SyntaxNode | null = value
  for (let count = 0; node && count < LINKS_MAX; count++) {
    if (node.name === 'ParenthesizedExpression') {
      node = childrenOf(node)[1] ?? null
      continue
    }
    const args: SyntaxNode | null = node.getChild('ArgList')
    const callee: SyntaxNode | null = node.firstChild
    if (!callee || args?.from === options?.from) break
    const method = callee.getChild('PropertyName')
    if (method) links.unshift({ method: textIn(module, method), args, at: method })
    node = callee.firstChild
  }
  return links
}
