import { AppError, limits, type RunFailure } from '@bifrost/contract'
import { cancelRequests } from '../engine/cancel.ts'
import { claimRuns } from '../engine/claim.ts'
import type { AttemptEnd, ClaimedRun, Engine, LocalWorker } from '../engine/engine.ts'
import { readJournals } from '../engine/journal.ts'
import { endLease, RENEW_MS, renewLease } from '../engine/lease.ts'
import { resumeRun } from '../engine/record.ts'
import type { SdkMethod } from '../engine/sdk-method.ts'
import { nextDueMs, promoteDue, recoverLostRuns } from '../engine/sweep.ts'
import { nextWakeMs, suspendRun, wakeDue } from '../engine/wait.ts'
import { isDataError } from '../platform/database.ts'
import type { CodeVersions } from '../workspace/code-versions.ts'
import { Attempt, droppedLine } from './attempt.ts'
import { AttemptJournal } from './attempt-journal.ts'
import type { Child, LostReason, SuspendMessage } from './child.ts'
import type { Pool, PoolRun } from './pool.ts'
import { recordEnd } from './record-end.ts'
import { untilAnswered } from './until-answered.ts'

export interface WorkerOptions {
  engine: Engine
  pool: Pool
  codeVersions: CodeVersions
  sdkMethods: Readonly<Record<string, SdkMethod>>
  workerId: string
}

const SWEEP_MS = 1000
const CLAIM_MIN = 64
const CLAIM_FEW_AFTER_MS = 10
/** After so long a child that was told to stop a run and does not answer is taken for blocked. */
const STOP_GRACE_MS = 500
const SHUTDOWN_GRACE_MS = 5000
/** What they answer may be as large as a file: one at a time per child, and the next when it has left. */
const LARGE_ANSWERS: ReadonlySet<string> = new Set(['files.read'])

type CallMessage = Parameters<PoolRun['events']['call']>[0]

/** Takes live work and sees each run to its end. One per process. */
export class Worker implements LocalWorker {
  readonly id: string
  readonly #options: WorkerOptions
  readonly #engine: Engine
  readonly #attempts = new Map<string, Attempt>()
  readonly #outcomes = new Map<string, PromiseWithResolvers<AttemptEnd | null>>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #unsubscribe: (() => void)[] = []
  /** The last turn of large answers, by child. */
  readonly #large = new WeakMap<Child, Promise<void>>()
  #reserved = 0
  /** More waits in the queue than fitted at the last claim; nobody goes before it. */
  #backlog = true
  #claimPlanned = false
  #fewTimer: NodeJS.Timeout | null = null
  #claiming = false
  #claimAgain = false
  #dueTimer: NodeJS.Timeout | null = null
  #stopping = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#engine = options.engine
    this.id = options.workerId
  }

  async start(): Promise<void> {
    const { notifier } = this.#engine
    await renewLease(this.#engine, this.id)
    await this.#guarded('sweep', () => this.#sweep())
    this.#engine.localWorker = this
    this.#unsubscribe.push(notifier.subscribe('queue', () => this.#claim()))
    this.#unsubscribe.push(
      notifier.subscribe('cancel', () => void this.#guarded('cancel', () => this.#cancelRequested())),
    )
    this.#timers.push(
      setInterval(() => void this.#guarded('lease', () => renewLease(this.#engine, this.id)), RENEW_MS),
    )
    this.#timers.push(setInterval(() => void this.#guarded('sweep', () => this.#sweep()), SWEEP_MS))
  }

  /** Takes no more work, lets runs finish for a while, then gives the rest back as if the worker were lost. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#engine.localWorker = null
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    const deadline = performance.now() + SHUTDOWN_GRACE_MS
    // What is reserved is being claimed at this moment: it would begin after the end.
    while (this.#attempts.size + this.#reserved > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    for (const timer of this.#timers) clearInterval(timer)
    if (this.#fewTimer) clearTimeout(this.#fewTimer)
    if (this.#dueTimer) clearTimeout(this.#dueTimer)
    for (const attempt of this.#attempts.values()) if (attempt.timer) clearTimeout(attempt.timer)
    await this.#options.pool.stop()
    await this.#engine.ends.idle()
    await this.#guarded('leave', () => endLease(this.#engine, this.id))
  }

  get activeRuns(): number {
    return this.#attempts.size
  }

  reserve(): boolean {
    if (this.#stopping || this.#backlog || this.#free <= 0) return false
    this.#reserved++
    return true
  }

  release(): void {
    this.#reserved--
  }

  begin(run: ClaimedRun): void {
    this.#reserved--
    this.#begin(run)
  }

  outcome(executionId: string): Promise<AttemptEnd | null> {
    if (!this.#attempts.has(executionId)) return Promise.resolve(null)
    const outcome = this.#outcomes.get(executionId) ?? Promise.withResolvers<AttemptEnd | null>()
    this.#outcomes.set(executionId, outcome)
    return outcome.promise
  }

  get #free(): number {
    return limits.runsPerWorkerMax - this.#attempts.size - this.#reserved
  }

  /** At the end of the turn, so that all runs that ended in it have freed their slots. */
  #claim(): void {
    if (this.#claimPlanned || this.#stopping) return
    this.#claimPlanned = true
    setImmediate(() => {
      this.#claimPlanned = false
      void this.#claimNow(false)
    })
  }

  async #claimNow(few: boolean): Promise<void> {
    if (this.#stopping || this.#claiming) {
      this.#claimAgain = this.#claiming
      return
    }
    const count = this.#free
    if (count <= 0) {
      this.#backlog = true
      return
    }
    // Many rows at once cost as much as one, so while plenty is under way a moment is worth waiting for more slots.
    if (!few && count < Math.min(CLAIM_MIN, limits.runsPerWorkerMax - count)) {
      this.#backlog = true
      this.#fewTimer ??= setTimeout(() => {
        this.#fewTimer = null
        void this.#claimNow(true)
      }, CLAIM_FEW_AFTER_MS)
      return
    }
    this.#claiming = true
    this.#reserved += count
    try {
      const runs = await claimRuns(this.#engine, this.id, count)
      this.#backlog = runs.length === count
      this.#reserved -= count
      for (const run of runs) this.#begin(run)
    } catch (error) {
      this.#reserved -= count
      this.#engine.log.error({ err: error }, 'claiming failed')
    }
    this.#claiming = false
    if (this.#claimAgain) {
      this.#claimAgain = false
      this.#claim()
    }
  }

  #begin(run: ClaimedRun): void {
    const attempt = new Attempt(run)
    attempt.journal = new AttemptJournal(this.#engine, this.id, attempt, () => this.#abandon(attempt))
    this.#attempts.set(run.executionId, attempt)
    if (run.timeoutMs > 0) attempt.timer = setTimeout(() => this.#stopRun(attempt, 'timeout'), run.timeoutMs)
    const code = this.#options.codeVersions.get(run.codeVersion)
    if (code instanceof Promise)
      code.then(
        (found) => this.#handOver(attempt, found),
        (error: unknown) => {
          this.#engine.log.error({ err: error }, 'reading a code version failed')
          void this.#end(
            attempt,
            attempt.lost({ code: 'killed', message: 'The code of this run could not be read.' }),
            true,
          )
        },
      )
    else this.#handOver(attempt, code)
  }

  #handOver(attempt: Attempt, code: Awaited<ReturnType<CodeVersions['get']>>): void {
    const { run } = attempt
    if (attempt.ended) return
    const executable = code?.executables.find((one) => one.name === run.workflowName)
    if (!code || !executable) {
      void this.#end(attempt, attempt.loadFailed(missingCode(run)), false)
      return
    }
    attempt.events = this.#events(attempt)
    this.#options.pool.run({
      orgId: run.scope.orgId,
      code,
      message: attempt.message(code, executable),
      events: attempt.events,
    })
  }

  #events(attempt: Attempt): PoolRun['events'] {
    return {
      started: (child, number) => {
        attempt.child = child
        attempt.runNumber = number
        if (attempt.stopping) child.cancel(number, attempt.stopping)
      },
      log: ({ level, message, at }) => this.#log(attempt, level, message, at),
      call: (message) => void this.#call(attempt, message),
      stepStarted: (message) => attempt.journal?.started(message),
      stepEnded: (message) => attempt.journal?.ended(message),
      wait: (message) => attempt.journal?.wait(message),
      suspended: (message) => void this.#suspend(attempt, message),
      done: (message) => {
        if (message.logsDropped > 0) this.#logDropped(attempt, message.logsDropped)
        const end = attempt.stopping ? attempt.stopped(null) : attempt.done(message)
        void this.#end(attempt, end, false)
      },
      failed: (message) => {
        if (message.logsDropped > 0) this.#logDropped(attempt, message.logsDropped)
        // Code of a run that failed from the side may still be going on.
        if (attempt.child && ['exit', 'unhandled', 'stopped'].includes(message.failure.kind))
          this.#options.pool.retire(attempt.child)
        // The child keeps the run's time as well, and may be the first to see it pass.
        if (message.failure.kind === 'stopped') attempt.stopping ??= 'timeout'
        if (attempt.stopping) void this.#end(attempt, attempt.stopped(message), false)
        else void this.#end(attempt, attempt.failed(message), message.failure.retry)
      },
      loadFailed: (failure) => void this.#end(attempt, attempt.loadFailed(failure), failure.retry),
      lost: (reason) => this.#lost(attempt, reason),
    }
  }

  /** The run waits: it leaves the worker, and the slot is free. */
  async #suspend(attempt: Attempt, message: SuspendMessage): Promise<void> {
    if (message.logsDropped > 0) this.#logDropped(attempt, message.logsDropped)
    if (!this.#finish(attempt)) return
    await attempt.logsWritten
    const suspend = (variables: string) =>
      suspendRun(this.#engine, this.id, attempt.run, {
        waiting: message.waiting,
        variables,
        logCount: attempt.logCount,
        durationMs: performance.now() - attempt.startedMs,
      })
    const suspended = await this.#untilAnswered(attempt, () =>
      suspend(attempt.redactor.json(message.variables)).catch((error: unknown) => {
        // A child that speaks for itself can send anything as variables.
        if (isDataError(error)) return suspend('{}')
        throw error
      }),
    )
    if (suspended === 'suspended') this.#planDue()
    this.#remove(attempt, null)
  }

  /** The run is no longer ours, or its journal could not be written: whatever it still does is not heard. */
  #abandon(attempt: Attempt): void {
    if (attempt.ended) return
    const { child, runNumber } = attempt
    if (child) {
      child.cancel(runNumber, 'cancelled')
      child.forget(runNumber)
      this.#options.pool.retire(child)
    }
    this.#lost(attempt, { code: 'killed', message: JOURNAL_NOT_WRITTEN })
  }

  #remove(attempt: Attempt, end: AttemptEnd | null): void {
    const { executionId } = attempt.run
    this.#attempts.delete(executionId)
    this.#outcomes.get(executionId)?.resolve(end)
    this.#outcomes.delete(executionId)
    if (this.#backlog) this.#claim()
  }

  #lost(attempt: Attempt, reason: LostReason): void {
    if (attempt.stopping) void this.#end(attempt, attempt.stopped(null), false)
    else if (attempt.run.durable) void this.#resume(attempt, reason)
    else void this.#end(attempt, attempt.lost(reason), true)
  }

  /** What a durable run has done is stored; another process goes on with it. */
  async #resume(attempt: Attempt, reason: LostReason): Promise<void> {
    if (!this.#finish(attempt)) return
    await attempt.logsWritten
    const resumed = await this.#untilAnswered(attempt, () =>
      resumeRun(this.#engine, this.id, attempt.run, attempt.logCount),
    )
    const end = resumed === false ? await this.#record(attempt, attempt.lost(reason), false) : null
    this.#remove(attempt, end)
  }

  #log(attempt: Attempt, level: 'debug' | 'info' | 'warning' | 'error', message: string, at: number): void {
    // The child counts, too; a child that does not is not believed.
    if (attempt.ended || attempt.logCount >= limits.logLinesMax + 1) return
    const { run } = attempt
    attempt.logsWritten = this.#engine.logs
      .add({
        executionId: run.executionId,
        claim: run.claim,
        workerId: this.id,
        orgId: run.scope.orgId,
        seq: attempt.nextLogSeq(),
        level,
        at,
        message: attempt.redactor.text(message.slice(0, limits.logLineBytesMax + 100)),
      })
      .then(
        () => this.#engine.notifier.publish(`execution:${run.executionId}`),
        (error: unknown) => this.#engine.log.error({ err: error }, 'writing a log line failed'),
      )
  }

  #logDropped(attempt: Attempt, dropped: number): void {
    const { level, message } = droppedLine(dropped)
    this.#log(attempt, level, message, Date.now())
  }

  async #call(attempt: Attempt, message: CallMessage): Promise<void> {
    const { child } = attempt
    if (!child || !LARGE_ANSWERS.has(message.method)) return this.#callNow(attempt, message)
    const turn = (this.#large.get(child) ?? Promise.resolve()).then(() => this.#callNow(attempt, message))
    this.#large.set(child, turn)
    return turn
  }

  async #callNow(attempt: Attempt, { call, method, args }: CallMessage): Promise<void> {
    const { child, run } = attempt
    if (!child || child.ended) return
    const answer = await this.#answer(attempt, method, args).catch((error: unknown) => {
      if (error instanceof AppError) return { error: { code: error.code, message: error.message } }
      this.#engine.log.error({ err: error, method, execution: run.executionId }, 'a platform call failed')
      return {
        error: { code: 'internal', message: `${method} failed inside the platform; its log has the cause.` },
      }
    })
    if (!child.ended) await child.reply(call, answer)
  }

  async #answer(
    attempt: Attempt,
    method: string,
    args: Record<string, unknown>,
  ): Promise<{ value: unknown }> {
    const handler = Object.hasOwn(this.#options.sdkMethods, method)
      ? this.#options.sdkMethods[method]
      : undefined
    if (!handler) throw new AppError('not_found', `This platform has no ${method}.`)
    const value = await handler(attempt.run.scope, args, {
      executionId: attempt.run.executionId,
      addSecret: (secret) => attempt.redactor.add(secret),
    })
    return { value: value ?? null }
  }

  /** Tells the child, gives it a moment, and kills it when it is this run that holds it. */
  #stopRun(attempt: Attempt, reason: 'cancelled' | 'timeout'): void {
    if (attempt.ended || attempt.stopping) return
    attempt.stopping = reason
    const { child, runNumber } = attempt
    if (!child) {
      // Not in a child yet: nothing of it runs, nor shall when a child is free.
      if (attempt.events) this.#options.pool.withdraw(attempt.events)
      void this.#end(attempt, attempt.stopped(null), false)
      return
    }
    child.cancel(runNumber, reason)
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.timer = setTimeout(() => {
      if (attempt.ended) return
      const guilty = child.busyRun === null || child.busyRun === runNumber
      void this.#end(attempt, attempt.stopped(null), false)
      child.forget(runNumber)
      if (guilty) child.kill({ code: 'killed', message: OTHER_RUN_BLOCKED })
      else this.#options.pool.retire(child)
    }, STOP_GRACE_MS)
  }

  async #cancelRequested(): Promise<void> {
    for (const executionId of await cancelRequests(this.#engine, this.id)) {
      const attempt = this.#attempts.get(executionId)
      if (attempt) this.#stopRun(attempt, 'cancelled')
    }
  }

  async #end(attempt: Attempt, end: AttemptEnd, mayRetry: boolean): Promise<void> {
    if (!this.#finish(attempt)) return
    await attempt.logsWritten
    const stored = await this.#record(attempt, end, mayRetry)
    if (!stored && !this.#stopping) this.#planDue()
    this.#remove(attempt, stored)
  }

  /** From now on nothing of the attempt is heard; false when it was over before. */
  #finish(attempt: Attempt): boolean {
    if (attempt.ended) return false
    attempt.ended = true
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.journal?.close()
    return true
  }

  #record({ run }: Attempt, end: AttemptEnd, mayRetry: boolean): Promise<AttemptEnd | null> {
    return recordEnd(this.#engine, run, end, {
      workerId: this.id,
      retry: mayRetry && run.attempt < run.maxAttempts,
      stopping: () => this.#stopping,
    })
  }

  #untilAnswered<T>({ run }: Attempt, write: () => Promise<T>): Promise<T | null> {
    const options = { executionId: run.executionId, stopping: () => this.#stopping }
    return untilAnswered(this.#engine, options, write)
  }

  async #sweep(): Promise<void> {
    await promoteDue(this.#engine)
    await this.#wakeWaiting()
    await recoverLostRuns(this.#engine)
    if (this.#attempts.size > 0) await this.#cancelRequested()
    await this.#armDueTimer()
    this.#claim()
  }

  #planDue(): void {
    void this.#guarded('due', () => this.#armDueTimer())
  }

  /** Planned runs start on time, not at the next sweep. */
  async #armDueTimer(): Promise<void> {
    const waits = [await nextDueMs(this.#engine), await nextWakeMs(this.#engine)].filter((ms) => ms !== null)
    const waitMs = waits.length > 0 ? Math.min(...waits) : null
    if (this.#dueTimer) clearTimeout(this.#dueTimer)
    this.#dueTimer = null
    if (waitMs === null || waitMs > SWEEP_MS || this.#stopping) return
    this.#dueTimer = setTimeout(() => void this.#guarded('due', () => this.#wake()), Math.max(0, waitMs))
  }

  /** A run that is still here, because something else of it goes on, is told; the others come back through the queue. */
  async #wakeWaiting(): Promise<void> {
    for (const executionId of await wakeDue(this.#engine)) {
      const attempt = this.#attempts.get(executionId)
      if (!attempt?.child) continue
      const journals = await readJournals(this.#engine.db.query, [executionId])
      for (const entry of journals.get(executionId) ?? [])
        if (attempt.journal?.takeWaiting(entry)) attempt.child.resolved(attempt.runNumber, entry)
    }
  }

  async #wake(): Promise<void> {
    await promoteDue(this.#engine)
    await this.#wakeWaiting()
    await this.#armDueTimer()
  }

  async #guarded(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#stopping) this.#engine.log.error({ err: error }, `${what} failed`)
    }
  }
}

const OTHER_RUN_BLOCKED = 'Another run of the same code held the process without yielding, and it was ended.'

const JOURNAL_NOT_WRITTEN = 'What the run did could not be stored, so it was not allowed to go on.'

const missingCode = (run: ClaimedRun): RunFailure => ({
  kind: 'load_failed',
  type: 'LoadError',
  message: `The code version of this run does not define "${run.workflowName}".`,
  stack: '',
  forUser: false,
  retry: false,
})
