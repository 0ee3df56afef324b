import type { ExecuteAnswer, Trigger } from '@bifrost/contract'
import type { Engine, RunOrigin } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { waitForEnd } from '../executions/executions.ts'
import { ProviderCache } from './provider-cache.ts'
import type { RunStarter } from './start-run.ts'

export interface ExecuteRequest {
  input: Record<string, unknown> | undefined
  trigger: Trigger
  origin?: RunOrigin | null
  /** As for a start: the caller has another right to it than a role. */
  granted?: boolean
}

/** Runs a workflow and waits for its end. */
export interface Executor {
  /** A data provider that was asked the same a while ago is not run again. */
  execute(
    scope: OrgScope,
    idOrName: string,
    request: ExecuteRequest,
    waiting: Waiting,
  ): Promise<ExecuteAnswer>
  /** The end of a run that the caller has started. */
  answerOf(scope: OrgScope, executionId: string, waiting: Waiting): Promise<ExecuteAnswer>
}

type Waiting = Parameters<typeof waitForEnd>[3]

export function createExecutor(engine: Engine, starter: RunStarter): Executor {
  const providerCache = new ProviderCache()
  const answerOf = async (scope: OrgScope, executionId: string, waiting: Waiting): Promise<ExecuteAnswer> => {
    const { status, result, error, durationMs } = await waitForEnd(engine, scope, executionId, waiting)
    return { execution_id: executionId, status, result, error, duration_ms: durationMs }
  }
  return {
    answerOf,
    async execute(scope, idOrName, { input, trigger, origin, granted = false }, waiting) {
      const workflow = await starter.runnable(scope, idOrName, granted)
      const { row, codeVersion } = workflow
      const known = providerCache.get(scope, row, codeVersion, input)
      if (known) return known
      const { executionId } = await starter.startRunnable(scope, workflow, {
        input,
        trigger,
        origin: origin ?? null,
      })
      const answer = await answerOf(scope, executionId, waiting)
      providerCache.set(scope, row, codeVersion, input, answer)
      return answer
    },
  }
}
