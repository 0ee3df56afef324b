import { requireRun } from './current-run.ts'
import type { ExecutionContext } from './types.ts'

/** The organization that a run acts for since it asked to, by the context of the run: no other run has it. */
const actsFor = new WeakMap<ExecutionContext, string>()

/** From now on calls of this run are for another organization. */
export const setActing = (context: ExecutionContext, scope: string): void => void actsFor.set(context, scope)

/** Arguments with the organization that the caller's run acts for, unless they name one. Cursors are of the run's workflow. */
export function withActing<Args extends { scope?: string }>(method: string, args: Args, what: string): Args {
  if (method.startsWith('cursors.')) return args
  const scope = args.scope ?? actsFor.get(requireRun(what).context)
  return scope === undefined ? args : { ...args, scope }
}

/** Refuses what belongs to the run itself, which stays in its organization. */
export function requireOwnScope(what: string, instead: string): void {
  if (actsFor.has(requireRun(what).context))
    throw new Error(
      `${what} stays in the organization of the run, and context.setScope() was called. ${instead}`,
    )
}
