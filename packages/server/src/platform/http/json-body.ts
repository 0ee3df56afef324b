import { AppError, excessOf, limits } from '@bifrost/contract'

/**
 * Parses a JSON body. Depth is counted on the text first: parsing, checking and writing out nested values recurse, and
 * a body of brackets alone would take the stack away.
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return {}
  refuseExcess(text)
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

/** Looks at the text, before anything is made of it. */
function refuseExcess(text: string): void {
  const excess = excessOf(text, { levels: limits.jsonDepthMax, values: limits.jsonValuesMax })
  if (excess === 'values') throw tooManyValues()
  if (excess === 'levels')
    throw new AppError('json_too_deep', `The body is nested deeper than ${limits.jsonDepthMax} levels.`)
}

const tooManyValues = () =>
  new AppError(
    'body_too_large',
    `The body has more than ${limits.jsonValuesMax.toLocaleString('en-US')} values. Send it in parts, or as a file.`,
  )

function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProtoKey)
}
