import ts from 'typescript'

/**
 * The literal types below a type node in the order in which the author wrote them. TypeScript itself keeps the members
 * of a union in the order in which it first met them anywhere, which would shuffle a dropdown from edit to edit.
 */
export function literalOrder(checker: ts.TypeChecker, node: ts.TypeNode | undefined): ts.Type[] {
  const found: ts.Type[] = []
  const seen = new Set<ts.Node>()
  const visit = (current: ts.TypeNode | undefined): void => {
    if (!current || seen.has(current) || found.length > 1000) return
    seen.add(current)
    if (ts.isUnionTypeNode(current)) current.types.forEach(visit)
    else if (ts.isParenthesizedTypeNode(current)) visit(current.type)
    else if (ts.isTypeOperatorNode(current) && current.operator === ts.SyntaxKind.KeyOfKeyword)
      found.push(...keysOf(checker, current.type))
    else if (ts.isTypeOperatorNode(current)) visit(current.type)
    else if (ts.isArrayTypeNode(current)) visit(current.elementType)
    else if (ts.isTypeReferenceNode(current)) visitReference(current)
    else if (ts.isIndexedAccessTypeNode(current)) found.push(...itemsOf(checker, current))
    else found.push(checker.getTypeFromTypeNode(current))
  }
  const visitReference = (current: ts.TypeReferenceNode): void => {
    const symbol = checker.getSymbolAtLocation(current.typeName)
    const target = symbol && symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const declaration = target?.declarations?.find(ts.isTypeAliasDeclaration)
    const isOwn = declaration && !declaration.getSourceFile().fileName.includes('/typescript/lib/')
    if (isOwn) visit(declaration.type)
    // Array<X>, Exclude<X, …> and the like keep the order of X.
    else if (current.typeArguments) current.typeArguments.forEach(visit)
  }
  visit(node)
  return found
}

/** `keyof T`: the members as T declares them. */
const keysOf = (checker: ts.TypeChecker, node: ts.TypeNode): ts.Type[] =>
  checker
    .getPropertiesOfType(checker.getTypeFromTypeNode(node))
    .map((property) => checker.getStringLiteralType(property.name))

/** `(typeof list)[number]` and `T[keyof T]`: the items or members in their order. */
function itemsOf(checker: ts.TypeChecker, node: ts.IndexedAccessTypeNode): ts.Type[] {
  const type = checker.getTypeFromTypeNode(node.objectType)
  if (checker.isTupleType(type)) return [...checker.getTypeArguments(type as ts.TypeReference)]
  return checker.getPropertiesOfType(type).map((property) => checker.getTypeOfSymbol(property))
}
