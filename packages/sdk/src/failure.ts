import { inspect } from 'node:util'
import type { RunFailure } from '@bifrost/contract'
import { NotJsonError } from './json.ts'

/** Where bundles pretend to lie; stack traces are shown without it. */
export const BUNDLE_ROOT = '/bifrost/'

/** Anything that was thrown, as data: also `throw null` and `throw "text"`. Never throws itself. */
export function failureOf(thrown: unknown, kind: RunFailure['kind'] = 'error'): RunFailure {
  try {
    if (!isError(thrown)) {
      const message =
        typeof thrown === 'string' ? thrown : `The workflow threw ${inspect(thrown, { depth: 2 })}`
      return {
        kind,
        type: 'Error',
        message: message.slice(0, 10_000),
        stack: '',
        forUser: false,
        retry: true,
      }
    }
    const type = typeof thrown.name === 'string' && thrown.name ? thrown.name : 'Error'
    const forUser = type === 'UserError'
    return {
      kind: thrown instanceof NotJsonError ? 'result_invalid' : kind,
      type,
      message: String(thrown.message).slice(0, 10_000),
      stack: authorStack(thrown),
      forUser,
      retry: !forUser && type !== 'FatalError' && type !== 'EgressError' && !(thrown instanceof NotJsonError),
    }
  } catch {
    return {
      kind,
      type: 'Error',
      message: 'The error itself could not be read.',
      stack: '',
      forUser: false,
      retry: true,
    }
  }
}

// An error of another realm is no instanceof Error, and yet one.
const isError = (value: unknown): value is Error =>
  value instanceof Error ||
  (typeof value === 'object' && value !== null && 'message' in value && 'stack' in value)

/** The stack with causes, without frames of the platform, and with the author's paths. */
function authorStack(error: Error): string {
  const parts: string[] = []
  let current: unknown = error
  for (let depth = 0; isError(current) && depth < 5; depth++) {
    parts.push((depth > 0 ? 'Caused by: ' : '') + cleanStack(String(current.stack)))
    current = current.cause
  }
  return parts.join('\n').slice(0, 20_000)
}

const cleanStack = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => !/^\s+at .*(node:internal|bifrost-runtime)/.test(line))
    .join('\n')
    .replaceAll(`file://${BUNDLE_ROOT}`, '')
    .replaceAll(BUNDLE_ROOT, '')
