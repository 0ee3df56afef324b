import type { z } from 'zod'

type Issue = z.core.$ZodIssue

const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'must be an ID (a UUID)',
  email: 'must be an email address',
  datetime: 'must be a time such as 2026-01-31T12:00:00Z',
  date: 'must be a date such as 2026-01-31',
  url: 'must be an address such as https://example.com',
  base64: 'must be base64',
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
  date: 'a date',
}

/** Where something is wrong with a value, and what, in our words: the library's texts are about its own types. */
export function problemOf(issue: Issue): { path: string; message: string } {
  // Of several shapes, the one that the value came closest to says most.
  if (issue.code === 'invalid_union') {
    const [closest] = issue.errors.flat().toSorted((one, other) => other.path.length - one.path.length)
    if (closest && closest.path.length > 0) {
      const inner = problemOf(closest)
      return { path: [...issue.path.map(String), inner.path].join('.'), message: inner.message }
    }
    return { path: issue.path.join('.'), message: unionMessage(issue.errors.flat()) }
  }
  if (issue.code === 'unrecognized_keys' && issue.keys.length > 0)
    return { path: [...issue.path, issue.keys[0]].join('.'), message: 'is unknown' }
  return { path: issue.path.join('.'), message: messageOf(issue) }
}

function messageOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined && /undefined$/.test(issue.message)) return 'is required'
      return `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`
    case 'too_small':
      return sizeMessage(issue.origin, issue.minimum, 'at least', issue.inclusive === false)
    case 'too_big':
      return sizeMessage(issue.origin, issue.maximum, 'at most', issue.inclusive === false)
    case 'invalid_format':
      return FORMATS[issue.format] ?? ownMessage(issue) ?? 'does not have the expected format'
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    default:
      return ownMessage(issue) ?? 'is not valid'
  }
}

function sizeMessage(origin: string, limit: number | bigint, word: string, isStrict: boolean): string {
  if (word === 'at least' && Number(limit) === 1 && ['string', 'array'].includes(origin))
    return 'must not be empty'
  if (origin === 'string') return `must have ${word} ${limit} characters`
  if (['array', 'set', 'map', 'object', 'record'].includes(origin))
    return `must have ${word} ${limit} entries`
  if (isStrict) return `must be ${word === 'at least' ? 'more' : 'less'} than ${limit}`
  return `must be ${word} ${limit}`
}

function unionMessage(issues: readonly Issue[]): string {
  const types = issues.flatMap((issue) =>
    issue.code === 'invalid_type' ? [TYPES[issue.expected] ?? issue.expected] : [],
  )
  const distinct = [...new Set(types)]
  if (distinct.length > 0 && types.length === issues.length) return `must be ${distinct.join(' or ')}`
  return issues.map(messageOf).find((message) => message !== 'is not valid') ?? 'is not valid'
}

/** The message that one of our schemas gave; the library's own texts begin in one of these ways. */
const ownMessage = ({ message }: Issue): string | null =>
  /^(Invalid|Too (big|small)|Unrecognized)\b/.test(message) ? null : message
