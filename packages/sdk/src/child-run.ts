import { callPlatform } from './call-platform.ts'
import { requireDurable } from './durable.ts'
import { type Duration, momentMs } from './durations.ts'
import { ChildRunError } from './errors.ts'
import { anything, flag, requireOptions } from './options.ts'
import type { Executable } from './workflow.ts'

/** How a run waits for another one. */
export interface RunOptions {
  /** After this time the wait fails; the other run continues. */
  timeout?: Duration | Date
}

const OPTIONS = { timeout: anything, wait: flag }

/** What an executable's runs result in. */
export type ResultOf<F> = F extends (...args: never[]) => infer R ? Awaited<R> : unknown

/**
 * Starts a run of another workflow of the same organization and waits for its result, at no cost while it takes long.
 * Fails with a ChildRunError when that run fails, is cancelled, or the timeout passes.
 */
export async function runWorkflow<F extends (...args: never[]) => unknown>(
  workflow: Executable<F> | string,
  input: Record<string, unknown> = {},
  options: RunOptions = {},
): Promise<ResultOf<F>> {
  const name = workflowName(workflow)
  const run = requireDurable(`workflows.run("${name}")`)
  const { place, known } = run.next('run', name)
  if (known?.status === 'completed' || known?.status === 'failed') {
    await run.replay(known)
    return resultOf(name, known)
  }
  requireOptions('workflows.run()', options, OPTIONS)
  const dueAt =
    options.timeout === undefined ? null : momentMs(options.timeout, 'The timeout of workflows.run()')
  run.started(place, 1)
  // Asked for twice, after a crash, it is the same run: the place in the journal is its idempotency key.
  const childId = await run.work(name, () =>
    callPlatform('workflows.run', { workflow: name, input, key: place.key }, 'workflows.run()'),
  )
  return resultOf(name, await run.wait(place, { kind: 'child', dueAt, childId }, []))
}

/** The name by which the platform knows a workflow that was imported, or named. */
export function workflowName(workflow: Executable<(...args: never[]) => unknown> | string): string {
  const name = typeof workflow === 'string' ? workflow : workflow?.executableMetadata?.name
  if (typeof name === 'string' && name !== '') return name
  throw new TypeError('Give the workflow itself, imported from its file, or its name.')
}

function resultOf<T>(
  name: string,
  entry: { output: string | null; error: { type: string; message: string; stack: string } | null },
): T {
  if (entry.error) throw new ChildRunError(name, entry.error.type, entry.error.message)
  if (entry.output === null)
    throw new ChildRunError(name, 'TimeoutError', `The run of ${name} did not end in time; it continues.`)
  return JSON.parse(entry.output) as T
}
