import { visitorKeys } from 'oxc-parser'

/** A node of the parsed source, as loose as walking it needs; offsets are UTF-16 units. */
export interface SyntaxNode {
  type: string
  start: number
  end: number
  [key: string]: unknown
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as SyntaxNode).type === 'string'

/** The child node under a key, when there is one. */
export const childOf = (node: SyntaxNode, key: string): SyntaxNode | null => {
  const child = node[key]
  return isNode(child) ? child : null
}

/** The child nodes under a key; holes of array patterns are left out. */
export const childrenOf = (node: SyntaxNode, key: string): SyntaxNode[] => {
  const child = node[key]
  return Array.isArray(child) ? child.filter(isNode) : []
}

// What only the type checker reads. Edits in there could change nothing but the formatting.
const typeKeys = new Set([
  'typeAnnotation',
  'typeParameters',
  'typeArguments',
  'superTypeArguments',
  'returnType',
  'implements',
])
const typeStatements = new Set([
  'TSInterfaceDeclaration',
  'TSTypeAliasDeclaration',
  'TSDeclareFunction',
  'TSImportEqualsDeclaration',
  'TSNamespaceExportDeclaration',
  'TSIndexSignature',
  'TSAbstractMethodDefinition',
  'TSAbstractPropertyDefinition',
])

/** Whether nothing of this node exists at run time. */
export const isTypeOnly = (node: SyntaxNode): boolean =>
  typeStatements.has(node.type) || node['declare'] === true

/** All children that exist at run time, in source order of their keys. */
export function* runtimeChildren(node: SyntaxNode): Generator<[key: string, child: SyntaxNode]> {
  for (const key of visitorKeys[node.type] ?? []) {
    if (typeKeys.has(key)) continue
    const child = node[key]
    if (isNode(child)) yield [key, child]
    else if (Array.isArray(child)) for (const item of child) if (isNode(item)) yield [key, item]
  }
}

const wrappers = new Set([
  'ParenthesizedExpression',
  'TSAsExpression',
  'TSSatisfiesExpression',
  'TSNonNullExpression',
  'TSTypeAssertion',
])

/** The expression inside parentheses and type-only wrappers. */
export function unwrap(node: SyntaxNode): SyntaxNode {
  let current = node
  while (wrappers.has(current.type)) {
    const inner = childOf(current, 'expression')
    if (!inner) break
    current = inner
  }
  return current
}

/** The variables that a binding or assignment pattern gives a value to; members of objects are none. */
export function patternNames(pattern: SyntaxNode): string[] {
  const node = unwrap(pattern)
  switch (node.type) {
    case 'Identifier':
      return [node['name'] as string]
    case 'ArrayPattern':
      return childrenOf(node, 'elements').flatMap(patternNames)
    case 'ObjectPattern':
      return childrenOf(node, 'properties').flatMap((property) =>
        patternNames(childOf(property, property.type === 'RestElement' ? 'argument' : 'value') ?? property),
      )
    case 'AssignmentPattern':
      return patternNames(childOf(node, 'left')!)
    case 'RestElement':
      return patternNames(childOf(node, 'argument')!)
    case 'TSParameterProperty':
      return patternNames(childOf(node, 'parameter')!)
    default:
      return []
  }
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
export const isFunction = (node: SyntaxNode): boolean => functionTypes.has(node.type)

/** Line and column, both from 1, of an offset. */
export function positionAt(source: string, offset: number): { line: number; column: number } {
  const before = source.slice(0, Math.max(0, offset))
  const lastBreak = before.lastIndexOf('\n')
  let line = 1
  for (let at = before.indexOf('\n'); at !== -1; at = before.indexOf('\n', at + 1)) line++
  return { line, column: before.length - lastBreak }
}
