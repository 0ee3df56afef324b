import type { OrgScope } from '../platform/scope.ts'

/**
 * What user code may ask of the platform, by name (`config.get`). The scope is the run's own; what the child claims
 * counts for nothing.
 */
export type SdkMethod = (scope: OrgScope, args: Record<string, unknown>, run: CallingRun) => Promise<unknown>

/** The run that asks. */
export interface CallingRun {
  executionId: string
  /** From now on this value is shown as `[REDACTED]` in whatever the run writes. */
  addSecret(value: unknown): void
}
