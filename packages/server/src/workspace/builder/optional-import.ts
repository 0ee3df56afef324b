import ts from 'typescript'

/** Whether the code runs without what it imports here: only types are meant, or the author tries and catches. */
export function isOptionalImport(literal: ts.StringLiteralLike): boolean {
  const { parent } = literal
  if (ts.isLiteralTypeNode(parent)) return true
  if (ts.isExportDeclaration(parent)) return parent.isTypeOnly
  if (ts.isImportDeclaration(parent))
    return parent.importClause ? importsOnlyTypes(parent.importClause) : false
  for (let node: ts.Node = parent; node; node = node.parent) {
    if (ts.isTryStatement(node)) return true
    if (ts.isFunctionLike(node)) return false
  }
  return false
}

function importsOnlyTypes({ isTypeOnly, name, namedBindings }: ts.ImportClause): boolean {
  if (isTypeOnly) return true
  if (name || !namedBindings || !ts.isNamedImports(namedBindings)) return false
  const { elements } = namedBindings
  return elements.length > 0 && elements.every((element) => element.isTypeOnly)
}
