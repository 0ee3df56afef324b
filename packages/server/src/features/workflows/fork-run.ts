import {
  AppError,
  type ExecutionStatus,
  type FieldError,
  inputChecker,
  type Json,
  limits,
  validationError,
} from '@bifrost/contract'
import { type Engine, type OriginColumns, rerunOrigin, startExecution } from '../../engine/engine.ts'
import type { OrgScope } from '../../platform/scope.ts'
import type { CodeVersions } from '../../workspace/code-versions.ts'
import type { UsableWorkflows } from './access.ts'
import { entryNamed, type ForkEntry, type ForkPlan, planFork, readForkEntries } from './fork-plan.ts'
import { acceptsExtra, specOf } from './start-run.ts'

/** The run that is forked, as the history knows it. */
export interface ForkableRun extends OriginColumns {
  id: string
  workflow_id: string | null
  workflow_name: string
  code_version: string | null
  durable: boolean
  input: Json
}

export interface ForkRequest {
  from_step: string
  input?: Record<string, Json> | undefined
  outputs?: Record<string, Json> | undefined
  dry_run?: boolean | undefined
}

export interface ForkAnswer extends ForkPlan {
  execution_id: string | null
  status: ExecutionStatus | null
}

export interface ForkDeps {
  engine: Engine
  codeVersions: CodeVersions
  usable: Pick<UsableWorkflows, 'requireUsable'>
}

/** Starts a new run of the same code that has done already what the old one had done before a step. */
export async function forkRun(
  { engine, codeVersions, usable }: ForkDeps,
  scope: OrgScope,
  run: ForkableRun,
  request: ForkRequest,
): Promise<ForkAnswer> {
  if (!run.workflow_id)
    throw new AppError('bad_request', 'Inline code has no workflow to run again. Send the code again.')
  await usable.requireUsable(scope, { id: run.workflow_id, name: run.workflow_name })
  const entries = await readForkEntries(engine.db.as(scope).query, scope, run.id)
  if (!run.durable || entries.length === 0)
    throw new AppError(
      'conflict',
      'This run has no steps, so there is nothing to keep. Run it again, or put its work into steps.',
    )
  const from = entryNamed(entries, request.from_step)
  if (!from || from.kind === 'undo') throw validationError([unknownStep(request.from_step, entries)])
  const given = new Map(
    Object.entries(request.outputs ?? {}).map(([name, value]) => [
      entryNamed(entries, name)?.key ?? name,
      value,
    ]),
  )
  const plan = planFork(entries, from, new Set(given.keys()))
  const outputs = checkedOutputs(given, plan, entries)
  if (request.dry_run) return { execution_id: null, status: null, ...plan }

  const code = run.code_version === null ? null : await codeVersions.get(run.code_version)
  const executable = code?.executables.find((one) => one.name === run.workflow_name)
  if (!code || !executable)
    throw new AppError(
      'conflict',
      'The code of this run has been deleted. Rerun it instead, which uses the current code.',
    )
  const input = (request.input ?? run.input ?? {}) as Record<string, Json>
  const checked = inputChecker(executable.parameters, acceptsExtra(executable.arguments))(input)
  if (!checked.ok) throw validationError(checked.errors)
  const spec = specOf(
    scope,
    { row: { id: run.workflow_id, definition: executable }, codeVersion: code.version, durable: true },
    checked.input,
    { input, trigger: 'api', again: true, origin: rerunOrigin(run) },
  )
  const { executionId, status } = await startExecution(engine, scope, {
    ...spec,
    // It is a run of its own, and no other stands for it.
    flow: spec.flow ? { ...spec.flow, debounce: null, singleton: null } : null,
    fork: { executionId: run.id, keys: plan.kept, outputs },
  })
  return { execution_id: executionId, status, ...plan }
}

function unknownStep(name: string, entries: readonly ForkEntry[]): FieldError {
  const keys = entries.filter((entry) => entry.kind !== 'undo').map((entry) => `"${entry.key}"`)
  const known =
    keys.length > 0 ? `it has ${keys.slice(0, 20).join(', ')}${keys.length > 20 ? ' …' : ''}` : 'it has none'
  return { field: 'from_step', message: `"${name}" is not a step of this run; ${known}` }
}

function checkedOutputs(
  given: ReadonlyMap<string, Json>,
  plan: ForkPlan,
  entries: readonly ForkEntry[],
): Map<string, string> {
  const errors: FieldError[] = []
  const outputs = new Map<string, string>()
  for (const [key, value] of given) {
    const field = `outputs.${key}`
    const text = JSON.stringify(value)
    if (!plan.kept.includes(key))
      errors.push({ field, message: 'is not a step before the one to start from' })
    else if (entries.find((entry) => entry.key === key)?.kind === 'sleep')
      errors.push({ field, message: 'is a sleep, which has no output' })
    else if (text.length > limits.stepOutputBytesMax)
      errors.push({ field, message: `is larger than ${limits.stepOutputBytesMax / 1024 / 1024} MB` })
    outputs.set(key, text)
  }
  if (errors.length > 0) throw validationError(errors)
  return outputs
}
