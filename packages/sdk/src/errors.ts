/**
 * An error whose message is meant for the person who started the run. Other errors' messages are shown to developers
 * and admins only. A UserError is not retried.
 * @example if (!license) throw new UserError('There is no free licence left. Order one first.')
 */
export class UserError extends Error {
  override readonly name = 'UserError'
}
