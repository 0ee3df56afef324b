import {
  type AccountRole,
  type JournalEntry,
  type Json,
  labelOf,
  limits,
  type TaskSpec,
  type TaskTarget,
} from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import type { DurableRun } from './durable.ts'
import { requireDurable } from './durable.ts'
import { type Duration, durationMs, momentMs } from './durations.ts'
import { StepError } from './errors.ts'
import { NotJsonError, requireJson, toJsonText } from './json.ts'
import { anything, requireOptions } from './options.ts'
import { type ScreenAnswer, type ScreenFields, toParameters } from './screen-fields.ts'

/** Who a screen is for: a person by email address or id, everybody of a role, or both. */
export interface ScreenAssignee {
  /** Email address or id of a person of the run's organization. */
  user?: string
  role?: AccountRole
}

/** What a screen shows, who gets it, and how long the run waits. */
export interface ScreenOptions {
  /** What the task is called in the inbox; the name in Title Case when absent. */
  title?: string
  /** What the person has to know, as plain text. */
  description?: string
  /** JSON that the screen shows. It is stored when the run gets here, and stays what it was. Up to 1 MB. */
  props?: { [name: string]: Json }
  /** A form made of these fields. Either this or `component`. */
  fields?: ScreenFields
  /**
   * A React component of the workspace, as a path from this file: `./screens/review.tsx`. A literal, so that it can be
   * found without running the code.
   */
  component?: string
  /** What a component may answer; the server refuses anything else. Any JSON when absent. */
  output?: ScreenFields
  /** Who should do it; everybody of the organization when absent. A function is asked once, when the run gets here. */
  assignee?: ScreenAssignee | (() => ScreenAssignee | Promise<ScreenAssignee>)
  /** When it should be done: the person is reminded then. */
  due?: Duration | Date
  /** How long the run waits; then the answer is `undefined`. */
  timeout?: Duration | Date
  /** Gives an unanswered task to another person after a time. */
  escalate?: { after: Duration; to: ScreenAssignee }
}

type AnswerOf<O> = O extends { component: string }
  ? O extends { output: infer F extends ScreenFields }
    ? ScreenAnswer<F>
    : Json
  : O extends { fields: infer F extends ScreenFields }
    ? ScreenAnswer<F>
    : Json

/** What `screen` with these options gives: the answer, and `undefined` where there is a timeout. */
export type ScreenResult<O> = AnswerOf<O> | (O extends { timeout: Duration | Date } ? undefined : never)

/**
 * Waits for a person, at no cost. The person gets a task with a form (`fields`) or a React component of the workspace
 * (`component`); the answer is checked on the server and given to the code.
 *
 * `undefined` when the `timeout` passed first. Throws a StepError of type `ScreenCancelledError` when a person declined.
 * @example
 * const { approved } = await screen('approve', {
 *   props: { order: order.id, total: order.total },
 *   fields: { approved: 'boolean', comment: { type: 'string', required: false } },
 *   assignee: { role: 'org_admin' },
 *   due: '2 days',
 * })
 */
export async function screen<const O extends ScreenOptions>(
  name: string,
  options: O,
): Promise<ScreenResult<O>> {
  checkOptions(name, options)
  return waitForScreen(name, () => options)
}

/** @internal Asks what the screen shows only when the run gets there, and not at every replay. */
export async function waitForScreen<const O extends ScreenOptions>(
  name: string,
  ask: () => O | Promise<O>,
): Promise<ScreenResult<O>> {
  const run = requireDurable(`screen("${name}")`)
  const { place, known } = run.next('screen', name)
  if (known?.status === 'completed' || known?.status === 'failed') {
    await run.replay(known)
    return outcomeOf(name, known)
  }
  // A replay waits for the task that is there; what it shows is not computed again.
  const wait =
    known?.status === 'waiting'
      ? { dueAt: known.dueAt, task: null }
      : await run.work(name, async () => describe(run, name, await ask()))
  return outcomeOf(name, await run.wait(place, { kind: 'task', ...wait }, []))
}

function outcomeOf<O>(name: string, { output, error }: JournalEntry): ScreenResult<O> {
  if (error) throw new StepError(name, error.type, error.message, error.stack)
  return (output === null ? undefined : JSON.parse(output)) as ScreenResult<O>
}

const NAME_LENGTH_MAX = 200

/** @internal */
export function checkOptions(name: unknown, options: ScreenOptions): void {
  if (typeof name !== 'string' || name === '' || name.length > NAME_LENGTH_MAX || name.includes('\0'))
    throw new TypeError(
      `A screen needs a name of 1 to ${NAME_LENGTH_MAX} characters; it is ${JSON.stringify(name)?.slice(0, 100)}.`,
    )
  const problem =
    typeof options !== 'object' || options === null
      ? 'needs options: fields for a form, or a component'
      : (options.fields === undefined) === (options.component === undefined)
        ? 'needs either fields for a form, or a component'
        : options.component === undefined && options.output !== undefined
          ? 'has an output without a component; the fields of a form are its output'
          : null
  if (problem) throw new TypeError(`screen("${name}") ${problem}.`)
}

const OPTIONS = {
  title: anything,
  description: anything,
  props: anything,
  fields: anything,
  component: anything,
  output: anything,
  assignee: anything,
  due: anything,
  timeout: anything,
  escalate: anything,
} satisfies Record<keyof ScreenOptions, unknown>

async function describe(
  run: DurableRun,
  name: string,
  options: ScreenOptions,
): Promise<{ dueAt: number | null; task: TaskSpec }> {
  const what = `screen("${name}")`
  requireOptions(what, options, OPTIONS)
  const { description, due, timeout, escalate } = options
  const fields = options.fields ?? options.output
  requireJson(fields, options.fields ? 'fields' : 'output')
  const assignee = typeof options.assignee === 'function' ? await options.assignee() : options.assignee
  const targets = await resolveTargets(assignee, escalate?.to)
  run.signal.throwIfAborted()
  return {
    dueAt: timeout === undefined ? null : momentMs(timeout, `The timeout of ${what}`),
    task: {
      title: (options.title ?? labelOf(name)).slice(0, 200),
      description: description?.slice(0, 4000) ?? null,
      component: options.component ?? null,
      props: propsText(options.props, what),
      fields: fields ? toParameters(fields, `${what}: ${options.fields ? 'fields' : 'output'}`) : null,
      assignee: targets.assignee,
      dueAt: due === undefined ? null : momentMs(due, `The due date of ${what}`),
      escalate:
        escalate && targets.escalateTo
          ? {
              at: Date.now() + durationMs(escalate.after, `The time before ${what} is escalated`),
              to: targets.escalateTo,
            }
          : null,
    },
  }
}

/** Asks the platform who they are; without a target, the task is for everybody. */
async function resolveTargets(
  assignee: ScreenAssignee | undefined,
  escalateTo: ScreenAssignee | undefined,
): Promise<{ assignee: TaskTarget; escalateTo: TaskTarget | null }> {
  if (!assignee && !escalateTo) return { assignee: { user: null, role: null }, escalateTo: null }
  return callPlatform(
    'tasks.prepare',
    { assignee: assignee ?? null, escalateTo: escalateTo ?? null },
    'screen',
  )
}

function propsText(props: unknown, what: string): string {
  const text = toJsonText(props ?? {}, 'props')
  if (Buffer.byteLength(text) > limits.taskPropsBytesMax)
    throw new NotJsonError(
      `The props of ${what} are larger than ${limits.taskPropsBytesMax / 1024 / 1024} MB. Write them with files.write and pass the path.`,
    )
  return text
}
