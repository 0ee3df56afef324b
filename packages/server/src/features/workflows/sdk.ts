import { AppError, executionCan } from '@bifrost/contract'
import { z } from 'zod'
import { cancelExecution } from '../../engine/cancel.ts'
import type { Engine } from '../../engine/engine.ts'
import { parseArguments, type SdkMethod, withoutSecrets } from '../../engine/sdk-method.ts'
import { demand } from '../../platform/scope.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import { findRun } from '../executions/executions.ts'
import type { UsableWorkflows } from './access.ts'
import { cursorSdk } from './cursors.ts'
import { startManyCall } from './start-many.ts'
import type { RunStarter } from './start-run.ts'

const Run = z.object({
  workflow: z.string().min(1).max(200),
  input: z.record(z.string(), z.unknown()),
  key: z.string().min(1).max(1000),
})

const Named = z.object({ name: z.string().min(1).max(200) })
const Target = z.object({ executionId: z.uuid() })

export interface WorkflowSdkOptions {
  engine: Engine
  usable: UsableWorkflows
  starter: RunStarter
}

const infoOf = ({ id, definition }: WorkflowRow) => ({
  id,
  name: definition.name,
  description: definition.description,
  category: definition.category,
  tags: definition.tags,
  type: definition.type,
  parameters: definition.parameters,
})

/** `workflows.*` as user code calls it. */
export const workflowSdk = ({ engine, usable, starter }: WorkflowSdkOptions): Record<string, SdkMethod> => ({
  /** Asked for twice for one place of a journal, it answers the run that was started first. */
  'workflows.run': async (scope, args, run) => {
    const { workflow, input, key } = parseArguments('workflows', Run, args)
    const started = await starter.start(scope, workflow, {
      // The history shows inputs. A run that needs a secret reads it by itself.
      input: withoutSecrets(input, run),
      ...(run.executionId === null
        ? { trigger: 'api' as const }
        : {
            trigger: 'workflow' as const,
            parent: { executionId: run.executionId, key },
            idempotencyKey: `run:${run.executionId}:${key}`,
          }),
    })
    return started.executionId
  },
  'workflows.startMany': (scope, args, run) => startManyCall(starter, scope, args, run),
  'workflows.list': async (scope) =>
    (await usable.list(scope)).filter((row) => row.status === 'active').map(infoOf),
  'workflows.get': async (scope, args) => {
    const { name } = parseArguments('workflows', Named, args)
    const row = (await usable.list(scope)).find(
      (one) => one.status === 'active' && (one.id === name || one.definition.name === name),
    )
    return row ? infoOf(row) : null
  },
  /** Whose runs somebody may see, those they may cancel. */
  'workflows.cancel': async (scope, args) => {
    const { executionId } = parseArguments('workflows', Target, args)
    demand(scope, 'execution:cancel')
    const run = await findRun(scope, engine.db, executionId)
    if (!run) throw new AppError('not_found', 'There is no such run.')
    if (!executionCan('cancel', run.status)) return false
    await cancelExecution(engine, scope, executionId)
    return true
  },
  ...cursorSdk(engine.db),
})
