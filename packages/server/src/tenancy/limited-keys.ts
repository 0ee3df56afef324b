import { AppError, type Permission } from '@bifrost/contract'
import type { OrgScope } from '../platform/scope.ts'

/**
 * Refuses what the key was not made for that calls the method, or that started the run which calls it. What the role of
 * its person lacks, the code of a workflow may have: of the two, the key alone counts here.
 */
export function requireOfKey(
  { limitedTo }: OrgScope,
  method: string,
  permission: Permission,
  isRun: boolean,
): void {
  if (limitedTo === null || limitedTo.includes(permission)) return
  throw new AppError(
    'forbidden',
    isRun
      ? `This run was started with an API key that does not have the permission for ${method} (${permission}). The run may do no more than the key.`
      : `This API key does not have the permission for this (${permission}).`,
  )
}
