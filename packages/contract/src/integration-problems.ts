/**
 * Why an integration could not be connected, as its page says it. The address that the browser comes back to names one of
 * these and holds no text: a link could otherwise put any words into the platform's mouth.
 */
export const integrationProblems = {
  expired: 'This visit has expired or was used before. Connect again.',
  other_session: 'It was begun in another browser or session. Connect again from here.',
  credentials_removed: 'Its credentials were removed meanwhile.',
  not_allowed: 'You may not connect this integration any more.',
  access_denied: 'The other service says that access was declined. Connect again, and allow it there.',
  invalid_scope:
    'The other service does not know the scopes that the integration asks for. Check its definition.',
  unauthorized_client:
    'The other service does not let this client id connect. Check it and its redirect URL.',
  temporarily_unavailable: 'The other service is not available at the moment. Try again later.',
  declined: 'The other service refused. The log of the server has what it answered.',
  failed:
    'It could not be connected. Check client id, secret and addresses; the log of the server has the cause.',
} as const
/** One of `integrationProblems`. */
export type IntegrationProblem = keyof typeof integrationProblems

const isProblem = (code: string): code is IntegrationProblem => Object.hasOwn(integrationProblems, code)

/**
 * The text of a problem, for what stands in an address; undefined when it is none.
 * @example integrationProblemText('expired')
 */
export const integrationProblemText = (code: string | undefined): string | undefined =>
  code !== undefined && isProblem(code) ? integrationProblems[code] : undefined
