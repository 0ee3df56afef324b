import { type LogLevel, limits, type ResultKind, type RunFailure } from '@bifrost/contract'
import type { AttemptEnd, ClaimedRun } from '../engine/engine.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { CodeVersion } from '../workspace/code-versions.ts'
import type { Executable } from '../workspace/types.ts'
import type { AttemptJournal } from './attempt-journal.ts'
import type { Child, ColumnsMessage, DoneMessage, FailedMessage, LostReason, RunMessage } from './child.ts'
import type { PoolRun } from './pool.ts'
import { Redactor } from './redact.ts'

/** What a run's context says of its organisation. */
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
  /** What the pool tells of it; null until it was handed over. */
  events: PoolRun['events'] | null = null
  child: Child | null = null
  runNumber = 0
  /** Where its code lies within the workspace; known before anything of it runs. */
  codePath = ''
  timer: NodeJS.Timeout | null = null
  /** Somebody asked to cancel it, or its time is up; the child was told. */
  stopping: 'cancelled' | 'timeout' | null = null
  /** Display columns that wait to be written. */
  newColumns: ColumnsMessage['columns'] | null = null
  /** The child has said that it takes back what the run did. */
  isUndoing = false
  ended = false
  journal: AttemptJournal | null = null
  logCount = 0
  /** The latest write of its log; the end waits for it, so that no line comes after the end. */
  logsWritten: Promise<void> = Promise.resolve()

  constructor(run: ClaimedRun) {
    this.run = run
    if (run.ending) this.stopping = run.ending === 'TIMEOUT' ? 'timeout' : 'cancelled'
  }

  /** The claims of a run share one sequence; each has room for all the lines it may write. */
  nextLogSeq(): number {
    this.logCount++
    return (this.run.claim - 1) * limits.logLinesMax * 2 + this.logCount
  }

  message(code: CodeVersion, executable: Executable): Omit<RunMessage, 'type' | 'run'> {
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
        attempt: run.attempt,
        timeSaved: run.timeSaved,
        value: run.value,
        form: run.form,
      },
      timeoutMs: run.timeoutMs,
      durable: run.durable,
      journal: run.journal,
      lastAttempt: run.attempt >= run.maxAttempts,
      undo: run.ending !== null,
    }
  }

  done(message: DoneMessage): AttemptEnd {
    // The child refuses it with better words; one that speaks for itself does not.
    if (message.result.length > limits.resultBytesMax) return this.loadFailed(RESULT_TOO_LARGE)
    const result = this.redactor.json(message.result)
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

const TYPE_LENGTH_MAX = 200
const MESSAGE_LENGTH_MAX = 10_000
const STACK_LENGTH_MAX = 20_000

const RESULT_TOO_LARGE: RunFailure = {
  kind: 'result_invalid',
  type: 'ResultError',
  message: `The result is larger than ${limits.resultBytesMax / 1024 / 1024} MB.`,
  stack: '',
  forUser: false,
  retry: false,
}

/** The child keeps to the limit by itself, apart from a note of what it left out; twice as much is no child of ours. */
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
