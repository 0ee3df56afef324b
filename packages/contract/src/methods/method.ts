import type { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import type { Permission } from '../permissions.ts'

/**
 * One call of the SDK to the platform, declared once: the server checks arguments and permission by it, the SDKs are
 * typed by it, and a check of a history knows by it what may be called again.
 */
export interface PlatformMethod<Args extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  /**
   * What an API key that is limited to some permissions must have for it; null: every key may. What the person lacks,
   * the code of a workflow may have, so for runs of others nothing is asked here.
   */
  readonly permission: Permission | null
  /** `read`: calling it again changes nothing, so a check of a history may. `write`: it has an effect outside of the run. */
  readonly effect: 'read' | 'write'
  /** `run`: only code of a run may call it, not a program that has a key alone. */
  readonly where: 'anywhere' | 'run'
  /** An object. The argument `scope` of people of the provider (`global`, or the id of an organization) is not part of it. */
  readonly args: Args
  readonly result: Result
  /** Codes of errors beside `bad_request`, `forbidden` and `internal`, which every method may answer. */
  readonly errors: readonly ErrorCode[]
  /** What a sentence about wrong arguments begins with, where that is not the part of the name before the dot. */
  readonly label?: string
}

/**
 * Declares a method of the SDK.
 * @example
 * const get = method({
 *   permission: 'config:read', effect: 'read', where: 'anywhere', errors: [],
 *   args: z.object({ key: ConfigKey }), result: z.object({ found: z.boolean(), value: Json }),
 * })
 */
export const method = <Args extends z.ZodType, Result extends z.ZodType>(
  declared: PlatformMethod<Args, Result>,
): PlatformMethod<Args, Result> => declared
