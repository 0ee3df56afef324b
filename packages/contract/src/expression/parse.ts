import { limits } from '../limits.ts'
import type { Json } from '../parameters.ts'
import { functions } from './functions.ts'
import { ExpressionError, type Token, tokensOf } from './tokens.ts'

/** What an expression may refer to: the values of the form, and what its launch workflow answered. */
export type Root = 'fields' | 'context'

export type BinaryOperator =
  | 'and'
  | 'or'
  | '=='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | '+'
  | '-'
  | '*'
  | '/'
  | '%'

/** A piece of an expression. */
export type Node =
  | { kind: 'value'; value: Json }
  | { kind: 'list'; items: Node[] }
  | { kind: 'reference'; root: Root; path: (string | number)[]; at: number }
  | { kind: 'call'; name: string; arguments: Node[] }
  | { kind: 'not'; operand: Node }
  | { kind: 'minus'; operand: Node }
  | { kind: 'binary'; operator: BinaryOperator; left: Node; right: Node }

const WORDS: Readonly<Record<string, Json>> = { true: true, false: false, null: null }
const COMPARISONS = ['==', '!=', '<', '<=', '>', '>=']

/** Reads the text of an expression; throws an ExpressionError that says where it goes wrong. */
export function parse(source: string): Node {
  if (source.length > limits.expressionLengthMax)
    throw new ExpressionError(
      `is longer than ${limits.expressionLengthMax} characters`,
      limits.expressionLengthMax,
    )
  const reader = new Reader(tokensOf(source))
  const node = reader.expression()
  reader.expectEnd()
  return node
}

/** One method per level of the grammar, the loosest first. */
class Reader {
  readonly #tokens: Token[]
  #next = 0
  #depth = 0

  constructor(tokens: Token[]) {
    this.#tokens = tokens
  }

  expression(): Node {
    this.#depth += 1
    if (this.#depth > limits.expressionDepthMax)
      throw new ExpressionError(`is nested deeper than ${limits.expressionDepthMax} levels`, this.#token.at)
    const node = this.#chain([['or', '||']], () => this.#chain([['and', '&&']], () => this.#not()))
    this.#depth -= 1
    return node
  }

  expectEnd(): void {
    if (this.#token.kind !== 'end')
      throw new ExpressionError(`${nameOf(this.#token)} was not expected here`, this.#token.at)
  }

  get #token(): Token {
    return this.#tokens[this.#next] as Token
  }

  #not(): Node {
    let negations = 0
    while (this.#takes('name', 'not') || this.#takes('sign', '!')) negations += 1
    let node = this.#comparison()
    // Two of them are not nothing: they make true or false of a value.
    for (let left = Math.min(negations, negations % 2 === 0 ? 2 : 1); left > 0; left -= 1)
      node = { kind: 'not', operand: node }
    return node
  }

  #comparison(): Node {
    const left = this.#sum()
    const { kind, value, at } = this.#token
    if (kind === 'sign' && COMPARISONS.includes(value)) {
      this.#next += 1
      const node: Node = { kind: 'binary', operator: value as BinaryOperator, left, right: this.#sum() }
      if (this.#token.kind === 'sign' && COMPARISONS.includes(this.#token.value))
        throw new ExpressionError('join comparisons with "and"', this.#token.at)
      return node
    }
    if (this.#takes('name', 'in')) return { kind: 'binary', operator: 'in', left, right: this.#sum() }
    if (this.#takes('name', 'not')) {
      if (!this.#takes('name', 'in')) throw new ExpressionError('after a value only "not in" may follow', at)
      return { kind: 'not', operand: { kind: 'binary', operator: 'in', left, right: this.#sum() } }
    }
    return left
  }

  #sum(): Node {
    return this.#chain([['+'], ['-']], () => this.#chain([['*'], ['/'], ['%']], () => this.#unary()))
  }

  #unary(): Node {
    let minus = false
    while (this.#takes('sign', '-')) minus = !minus
    const operand = this.#primary()
    return minus ? { kind: 'minus', operand } : operand
  }

  #primary(): Node {
    const token = this.#token
    this.#next += 1
    if (token.kind === 'number' || token.kind === 'text') return { kind: 'value', value: token.value }
    if (token.kind === 'sign' && token.value === '(') {
      const node = this.expression()
      this.#expect(')')
      return node
    }
    if (token.kind === 'sign' && token.value === '[') return { kind: 'list', items: this.#items(']') }
    if (token.kind !== 'name') throw new ExpressionError(`${nameOf(token)} is not a value`, token.at)
    if (token.value === 'fields' || token.value === 'context') return this.#reference(token.value, token.at)
    if (Object.hasOwn(WORDS, token.value)) return { kind: 'value', value: WORDS[token.value] as Json }
    if (this.#takes('sign', '(')) return this.#call(token)
    throw new ExpressionError(
      `${nameOf(token)} is not known; a field is written fields.${token.value}`,
      token.at,
    )
  }

  #call(token: Token): Node {
    const name = String(token.value)
    const fn = Object.hasOwn(functions, name) ? functions[name] : undefined
    if (!fn)
      throw new ExpressionError(
        `there is no function ${name}; there are ${Object.keys(functions).join(', ')}`,
        token.at,
      )
    const given = this.#items(')')
    const [min, max] = fn.arguments
    if (given.length < min || given.length > max)
      throw new ExpressionError(
        `${name} takes ${min === max ? min : `${min} to ${max}`} ${max === 1 ? 'argument' : 'arguments'}`,
        token.at,
      )
    return { kind: 'call', name, arguments: given }
  }

  #reference(root: Root, at: number): Node {
    const path: (string | number)[] = []
    for (;;) {
      if (this.#takes('sign', '.')) {
        const name = this.#token
        if (name.kind !== 'name') throw new ExpressionError('a name must follow the dot', name.at)
        path.push(name.value)
        this.#next += 1
      } else if (this.#takes('sign', '[')) {
        const key = this.#token
        if (key.kind !== 'number' && key.kind !== 'text')
          throw new ExpressionError('the brackets must contain a text or a number', key.at)
        path.push(key.value)
        this.#next += 1
        this.#expect(']')
      } else break
    }
    if (path.length === 0) throw new ExpressionError(`say which one, such as ${root}.name`, at)
    return { kind: 'reference', root, path, at }
  }

  #items(close: string): Node[] {
    const items: Node[] = []
    if (this.#takes('sign', close)) return items
    do items.push(this.expression())
    while (this.#takes('sign', ','))
    this.#expect(close)
    return items
  }

  /** Operators of one level, from left to right. Each entry is the ways to write one of them. */
  #chain(operators: readonly (readonly string[])[], operand: () => Node): Node {
    let left = operand()
    for (;;) {
      const { kind, value } = this.#token
      const found =
        kind === 'sign' || kind === 'name' ? operators.find((ways) => ways.includes(value)) : undefined
      if (!found) return left
      this.#next += 1
      left = { kind: 'binary', operator: found[0] as BinaryOperator, left, right: operand() }
    }
  }

  #takes(kind: 'sign' | 'name', value: string): boolean {
    if (this.#token.kind !== kind || this.#token.value !== value) return false
    this.#next += 1
    return true
  }

  #expect(sign: string): void {
    if (!this.#takes('sign', sign)) throw new ExpressionError(`${sign} is missing`, this.#token.at)
  }
}

const nameOf = (token: Token): string =>
  token.kind === 'end' ? 'the end' : token.kind === 'text' ? JSON.stringify(token.value) : `"${token.value}"`
