import ts from 'typescript'
import { graphCallOf } from './graph-links.ts'
import type { DefinedBy, SdkSymbols } from './sdk-symbols.ts'
import { bare } from './static-value.ts'

/** One call of `workflow`, `tool`, `dataProvider` or `graph` whose result a file exports. */
export interface Definition {
  exportName: string
  /** What the const or the function is called; the name of the workflow unless its options say another. */
  ownName: string | null
  definedBy: DefinedBy
  call: ts.CallExpression
  /** Of a graph: the call of `graph` itself, while `call` is the last of the chain that begins with it. */
  graphCall: ts.CallExpression | null
  /** Where it is declared: the variable, or the export. */
  declaration: ts.Node
  /** Nodes whose JSDoc speaks of it. */
  documented: ts.Node[]
}

/** The definitions that this file exports and declares; what it passes on from other files counts there. */
export function findDefinitions(file: ts.SourceFile, checker: ts.TypeChecker, sdk: SdkSymbols): Definition[] {
  const module = checker.getSymbolAtLocation(file)
  if (!module) return []
  const found = new Map<ts.CallExpression, Definition>()
  for (const exported of checker.getExportsOfModule(module)) {
    const definition = definitionOf(exported, file, checker, sdk)
    if (!definition) continue
    const known = found.get(definition.call)
    if (!known || rank(definition) < rank(known)) found.set(definition.call, definition)
  }
  return [...found.values()].sort((a, b) => a.call.pos - b.call.pos)
}

/** One definition may be exported under several names; its own is the best, `default` the least. */
function rank({ exportName, ownName }: Definition): number {
  if (exportName === ownName) return 0
  return exportName === 'default' ? 2 : 1
}

function definitionOf(
  exported: ts.Symbol,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  sdk: SdkSymbols,
): Definition | null {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
  const declaration = symbol.valueDeclaration ?? symbol.declarations?.[0]
  if (!declaration || declaration.getSourceFile() !== file) return null
  const expression = expressionOf(declaration)
  const end = expression && followNames(expression, declaration, file, checker)
  if (!end || !ts.isCallExpression(end.expression)) return null
  const graphCall = graphCallOf(end.expression, checker, sdk)
  const definedBy = graphCall ? 'graph' : sdk.definingFunction(end.expression.expression)
  if (!definedBy) return null
  const variable = ts.isVariableDeclaration(end.declaration) ? end.declaration : null
  return {
    exportName: exported.name,
    ownName: variable && ts.isIdentifier(variable.name) ? variable.name.text : null,
    definedBy,
    call: end.expression,
    graphCall,
    declaration: variable?.name ?? end.declaration,
    documented: [variable?.parent.parent ?? end.declaration],
  }
}

function expressionOf(declaration: ts.Node): ts.Expression | null {
  if (ts.isVariableDeclaration(declaration)) return declaration.initializer ?? null
  return ts.isExportAssignment(declaration) ? declaration.expression : null
}

/** `export default greet` and `export const greet = base` lead to the const that has the call. */
function followNames(
  expression: ts.Expression,
  declaration: ts.Node,
  file: ts.SourceFile,
  checker: ts.TypeChecker,
): { expression: ts.Expression; declaration: ts.Node } | null {
  let current = { expression: bare(expression), declaration }
  for (let hops = 0; ts.isIdentifier(current.expression); hops++) {
    const target = checker.getSymbolAtLocation(current.expression)?.valueDeclaration
    const value = target && target.getSourceFile() === file ? expressionOf(target) : null
    if (!target || !value || hops > 10) return null
    current = { expression: bare(value), declaration: target }
  }
  return current
}

/** The function that a definition runs; null when there is none or its declaration cannot be found. */
export function findFunction(
  argument: ts.Expression | undefined,
  checker: ts.TypeChecker,
): ts.SignatureDeclaration | null {
  if (!argument) return null
  const expression = bare(argument)
  if (ts.isArrowFunction(expression) || ts.isFunctionExpression(expression)) return expression
  if (ts.isIdentifier(expression) || ts.isPropertyAccessExpression(expression)) {
    const declared = declaredFunction(checker.getSymbolAtLocation(expression), checker)
    if (declared) return declared
  }
  // Something that makes functions, such as a decorator; its type still tells the parameters.
  const signature = checker.getTypeAtLocation(expression).getCallSignatures().at(-1)
  const declaration = signature?.getDeclaration()
  return declaration && !ts.isJSDocSignature(declaration) ? declaration : null
}

function declaredFunction(
  symbol: ts.Symbol | undefined,
  checker: ts.TypeChecker,
): ts.SignatureDeclaration | null {
  if (!symbol) return null
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const functions = target.declarations?.filter(
    (declaration) => ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration),
  )
  // Of overloads, the implementation: it has all names, and the defaults.
  const implementation = functions?.find((declaration) => declaration.body) ?? functions?.at(-1)
  if (implementation) return implementation
  const variable = target.valueDeclaration
  if (
    variable &&
    (ts.isVariableDeclaration(variable) || ts.isPropertyAssignment(variable)) &&
    variable.initializer
  )
    return findFunction(variable.initializer, checker)
  return variable && ts.isExportAssignment(variable) ? findFunction(variable.expression, checker) : null
}
