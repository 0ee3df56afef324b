import type { Token } from './tokens.ts'

/**
 * The text as the parser can read it. Its grammar lacks some of Python that says nothing about workflows, and where it is
 * lost it takes the lines that follow for something else. Each such place is written over with as many other characters,
 * so that every place in the tree is the same in the author's text.
 */
export function maskForParser(text: string, tokens: readonly Token[]): string {
  const masks: Mask[] = []
  for (let first = 0; first < tokens.length; ) {
    let end = first
    while (end < tokens.length && tokens[end]?.kind !== 'newline') end++
    maskLine(text, tokens.slice(first, end), masks)
    first = end + 1
  }
  if (text.charCodeAt(0) === 0xfeff) masks.push({ start: 0, end: 1, by: '' })
  return masks.length === 0 ? text : written(text, masks)
}

/** `by` is filled up with spaces. */
interface Mask {
  start: number
  end: number
  by: string
}

function written(text: string, masks: Mask[]): string {
  masks.sort((a, b) => a.start - b.start)
  const parts: string[] = []
  let at = 0
  for (const { start, end, by } of masks) {
    if (start < at) continue
    parts.push(text.slice(at, start), by.padEnd(end - start))
    at = end
  }
  parts.push(text.slice(at))
  return parts.join('')
}

/** One logical line. */
function maskLine(text: string, line: readonly Token[], masks: Mask[]): void {
  const word = (index: number) => text.slice(line[index]?.start ?? 0, line[index]?.end ?? 0)
  const take = (from: Token | undefined, to: Token | undefined, by = '') => {
    if (from && to) masks.push({ start: from.start, end: to.end, by })
  }
  const first = word(0)
  const keyword = first === 'async' ? 1 : 0
  if (first === '@' && !isPlainDecorator(text, line)) {
    take(line[1], line.at(-1), 'x')
    return
  }
  if (isCase(text, line)) {
    const colon = colonOf(text, line, 1)
    take(line[1], line[colon - 1], '_')
    maskLine(text, line.slice(colon + 1), masks)
    return
  }
  if (first === 'match' && isSubject(text, line)) {
    take(line[1], line.at(-2), 'x')
    return
  }
  if (first === 'type' && line[1]?.kind === 'name' && (word(2) === '=' || word(2) === '[')) {
    // An alias says no more than its value; its name is bound as by any assignment.
    const equals = line.findIndex((token, index) => index > 1 && token.depth === 0 && word(index) === '=')
    if (word(2) === '[' && equals > 0) take(line[2], line[equals - 1])
    // Two statements: the word, and an assignment.
    masks.push({ start: line[0]?.end ?? 0, end: line[1]?.start ?? 0, by: ';' })
  }
  if (word(keyword) === 'with') maskWith(text, line, keyword, masks)
  if (word(keyword) === 'def' || word(0) === 'class') maskTypeParameters(text, line, keyword + 2, masks)
  /** Depths of comprehensions between `for` and `in`. */
  const targets: number[] = []
  for (let index = 0; index < line.length; index++) {
    const token = line[index] as Token
    const here = word(index)
    const before = index > 0 ? word(index - 1) : ''
    const next = line[index + 1]
    const after = next ? word(index + 1) : ''
    switch (token.kind) {
      case 'number':
        // As an integer of ten times as much; a zero would be one of Python 2.
        if (here === '0.') take(token, token, '.0')
        else if (here.endsWith('.')) masks.push({ start: token.end - 1, end: token.end, by: '0' })
        break
      case 'string':
        if (/^[tT]|^[rR][tT]/.test(here)) {
          const at = token.start + here.search(/[tT]/)
          masks.push({ start: at, end: at + 1, by: 'f' })
        }
        break
      case 'name':
        if (here === 'yield' && (!next || /^[)\]},;:=]$/.test(after))) take(token, token, 'None')
        if (here === 'for' && token.depth > 0) targets.push(token.depth)
        if (here === 'in' && targets.at(-1) === token.depth) targets.pop()
        if (here === 'lambda') maskLambda(text, line, index, masks)
        if (here === 'in' && after === '*') take(next, next)
        break
      case 'op':
        if (here === '*' && (before === ':' || (targets.length > 0 && targets.at(-1) === token.depth)))
          take(token, token)
        if (here === '*' && /^[[,]$/.test(before) && isInSubscript(text, line, index)) take(token, token)
    }
  }
}

/** `@name.name` and `@name.name(…)`; since Python 3.9 it may be any expression. */
function isPlainDecorator(text: string, line: readonly Token[]): boolean {
  let index = 1
  const word = (at: number) => text.slice(line[at]?.start ?? 0, line[at]?.end ?? 0)
  if (line[index]?.kind !== 'name') return false
  while (word(index + 1) === '.' && line[index + 2]?.kind === 'name') index += 2
  if (index === line.length - 1) return true
  return word(index + 1) === '(' && closingOf(text, line, index + 1) === line.length - 1
}

/** The bracket that closes the one at `open`. */
function closingOf(text: string, line: readonly Token[], open: number): number {
  let depth = 0
  for (let index = open; index < line.length; index++) {
    const char = text[line[index]?.start ?? 0]
    if (line[index]?.kind !== 'op') continue
    if (char === '(' || char === '[' || char === '{') depth++
    else if ((char === ')' || char === ']' || char === '}') && --depth === 0) return index
  }
  return -1
}

/** The colon that ends the head of a statement. */
function colonOf(text: string, line: readonly Token[], from: number): number {
  let lambdas = 0
  const base = line[0]?.depth ?? 0
  for (let index = from; index < line.length; index++) {
    const token = line[index] as Token
    if (token.depth !== base) continue
    const word = text.slice(token.start, token.end)
    if (word === 'lambda') lambdas++
    else if (word === ':' && lambdas-- === 0) return index
  }
  return -1
}

/** `case` is a name unless a pattern follows, and a colon. */
function isCase(text: string, line: readonly Token[]): boolean {
  if (line.length < 3 || text.slice(line[0]?.start, line[0]?.end) !== 'case') return false
  return startsExpression(text, line[1]) && colonOf(text, line, 1) > 1
}

function isSubject(text: string, line: readonly Token[]): boolean {
  return line.length > 2 && startsExpression(text, line[1]) && colonOf(text, line, 1) === line.length - 1
}

function startsExpression(text: string, token: Token | undefined): boolean {
  if (!token) return false
  if (token.kind !== 'op') return true
  return /^[([{*~-]$/.test(text.slice(token.start, token.end))
}

/** Brackets around all that a `with` opens, and targets that are no plain names. */
function maskWith(text: string, line: readonly Token[], keyword: number, masks: Mask[]): void {
  const word = (at: number) => text.slice(line[at]?.start ?? 0, line[at]?.end ?? 0)
  const open = line[keyword + 1]
  const close = word(keyword + 1) === '(' ? closingOf(text, line, keyword + 1) : -1
  const isBracketed = close > 0 && word(close + 1) === ':'
  const depth = (line[0]?.depth ?? 0) + (isBracketed ? 1 : 0)
  if (isBracketed && open) {
    masks.push({ start: open.start, end: open.end, by: '' })
    // Without its brackets the statement has to be on one line.
    for (let index = keyword + 2; index <= close + 1; index++) {
      const gap = { start: line[index - 1]?.end ?? 0, end: line[index]?.start ?? 0 }
      if (/[\r\n]/.test(text.slice(gap.start, gap.end))) masks.push({ ...gap, by: '' })
    }
    masks.push({ start: line[close]?.start ?? 0, end: line[close]?.end ?? 0, by: '' })
    if (word(close - 1) === ',')
      masks.push({ start: line[close - 1]?.start ?? 0, end: line[close - 1]?.end ?? 0, by: '' })
  }
  const end = isBracketed ? close : colonOf(text, line, keyword)
  for (let index = keyword + 1; index < end; index++) {
    if (word(index) !== 'as' || line[index]?.depth !== depth) continue
    let last = index + 1
    while (last + 1 < end && !(line[last + 1]?.depth === depth && word(last + 1) === ',')) last++
    if (last > index + 1)
      masks.push({ start: line[index + 1]?.start ?? 0, end: line[last]?.end ?? 0, by: 'x' })
    index = last
  }
}

/** `def name[…]` and `class Name[…]`: bounds and defaults are of no use here. */
function maskTypeParameters(text: string, line: readonly Token[], open: number, masks: Mask[]): void {
  if (text[line[open]?.start ?? 0] !== '[') return
  const close = closingOf(text, line, open)
  if (close > 0) masks.push({ start: line[open]?.start ?? 0, end: line[close]?.end ?? 0, by: '' })
}

/** A slash among the parameters of a lambda, and a comma after them. */
function maskLambda(text: string, line: readonly Token[], index: number, masks: Mask[]): void {
  const depth = line[index]?.depth
  for (let at = index + 1; at < line.length; at++) {
    const token = line[at] as Token
    if (token.depth !== depth) continue
    const char = text.slice(token.start, token.end)
    const before = line[at - 1] as Token
    const isAfterComma = text[before.start] === ','
    if (char === ':' && isAfterComma) masks.push({ start: before.start, end: before.end, by: '' })
    if (char === ':' || char === 'lambda') return
    if (char === '/' && isAfterComma) masks.push({ start: before.start, end: token.end, by: '' })
  }
}

/** The bracket around a token is one of `value[…]`. */
function isInSubscript(text: string, line: readonly Token[], index: number): boolean {
  const depth = line[index]?.depth ?? 0
  for (let at = index - 1; at >= 0; at--) {
    const token = line[at] as Token
    // What stands before the bracket around it.
    if (token.depth < depth) return false
    if (token.depth !== depth || token.kind !== 'op' || text[token.start] !== '[') continue
    const before = line[at - 1]
    if (!before) return false
    return before.kind === 'name'
      ? !/^(in|return|yield|and|or|not|if|else|is|print|await|lambda)$/.test(
          text.slice(before.start, before.end),
        )
      : before.kind === 'string' || /^[)\]]$/.test(text.slice(before.start, before.end))
  }
  return false
}
