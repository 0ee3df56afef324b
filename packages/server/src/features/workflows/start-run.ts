import {
  AppError,
  type CallArgument,
  type ExecutionStatus,
  type InputCheck,
  inputChecker,
  isDateTime,
  type Json,
  limits,
  type Trigger,
  validationError,
} from '@bifrost/contract'
import {
  type CancelOnEvent,
  type Engine,
  type ExecutionSpec,
  flowOf,
  idempotencyKeyOf,
  type ManySpec,
  type OriginColumns,
  type RunOrigin,
  rerunOrigin,
  type StartedExecution,
  type StartedItem,
  type StartItem,
  startExecution,
  startMany,
} from '../../engine/engine.ts'
import { isScalar, valueAt } from '../../platform/json-path.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { Executable } from '../../workspace/types.ts'
import type { RunnableWorkflow, WorkflowCatalog } from '../../workspace/workflow-catalog.ts'
import type { UsableWorkflows } from './access.ts'

export interface RunRequest {
  input: Record<string, unknown> | undefined
  trigger: Trigger
  scheduledAt?: Date | null
  idempotencyKey?: string | undefined
  /** The run that starts it. */
  parent?: { executionId: string; key: string | null }
  /** What of the platform it comes from. */
  origin?: RunOrigin | null
  exemptFromQuotas?: boolean
  priority?: number | undefined
  /** It repeats an old run: the workflow's option for idempotency would answer that one. */
  again?: boolean
  /** The caller has another right to it than a role: a form, a key of its own, or what its file itself declares. */
  granted?: boolean
}

export interface RunStarter {
  start(scope: OrgScope, idOrName: string, request: RunRequest): Promise<StartedExecution>
  /** The same for a workflow that was looked up by `runnable` just now. */
  startRunnable(scope: OrgScope, workflow: RunnableWorkflow, request: RunRequest): Promise<StartedExecution>
  /** What a run of this workflow would be; throws what is wrong with the input. */
  check(scope: OrgScope, workflow: RunnableWorkflow, request: RunRequest): ExecutionSpec
  /** The workflow, ready to run. Throws `not_found` when the person may not use it, unless something else grants it. */
  runnable(scope: OrgScope, idOrName: string, isGranted: boolean): Promise<RunnableWorkflow>
  /** For many runs of one workflow at once. */
  prepare(scope: OrgScope, idOrName: string): Promise<PreparedWorkflow>
}

interface ItemOptions {
  key: string | undefined
  otherwise: string
  priority: number | undefined
}

/** A workflow whose inputs can be checked and started many at a time. */
export interface PreparedWorkflow {
  check(input: unknown): InputCheck
  /** One of the runs, from an input that was checked; its key is the first of: the caller's, the workflow's, the last. */
  item(input: Record<string, Json>, options: ItemOptions): StartItem
  startMany(
    items: readonly StartItem[],
    shared: Pick<ManySpec, 'parent' | 'scheduledAt'>,
  ): Promise<StartedItem[]>
}

export function createRunStarter(
  engine: Engine,
  workspace: WorkflowCatalog,
  usable: Pick<UsableWorkflows, 'requireUsable' | 'find'>,
): RunStarter {
  // A definition is replaced when its file changes, so the object itself is the key.
  const checkers = new WeakMap<Executable, (input: unknown) => InputCheck>()
  const checkerOf = (definition: Executable) => {
    let checker = checkers.get(definition)
    if (!checker) {
      checker = inputChecker(definition.parameters, acceptsExtra(definition.arguments))
      checkers.set(definition, checker)
    }
    return checker
  }

  const check = (scope: OrgScope, workflow: RunnableWorkflow, request: RunRequest) => {
    const checked = checkerOf(workflow.row.definition)(request.input ?? {})
    if (!checked.ok) throw validationError(checked.errors)
    return specOf(scope, workflow, checked.input, request)
  }

  const runnable = async (scope: OrgScope, idOrName: string, isGranted: boolean) => {
    const workflow = await workspace.runnable(scope, idOrName).catch(async (error: unknown) => {
      // What is wrong with a workflow is not for those who may not run it.
      if (!isGranted) await usable.find(scope, idOrName)
      throw error
    })
    if (!isGranted) await usable.requireUsable(scope, { id: workflow.row.id, name: idOrName })
    return workflow
  }

  const startRunnable = async (scope: OrgScope, workflow: RunnableWorkflow, request: RunRequest) =>
    startExecution(engine, scope, check(scope, workflow, request))

  return {
    check,
    runnable,
    startRunnable,
    start: async (scope, idOrName, request) =>
      startRunnable(scope, await runnable(scope, idOrName, request.granted ?? false), request),
    async prepare(scope, idOrName) {
      const workflow = await runnable(scope, idOrName, false)
      return {
        check: checkerOf(workflow.row.definition),
        item(input, { key, otherwise, priority }) {
          const request = { input, trigger: 'workflow', idempotencyKey: key, priority } as const
          const { idempotencyKey, flow = null, cancelOn } = specOf(scope, workflow, input, request)
          return { input, key: idempotencyKey ?? otherwise, flow, ...(cancelOn && { cancelOn }) }
        },
        startMany(items, shared) {
          const request = { input: {}, trigger: 'workflow' } as const
          const { input, idempotencyKey, flow, cancelOn, scheduledAt, ...spec } = specOf(
            scope,
            workflow,
            {},
            request,
          )
          return startMany(engine, scope, { ...spec, ...shared }, items)
        },
      }
    },
  }
}

/** Code that can be run: of the workflow as it is now, or as it was. */
export interface RunnableCode extends Pick<RunnableWorkflow, 'codeVersion' | 'durable'> {
  row: { id: string; definition: Executable }
}

export const acceptsExtra = (args: readonly CallArgument[]) =>
  args.some((argument) => argument.kind === 'object' && argument.rest)

export function specOf(
  scope: OrgScope,
  { row, codeVersion, durable }: RunnableCode,
  input: Record<string, Json>,
  request: RunRequest,
): ExecutionSpec {
  const { definition } = row
  return {
    workflowId: row.id,
    workflowName: definition.name,
    type: definition.type,
    trigger: request.trigger,
    codeVersion,
    durable,
    input,
    timeoutMs: definition.timeoutSeconds * 1000,
    retryPolicy: definition.retryPolicy,
    timeSaved: definition.timeSaved,
    value: definition.value,
    scheduledAt: request.scheduledAt ?? null,
    parent: request.parent ?? null,
    origin: request.origin ?? null,
    exemptFromQuotas: request.exemptFromQuotas ?? false,
    ...cancelOnOf(definition, input),
    ...limitsOf(scope, row.id, definition.flowControl, input, request),
  }
}

/** A test run is forgotten when it has ended, so it may neither be nor hold back a run that counts. */
function limitsOf(
  { orgId }: OrgScope,
  workflowId: string,
  rules: Executable['flowControl'],
  input: Record<string, Json>,
  { trigger, idempotencyKey, priority, parent, again }: RunRequest,
) {
  if (trigger === 'test') return { idempotencyKey: null, flow: null }
  // Another run waits for the end of this one: it has to be a run of its own.
  if (parent && parent.key !== null) {
    const flow = flowOf(rules, { orgId, workflowId, input, priority })
    return {
      idempotencyKey: idempotencyKey ?? null,
      flow: flow && { ...flow, singleton: null, debounce: null },
    }
  }
  return {
    idempotencyKey: idempotencyKey ?? (again ? null : idempotencyKeyOf(rules, input)),
    flow: flowOf(rules, { orgId, workflowId, input, priority }),
  }
}

/** Which events cancel a run with this input. One that would compare with what the input has not cancels nothing. */
function cancelOnOf({ cancelOn }: Executable, input: Record<string, Json>): Pick<ExecutionSpec, 'cancelOn'> {
  if (!cancelOn || cancelOn.length === 0) return {}
  const known: CancelOnEvent[] = []
  for (const { event, match } of cancelOn) {
    const values = Object.entries(match).map(([field, path]) => [field, valueAt({ input }, path)] as const)
    if (values.every(([, value]) => isScalar(value)))
      known.push({ event, match: Object.fromEntries(values) as CancelOnEvent['match'] })
  }
  return known.length > 0 ? { cancelOn: known } : {}
}

/**
 * When a run should start: null for now. One of the two at most; a zone is required, because the zone of a server says nothing about the caller.
 */
export function plannedTime(
  body: { scheduled_at?: string | undefined; delay_seconds?: number | undefined },
  now: Date,
): Date | null {
  const { scheduled_at: at, delay_seconds: delay } = body
  const refuse = (field: string, message: string) => validationError([{ field, message }])
  if (at !== undefined && delay !== undefined)
    throw refuse('delay_seconds', 'give scheduled_at or delay_seconds, not both')
  if (delay !== undefined) {
    if (!(delay > 0 && delay <= limits.delaySecondsMax))
      throw refuse('delay_seconds', `must be more than 0 and at most ${limits.delaySecondsMax}`)
    return new Date(now.getTime() + delay * 1000)
  }
  if (at === undefined) return null
  if (!isDateTime(at, { zone: true }))
    throw refuse('scheduled_at', 'must be a date and time with a zone, such as 2026-01-31T09:00:00Z')
  const date = new Date(at)
  if (date <= now) throw refuse('scheduled_at', 'is in the past')
  if (date.getTime() - now.getTime() > limits.delaySecondsMax * 1000)
    throw refuse('scheduled_at', 'is more than a year ahead')
  return date
}

/** A new run with the input of an old one, on the code of now. */
export async function rerunWorkflow(
  starter: RunStarter,
  scope: OrgScope,
  old: { workflow_id: string | null; workflow_name: string; input: Json } & OriginColumns,
  input: Record<string, unknown> | undefined,
  idempotencyKey?: string,
): Promise<{ execution_id: string; status: ExecutionStatus }> {
  if (!old.workflow_id)
    throw new AppError('bad_request', 'Inline code has no workflow to run again. Send the code again.')
  const { executionId, status } = await starter.start(scope, old.workflow_id, {
    input: input ?? (old.input as Record<string, unknown>),
    trigger: 'api',
    idempotencyKey,
    origin: rerunOrigin(old),
    again: true,
  })
  return { execution_id: executionId, status }
}
