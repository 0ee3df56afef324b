import {
  childOf,
  childrenOf,
  isFunction,
  isTypeOnly,
  patternNames,
  runtimeChildren,
  type SyntaxNode,
} from './syntax.ts'

/** The capture object of one function; its stores are written only when something is stored at all. */
export interface Frame {
  /** Name of the constant that holds it. */
  variable: string
  used: boolean
}

/** Names of one block or function. A name that maps to null is known and is not captured. */
export interface Scope {
  parent: Scope | null
  names: Map<string, Frame | null>
}

export const newScope = (
  parent: Scope | null,
  names: Iterable<string> = [],
  frame: Frame | null = null,
): Scope => ({
  parent,
  names: new Map([...names].map((name) => [name, frame])),
})

/** The frame that has this variable, seen from this scope; null for module-level, global and uncaptured names. */
export function frameOf(scope: Scope, name: string): Frame | null {
  for (let current: Scope | null = scope; current; current = current.parent) {
    const frame = current.names.get(name)
    if (frame !== undefined) return frame
  }
  return null
}

/** The scope of a statement list: its `let`, `const`, `class` and function names. */
export function blockScope(parent: Scope, statements: readonly SyntaxNode[], frame: Frame | null): Scope {
  const scope = newScope(parent)
  for (const labeled of statements) {
    const statement = unlabeled(labeled)
    if (isTypeOnly(statement)) continue
    if (statement.type === 'VariableDeclaration') {
      if (statement['kind'] !== 'var')
        for (const name of declaredNames(statement)) scope.names.set(name, frame)
    } else {
      const name = hoistedName(statement)
      if (name) scope.names.set(name, null)
    }
  }
  return scope
}

function unlabeled(statement: SyntaxNode): SyntaxNode {
  return statement.type === 'LabeledStatement' ? unlabeled(childOf(statement, 'body')!) : statement
}

const namedStatements = new Set([
  'FunctionDeclaration',
  'ClassDeclaration',
  'TSEnumDeclaration',
  'TSModuleDeclaration',
])

function hoistedName(statement: SyntaxNode): string | null {
  if (!namedStatements.has(statement.type)) return null
  return (childOf(statement, 'id')?.['name'] as string | undefined) ?? null
}

export const declaredNames = (declaration: SyntaxNode): string[] =>
  childrenOf(declaration, 'declarations').flatMap((declarator) => patternNames(childOf(declarator, 'id')!))

/** The `var` names that a function body or module hoists, however deep; not those of nested functions. */
export function hoistedVars(statements: readonly SyntaxNode[]): Set<string> {
  const names = new Set<string>()
  const visit = (node: SyntaxNode): void => {
    if (isFunction(node) || isTypeOnly(node) || node.type === 'ClassBody' || node.type === 'TSModuleBlock')
      return
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var')
      for (const name of declaredNames(node)) names.add(name)
    // Expressions hold no var, and skipping them makes the search a fraction of the walk.
    for (const [, child] of runtimeChildren(node)) if (holdsStatements(child)) visit(child)
  }
  for (const statement of statements) visit(statement)
  return names
}

const holdsStatements = (node: SyntaxNode): boolean =>
  node.type.endsWith('Statement') ||
  node.type === 'SwitchCase' ||
  node.type === 'CatchClause' ||
  node.type === 'VariableDeclaration'

/**
 * Whether the top level of a function body would mean something else inside `try { }`: a function there is the
 * variable of the function scope, and may share its name with a parameter, a var or another function.
 */
export function changesInsideBlock(statements: readonly SyntaxNode[], outerNames: Iterable<string>): boolean {
  const taken = new Set(outerNames)
  for (const labeled of statements) {
    const statement = unlabeled(labeled)
    if (statement.type !== 'FunctionDeclaration' || isTypeOnly(statement)) continue
    const name = hoistedName(statement)
    if (!name) continue
    if (taken.has(name)) return true
    taken.add(name)
  }
  return false
}
