import type { PythonImport } from './imports.ts'
import type { Parsed, SyntaxNode } from './parse.ts'

/** What a name of a module may stand for. */
export type Binding =
  | { kind: 'import'; from: PythonImport; name: string | null }
  | { kind: 'value'; value: SyntaxNode; annotation: SyntaxNode | null }
  | { kind: 'class'; node: SyntaxNode; decorators: SyntaxNode[] }
  | { kind: 'function'; node: SyntaxNode; decorators: SyntaxNode[] }
  /** Bound by a loop, several at once, or by adding to it. */
  | { kind: 'other'; node: SyntaxNode }

/** The names that a module binds at its own level, each with all its bindings in the order of the text. */
export interface Scope {
  names: Map<string, Binding[]>
  /** Modules of which it takes all. */
  stars: PythonImport[]
}

const LEVELS_MAX = 100

/** Without comments: they may stand between any two parts, and are none. */
export function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.name !== 'Comment') children.push(child)
  return children
}

export function readScope({ text, tree }: Parsed, imports: readonly PythonImport[]): Scope {
  const scope: Scope = { names: new Map(), stars: [] }
  const textOf = (node: SyntaxNode) => text.slice(node.from, node.to)
  const bind = (name: string, binding: Binding) => {
    const known = scope.names.get(name)
    if (known) known.push(binding)
    else scope.names.set(name, [binding])
  }
  const bindTargets = (node: SyntaxNode) => {
    if (node.name === 'VariableName') bind(textOf(node), { kind: 'other', node })
    else if (node.name !== 'MemberExpression') for (const child of childrenOf(node)) bindTargets(child)
  }

  const assign = (node: SyntaxNode) => {
    const children = childrenOf(node)
    const annotation = node.getChild('TypeDef')
    const lastEquals = children.findLastIndex((child) => child.name === 'AssignOp')
    const values = lastEquals === -1 ? [] : children.slice(lastEquals + 1)
    const [value] = values
    let start = 0
    for (const [index, child] of children.entries()) {
      if (child.name !== 'AssignOp' && child.name !== 'TypeDef') continue
      const target = children.slice(start, index)
      start = index + 1
      const [only] = target
      if (only?.name === 'VariableName' && target.length === 1 && value && values.length === 1)
        bind(textOf(only), { kind: 'value', value, annotation: annotation?.lastChild ?? null })
      else if (child.name === 'AssignOp' || lastEquals === -1) {
        // A name that is only declared has no value yet.
        if (lastEquals !== -1) for (const one of target) bindTargets(one)
      }
      if (child.name === 'TypeDef') start = children.findIndex((one) => one.name === 'AssignOp') + 1
      if (child.name === 'TypeDef' && start > 0) break
    }
  }

  const visit = (node: SyntaxNode, level: number): void => {
    switch (node.name) {
      case 'AssignStatement':
        assign(node)
        return
      case 'UpdateStatement':
        if (node.firstChild) bindTargets(node.firstChild)
        return
      case 'FunctionDefinition':
      case 'ClassDefinition':
        define(node, [])
        return
      case 'DecoratedStatement': {
        const definition = node.getChild('FunctionDefinition') ?? node.getChild('ClassDefinition')
        if (definition) define(definition, node.getChildren('Decorator'))
        return
      }
      case 'ForStatement':
        for (const child of childrenOf(node)) {
          if (child.name === 'in') break
          bindTargets(child)
        }
        break
      case 'StatementGroup':
      case 'Script':
      case 'Body':
      case 'IfStatement':
      case 'TryStatement':
      case 'WithStatement':
      case 'WhileStatement':
        break
      default:
        return
    }
    if (level < LEVELS_MAX) for (const child of childrenOf(node)) visit(child, level + 1)
  }

  const define = (node: SyntaxNode, decorators: SyntaxNode[]) => {
    const name = node.getChild('VariableName')
    if (!name) return
    const kind = node.name === 'FunctionDefinition' ? 'function' : 'class'
    bind(textOf(name), { kind, node, decorators })
  }

  visit(tree.topNode, 0)
  for (const one of imports) {
    if (one.isInner) continue
    if (one.names === null)
      bind(one.as ?? (one.module.split('.')[0] as string), { kind: 'import', from: one, name: null })
    else
      for (const { name, as } of one.names)
        if (name === '*') scope.stars.push(one)
        else bind(as, { kind: 'import', from: one, name })
  }
  return scope
}

/** The last thing that a name is bound to: what it is when the module has run. */
export function lastBinding(scope: Scope, name: string): Binding | null {
  const all = scope.names.get(name)
  if (!all) return null
  return all.findLast(({ kind }) => kind !== 'import') ?? all.at(-1) ?? null
}
