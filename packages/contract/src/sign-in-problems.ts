/**
 * Why a sign-in by an identity provider failed, as the sign-in page says it. Its address names one of these and holds no text:
 * a link could otherwise put any words into the platform's mouth.
 */
export const signInProblems = {
  domain_refused: 'This identity provider does not accept email addresses of your domain.',
  account_deactivated: 'This account is deactivated.',
  other_organization: 'This address has an account in another organization.',
  no_account: 'You have no account here yet. Ask an administrator to invite you.',
  organization_deactivated: 'The organization of this provider is deactivated.',
  no_provider: 'There is no such identity provider.',
  took_too_long: 'This sign-in took too long or began in another browser. Sign in again.',
  address_not_https: 'Its address must begin with https://.',
  no_token: 'The provider sent no ID token.',
  no_email: 'The identity provider sent no email address.',
  email_not_verified: 'The identity provider has not verified the email address.',
  provider_unreachable: 'The identity provider does not answer. Try again, or tell an administrator.',
  failed: "Couldn't sign in with the identity provider. Try again, or tell an administrator.",
} as const
/** One of `signInProblems`. */
export type SignInProblem = keyof typeof signInProblems

/**
 * The text of a problem, for what stands in an address; undefined when it is none.
 * @example signInProblemText('no_account')
 */
export const signInProblemText = (code: string | undefined): string | undefined =>
  code !== undefined && Object.hasOwn(signInProblems, code)
    ? signInProblems[code as SignInProblem]
    : undefined
