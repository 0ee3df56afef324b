import { limits } from '@bifrost/contract'

/**
 * Whether brackets of a source text stand within too many others. One look at each character, with a rough idea of
 * what texts, comments and templates are: enough to keep back what would overflow a parser's stack, and not a parser.
 */
export function isTooDeep(text: string): boolean {
  let depth = 0
  /** The depths inside of the `${` of templates that are open. */
  const templates: number[] = []
  for (let at = 0; at < text.length; at++) {
    let template = -1
    switch (text[at]) {
      case '(':
      case '[':
      case '{':
        depth++
        break
      case '}':
        if (templates.at(-1) === depth) {
          templates.pop()
          template = at + 1
        }
        if (depth > 0) depth--
        break
      case ')':
      case ']':
        if (depth > 0) depth--
        break
      case "'":
      case '"':
        at = endOfText(text, at)
        break
      case '`':
        template = at + 1
        break
      case '/':
        if (text[at + 1] === '/') at = indexOrEnd(text, '\n', at)
        else if (text[at + 1] === '*') at = indexOrEnd(text, '*/', at + 2)
        break
    }
    if (template >= 0) {
      at = endOfTemplatePart(text, template)
      if (text[at] === '$') templates.push(++depth)
      // The bracket after the dollar is counted already.
      if (text[at] === '$') at++
    }
    if (depth > limits.sourceNestingMax) return true
  }
  return false
}

/** The closing quote, or the end of the line: a text does not go over it. */
function endOfText(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === quote || text[at] === '\n') return at
  }
  return text.length
}

/** The closing backtick, or the dollar of the next `${`. */
function endOfTemplatePart(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '`' || (text[at] === '$' && text[at + 1] === '{')) return at
  }
  return text.length
}

function indexOrEnd(text: string, wanted: string, from: number): number {
  const at = text.indexOf(wanted, from)
  return at === -1 ? text.length : at
}
