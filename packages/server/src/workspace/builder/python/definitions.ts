import type { DefinedBy } from '../sdk-symbols.ts'
import type { Module } from './modules.ts'
import type { Names } from './names.ts'
import type { SyntaxNode } from './parse.ts'
import { childrenOf, lastBinding } from './scope.ts'
import { dottedName, textIn } from './values.ts'

/** One function that a file defines with a decorator of the SDK, or one graph that it makes. */
export interface Definition {
  /** Under which name the module has it. */
  name: string
  definedBy: DefinedBy
  /** The function; of a graph the expression. */
  node: SyntaxNode
  /** The arguments of the decorator or of `graph`; null: it is not called. */
  options: SyntaxNode | null
  /** Where its name stands. */
  at: SyntaxNode
  /** All that belongs to it, decorators included. */
  whole: SyntaxNode
}

const DEFINERS: Record<string, DefinedBy> = {
  workflow: 'workflow',
  tool: 'tool',
  data_provider: 'dataProvider',
}
const LINKS_MAX = 2_000
const HOPS_MAX = 5

/** What the file itself defines at its own level; what it takes from other files counts there. */
export function findDefinitions(module: Module, names: Names): Definition[] {
  const scope = module.parsed()?.scope
  if (!scope) return []
  const found: Definition[] = []
  for (const name of scope.names.keys()) {
    const binding = lastBinding(scope, name)
    if (binding?.kind === 'function') {
      const by = definingDecorator(binding.decorators, module, names)
      const at = binding.node.getChild('VariableName')
      if (by && at)
        found.push({ name, ...by, node: binding.node, at, whole: binding.node.parent ?? binding.node })
    } else if (binding?.kind === 'value') {
      const call = graphCallOf(binding.value, module, names)
      const at = binding.value.parent?.firstChild
      if (call && at)
        found.push({
          name,
          definedBy: 'graph',
          node: binding.value,
          options: call.getChild('ArgList'),
          at,
          whole: binding.value,
        })
    }
  }
  return found.sort((a, b) => a.at.from - b.at.from)
}

function definingDecorator(
  decorators: readonly SyntaxNode[],
  module: Module,
  names: Names,
): { definedBy: DefinedBy; options: SyntaxNode | null } | null {
  for (const decorator of decorators) {
    const written = decorator
      .getChildren('VariableName')
      .map((part) => textIn(module, part))
      .join('.')
    const definedBy = definerOf(written, module, names, 0)
    if (definedBy) return { definedBy, options: decorator.getChild('ArgList') }
  }
  return null
}

function definerOf(written: string, module: Module, names: Names, hops: number): DefinedBy | null {
  const target = names.find(written, module)
  if (target?.kind === 'sdk')
    return target.name !== null && Object.hasOwn(DEFINERS, target.name)
      ? (DEFINERS[target.name] as DefinedBy)
      : null
  // `job = workflow` is the same function.
  if (target?.kind !== 'own' || target.binding.kind !== 'value' || hops > HOPS_MAX) return null
  const name = dottedName(target.module, target.binding.value)
  return name === null ? null : definerOf(name, target.module, names, hops + 1)
}

/** The call of `graph` that a chain of calls begins with. */
function graphCallOf(value: SyntaxNode, module: Module, names: Names): SyntaxNode | null {
  let node = value
  for (let links = 0; links < LINKS_MAX; links++) {
    if (node.name === 'ParenthesizedExpression') {
      const inner: SyntaxNode | undefined = childrenOf(node)[1]
      if (!inner) return null
      node = inner
      continue
    }
    const callee: SyntaxNode | null = node.name === 'CallExpression' ? node.firstChild : null
    if (!callee) return null
    const name = dottedName(module, callee)
    const target = name === null ? null : names.find(name, module)
    if (target?.kind === 'sdk' && target.name === 'graph') return node
    if (callee.name !== 'MemberExpression' || callee.getChild('[') || !callee.firstChild) return null
    node = callee.firstChild
  }
  return null
}
