/** A call that goes where it may not, or beyond a limit. The message is for whoever made it. */
export class EgressError extends Error {
  override readonly name = 'EgressError'
  readonly code = 'egress_refused'
}
