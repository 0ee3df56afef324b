import { z } from 'zod'

/** Every error code the API can answer with, and its HTTP status. Codes are stable; texts are not. */
export const errorCodes = {
  bad_request: { http: 400 },
  json_invalid: { http: 400 },
  json_too_deep: { http: 400 },
  execution_finished: { http: 400 },
  authorization_pending: { http: 400 },
  slow_down: { http: 400 },
  access_denied: { http: 400 },
  expired_token: { http: 400 },
  unauthenticated: { http: 401 },
  sign_in_failed: { http: 401 },
  forbidden: { http: 403 },
  proof_needed: { http: 403 },
  not_found: { http: 404 },
  method_not_allowed: { http: 405 },
  conflict: { http: 409 },
  acting_changed: { http: 409 },
  workflow_broken: { http: 409 },
  workflow_dropped: { http: 409 },
  already_set_up: { http: 409 },
  already_exists: { http: 409 },
  body_too_large: { http: 413 },
  media_type_unsupported: { http: 415 },
  range_not_satisfiable: { http: 416 },
  validation_failed: { http: 422 },
  rate_limited: { http: 429 },
  quota_exceeded: { http: 429 },
  internal: { http: 500 },
  unavailable: { http: 503 },
} as const satisfies Record<string, { http: number }>
/** One of the codes of the table, as it stands in `error.code` of an answer. */
export type ErrorCode = keyof typeof errorCodes

/** One thing wrong with one input field; `field` is a dotted path such as `user.emails.0`. */
export const FieldError = z.object({ field: z.string(), message: z.string() })
export type FieldError = z.infer<typeof FieldError>

/** The one shape of every error answer (spec E7). */
export const ErrorBody = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.unknown(),
    request_id: z.string(),
  }),
})
export type ErrorBody = z.infer<typeof ErrorBody>

/**
 * An error with a code of the table above. Its message is shown to people, so it says what to do.
 * Everything that is not an AppError becomes `internal` at the edge and is logged there, once.
 * @example throw new AppError('not_found', 'No workflow has the name "greet".')
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly details: unknown

  constructor(code: ErrorCode, message: string, details: unknown = null, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.details = details
  }
}

/**
 * The 422 answer: which fields are wrong and how.
 * @example throw validationError([{ field: 'email', message: 'is required' }])
 */
export function validationError(errors: FieldError[]): AppError {
  const first = errors[0]
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  const message = first ? `${first.field}: ${first.message}${more}` : 'The input is not valid.'
  return new AppError('validation_failed', message, errors)
}
