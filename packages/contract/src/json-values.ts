/**
 * How many values a JSON text has: members of lists and objects. It is a look at the text alone, which costs a fraction
 * of parsing; what parsing costs grows with this number more than with the length.
 */
export function countValues(text: string): number {
  let values = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) index = endOfText(text, index)
    else if (code === COMMA || code === OPEN_BRACE || code === OPEN_BRACKET) values++
  }
  return values
}

/**
 * Which of two bounds a JSON text goes beyond, by a look at the text alone: how deep it is nested, or how many values it
 * has (see `countValues`). Null: neither. Parsing it, checking it and writing it out recurse, and would take the stack
 * away. A text within it is left out in one stride: only what costs more than its length is looked at letter by letter.
 * @example excessOf('[[1]]', { levels: 1, values: 10 }) // 'levels'
 */
export function excessOf(text: string, max: { levels: number; values: number }): 'levels' | 'values' | null {
  if (text.length <= Math.min(max.levels, max.values)) return null
  let depth = 0
  let values = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) index = endOfText(text, index)
    else if (code === COMMA) values++
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++values > max.values) return 'values'
      if (++depth > max.levels) return 'levels'
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return values > max.values ? 'values' : null
}

/** Whether a JSON text is nested deeper than so many levels, by a look at the text alone. */
export const isTextDeeper = (text: string, levels: number): boolean =>
  excessOf(text, { levels, values: Number.POSITIVE_INFINITY }) === 'levels'

/** Whether a JSON value is nested deeper than so many levels. It looks no further down than that. */
export function isValueDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (levels === 0) return true
  for (const member of Object.values(value)) if (isValueDeeper(member, levels - 1)) return true
  return false
}

/** Where the text that begins at this quote ends. */
export function endOfText(text: string, begin: number): number {
  for (let end = text.indexOf('"', begin + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === BACKSLASH) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}

const QUOTE = 34
const COMMA = 44
const OPEN_BRACKET = 91
const BACKSLASH = 92
const CLOSE_BRACKET = 93
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
