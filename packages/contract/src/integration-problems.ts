/**
 * Why an integration could not be connected, as its page says it. The address that the browser comes back to names one of
 * these and holds no text: a link could otherwise put any words into the platform's mouth.
 */
export const integrationProblems = {
  expired: 'This link has expired or has already been used. Connect again.',
  other_session: 'You started to connect in another browser or session. Connect again from here.',
  credentials_removed: 'The credentials were removed in the meantime.',
  not_allowed: 'You may no longer connect this integration.',
  access_denied: 'Access was declined at the service. Connect again and allow access there.',
  invalid_scope: 'The service does not know the scopes of the integration. Check its definition.',
  unauthorized_client:
    'The service does not accept this client ID. Check the client ID and its redirect URL.',
  temporarily_unavailable: 'The service is not available at the moment. Try again later.',
  declined: 'The service refused. The server log has its response.',
  failed:
    "Couldn't connect. Check the client ID, the secret and the addresses. The server log has the cause.",
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
