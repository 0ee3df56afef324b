/** A call that goes where it may not, or beyond a limit. The message is for its caller. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code = 'egress_refused'
}
