import { inspect } from 'node:util'
import { fetchReason, type RunFailure } from '@bifrost/contract'
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
      message: messageOf(thrown).slice(0, 10_000),
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

/** Errors within an error that are shown. */
const INNER_MAX = 10
const DEPTH_MAX = 5

const innerOf = (error: Error): unknown[] => {
  const { errors } = error as { errors?: unknown }
  return Array.isArray(errors) ? errors.slice(0, INNER_MAX) : []
}

/** What went wrong, also where the error itself only says that something did: the reason is in its cause or its errors. */
function messageOf(error: Error): string {
  const message = String(error.message)
  if (message === 'fetch failed') return `${message}: ${fetchReason(error)}`
  const inner = innerOf(error)
  if (inner.length === 0) return message
  const reasons = inner.map((one) =>
    isError(one) ? `${one.name}: ${one.message}` : inspect(one, { depth: 2 }),
  )
  return `${message || 'Several errors'}: ${reasons.join('; ')}`
}

/** The stack with causes and inner errors, without frames of the platform, and with the author's paths. */
function authorStack(error: Error): string {
  const parts: string[] = []
  const add = (thrown: unknown, before: string, depth: number): void => {
    if (depth > DEPTH_MAX) return
    if (!isError(thrown)) {
      parts.push(`${before}${typeof thrown === 'string' ? thrown : inspect(thrown, { depth: 2 })}`)
      return
    }
    parts.push(before + cleanStack(String(thrown.stack)))
    innerOf(thrown).forEach((one, index) => {
      add(one, `Error ${index + 1}: `, depth + 1)
    })
    if (thrown.cause !== undefined && thrown.cause !== null) add(thrown.cause, 'Caused by: ', depth + 1)
  }
  add(error, '', 0)
  return parts.join('\n').slice(0, 20_000)
}

/** Text that may hold stacks, such as a logged error: without frames of the platform, and with the author's paths. */
export const cleanStack = (stack: string): string =>
  stack
    .split('\n')
    .filter((line) => !/^\s+at .*(node:internal|bifrost-runtime)/.test(line))
    .join('\n')
    .replaceAll(`file://${BUNDLE_ROOT}`, '')
    .replaceAll(BUNDLE_ROOT, '')
