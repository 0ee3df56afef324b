import ts from 'typescript'

export type StaticValue =
  | string
  | number
  | boolean
  | null
  | undefined
  | StaticValue[]
  | { [key: string]: StaticValue }

/** A value that the source alone tells, or the first expression that it does not tell. */
export type Evaluated = { known: true; value: StaticValue } | { known: false; node: ts.Node }

/** The members of an object as the source writes them; each is evaluated on its own. */
export interface StaticEntries {
  entries: Map<string, { node: ts.Node; result: Evaluated }>
  /** Spreads and computed names that cannot be told. */
  unknown: ts.Node[]
}

const DEPTH_MAX = 40
const known = (value: StaticValue): Evaluated => ({ known: true, value })

/** The expression without parentheses, `as`, `satisfies` and `!`. */
export function bare(node: ts.Expression): ts.Expression {
  let current = node
  while (
    ts.isParenthesizedExpression(current) ||
    ts.isAsExpression(current) ||
    ts.isSatisfiesExpression(current) ||
    ts.isTypeAssertionExpression(current) ||
    ts.isNonNullExpression(current)
  )
    current = current.expression
  return current
}

/** Evaluates literals, constants (of other files, too), spreads, enum members and simple arithmetic. Runs nothing. */
export class StaticEvaluator {
  readonly #checker: ts.TypeChecker

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker
  }

  evaluate(node: ts.Expression, depth = 0): Evaluated {
    const expression = bare(node)
    if (depth > DEPTH_MAX) return { known: false, node }
    const result = this.#evaluate(expression, depth + 1)
    return result.known ? result : (this.#byType(expression) ?? result)
  }

  /** The members of an object expression; null when the expression is no object that the source tells. */
  entries(node: ts.Expression, depth = 0): StaticEntries | null {
    const object = this.#objectLiteral(node, depth)
    if (!object) return null
    const found: StaticEntries = { entries: new Map(), unknown: [] }
    for (const property of object.properties) {
      if (ts.isSpreadAssignment(property)) {
        const inner = this.entries(property.expression, depth + 1)
        for (const [name, entry] of inner?.entries ?? []) found.entries.set(name, entry)
        found.unknown.push(...(inner ? inner.unknown : [property]))
        continue
      }
      const name = this.#propertyName(property.name, depth)
      if (name === null) found.unknown.push(property)
      else found.entries.set(name, { node: property, result: this.#member(property, depth) })
    }
    return found
  }

  #member(property: ts.ObjectLiteralElementLike, depth: number): Evaluated {
    if (ts.isPropertyAssignment(property)) return this.evaluate(property.initializer, depth + 1)
    if (ts.isShorthandPropertyAssignment(property)) {
      const symbol = this.#checker.getShorthandAssignmentValueSymbol(property)
      return this.#constant(symbol, property, depth)
    }
    return { known: false, node: property }
  }

  #propertyName(name: ts.PropertyName | undefined, depth: number): string | null {
    if (!name) return null
    if (ts.isComputedPropertyName(name)) {
      const result = this.evaluate(name.expression, depth + 1)
      return result.known && ['string', 'number'].includes(typeof result.value) ? String(result.value) : null
    }
    return name.text
  }

  #evaluate(node: ts.Expression, depth: number): Evaluated {
    if (ts.isStringLiteralLike(node)) return known(node.text)
    if (ts.isNumericLiteral(node)) return known(Number(node.text))
    switch (node.kind) {
      case ts.SyntaxKind.TrueKeyword:
        return known(true)
      case ts.SyntaxKind.FalseKeyword:
        return known(false)
      case ts.SyntaxKind.NullKeyword:
        return known(null)
    }
    if (ts.isIdentifier(node)) {
      if (node.text === 'undefined') return known(undefined)
      return this.#constant(this.#checker.getSymbolAtLocation(node), node, depth)
    }
    if (ts.isTemplateExpression(node)) return this.#template(node, depth)
    if (ts.isPrefixUnaryExpression(node)) return this.#prefix(node, depth)
    if (ts.isBinaryExpression(node)) return this.#binary(node, depth)
    if (ts.isConditionalExpression(node)) {
      const condition = this.evaluate(node.condition, depth)
      return condition.known
        ? this.evaluate(condition.value ? node.whenTrue : node.whenFalse, depth)
        : condition
    }
    if (ts.isArrayLiteralExpression(node)) return this.#array(node, depth)
    if (ts.isPropertyAccessExpression(node)) return this.#access(node, node.expression, node.name.text, depth)
    if (ts.isElementAccessExpression(node)) {
      const key = this.evaluate(node.argumentExpression, depth)
      return key.known ? this.#access(node, node.expression, String(key.value), depth) : key
    }
    return this.#object(node, depth)
  }

  #object(node: ts.Expression, depth: number): Evaluated {
    const found = this.entries(node, depth)
    if (!found) return { known: false, node }
    if (found.unknown[0]) return { known: false, node: found.unknown[0] }
    const value: { [key: string]: StaticValue } = {}
    for (const [name, { result }] of found.entries) {
      if (!result.known) return result
      Object.defineProperty(value, name, {
        value: result.value,
        enumerable: true,
        configurable: true,
        writable: true,
      })
    }
    return known(value)
  }

  #array(node: ts.ArrayLiteralExpression, depth: number): Evaluated {
    const items: StaticValue[] = []
    for (const element of node.elements) {
      const spread = ts.isSpreadElement(element)
      const result = this.evaluate(spread ? element.expression : element, depth)
      if (!result.known) return result
      if (!spread) items.push(result.value)
      else if (Array.isArray(result.value)) items.push(...result.value)
      else return { known: false, node: element }
    }
    return known(items)
  }

  #template(node: ts.TemplateExpression, depth: number): Evaluated {
    let text = node.head.text
    for (const span of node.templateSpans) {
      const result = this.evaluate(span.expression, depth)
      if (!result.known) return result
      if (typeof result.value === 'object' && result.value !== null) return { known: false, node: span }
      text += String(result.value) + span.literal.text
    }
    return known(text)
  }

  #prefix(node: ts.PrefixUnaryExpression, depth: number): Evaluated {
    const result = this.evaluate(node.operand, depth)
    if (!result.known) return result
    const { value } = result
    if (node.operator === ts.SyntaxKind.ExclamationToken) return known(!value)
    if (typeof value !== 'number') return { known: false, node }
    if (node.operator === ts.SyntaxKind.MinusToken) return known(-value)
    return node.operator === ts.SyntaxKind.PlusToken ? result : { known: false, node }
  }

  #binary(node: ts.BinaryExpression, depth: number): Evaluated {
    const left = this.evaluate(node.left, depth)
    if (!left.known) return left
    const right = this.evaluate(node.right, depth)
    if (!right.known) return right
    const [a, b] = [left.value, right.value]
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.QuestionQuestionToken:
        return a === null || a === undefined ? right : left
      case ts.SyntaxKind.BarBarToken:
        return a ? left : right
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return a ? right : left
      case ts.SyntaxKind.PlusToken:
        if (typeof a === 'string' || typeof b === 'string') return known(`${String(a)}${String(b)}`)
    }
    if (typeof a !== 'number' || typeof b !== 'number') return { known: false, node }
    const calculate = arithmetic[node.operatorToken.kind]
    return calculate ? known(calculate(a, b)) : { known: false, node }
  }

  #access(node: ts.Expression, object: ts.Expression, name: string, depth: number): Evaluated {
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) {
      const member = this.#checker.getConstantValue(node)
      if (member !== undefined) return known(member)
    }
    const entry = this.entries(object, depth)?.entries.get(name)
    if (entry) return entry.result
    const whole = this.#evaluate(bare(object), depth + 1)
    if (!whole.known) return whole
    if (Array.isArray(whole.value) && /^\d+$/.test(name)) return known(whole.value[Number(name)])
    return { known: false, node }
  }

  /** The value of a name: a `const`, wherever it is declared. */
  #constant(symbol: ts.Symbol | undefined, node: ts.Node, depth: number): Evaluated {
    const initializer = this.#initializer(symbol)
    return initializer ? this.evaluate(initializer, depth) : { known: false, node }
  }

  #initializer(symbol: ts.Symbol | undefined): ts.Expression | null {
    if (!symbol) return null
    const target = symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
    const declaration = target.valueDeclaration
    if (declaration && ts.isExportAssignment(declaration)) return declaration.expression
    if (!declaration || !ts.isVariableDeclaration(declaration)) return null
    const constant = ts.getCombinedNodeFlags(declaration) & ts.NodeFlags.Const
    return constant && ts.isIdentifier(declaration.name) ? (declaration.initializer ?? null) : null
  }

  #objectLiteral(node: ts.Expression, depth: number): ts.ObjectLiteralExpression | null {
    if (depth > DEPTH_MAX) return null
    const expression = bare(node)
    if (ts.isObjectLiteralExpression(expression)) return expression
    if (ts.isIdentifier(expression)) {
      const initializer = this.#initializer(this.#checker.getSymbolAtLocation(expression))
      return initializer && this.#objectLiteral(initializer, depth + 1)
    }
    if (ts.isPropertyAccessExpression(expression)) {
      const entry = this.entries(expression.expression, depth + 1)?.entries.get(expression.name.text)
      const value = entry && ts.isPropertyAssignment(entry.node) ? entry.node.initializer : null
      if (value) return this.#objectLiteral(value, depth + 1)
      const initializer = this.#initializer(this.#checker.getSymbolAtLocation(expression))
      return initializer && this.#objectLiteral(initializer, depth + 1)
    }
    if (ts.isCallExpression(expression) && expression.expression.getText() === 'Object.freeze')
      return expression.arguments[0] ? this.#objectLiteral(expression.arguments[0], depth + 1) : null
    return null
  }

  /** A literal type has one value, so it tells as much as a literal. */
  #byType(node: ts.Expression): Evaluated | null {
    const type = this.#checker.getTypeAtLocation(node)
    if (type.isStringLiteral() || type.isNumberLiteral()) return known(type.value)
    return null
  }
}

const arithmetic: { [operator: number]: (a: number, b: number) => number } = {
  [ts.SyntaxKind.PlusToken]: (a, b) => a + b,
  [ts.SyntaxKind.MinusToken]: (a, b) => a - b,
  [ts.SyntaxKind.AsteriskToken]: (a, b) => a * b,
  [ts.SyntaxKind.SlashToken]: (a, b) => a / b,
  [ts.SyntaxKind.PercentToken]: (a, b) => a % b,
  [ts.SyntaxKind.AsteriskAsteriskToken]: (a, b) => a ** b,
}
