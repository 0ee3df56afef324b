import { AppError } from '@bifrost/contract'
import type { z } from 'zod'
import type { Query } from '../platform/database.ts'
import { ownerSlug } from '../platform/file-owner.ts'
import type { OrgScope } from '../platform/scope.ts'
import { actFor, lentTo } from './act-for.ts'

/**
 * What user code may ask of the platform, by name (`config.get`). The scope is the run's own; what the child claims
 * counts for nothing.
 */
export type SdkMethod = (scope: OrgScope, args: Record<string, unknown>, run: CallingRun) => Promise<unknown>

/** The run that asks. */
export interface CallingRun {
  /** Null: a program outside asks, with an API key. */
  executionId: string | null
  /** Where its code lies within the workspace: whose code it is decides what it may reach. Null outside a run. */
  codePath: string | null
  /** From now on this value is shown as `[REDACTED]` in whatever the run writes. */
  addSecret(value: unknown): void
  /** JSON text with secrets that the run has read as `[REDACTED]`. */
  redact(json: string): string
}

/**
 * Answers one call. Whoever may act for another organisation says so with the argument `scope`; that is decided here,
 * for all methods.
 */
export async function callSdkMethod(
  query: Query,
  methods: Readonly<Record<string, SdkMethod>>,
  caller: { scope: OrgScope; run: CallingRun },
  method: string,
  { scope: asked, ...args }: Record<string, unknown>,
): Promise<{ value: unknown }> {
  const handler = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (!handler) throw new AppError('not_found', `This platform has no ${method}.`)
  const acting = typeof asked === 'string' ? await actForCaller(query, caller, asked) : caller.scope
  const slug = caller.run.codePath === null ? null : ownerSlug(caller.run.codePath)
  const scope = slug === null ? acting : await lentTo(query, acting, slug)
  return { value: (await handler(scope, args, caller.run)) ?? null }
}

/** Code of an organisation stays in it and below, whoever runs it: somebody of the provider may reach everything. */
async function actForCaller(
  query: Query,
  { scope, run }: { scope: OrgScope; run: CallingRun },
  asked: string,
): Promise<OrgScope> {
  const wanted = await actFor(query, scope, asked)
  const slug = run.codePath === null ? null : ownerSlug(run.codePath)
  if (slug === null || wanted === scope) return wanted
  const [owner] = await query('select from organizations where slug = $1 and id = any($2)', [
    slug,
    wanted.owner === null ? [] : wanted.chain,
  ])
  if (!owner) throw new AppError('forbidden', 'The code of an organisation may not act for another one.')
  return wanted
}

/** The id of the run that asks, for what is about a run. */
export function runOf({ executionId }: CallingRun, what: string): string {
  if (executionId === null) throw new AppError('bad_request', `${what} works inside a run only.`)
  return executionId
}

/** Secrets go to runs alone, where they are hidden in whatever is written: who only holds an API key never gets one. */
export function demandRunForSecret({ executionId }: CallingRun): void {
  if (executionId === null)
    throw new AppError(
      'forbidden',
      'Secrets are given to runs only: run a workflow that uses it, with workflows.run().',
    )
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

/** For calls that answer nothing where there is nothing: `promise.catch(nothingFound)`. */
export function nothingFound(error: unknown): null {
  if (error instanceof AppError && error.code === 'not_found') return null
  throw error
}
