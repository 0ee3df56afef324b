import { setTimeout as sleep } from 'node:timers/promises'
import { countValues, type LogLevel, limits, type ResultKind, type RunFailure } from '@bifrost/contract'
import type { AttemptEnd, ClaimedRun } from '../engine/types.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { CodeVersion } from '../workspace/code-versions.ts'
import type { Executable } from '../workspace/types.ts'
import type { AttemptJournal } from './attempt-journal.ts'
import type { Child, ColumnsMessage, DoneMessage, FailedMessage, LostReason, RunMessage } from './child.ts'
import type { PoolRun } from './pool.ts'
import { Redactor } from './redaction/redactor.ts'
import { formOf } from './run-form.ts'
import { StateMachine } from './state-machine.ts'
import { attemptPhases, stopPhases } from './states.ts'

export type StopReason = 'cancelled' | 'timeout'

/** What a run's context says of its organization. */
export const factsOf = ({ organization: { slug, isProvider, parent } }: OrgScope) => ({
  slug,
  isProvider,
  parent,
})

/** One claim of a run, from its start here until it ends, waits or is lost, as this worker sees it. */
export class Attempt {
  readonly run: ClaimedRun
  /** That of its process, from the moment it has one. */
  redactor = new Redactor()
  readonly startedMs = performance.now()
  readonly #phase = new StateMachine('An attempt', attemptPhases, 'reading')
  readonly #stop = new StateMachine('The stop of an attempt', stopPhases, 'none')
  #stopping: StopReason | null = null
  #events: PoolRun['events'] | null = null
  #child: Child | null = null
  #runNumber = 0
  /** Where its code lies within the workspace; known before anything of it runs. */
  codePath = ''
  /** The code was sent with the request. */
  isInline = false
  timer: NodeJS.Timeout | null = null
  /** Display columns that wait to be written. */
  newColumns: ColumnsMessage['columns'] | null = null
  /** What it asked the platform for, and is being answered. */
  readonly calls = new Set<Promise<void>>()
  journal: AttemptJournal | null = null
  logCount = 0
  /** The latest write of its log; the end waits for it, so that no line comes after the end. */
  logsWritten: Promise<void> = Promise.resolve()

  /** Its log is written, and what it asked for is done: nothing of it comes after its end. */
  settled(): Promise<unknown> {
    if (this.calls.size === 0) return this.logsWritten
    const done = Promise.allSettled([...this.calls, this.logsWritten])
    return Promise.race([done, sleep(CALLS_MS_MAX, null, { ref: false })])
  }

  constructor(run: ClaimedRun) {
    this.run = run
    if (run.ending) this.stop(run.ending === 'TIMEOUT' ? 'timeout' : 'cancelled')
  }

  get ended(): boolean {
    return this.#phase.is('ended')
  }

  /** What the pool tells of it; null until it was handed over. */
  get events(): PoolRun['events'] | null {
    return this.#events
  }

  /** The child that has it, or had it at its end. */
  get child(): Child | null {
    return this.#child
  }

  /** Its number in that child. */
  get runNumber(): number {
    return this.#runNumber
  }

  /** A caller asked to cancel it, or its time is up; the child was told. */
  get stopping(): StopReason | null {
    return this.#stopping
  }

  /** Its time to undo what it did is over. */
  get undoIsOver(): boolean {
    return this.#stop.is('undo_over')
  }

  /** It is the pool's from now on. */
  queue(events: PoolRun['events']): void {
    this.#phase.become('queued')
    this.#events = events
  }

  /** This child has it. */
  begin(child: Child, runNumber: number): void {
    this.#phase.become('running')
    this.#child = child
    this.#runNumber = runNumber
    this.redactor = child.redactor
  }

  /** Its child did not begin it: nothing of it runs. */
  returnToQueue(): void {
    this.#phase.become('queued')
    this.#child = null
  }

  /** Nothing of it is heard from now on. */
  end(): void {
    this.#phase.become('ended')
  }

  /** It is to end; the first reason counts. */
  stop(reason: StopReason): void {
    this.#stopping ??= reason
    if (this.#stop.is('none')) this.#stop.become('told')
  }

  /** Whether what its child says now, that it undoes what the run did, gives it further time: once, after a stop or `isOver`. */
  mayUndo(isOver: boolean): boolean {
    return !this.ended && (this.#stop.is('told') || (this.#stop.is('none') && isOver))
  }

  undo(): void {
    this.#stop.become('undoing')
  }

  endUndo(): void {
    this.#stop.become('undo_over')
  }

  /** What is left of its time as this claim begins; 0 for one without a limit. */
  get timeLeftMs(): number {
    const { timeoutMs, spentMs } = this.run
    return timeoutMs > 0 ? Math.max(1, timeoutMs - spentMs) : 0
  }

  /** It was handed to the pool and no child has it yet: none of its code has begun, under this claim or an earlier one. */
  get waitsForProcess(): boolean {
    return this.#phase.is('queued') && this.run.claim === 1
  }

  /** The claims of a run share one sequence; each has room for all the lines it may write. */
  nextLogSeq(): number {
    this.logCount++
    return (this.run.claim - 1) * limits.logLinesMax * 2 + this.logCount
  }

  message(
    code: CodeVersion,
    executable: Executable,
    publicUrl: string,
  ): Omit<RunMessage, 'type' | 'run' | 'beginBy'> {
    const { run } = this
    const { scope } = run
    return {
      target: {
        exportName: executable.exportName,
        arguments: executable.arguments,
        parameters: executable.parameters,
        metadata: metadataOf(executable, code.path),
        ...(run.type === 'mapping' ? { part: 'map' as const } : {}),
      },
      input: run.input,
      context: {
        executionId: run.executionId,
        workflowId: run.workflowId,
        workflowName: run.workflowName,
        orgId: scope.orgId,
        orgName: scope.orgName,
        organization: factsOf(scope),
        userId: scope.userId,
        email: scope.email,
        name: scope.name,
        isPlatformAdmin: scope.role === 'platform_admin',
        isGlobalScope: scope.owner === null,
        publicUrl,
        attempt: run.attempt,
        timeSaved: run.timeSaved,
        value: run.value,
        form: formOf(run.origin),
      },
      timeoutMs: this.timeLeftMs,
      durable: run.durable,
      journal: run.journal,
      lastAttempt: run.attempt >= run.maxAttempts,
      undo: run.ending !== null,
    }
  }

  /** `result`: that of the message, without secrets. */
  done(message: DoneMessage, result: string): AttemptEnd {
    // The child refuses it with better words; one that speaks for itself does not.
    if (isTooLarge(message.result)) return this.loadFailed(RESULT_TOO_LARGE)
    const failed = saysFailure(result)
    return {
      ...this.#end(message),
      status: failed ? 'COMPLETED_WITH_ERRORS' : 'SUCCESS',
      error: failed
        ? this.#shown({
            code: 'returned_failure',
            type: 'ReturnedFailure',
            message: failed.message,
            stack: '',
            forUser: true,
          })
        : null,
      result,
      resultKind: resultKindOf(result),
      timeSaved: message.timeSaved,
      value: message.value,
    }
  }

  failed(message: FailedMessage): AttemptEnd {
    return { ...this.#end(message), ...this.#failure(message.failure) }
  }

  loadFailed(failure: RunFailure): AttemptEnd {
    return { ...this.#end(null), ...this.#failure(failure) }
  }

  lost(reason: LostReason): AttemptEnd {
    const error = {
      code: reason.code,
      type: 'WorkerLostError',
      message: reason.message,
      stack: '',
      forUser: false,
    }
    return { ...this.#end(null), status: 'FAILED', error: this.#shown(error) }
  }

  stopped(message: FailedMessage | null): AttemptEnd {
    const seconds = this.run.timeoutMs / 1000
    const timeout = this.stopping === 'timeout'
    return {
      ...this.#end(message),
      status: timeout ? 'TIMEOUT' : 'CANCELLED',
      error: {
        code: timeout ? 'timeout' : 'cancelled',
        type: timeout ? 'TimeoutError' : 'CancelledError',
        message: timeout
          ? `The run took longer than its limit of ${seconds} s; raise timeoutSeconds or make it faster.`
          : 'The run was cancelled.',
        stack: '',
        forUser: true,
      },
    }
  }

  #failure(failure: RunFailure): Pick<AttemptEnd, 'status' | 'error'> {
    const { kind, type, message, stack, forUser } = failure
    return { status: 'FAILED', error: this.#shown({ code: kind, type, message, stack, forUser }) }
  }

  /** An error as it may be stored: without secrets, and short, since lists of runs show it. */
  #shown(error: NonNullable<AttemptEnd['error']>): AttemptEnd['error'] {
    const shown = (text: string, max: number) => this.redactor.text(text).slice(0, max)
    return {
      ...error,
      type: shown(error.type, TYPE_LENGTH_MAX),
      message: shown(error.message, MESSAGE_LENGTH_MAX),
      stack: shown(error.stack, STACK_LENGTH_MAX),
    }
  }

  #end(message: DoneMessage | FailedMessage | null): AttemptEnd {
    return {
      executionId: this.run.executionId,
      claim: this.run.claim,
      status: 'FAILED',
      durationMs: Math.round((performance.now() - this.startedMs) * 1000) / 1000,
      error: null,
      result: null,
      resultKind: null,
      variables: this.redactor.json(variablesOf(message)),
      logCount: this.logCount,
      cpuMs: message?.cpuMs ?? 0,
      rssBytes: message?.rssBytes ?? 0,
      timeSaved: 0,
      value: 0,
    }
  }
}

/** So long the end of a run waits for calls of it that the platform is answering. */
const CALLS_MS_MAX = 5000
const TYPE_LENGTH_MAX = 200
const MESSAGE_LENGTH_MAX = 10_000
const STACK_LENGTH_MAX = 20_000

const RESULT_TOO_LARGE: RunFailure = {
  kind: 'result_invalid',
  type: 'ResultError',
  message: `The result is larger than ${limits.resultBytesMax / 1024 / 1024} MB, or has more than ${limits.jsonValuesMax.toLocaleString('en-US')} values.`,
  stack: '',
  forUser: false,
  retry: false,
}

/** More than one piece of JSON may be: showing it means parsing all of it. */
export const isTooLarge = (json: string): boolean =>
  json.length > limits.resultBytesMax ||
  (json.length > limits.jsonValuesMax && countValues(json) > limits.jsonValuesMax)

/** The child keeps to the limit by itself, apart from a note of what it left out; twice as much cannot come from our runtime. */
const variablesOf = (message: DoneMessage | FailedMessage | null): string =>
  message && message.variables.length <= 2 * limits.variablesBytesMax ? message.variables : '{}'

/** The line that stands for lines that were dropped. */
export function droppedLine(dropped: number): { level: LogLevel; message: string } {
  return {
    level: 'warning',
    message: `${dropped} more log lines were not kept: the limit is ${limits.logLinesMax} lines per run.`,
  }
}

/** A run that returns `{ success: false }` completed with errors. The text is looked at first: parsing costs. */
function saysFailure(result: string): { message: string } | null {
  if (!result.startsWith('{') || !result.includes('"success":false')) return null
  const value = parsed(result)
  if (value?.success !== false) return null
  return { message: typeof value.error === 'string' ? value.error : 'The workflow reported a failure.' }
}

/** Null for text that is no JSON: a child that speaks for itself can send anything. */
function parsed(text: string): { success?: unknown; error?: unknown } | null {
  try {
    return JSON.parse(text) as { success?: unknown; error?: unknown }
  } catch {
    return null
  }
}

const resultKindOf = (result: string): ResultKind =>
  result.startsWith('"') ? (/^"(?:\s|\\[nrt])*</.test(result) ? 'html' : 'text') : 'json'

export const metadataOf = (executable: Executable, path: string): Record<string, unknown> => {
  const { arguments: _arguments, error: _error, warnings: _warnings, line: _line, ...others } = executable
  // Of these the code itself has more than analysis: functions.
  const { startOn: _startOn, cancelOn: _cancelOn, columns: _columns, ...rest } = others
  return { ...rest, isTool: executable.type === 'tool', path }
}
