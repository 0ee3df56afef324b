import {
  AppError,
  isMethodName,
  type MethodName,
  methods,
  type PlatformMethod,
  problemOf,
} from '@bifrost/contract'
import { z } from 'zod'
import type { Query } from '../platform/database.ts'
import { ownerSlug } from '../platform/file-owner.ts'
import { type OrgScope, requirePermission } from '../platform/scope.ts'
import { actFor, lentTo } from './act-for.ts'
import { requireOfKey } from './limited-keys.ts'

/** How the server answers a method that the contract declares. The scope is the run's own; what the child claims counts for nothing. */
export type SdkMethod<N extends MethodName = MethodName> = (
  scope: OrgScope,
  args: z.output<(typeof methods)[N]['args']>,
  run: CallingRun,
) => Promise<z.input<(typeof methods)[N]['result']>>

/** An implementation of every method: one that is missing, or answers something else, is a type error. */
export type SdkMethods = { readonly [N in MethodName]: SdkMethod<N> }

/** The methods of some modules, such as `config`. */
export type SdkModule<Module extends string> = Pick<SdkMethods, Extract<MethodName, `${Module}.${string}`>>

/** The run that asks. */
export interface CallingRun {
  /** Null: a program outside asks, with an API key. */
  executionId: string | null
  /** Where its code lies within the workspace: whose code it is decides what it may reach. Null outside a run. */
  codePath: string | null
  /** It was sent with the request, so it is code of the organization that runs it. */
  isInline: boolean
  /** From now on this value is shown as `[REDACTED]` in whatever the run writes. */
  addSecret(value: unknown): void
  /** JSON text with secrets that the run has read as `[REDACTED]`; large texts are searched elsewhere, and take a moment. */
  redact(json: string): string | Promise<string>
}

/**
 * Answers one call. A caller that acts for another organization says so with the argument `scope`; that is decided here,
 * for all methods.
 */
export async function callSdkMethod(
  query: Query,
  implementations: Partial<SdkMethods>,
  caller: { scope: OrgScope; run: CallingRun },
  name: string,
  { scope: asked, ...args }: Record<string, unknown>,
): Promise<{ value: unknown }> {
  const implementation = isMethodName(name) ? implementations[name] : undefined
  if (!isMethodName(name) || !implementation)
    throw new AppError('not_found', `This platform has no method ${name}.`)
  const {
    permission,
    where,
    args: schema,
    label = name.split('.', 1)[0] ?? name,
  }: PlatformMethod = methods[name]
  if (permission !== null) {
    requireOfKey(caller.scope, name, permission, caller.run.codePath !== null)
    // In a run the code decides; a program outside has the rights of its person.
    if (caller.run.executionId === null) requirePermission(caller.scope, permission)
  }
  if (where === 'run' && caller.run.executionId === null)
    throw new AppError(
      'forbidden',
      `${label} works inside a run only: run a workflow that uses it, with workflows.run().`,
    )
  const acting = typeof asked === 'string' ? await actForCaller(query, caller, asked) : caller.scope
  const slug = caller.run.codePath === null ? null : ownerSlug(caller.run.codePath)
  const scope = slug === null ? acting : await lentTo(query, acting, slug)
  const answer = (implementation as SdkMethod)(
    scope,
    parseArguments(label, schema, args) as never,
    caller.run,
  )
  return { value: (await answer) ?? null }
}

/** Code of an organization stays in it and below, no matter who runs it: a person of the provider may reach everything. */
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
  if (!owner) throw new AppError('forbidden', 'The code of an organization may not act for another one.')
  return wanted
}

/** The id of the run that asks, for what is about a run. */
export function runOf({ executionId }: CallingRun, what: string): string {
  if (executionId === null) throw new AppError('bad_request', `${what} works inside a run only.`)
  return executionId
}

/** Secrets go to runs alone, where they are hidden in whatever is written: who only holds an API key never gets one. */
export function requireRunForSecret({ executionId }: CallingRun): void {
  if (executionId === null)
    throw new AppError(
      'forbidden',
      'Secrets are given to runs only: run a workflow that uses it, with workflows.run().',
    )
}

/** A JSON value without the secrets that the run has read; the same one when there are none in it. */
export async function withoutSecrets<T>(value: T, { redact }: Pick<CallingRun, 'redact'>): Promise<T> {
  const text = JSON.stringify(value)
  const shown = await redact(text)
  return shown === text ? value : (JSON.parse(shown) as T)
}

/**
 * Throws when a name or key holds a secret that the run has read. It cannot be hidden as other text is: things are
 * found by it.
 */
export async function requireWithoutSecret(
  what: string,
  name: string | undefined,
  { redact }: Pick<CallingRun, 'redact'>,
): Promise<void> {
  if (name === undefined) return
  const text = JSON.stringify(name)
  if ((await redact(text)) !== text)
    throw new AppError('bad_request', `${what} contains a secret, and people can see it. Use another one.`)
}

/**
 * Checks what user code gave a method of this module; a wrong value is an error that names its place, and an option
 * that the method does not know is refused: ignored, it would look as if it had an effect.
 */
export function parseArguments<T>(module: string, schema: z.ZodType<T>, args: unknown): T {
  const parsed = strict(schema).safeParse(args, { reportInput: true })
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const { path, message } = issue ? problemOf(issue) : { path: '', message: 'is not valid' }
  throw new AppError('bad_request', `${module}: ${path || 'what was given'} ${message}.`)
}

const strictSchemas = new WeakMap<z.ZodType, z.ZodType>()

function strict<T>(schema: z.ZodType<T>): z.ZodType<T> {
  let made = strictSchemas.get(schema)
  if (!made) {
    made = schema instanceof z.ZodObject ? schema.strict() : schema
    strictSchemas.set(schema, made)
  }
  return made as z.ZodType<T>
}

/** For calls that answer nothing where there is nothing: `promise.catch(nothingFound)`. */
export function nothingFound(error: unknown): null {
  if (error instanceof AppError && error.code === 'not_found') return null
  throw error
}
