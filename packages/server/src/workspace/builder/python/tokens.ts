/** What a token is; brackets, operators and punctuation are `op`. */
export type TokenKind = 'name' | 'number' | 'string' | 'op' | 'newline'

/** A token of Python; `start` and `end` are places in the text. */
export interface Token {
  kind: TokenKind
  start: number
  end: number
  /** Brackets that it stands in. */
  depth: number
}

/** What is wrong with a text, and where. */
export interface TextProblem {
  message: string
  at: number
}

export interface Tokens {
  tokens: Token[]
  /** What is wrong however the text is read: a string without its end, an indentation that fits nowhere. */
  problem: TextProblem | null
  /** The most brackets and blocks that any place stands in. */
  depth: number
}

/** Replacement fields within replacement fields of f-strings. */
const FIELDS_MAX = 50
/** A string within a field that has the quotes of the one around it is not longer. */
const FIELD_STRING_MAX = 500
const STEPS_PER_CHARACTER = 20
const TAB = 8

const NAME = /[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*/uy
const NUMBER = /(?:0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)[jJ]?/y
const PREFIX = /^(?:[rR][bBfFtT]?|[bBfFtT][rR]?|[uU])$/
const OPERATOR = /->|:=|\*\*=?|\/\/=?|<<=?|>>=?|\.\.\.|[-+*/%@&|^=!<>]=|<>|[^\s]/uy

/**
 * Splits Python into tokens, without comments and blank lines. It is what all else goes by that must be fast or exact:
 * imports, indentation, and which parts the parser would misread.
 */
export function tokenize(text: string): Tokens {
  const tokens: Token[] = []
  const indents = [{ columns: 0, spaces: 0 }]
  const open: { at: number; closes: string }[] = []
  const search: Search = { text, stepsLeft: STEPS_PER_CHARACTER * text.length, known: new Map() }
  let problem: TextProblem | null = null
  let depth = 0
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  let isLineStart = true
  const fail = (message: string, where: number) => {
    problem ??= { message, at: where }
  }
  const push = (kind: TokenKind, start: number, end: number) => {
    tokens.push({ kind, start, end, depth: open.length })
  }
  const lastOfLine = () => {
    const last = tokens.at(-1)
    return last && last.kind !== 'newline' ? last : null
  }

  while (at < text.length) {
    if (isLineStart) {
      const line = indentOf(text, at)
      at = line.end
      if (line.isBlank) {
        at = endOfLine(text, at)
        continue
      }
      isLineStart = false
      const message = indent(indents, line, opensBlock(text, tokens))
      if (message) fail(message, at)
      depth = Math.max(depth, indents.length - 1)
    }
    const char = text[at] as string
    if (char === '\n' || char === '\r') {
      if (open.length === 0) {
        push('newline', at, at)
        isLineStart = true
      }
      at += char === '\r' && text[at + 1] === '\n' ? 2 : 1
      continue
    }
    if (char === ' ' || char === '\t' || char === '\f') at++
    else if (char === '#') at = indexOrEnd(text, at)
    else if (char === '\\' && /[\r\n]/.test(text[at + 1] ?? '')) at += text.startsWith('\r\n', at + 1) ? 3 : 2
    else if (char === '"' || char === "'") {
      const end = endOfString(search, at, '')
      if (end === null) {
        fail('a string is not closed', at)
        at = isTriple(text, at) ? text.length : indexOrEnd(text, at)
      } else {
        push('string', at, end)
        at = end
      }
    } else if (isDigit(char) || (char === '.' && isDigit(text[at + 1] ?? ''))) {
      NUMBER.lastIndex = at
      const end = at + (NUMBER.exec(text)?.[0].length || 1)
      push('number', at, end)
      at = end
    } else {
      NAME.lastIndex = at
      const name = NAME.exec(text)?.[0]
      if (name) {
        const quote = text[at + name.length]
        const end =
          (quote === '"' || quote === "'") && PREFIX.test(name)
            ? endOfString(search, at + name.length, name)
            : undefined
        if (end === null) fail('a string is not closed', at)
        push(end === undefined ? 'name' : 'string', at, end ?? at + name.length)
        at =
          end ??
          (end === null
            ? isTriple(text, at + name.length)
              ? text.length
              : indexOrEnd(text, at)
            : at + name.length)
        continue
      }
      OPERATOR.lastIndex = at
      const operator = OPERATOR.exec(text)?.[0] ?? char
      if (operator in CLOSING) open.push({ at, closes: CLOSING[operator] as string })
      depth = Math.max(depth, open.length + indents.length - 1)
      if (operator === ')' || operator === ']' || operator === '}') {
        const opened = open.pop()
        if (!opened) fail(`"${operator}" closes nothing`, at)
        else if (opened.closes !== operator)
          fail(`"${operator}" does not close the "${text[opened.at]}" of line ${lineAt(text, opened.at)}`, at)
      }
      push('op', at, at + operator.length)
      at += operator.length
    }
  }
  const first = open[0]
  if (first) fail(`"${text[first.at]}" is never closed`, first.at)
  if (lastOfLine()) push('newline', text.length, text.length)
  return { tokens, problem, depth }
}

const CLOSING: Record<string, string> = { '(': ')', '[': ']', '{': '}' }

interface Indent {
  /** With tabs that lead to the next multiple of 8, and with tabs that count as one. */
  columns: number
  spaces: number
}

function indentOf(text: string, start: number): Indent & { end: number; isBlank: boolean } {
  let [columns, spaces, at] = [0, 0, start]
  for (; at < text.length; at++) {
    const char = text[at]
    if (char === ' ') columns++
    else if (char === '\t') columns = (Math.floor(columns / TAB) + 1) * TAB
    else if (char === '\f') {
      columns = 0
      spaces = -1
    } else break
    spaces++
  }
  const isBlank = at >= text.length || /[\r\n#]/.test(text[at] ?? '')
  return { columns, spaces, end: at, isBlank }
}

/** Takes the indentation of a line; or what is wrong with it. */
function indent(stack: Indent[], { columns, spaces }: Indent, mayDeepen: boolean): string | null {
  const top = stack.at(-1) as Indent
  if (columns === top.columns)
    return spaces === top.spaces ? null : 'tabs and spaces are mixed in the indentation'
  if (columns > top.columns) {
    if (spaces <= top.spaces) return 'tabs and spaces are mixed in the indentation'
    stack.push({ columns, spaces })
    return mayDeepen ? null : 'the line is indented, and nothing above it opens a block'
  }
  while (stack.length > 1 && (stack.at(-1) as Indent).columns > columns) stack.pop()
  const now = stack.at(-1) as Indent
  if (now.columns !== columns) return 'the indentation fits no line above'
  return now.spaces === spaces ? null : 'tabs and spaces are mixed in the indentation'
}

/** The line before ends with a colon. */
function opensBlock(text: string, tokens: readonly Token[]): boolean {
  const last = tokens.at(-2)
  return tokens.at(-1)?.kind === 'newline' && last?.kind === 'op' && text[last.start] === ':'
}

const isDigit = (char: string): boolean => char >= '0' && char <= '9'
const isTriple = (text: string, quote: number): boolean =>
  text[quote + 1] === text[quote] && text[quote + 2] === text[quote]

/** What looking for the ends of strings has taken, so that no text takes more than its length allows. */
interface Search {
  text: string
  stepsLeft: number
  /** By the place of the quote, the ends of strings within fields. */
  known: Map<number, number | null>
}

/** Behind a string whose quote stands at `quote`; null: it has no end. */
function endOfString(search: Search, quote: number, prefix: string, fields = 0): number | null {
  const { text } = search
  const mark = text[quote] as string
  const closing = isTriple(text, quote) ? mark.repeat(3) : mark
  const hasFields = /[fFtT]/.test(prefix)
  for (let at = quote + closing.length; at < text.length; at++) {
    const char = text[at]
    if (fields > 0 && --search.stepsLeft < 0) return null
    if (char === '\\') {
      if (text[at + 1] === '\r' && text[at + 2] === '\n') at++
      at++
    } else if (char === mark && text.startsWith(closing, at)) return at + closing.length
    else if (closing.length === 1 && (char === '\n' || char === '\r')) return null
    else if (hasFields && char === '{') {
      if (text[at + 1] === '{') at++
      else if (fields >= FIELDS_MAX) return null
      else at = endOfField(search, at + 1, closing, fields + 1)
    }
  }
  return null
}

/** The closing brace of a replacement field; or the last place before the string's own end. */
function endOfField(search: Search, start: number, closing: string, fields: number): number {
  const { text } = search
  let depth = 0
  let isSpec = false
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string
    if (--search.stepsLeft < 0) return text.length
    if (text.startsWith(closing, at) && (isSpec || !hasStringEnd(text, at))) return at - 1
    if (closing.length === 1 && char === '\n' && isSpec) return at - 1
    if (isSpec && char === '{') {
      if (fields >= FIELDS_MAX) return text.length
      at = endOfField(search, at + 1, closing, fields + 1)
    } else if (char === '}' && depth === 0) return at
    else if (isSpec) continue
    else if (char === '"' || char === "'") {
      const end = endOfInner(search, at, start, fields)
      if (end === null) return at - 1
      at = end - 1
    } else if (char === '(' || char === '[' || char === '{') depth++
    else if (char === ')' || char === ']' || char === '}') depth--
    else if (char === ':' && depth === 0) isSpec = true
  }
  return text.length
}

/** Behind a string within a field. */
function endOfInner(search: Search, quote: number, start: number, fields: number): number | null {
  const known = search.known.get(quote)
  if (known !== undefined) return known
  const prefix = /[A-Za-z]{0,2}$/.exec(search.text.slice(Math.max(start, quote - 2), quote))?.[0] ?? ''
  const end = fields >= FIELDS_MAX ? null : endOfString(search, quote, prefix, fields)
  search.known.set(quote, end)
  return end
}

/** Whether a string could begin here and end on the same line: since Python 3.12 a field may have the string's own quotes. */
function hasStringEnd(text: string, quote: number): boolean {
  const mark = text[quote]
  const end = Math.min(text.length, quote + FIELD_STRING_MAX)
  for (let at = quote + 1; at < end && text[at] !== '\n'; at++) if (text[at] === mark) return true
  return false
}

function indexOrEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) if (text[at] === '\n' || text[at] === '\r') return at
  return text.length
}

function endOfLine(text: string, from: number): number {
  const end = indexOrEnd(text, from)
  return text.startsWith('\r\n', end) ? end + 2 : Math.min(end + 1, text.length)
}

/** The line of a place in a text, from 1. */
export function lineAt(text: string, at: number): number {
  let line = 1
  for (let next = text.indexOf('\n'); next !== -1 && next < at; next = text.indexOf('\n', next + 1)) line++
  return line
}

export const columnAt = (text: string, at: number): number => at - text.lastIndexOf('\n', at - 1)
