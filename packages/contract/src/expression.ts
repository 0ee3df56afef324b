import { functions, isEmpty } from './expression/functions.ts'
import { type BinaryOperator, type Node, parse, type Root } from './expression/parse.ts'
import { ExpressionError } from './expression/tokens.ts'
import { limits } from './limits.ts'
import type { Json } from './parameters.ts'

/** An expression that was read. It is data: nothing of it is JavaScript. */
export interface Expression {
  readonly source: string
  readonly root: Node
}

/** What an expression sees. */
export type ExpressionValues = Readonly<Record<Root, Readonly<Record<string, Json>>>>

/** An expression, or where its text goes wrong and why. */
export type ParsedExpression =
  | { ok: true; expression: Expression }
  | { ok: false; message: string; position: number }

/**
 * Reads the text of an expression.
 * @example parseExpression("fields.country in ['DE', 'AT'] and not isEmpty(fields.vat)")
 */
export function parseExpression(source: string): ParsedExpression {
  try {
    return { ok: true, expression: { source, root: parse(source) } }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return { ok: false, message: error.message, position: error.position }
  }
}

/**
 * What an expression says of these values. It always gives a value: what is not there is null, and arithmetic with
 * what is no number is null. Throws an Error when it takes more steps than `limits.expressionStepsMax`.
 * @example evaluateExpression(expression, { fields: { seats: 3 }, context: {} })
 */
export function evaluateExpression({ root }: Expression, values: ExpressionValues): Json {
  return new Evaluation(values).value(root)
}

/**
 * Whether a value counts as yes: everything but null, false, 0, the empty text and what has nothing in it.
 * @example isTrue([]) // false
 */
export const isTrue = (value: Json): boolean => !isEmpty(value) && value !== false && value !== 0

/**
 * The fields that an expression reads, by name.
 * @example expressionFields(expression) // ['country', 'vat']
 */
export function expressionFields({ root }: Expression): string[] {
  const names = new Set<string>()
  const visit = (node: Node): void => {
    if (node.kind === 'reference' && node.root === 'fields') names.add(String(node.path[0]))
    for (const child of childrenOf(node)) visit(child)
  }
  visit(root)
  return [...names]
}

function childrenOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'list':
      return node.items
    case 'call':
      return node.arguments
    case 'not':
    case 'minus':
      return [node.operand]
    case 'binary':
      return [node.left, node.right]
    default:
      return []
  }
}

class Evaluation {
  readonly #values: ExpressionValues
  #steps = 0

  constructor(values: ExpressionValues) {
    this.#values = values
  }

  value(node: Node): Json {
    this.#step(1)
    switch (node.kind) {
      case 'value':
        return node.value
      case 'list':
        return node.items.map((item) => this.value(item))
      case 'reference':
        return this.#reference(node.root, node.path)
      case 'not':
        return !isTrue(this.value(node.operand))
      case 'minus':
        return numeric(this.value(node.operand), 0, (value) => -value)
      case 'call':
        return this.#call(node.name, node.arguments)
      case 'binary':
        return this.#binary(node.operator, node.left, node.right)
    }
  }

  /** Own members of plain values only, step by step; there is no way to a prototype. */
  #reference(root: Root, path: readonly (string | number)[]): Json {
    let current: Json | undefined = this.#values[root] as Record<string, Json>
    for (const key of path) {
      if (typeof current !== 'object' || current === null) return null
      if (Array.isArray(current)) current = typeof key === 'number' ? current[key] : undefined
      else current = Object.hasOwn(current, key) ? current[key] : undefined
    }
    return current ?? null
  }

  #call(name: string, nodes: readonly Node[]): Json {
    const given = nodes.map((node) => this.value(node))
    for (const value of given) this.#step(sizeOf(value))
    return this.#bounded(functions[name]?.call(given) ?? null)
  }

  #binary(operator: BinaryOperator, leftNode: Node, rightNode: Node): Json {
    const left = this.value(leftNode)
    if (operator === 'and') return isTrue(left) ? this.value(rightNode) : left
    if (operator === 'or') return isTrue(left) ? left : this.value(rightNode)
    const right = this.value(rightNode)
    switch (operator) {
      case '==':
        return this.#same(left, right)
      case '!=':
        return !this.#same(left, right)
      case 'in':
        if (Array.isArray(right)) return right.some((item) => this.#same(left, item))
        return typeof right === 'string' && typeof left === 'string' && right.includes(left)
      case '<':
        return ordered(left, right, (order) => order < 0)
      case '<=':
        return ordered(left, right, (order) => order <= 0)
      case '>':
        return ordered(left, right, (order) => order > 0)
      case '>=':
        return ordered(left, right, (order) => order >= 0)
      case '+':
        if (typeof left === 'string' || typeof right === 'string')
          return this.#bounded(`${plain(left)}${plain(right)}`)
        return numeric(left, right, (a, b) => a + b)
      case '-':
        return numeric(left, right, (a, b) => a - b)
      case '*':
        return numeric(left, right, (a, b) => a * b)
      case '/':
        return numeric(left, right, (a, b) => a / b)
      case '%':
        return numeric(left, right, (a, b) => a % b)
    }
  }

  #same(left: Json, right: Json): boolean {
    this.#step(1)
    if (left === right) return true
    if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
    if (Array.isArray(left) !== Array.isArray(right)) return false
    const keys = Object.keys(left)
    if (keys.length !== Object.keys(right).length) return false
    return keys.every(
      (key) =>
        Object.hasOwn(right, key) &&
        this.#same((left as Record<string, Json>)[key] as Json, (right as Record<string, Json>)[key] as Json),
    )
  }

  #bounded(value: Json): Json {
    if (typeof value !== 'string' || value.length <= limits.expressionTextLengthMax) return value
    throw new Error(`The expression makes a text longer than ${limits.expressionTextLengthMax} characters.`)
  }

  #step(count: number): void {
    this.#steps += count
    if (this.#steps > limits.expressionStepsMax)
      throw new Error(`The expression takes more than ${limits.expressionStepsMax} steps.`)
  }
}

/** How much work a function may have with a value. */
const sizeOf = (value: Json): number =>
  typeof value === 'string'
    ? Math.ceil(value.length / 100)
    : typeof value === 'object' && value !== null
      ? Object.keys(value).length
      : 1

const plain = (value: Json): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)

function numeric(left: Json, right: Json, of: (left: number, right: number) => number): Json {
  if (typeof left !== 'number' || typeof right !== 'number') return null
  const result = of(left, right)
  // JSON has no -0.
  return Number.isFinite(result) ? result + 0 : null
}

/** Numbers with numbers, texts with texts (dates in ISO form sort as text); anything else is no order. */
function ordered(left: Json, right: Json, fits: (order: number) => boolean): boolean {
  if (typeof left === 'number' && typeof right === 'number') return fits(left - right)
  if (typeof left === 'string' && typeof right === 'string')
    return fits(left < right ? -1 : left > right ? 1 : 0)
  return false
}
