import { LRUCache } from 'lru-cache'
import { RE2JS } from 're2js'

const COMPILED_MAX = 1000
const compiled = new LRUCache<string, RE2JS>({ max: COMPILED_MAX })

/**
 * Whether a text matches a pattern as a whole. The engine is RE2's: the time grows with the length of the text alone,
 * whatever the pattern; patterns that would need more (back references, looking around) do not compile.
 */
export const matches = (pattern: string, text: string): boolean => {
  let regex = compiled.get(pattern)
  if (!regex) {
    regex = RE2JS.compile(pattern)
    compiled.set(pattern, regex)
  }
  return regex.matches(text)
}

/** What is wrong with a pattern; null when nothing is. */
export function patternProblem(pattern: string): string | null {
  try {
    RE2JS.compile(pattern)
    return null
  } catch (error) {
    return `is not a valid pattern: ${(error as Error).message}`
  }
}
