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
  forbidden: 'You have no access to this',
  not_found: 'Not found',
  conflict: 'This has changed meanwhile',
  workflow_broken: 'The workflow cannot run',
  validation_failed: 'Some of it is not valid',
  body_too_large: 'That is too large',
  workflow_dropped: 'A workflow would be lost',
  quota_exceeded: 'There is no room left',
  rate_limited: 'Too many requests',
  unavailable: 'The server is busy',
  execution_finished: 'The run has ended already',
  sign_in_failed: 'Sign-in failed',
  unauthenticated: 'Your session has ended',
}

/** A file of the app itself did not arrive. Only loading the page again helps. */
export class PageLoadError extends Error {
  override readonly name = 'PageLoadError'
  constructor(cause: unknown) {
    super('This part of the app could not be loaded.', { cause })
  }
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
      title: 'The server cannot be reached',
      message: 'This page could not be loaded. The server may be away, or was updated meanwhile.',
      requestId: null,
      retryable: true,
    }
  if (error instanceof TypeError && /fetch|network|load failed/i.test(error.message))
    return {
      title: 'The server cannot be reached',
      message: 'Check that it runs and that you are connected, then try again.',
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

const FieldErrors = z.array(FieldError)

/** The fields that a 422 names; empty for every other error. */
export function fieldErrorsOf(error: unknown): FieldError[] {
  if (!(error instanceof ApiError) || error.code !== 'validation_failed') return []
  const parsed = FieldErrors.safeParse(error.details)
  return parsed.success ? parsed.data : []
}

export const isUnauthenticated = (error: unknown): boolean =>
  error instanceof ApiError && error.code === 'unauthenticated'

/** The same request would fail again, so it is not tried again. */
export const isFinal = (error: unknown): boolean =>
  error instanceof ApiError && error.status < 500 && error.status !== 429
