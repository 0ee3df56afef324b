import { AppError } from '@bifrost/contract'
import type { z } from 'zod'
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
  /** JSON text with secrets that the run has read as `[REDACTED]`. */
  redact(json: string): string
}

/** A JSON value without the secrets that the run has read; the same one when there are none in it. */
export function withoutSecrets<T>(value: T, { redact }: Pick<CallingRun, 'redact'>): T {
  const text = JSON.stringify(value)
  const shown = redact(text)
  return shown === text ? value : (JSON.parse(shown) as T)
}

/** Checks what user code gave a method of this module; a wrong value is an error that names its place. */
export function parseArguments<T>(module: string, schema: z.ZodType<T>, args: unknown): T {
  const parsed = schema.safeParse(args)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new AppError('bad_request', `${module}: ${issue?.path.join('.')} ${issue?.message}`)
}
