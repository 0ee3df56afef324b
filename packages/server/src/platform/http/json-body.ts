import { AppError, limits } from '@bifrost/contract'

/**
 * Parses a JSON body. Depth is counted on the text first: parsing, checking and writing out nested values recurse, and
 * a body of brackets alone would take the stack away.
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return {}
  refuseDeep(text)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new AppError('json_invalid', `The body is not valid JSON: ${(error as Error).message}`)
  }
  // `__proto__` as a member would become a prototype in the hands of careless code; no API field has that name.
  // Any of its letters may be written as an escape.
  if ((text.includes('__proto__') || text.includes('\\u')) && hasProtoKey(value))
    throw new AppError('json_invalid', 'The body has a member named __proto__, which is not allowed.')
  return value
}

function refuseDeep(text: string): void {
  if (text.length < limits.jsonDepthMax) return
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (inString) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) inString = false
    } else if (code === QUOTE) inString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > limits.jsonDepthMax)
        throw new AppError('json_too_deep', `The body is nested deeper than ${limits.jsonDepthMax} levels.`)
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
}

const QUOTE = 34
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoKey)
}
