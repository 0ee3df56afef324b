import { AppError, executionCan } from '@bifrost/contract'
import { cancelExecution, type Engine } from '../../engine/engine.ts'
import { requirePermission } from '../../platform/scope.ts'
import { type SdkModule, withoutSecrets } from '../../tenancy/sdk-method.ts'
import type { WorkflowRow } from '../../workspace/workflow-rows.ts'
import { findRun } from '../executions/executions.ts'
import type { UsableWorkflows } from './access.ts'
import { cursorSdk } from './cursors.ts'
import { startManyCall } from './start-many.ts'
import type { RunStarter } from './start-run.ts'

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
export const workflowSdk = ({
  engine,
  usable,
  starter,
}: WorkflowSdkOptions): SdkModule<'workflows' | 'cursors'> => ({
  'workflows.run': async (scope, { workflow, input, key }, run) => {
    const started = await starter.start(scope, workflow, {
      // The history shows inputs. A run that needs a secret reads it by itself.
      input: await withoutSecrets(input, run),
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
  'workflows.startMany': (scope, call, run) => startManyCall(starter, scope, call, run),
  'workflows.list': async (scope) =>
    (await usable.list(scope)).filter((row) => row.status === 'active').map(infoOf),
  'workflows.get': async (scope, { name }) => {
    const row = (await usable.list(scope)).find(
      (one) => one.status === 'active' && (one.id === name || one.definition.name === name),
    )
    return row ? infoOf(row) : null
  },
  'workflows.cancel': async (scope, { executionId }) => {
    requirePermission(scope, 'execution:cancel')
    const run = await findRun(scope, engine.db, executionId)
    if (!run) throw new AppError('not_found', 'There is no such run.')
    if (!executionCan('cancel', run.status)) return false
    await cancelExecution(engine, scope, executionId)
    return true
  },
  ...cursorSdk(engine.db),
})
