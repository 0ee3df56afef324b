import { retryAfterMs } from './retry-after.ts'

/**
 * An error whose message is meant for the person who started the run. Other errors' messages are shown to developers
 * and admins only. A UserError is not retried.
 * @example if (!license) throw new UserError('There is no free license left. Order one first.')
 */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/**
 * Thrown in a step, it is not retried.
 * @example if (order.cancelled) throw new FatalError('The order was cancelled; there is nothing to ship.')
 */
export class FatalError extends Error {
  override readonly name = 'FatalError'
}

/**
 * Thrown in a step, it delays the next attempt by this time instead of the step's own backoff. `after` is a number of
 * seconds, a Date, or a header `Retry-After` as it came (seconds or an HTTP date). A missing or unreadable time, such as
 * a missing header, keeps the step's own backoff: `afterSeconds` is null then.
 * @example if (response.status === 429) throw new RetryAfterError(response.headers.get('retry-after'))
 */
export class RetryAfterError extends Error {
  override readonly name = 'RetryAfterError'
  readonly afterSeconds: number | null

  constructor(after: number | string | Date | null | undefined, message?: string, options?: ErrorOptions) {
    const ms = retryAfterMs(after)
    super(message ?? (ms === null ? 'Try again later.' : `Try again after ${ms / 1000} s.`), options)
    this.afterSeconds = ms === null ? null : ms / 1000
  }
}

/**
 * A step failed for good. `type` is the name of the error that the step threw. It is the same at every replay, which is
 * why it is not the thrown error itself: ask for `error.type`, not for its class.
 */
export class StepError extends Error {
  override readonly name = 'StepError'
  readonly step: string
  readonly type: string

  constructor(step: string, type: string, message: string, stack: string) {
    super(message)
    this.step = step
    this.type = type
    this.stack = stack
  }
}

/**
 * A child run failed, was cancelled, or did not end in time. `type` is the name of the error it failed with.
 * @example
 * try { await workflows.run(shipOrder, { orderId }) } catch (error) { if (error instanceof ChildRunError) … }
 */
export class ChildRunError extends Error {
  override readonly name = 'ChildRunError'
  readonly workflow: string
  readonly type: string

  constructor(workflow: string, type: string, message: string) {
    super(message)
    this.workflow = workflow
    this.type = type
  }
}

/**
 * An HTTP call was answered with an error status. `body` is the answer, parsed when it is JSON, at most 10,000 characters.
 * @example
 * try { await http.get(url) } catch (error) { if (error instanceof HttpError && error.status === 404) return null; throw error }
 */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly body: unknown

  constructor(message: string, status: number, body: unknown) {
    super(message)
    this.status = status
    this.body = body
  }
}
