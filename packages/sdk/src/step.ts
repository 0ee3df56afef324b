import { backoffMs, type JournalEntry, type StepAttempt, type StepRoi, type WaitFor } from '@bifrost/contract'
import { type DurableRun, requireDurable } from './durable.ts'
import { type Duration, momentMs, timeoutSignal } from './durations.ts'
import { StepError } from './errors.ts'
import { failureOf } from './failure.ts'
import { toJsonText } from './json.ts'
import {
  anything,
  flag,
  fn as isFunction,
  text as isText,
  notNegative,
  positive,
  requireOptions,
  wholeFrom,
} from './options.ts'
import { retryAfterMs } from './retry-after.ts'
import { requireStepName } from './step-name.ts'
import { stepTx } from './step-tx.ts'

/** When a step is tried again, and what happens when it fails or must be undone. */
export interface StepOptions<T> {
  /** Attempts after the first; 0 when absent. */
  retries?: number
  /** Seconds before the first retry; 1 when absent. */
  backoffSeconds?: number
  /** The factor by which the pause grows at each further retry; 2 when absent. */
  factor?: number
  /** The longest pause in seconds; 3600 when absent. */
  maxDelaySeconds?: number
  /** Up to a tenth of the pause is added at random, so that many runs do not return at once; true when absent. */
  jitter?: boolean
  /** An attempt that takes longer is aborted through its signal and counts as failed. */
  timeoutSeconds?: number
  /** Asked after a failed attempt; false ends the retries. */
  retryIf?: (error: Error) => boolean
  /** Called when all attempts failed; what it returns is the step's output, and the run continues. */
  onFailure?: (error: Error) => T | Promise<T>
  /** Undoes the step when the run later fails for good or is cancelled; in reverse order, each a durable step itself. */
  undo?: (output: T) => unknown
}

/** How a step waits for an answer. */
export interface SuspendOptions {
  /** What it waits for, in words for people: "for the customer's call". */
  reason?: string
  /** After this long the step continues without an answer. */
  timeout?: Duration | Date
}

/** What a step's function gets. */
export interface StepContext {
  /** 1 for the first attempt. */
  attempt: number
  /** Aborts when the run is cancelled or the time of the step or the run is up. */
  signal: AbortSignal
  /** The same at every attempt of this step in this run: pass it to services that support idempotency keys. */
  idempotencyKey: string
  /**
   * Stops here until an answer comes through `POST /api/executions/{id}/resume`; the run leaves its worker meanwhile.
   * Then the function is called again from its top, with `isResuming` and `resumeData`. It never returns: write
   * `return suspend()`, and begin the function with what should happen after the answer.
   */
  suspend(options?: SuspendOptions): Promise<never>
  /** The step was suspended and has resumed. True for every answer, including `null` and `false`, and after a timeout. */
  isResuming: boolean
  /** The answer; undefined after a timeout, and before any answer. */
  resumeData: unknown
}

type StepFunction<T> = (step: StepContext) => T | Promise<T>

/** During a shorter pause the run stays in the process; during a longer one it leaves. */
const IN_PROCESS_MS_MAX = 2000

const OPTIONS = {
  retries: wholeFrom(0),
  backoffSeconds: notNegative,
  factor: notNegative,
  maxDelaySeconds: notNegative,
  jitter: flag,
  timeoutSeconds: positive,
  retryIf: isFunction,
  onFailure: isFunction,
  undo: isFunction,
} satisfies Record<keyof StepOptions<unknown>, unknown>
const SUSPEND_OPTIONS = { reason: isText, timeout: anything } satisfies Record<keyof SuspendOptions, unknown>

function runStep<T>(name: string, fn: StepFunction<T>): Promise<T>
function runStep<T>(name: string, options: StepOptions<T>, fn: StepFunction<T>): Promise<T>
async function runStep<T>(
  name: string,
  first: StepOptions<T> | StepFunction<T>,
  second?: StepFunction<T>,
): Promise<T> {
  const options = typeof first === 'function' ? {} : first
  const fn = typeof first === 'function' ? first : second
  if (typeof fn !== 'function') throw new TypeError(`step("${name}") needs a function as its last argument.`)
  requireStepName(name)
  const run = requireDurable(`step("${name}")`)
  const { place, known } = run.next('step', name)
  if (known && known.status === 'completed') {
    await run.replay(known)
    const output = JSON.parse(known.output ?? 'null') as T
    if (options.undo) run.onUndo(place, () => options.undo?.(output))
    return output
  }
  if (known && known.status === 'failed' && known.error) {
    await run.replay(known)
    throw new StepError(name, known.error.type, known.error.message, known.error.stack)
  }
  // What was stored is given back in any case; code that runs the step has to give options that it knows.
  requireOptions(`step("${name}")`, options, OPTIONS)
  const attempts = known?.attempts ?? []
  let resume = known?.resume ?? null
  if (known?.status === 'waiting')
    resume = (await run.wait(place, { kind: 'resume', dueAt: known.dueAt, reason: null }, attempts)).resume
  else if (known?.status === 'retrying' && known.dueAt !== null && known.dueAt > Date.now())
    await run.wait(place, { kind: 'retry', dueAt: known.dueAt }, attempts)
  return attemptUntilDone(run, place, options, fn, [...attempts], resume)
}

/**
 * The unit of retries and durability: its JSON output is stored and never computed again in this run, even after a
 * crash, a retry, a resume or a deploy. Do one outward action per step.
 *
 * Throws a StepError when all attempts failed. An output that is not JSON, or larger than 8 MB, fails without a retry.
 * `step.tx` writes to tables and stores the step in one transaction.
 * @example const order = await step('fetch-order', { retries: 3 }, ({ signal }) => fetchOrder(id, signal))
 */
export const step = Object.assign(runStep, { tx: stepTx })

type Place = ReturnType<DurableRun['next']>['place']

async function attemptUntilDone<T>(
  run: DurableRun,
  place: Place,
  options: StepOptions<T>,
  fn: StepFunction<T>,
  attempts: StepAttempt[],
  resumed: JournalEntry['resume'],
): Promise<T> {
  let resume = resumed
  for (;;) {
    const attempt = attempts.length + 1
    const startedAt = Date.now()
    run.started(place, attempt)
    try {
      const outcome = await run.work(place.name, async () =>
        runOnce(run, place, { attempt, resume }, options, fn),
      )
      if ('suspended' in outcome) {
        resume = (await run.wait(place, outcome.suspended, attempts)).resume
        continue
      }
      const { text, output, roi } = outcome
      attempts.push({
        attempt,
        started_at: startedAt,
        ended_at: Date.now(),
        error: null,
        ...(roi && { roi }),
      })
      await run.record(place, { attempts, output: text, error: null, hasUndo: options.undo !== undefined })
      if (options.undo) run.onUndo(place, () => options.undo?.(output))
      return output
    } catch (thrown) {
      const failure = failureOf(thrown)
      const { type, message, stack } = failure
      attempts.push({ attempt, started_at: startedAt, ended_at: Date.now(), error: { type, message, stack } })
      const delayMs = retryDelayMs(thrown, failure.retry, attempt, options)
      if (delayMs !== null) {
        if (delayMs <= IN_PROCESS_MS_MAX) await run.sleepInProcess(delayMs)
        else await run.wait(place, { kind: 'retry', dueAt: Date.now() + delayMs }, attempts)
        continue
      }
      if (options.onFailure) return handOver(run, place, options, attempts, thrown)
      await run.record(place, { attempts, output: null, error: { type, message, stack }, hasUndo: false })
      throw new StepError(place.name, type, message, stack)
    }
  }
}

async function runOnce<T>(
  run: DurableRun,
  place: Place,
  { attempt, resume }: { attempt: number; resume: JournalEntry['resume'] },
  options: StepOptions<T>,
  fn: StepFunction<T>,
): Promise<{ text: string; output: T; roi: StepRoi | undefined } | { suspended: WaitFor }> {
  const timeout =
    options.timeoutSeconds === undefined
      ? null
      : timeoutSignal(options.timeoutSeconds, `timeoutSeconds of the step "${place.name}"`)
  const signal = timeout ? AbortSignal.any([run.signal, timeout]) : run.signal
  let endWithoutValue = () => {}
  const suspension = new Promise<void>((resolve) => {
    endWithoutValue = resolve
  })
  let suspended: WaitFor | null = null
  const suspend = (asked: SuspendOptions = {}) => {
    requireOptions(`suspend() of the step "${place.name}"`, asked, SUSPEND_OPTIONS)
    suspended ??= resumeWait(asked)
    endWithoutValue()
    // Nothing after it runs: the function is called again when the answer has come.
    return new Promise<never>(() => {})
  }
  const work = Promise.resolve(
    fn({
      attempt,
      signal,
      idempotencyKey: `${run.executionId}/${place.key}`,
      suspend,
      isResuming: resume !== null,
      resumeData: resume?.data == null ? undefined : JSON.parse(resume.data),
    }),
  )
  const ends: Promise<unknown>[] = [suspension, work]
  if (timeout) ends.push(rejectOn(timeout, place.name, options.timeoutSeconds ?? 0))
  const value = await Promise.race(ends)
  if (suspended) return { suspended }
  const roi = run.takeRoi?.()
  const text = toJsonText(value, place.name)
  // What replay would give, so that the first time and every other are alike.
  return { text, output: JSON.parse(text) as T, roi }
}

const resumeWait = ({ reason, timeout }: SuspendOptions): WaitFor => ({
  kind: 'resume',
  dueAt: timeout === undefined ? null : momentMs(timeout, 'The timeout of suspend()'),
  reason: typeof reason === 'string' ? reason.slice(0, 500) : null,
})

function rejectOn(signal: AbortSignal, name: string, seconds: number): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () =>
      reject(
        Object.assign(new Error(`The step "${name}" took longer than ${seconds} s.`), {
          name: 'StepTimeoutError',
        }),
      )
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
}

async function handOver<T>(
  run: DurableRun,
  place: Place,
  options: StepOptions<T>,
  attempts: StepAttempt[],
  thrown: unknown,
): Promise<T> {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const value = await run.work(place.name, async () => options.onFailure?.(error))
  const text = toJsonText(value, place.name)
  await run.record(place, { attempts, output: text, error: null, hasUndo: options.undo !== undefined })
  return JSON.parse(text) as T
}

/** Null: no further attempt. */
function retryDelayMs<T>(
  thrown: unknown,
  mayRetry: boolean,
  attempt: number,
  options: StepOptions<T>,
): number | null {
  const {
    retries = 0,
    backoffSeconds = 1,
    factor = 2,
    maxDelaySeconds = 3600,
    jitter = true,
    retryIf,
  } = options
  const name = thrown instanceof Error ? thrown.name : ''
  if (attempt > retries || !mayRetry || name === 'FatalError') return null
  if (retryIf && !retryIf(thrown instanceof Error ? thrown : new Error(String(thrown)))) return null
  if (name === 'RetryAfterError') {
    const asked = retryAfterMs((thrown as { afterSeconds?: number | null }).afterSeconds)
    if (asked !== null) return asked
  }
  const delays = { firstMs: backoffSeconds * 1000, maxMs: maxDelaySeconds * 1000, factor }
  return backoffMs(attempt, delays) * (jitter ? 1 + Math.random() / 10 : 1)
}
