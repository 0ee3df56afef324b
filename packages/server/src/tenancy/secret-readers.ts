import { AppError } from '@bifrost/contract'
import { ownerSlug } from '../platform/file-owner.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { CallingRun } from './sdk-method.ts'

/** A stored secret, and what decides which code gets it in the clear. */
export interface SecretOwner {
  /** Null: it is global. */
  orgId: string | null
  orgName: string | null
  orgSlug: string | null
  /** Its owner gives it to the organizations below, too. */
  isLent: boolean
}

/** Whose code asks. */
type Reader = Pick<CallingRun, 'codePath' | 'isInline'>

/** Whether code gets a secret; the rules are those of `requireSecretReader`. */
export function mayReadSecret(scope: OrgScope, { codePath, isInline }: Reader, secret: SecretOwner): boolean {
  if (secret.orgId === scope.owner || secret.isLent) return true
  const slug = isInline || codePath === null ? scope.organization.slug : ownerSlug(codePath)
  if (slug === null || slug === secret.orgSlug) return true
  // Global things are the provider's: its people make them while they act globally.
  return secret.orgId === null && scope.organization.isProvider && slug === scope.organization.slug
}

/**
 * Refuses a secret to code of others than its owner. An author can always show what their code has read, whatever is
 * hidden in logs, so an inherited secret would belong to every developer below. Allowed are secrets of the organization
 * that the run is for, since people who start code give it theirs; secrets of the code's own owner; and lent ones. Global
 * code is the provider's, which may act for every organization: it gets all that the run inherits.
 */
export function requireSecretReader(scope: OrgScope, run: Reader, what: string, secret: SecretOwner): void {
  if (mayReadSecret(scope, run, secret)) return
  const owner = secret.orgId === null ? 'the provider' : (secret.orgName ?? 'an organization above')
  throw new AppError(
    'forbidden',
    `${what} belongs to ${owner} and is not lent to the organizations below, so only code of ${owner} can read it. Set one for ${scope.orgName}, or ask an administrator of ${owner} to turn on "Available to organizations below" for it.`,
  )
}
