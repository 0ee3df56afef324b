/** Where an expression cannot be read, and why. `position` counts from 0. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
  readonly position: number

  constructor(message: string, position: number) {
    super(message)
    this.position = position
  }
}

export type Token =
  | { kind: 'number'; value: number; at: number }
  | { kind: 'text'; value: string; at: number }
  | { kind: 'name'; value: string; at: number }
  | { kind: 'sign'; value: string; at: number }
  | { kind: 'end'; value: ''; at: number }

// Sticky, each without a repeated group: the time to read a text grows with its length alone.
const SPACE = /[ \t\r\n]+/y
const NUMBER = /\d+(?:\.\d+)?/y
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const SIGN = /==|!=|<=|>=|&&|\|\||[<>!+\-*/%()[\],.]/y
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', "'": "'", '"': '"' }

/** The words and signs of an expression, in order, with a last one that says where it ends. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at
    return pattern.exec(source)?.[0] ?? null
  }
  while (at < source.length) {
    const space = take(SPACE)
    if (space !== null) {
      at += space.length
      continue
    }
    const start = at
    const quote = source[at]
    if (quote === '"' || quote === "'") {
      const { value, end } = textAt(source, at)
      tokens.push({ kind: 'text', value, at: start })
      at = end
      continue
    }
    const number = take(NUMBER)
    const name = number === null ? take(NAME) : null
    const sign = number === null && name === null ? take(SIGN) : null
    const word = number ?? name ?? sign
    if (word === null) throw new ExpressionError(unknownSign(source, at), at)
    if (number !== null) tokens.push({ kind: 'number', value: Number(number), at: start })
    else tokens.push({ kind: name !== null ? 'name' : 'sign', value: word, at: start })
    at += word.length
  }
  tokens.push({ kind: 'end', value: '', at: source.length })
  return tokens
}

function textAt(source: string, start: number): { value: string; end: number } {
  const quote = source[start]
  let value = ''
  for (let at = start + 1; at < source.length; at += 1) {
    const sign = source[at] as string
    if (sign === quote) return { value, end: at + 1 }
    if (sign !== '\\') {
      value += sign
      continue
    }
    at += 1
    const escaped = ESCAPES[source[at] ?? '']
    if (escaped === undefined) throw new ExpressionError('this escape is not known', at - 1)
    value += escaped
  }
  throw new ExpressionError('this text has no closing quote', start)
}

function unknownSign(source: string, at: number): string {
  const sign = String.fromCodePoint(source.codePointAt(at) ?? 0)
  if (sign === '=') return 'use == to compare'
  return `${JSON.stringify(sign)} is not allowed here`
}
