import { ApiError, FieldError } from '@bifrost/contract'
import { z } from 'zod'

/** An error as pages show it. */
export interface Explained {
  title: string
  message: string
  /** Names the request in the server's log. */
  requestId: string | null
  /** Trying again may help. */
  retryable: boolean
}

const titles: Record<string, string> = {
  forbidden: 'You don’t have access',
  not_found: 'Not found',
  conflict: 'Changed in the meantime',
  workflow_broken: 'The workflow can’t run',
  validation_failed: 'Invalid input',
  body_too_large: 'Too large',
  workflow_dropped: 'This would remove a workflow',
  quota_exceeded: 'Quota exceeded',
  rate_limited: 'Too many requests',
  unavailable: 'The server is busy',
  execution_finished: 'The run has already ended',
  sign_in_failed: 'Sign-in failed',
  unauthenticated: 'Your session has ended',
}

/** A file of the app itself did not arrive. Only loading the page again helps. */
export class PageLoadError extends Error {
  override readonly name = 'PageLoadError'
  constructor(cause: unknown) {
    super('Couldn’t load this part of the app.', { cause })
  }
}

/** The person may not act for the organization in the address. */
export class ActingRefused extends Error {
  override readonly name = 'ActingRefused'
}

/**
 * The one translator of errors into text.
 * @example explain(error).message
 */
export function explain(error: unknown): Explained {
  if (error instanceof ApiError) {
    return {
      title: titles[error.code] ?? 'Something went wrong',
      message: error.message,
      requestId: error.requestId,
      retryable: error.status >= 500 || error.status === 429 || error.status === 401,
    }
  }
  if (error instanceof PageLoadError)
    return {
      title: 'Couldn’t reach the server',
      message: 'Couldn’t load this page. The server may be unreachable, or was just updated.',
      requestId: null,
      retryable: true,
    }
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message))
    return {
      title: 'Couldn’t reach the server',
      message: 'Check that it is running and that you are online, then try again.',
      requestId: null,
      retryable: true,
    }
  return {
    title: 'Something went wrong',
    message: error instanceof Error ? error.message : String(error),
    requestId: null,
    retryable: true,
  }
}

/** What a form refuses by itself, in the way in which the API refuses it. */
export class FieldProblems extends Error {
  override readonly name = 'FieldProblems'
  readonly fields: FieldError[]
  constructor(fields: FieldError[]) {
    super(fields.map(({ field, message }) => `${field} ${message}`).join('; '))
    this.fields = fields
  }
}

const FieldErrors = z.array(FieldError)

/** The fields that a 422 or the form itself names; empty for every other error. */
export function fieldErrorsOf(error: unknown): FieldError[] {
  if (error instanceof FieldProblems) return error.fields
  if (!(error instanceof ApiError) || error.code !== 'validation_failed') return []
  const parsed = FieldErrors.safeParse(error.details)
  return parsed.success ? parsed.data : []
}

export const isUnauthenticated = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'unauthenticated'

export const isForbidden = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'forbidden'

/** What the address names is not there; nor is what it names with something that can be no id. */
export const isNothingThere = (error: unknown): boolean => {
  if (error instanceof ApiError && error.code === 'not_found') return true
  const fields = fieldErrorsOf(error)
  return fields.length > 0 && fields.every(({ field }) => field === 'id' || field === 'table')
}

/** Another person is signed in than this page shows. */
export const isActingChanged = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'acting_changed'

/** The server has just started and still reads the workspace's files: what is asked for may be in one of them. */
export const isStillReading = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.details as { still_reading?: unknown } | null | undefined)?.still_reading === true

/** The same request would fail again, so it is not tried again. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ApiError ? error.status < 500 && error.status !== 429 : error instanceof ActingRefused
