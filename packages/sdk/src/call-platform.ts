import type { MethodArgs, MethodName, MethodResult } from '@bifrost/contract'
import { withActing } from './acting.ts'
import { requireRun } from './current-run.ts'

/**
 * Calls a declared method of the platform for the run of the caller, or for the program that is connected. `what` is how
 * an error names the call where there is neither.
 */
export function callPlatform<N extends MethodName>(
  method: N,
  args: MethodArgs<N>,
  what: string = method,
): Promise<MethodResult<N>> {
  return requireRun(what).call(method, withActing(method, args, what)) as Promise<MethodResult<N>>
}
