import ts from 'typescript'
import type { SdkSymbols } from './sdk-symbols.ts'
import { bare } from './static-value.ts'

/** One `.method(…)` of a chain. */
export interface Link {
  method: string
  call: ts.CallExpression
  /** Where the method's name stands: the call itself begins with the whole chain. */
  at: ts.Node
}

/** A chain of calls, and what it hangs on: the call of `graph`, or a parameter that an arm builds on. */
export interface LinkChain {
  root: ts.Expression
  links: Link[]
}

const HOPS_MAX = 20

/** Takes a chain apart, through the constants that hold parts of it. */
export function chainOf(expression: ts.Expression, checker: ts.TypeChecker): LinkChain {
  const links: Link[] = []
  let current = bare(expression)
  for (let hops = 0; ; ) {
    if (ts.isCallExpression(current) && ts.isPropertyAccessExpression(current.expression)) {
      const { name } = current.expression
      links.push({ method: name.text, call: current, at: name })
      current = bare(current.expression.expression)
      continue
    }
    const constant = ts.isIdentifier(current) && ++hops < HOPS_MAX ? constantOf(current, checker) : null
    if (!constant) return { root: current, links: links.reverse() }
    current = bare(constant)
  }
}

/** The call of `graph` that a chain begins with; null for any other expression. */
export function graphCallOf(
  expression: ts.Expression,
  checker: ts.TypeChecker,
  sdk: SdkSymbols,
): ts.CallExpression | null {
  const outermost = bare(expression)
  // Most calls of a file are none of a chain, and asking the checker for each would cost.
  if (!ts.isCallExpression(outermost)) return null
  const { root, links } = chainOf(outermost, checker)
  // `bifrost.graph(…)` looks like a link of a chain that hangs on the namespace.
  const [first] = links
  const candidates = ts.isCallExpression(root) ? [root] : first ? [first.call] : []
  return candidates.find((call) => sdk.definingFunction(call.expression) === 'graph') ?? null
}

function constantOf(name: ts.Identifier, checker: ts.TypeChecker): ts.Expression | null {
  const symbol = checker.getSymbolAtLocation(name)
  const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const declaration = target?.valueDeclaration
  return declaration && ts.isVariableDeclaration(declaration) ? (declaration.initializer ?? null) : null
}
