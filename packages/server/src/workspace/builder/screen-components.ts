import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'
import { childOf, childrenOf, runtimeChildren, type SyntaxNode, unwrap } from './syntax.ts'
import { unresolvedText } from './unresolved-import.ts'

/** The `component` of a call of `screen`, as it stands in a source. */
export interface ScreenComponent {
  /** Null: no literal, so that its value is unknown without running the code. */
  specifier: string | null
  start: number
  end: number
}

const NOT_LITERAL =
  'The component of a screen must be a text literal, such as "./screens/review.tsx", so that it can be found without running the code.'

/** Finds the components that a module's screens name: `screen("review", { component: "./screens/review.tsx" })`. */
export function screenComponents(program: SyntaxNode, text: string): ScreenComponent[] {
  // Most modules have none, and need no walk.
  if (!text.includes('component') || !text.includes('screen')) return []
  const names = screenNames(program)
  const found: ScreenComponent[] = []
  const visit = (node: SyntaxNode): void => {
    if (node.type === 'CallExpression' && isScreen(childOf(node, 'callee'), names))
      for (const argument of childrenOf(node, 'arguments')) found.push(...componentOf(argument))
    for (const [, child] of runtimeChildren(node)) visit(child)
  }
  visit(program)
  return found
}

/** The same from a text; of one that does not parse nothing is said here. */
export function namedScreens(path: string, text: string): ScreenComponent[] {
  if (!text.includes('component') || !text.includes('screen')) return []
  const parsed = parseSync(path, text, { sourceType: 'module' })
  return parsed.errors.length > 0 ? [] : screenComponents(parsed.program as unknown as SyntaxNode, text)
}

/** What `screen` of "bifrost" is called here. */
function screenNames(program: SyntaxNode): Set<string> {
  const names = new Set<string>()
  for (const statement of childrenOf(program, 'body')) {
    if (statement.type !== 'ImportDeclaration' || childOf(statement, 'source')?.['value'] !== 'bifrost')
      continue
    for (const specifier of childrenOf(statement, 'specifiers'))
      if (childOf(specifier, 'imported')?.['name'] === 'screen')
        names.add(String(childOf(specifier, 'local')?.['name']))
  }
  return names
}

/** `screen(…)`, and `.screen(…)` of the SDK as a whole or of a graph. */
function isScreen(callee: SyntaxNode | null, names: Set<string>): boolean {
  if (callee?.type === 'Identifier') return names.has(String(callee['name']))
  return callee?.type === 'MemberExpression' && childOf(callee, 'property')?.['name'] === 'screen'
}

function componentOf(argument: SyntaxNode): ScreenComponent[] {
  const object = unwrap(argument)
  if (object.type !== 'ObjectExpression') return []
  return childrenOf(object, 'properties').flatMap((property) => {
    const key = childOf(property, 'key')
    const named = property.type === 'Property' && !property['computed'] && key
    if (!named || (key['name'] ?? key['value']) !== 'component') return []
    const value = unwrap(childOf(property, 'value') ?? key)
    const literal = value.type === 'Literal' && typeof value['value'] === 'string' ? value['value'] : null
    return [{ specifier: literal, start: value.start, end: value.end }]
  })
}

/** The component's path within the workspace, or what is wrong with it. `exists` takes paths of the workspace. */
export function resolveComponent(
  importer: string,
  specifier: string | null,
  exists: (path: string) => boolean,
): { path: string } | { problem: string } {
  if (specifier === null) return { problem: NOT_LITERAL }
  if (!/^\.\.?\//.test(specifier))
    return {
      problem: `The component "${specifier}" must be a path from this file, such as "./screens/review.tsx".`,
    }
  const path = posix.join(posix.dirname(importer), specifier)
  if (path.startsWith('..')) return { problem: `"${specifier}" is outside of the workspace.` }
  return exists(path) ? { path } : { problem: unresolvedText(specifier) }
}
