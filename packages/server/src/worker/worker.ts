import type { StepTransaction } from '@bifrost/contract'
import { heldRuns } from '../engine/lease/orphaned-claims.ts'
import { cancelRequests } from '../engine/run/cancel.ts'
import { writeColumns } from '../engine/run/columns.ts'
import { type Mismatch, mismatchText, parkRun } from '../engine/run/park.ts'
import { resumeRun } from '../engine/run/record.ts'
import { leaveForUndo } from '../engine/run/undo.ts'
import { suspendRun } from '../engine/run/wait.ts'
import type { AttemptEnd, ClaimedRun, Engine, LocalWorker } from '../engine/types.ts'
import { isDataError, type Query } from '../platform/database.ts'
import { type OrgScope, shareHolderOf } from '../platform/scope.ts'
import type { SdkMethods } from '../tenancy/sdk-method.ts'
import { type CodeVersions, isInlinePath } from '../workspace/code-versions.ts'
import { Attempt, droppedLine } from './attempt.ts'
import { AttemptJournal } from './attempt-journal.ts'
import { Capacity } from './capacity.ts'
import type { ColumnsMessage, DoneMessage, FailedMessage, LostReason, SuspendMessage } from './child.ts'
import { PlatformCalls } from './platform-calls.ts'
import { type Pool, type PoolRun, SERVER_STOPPED } from './pool.ts'
import { recordEnd } from './record-end.ts'
import { RedactionThread } from './redaction/redaction-thread.ts'
import { ResidentWaits } from './resident-waits.ts'
import { retryWhileUnavailable } from './retry-while-unavailable.ts'
import { StateMachine } from './state-machine.ts'
import { workerModes } from './states.ts'
import { Stops } from './stops.ts'
import { ALWAYS_WAITS, JOURNAL_NOT_WRITTEN, missingCode, RESULT_NOT_SEARCHED } from './worker-failures.ts'
import { WorkerLease } from './worker-lease.ts'
import { writeLog } from './write-log.ts'

export interface WorkerOptions {
  engine: Engine
  pool: Pool
  codeVersions: Pick<CodeVersions, 'get'>
  sdkMethods: Partial<SdkMethods>
  /** Where people reach the platform. */
  publicUrl(): string
  /** Does to tables what a step.tx asks for; an AppError refuses it. */
  applyTransaction(query: Query, scope: OrgScope, transaction: StepTransaction): Promise<void>
  workerId: string
  /** So long it lets runs finish when it stops. */
  stopGraceMs: number
}

/** How often it looks by itself for what it should have been told. */
const LOOK_MS = 1000
/** How often it looks for runs that it was given and does not have. */
const GIVE_BACK_MS = 3000

/** Takes live work and sees each run to its end. One per process. */
export class Worker implements LocalWorker {
  readonly id: string
  readonly #options: WorkerOptions
  readonly #engine: Engine
  readonly #attempts = new Map<string, Attempt>()
  readonly #outcomes = new Map<string, PromiseWithResolvers<AttemptEnd | null>>()
  readonly #timers: NodeJS.Timeout[] = []
  readonly #unsubscribe: (() => void)[] = []
  readonly #lease: WorkerLease
  readonly #capacity: Capacity
  readonly #waits: ResidentWaits
  readonly #calls: PlatformCalls
  readonly #redaction = new RedactionThread()
  readonly #stops: Stops
  readonly #mode = new StateMachine('The worker', workerModes, 'new')
  #stopped: Promise<void> | null = null

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#engine = options.engine
    this.id = options.workerId
    this.#lease = new WorkerLease(options.engine, this.id, () => this.#letOthersGo())
    options.pool.goAhead = (go) => this.#lease.whenValid(go)
    this.#capacity = new Capacity({
      ...options,
      lease: this.#lease,
      begin: (run) => this.#begin(run),
      has: (id) => this.#attempts.has(id),
    })
    this.#waits = new ResidentWaits(options.engine)
    this.#calls = new PlatformCalls(options.engine, options.sdkMethods, this.#redaction)
    this.#stops = new Stops({ pool: options.pool, end: (attempt) => void this.#endStopped(attempt) })
  }

  async start(): Promise<void> {
    const { notifier } = this.#engine
    await this.#lease.take()
    this.#mode.become('working')
    this.#engine.localWorker = this
    this.#unsubscribe.push(notifier.subscribe('queue', () => this.#capacity.claim()))
    this.#unsubscribe.push(
      notifier.subscribe('cancel', () => void this.#guarded('cancel', () => this.#cancelRequested())),
    )
    this.#timers.push(setInterval(() => this.#look(), LOOK_MS))
    this.#timers.push(
      setInterval(
        () => void this.#guarded('releasing orphaned claims', () => this.#capacity.releaseOrphanedClaims()),
        GIVE_BACK_MS,
      ),
    )
    this.#capacity.claim()
  }

  /**
   * Takes no more work, lets runs finish for a while, then gives the rest back as if the worker were lost. Who asks again
   * meanwhile waits for the same end.
   */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopOnce()
    return this.#stopped
  }

  async #stopOnce(): Promise<void> {
    this.#mode.become('stopping')
    this.#capacity.stop()
    this.#engine.localWorker = null
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    const deadline = performance.now() + this.#options.stopGraceMs
    // What is reserved is being claimed at this moment: it would begin after the end.
    while (this.#capacity.taken > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    for (const timer of this.#timers) clearInterval(timer)
    for (const attempt of this.#attempts.values()) if (attempt.timer) clearTimeout(attempt.timer)
    await this.#options.pool.stop()
    await this.#redaction.stop()
    await this.#engine.ends.idle()
    await this.#guarded('leave', () => this.#lease.leave())
    this.#mode.become('stopped')
  }

  get #stopping(): boolean {
    return this.#mode.is('stopping', 'stopped')
  }

  get activeRuns(): number {
    return this.#attempts.size
  }

  reserve(executionId: string, shareHolder: string, runsMax: number | null): boolean {
    return this.#capacity.reserve(executionId, shareHolder, runsMax)
  }

  release(executionId: string): void {
    this.#capacity.release(executionId)
  }

  begin(run: ClaimedRun): void {
    if (this.#capacity.release(run.executionId)) this.#begin(run)
  }

  waitsForProcess(executionId: string): boolean {
    const attempt = this.#attempts.get(executionId)
    return attempt?.events != null && attempt.waitsForProcess && this.#options.pool.hasToWait(attempt.events)
  }

  outcome(executionId: string): Promise<AttemptEnd | null> {
    if (!this.#attempts.has(executionId)) return Promise.resolve(null)
    const outcome = this.#outcomes.get(executionId) ?? Promise.withResolvers<AttemptEnd | null>()
    this.#outcomes.set(executionId, outcome)
    return outcome.promise
  }

  /** After a lapse of the lease: runs that others have taken, or will, are not this worker's any more. */
  async #letOthersGo(): Promise<void> {
    const held = await heldRuns(this.#engine, this.id)
    for (const attempt of [...this.#attempts.values()])
      if (held.get(attempt.run.executionId) !== attempt.run.claim) this.#abandon(attempt)
  }

  #begin(run: ClaimedRun): void {
    const before = this.#attempts.get(run.executionId)
    if (before) this.#abandon(before)
    const attempt = new Attempt(run)
    attempt.journal = new AttemptJournal(this.#engine, this.id, attempt, this.#redaction, {
      waiting: (key, answered) => this.#waits.add(attempt, key, answered),
      apply: async (query, transaction) =>
        this.#options.applyTransaction(query, await this.#calls.scopeOf(attempt, query), transaction),
      fenced: () => this.#abandon(attempt),
    })
    this.#attempts.set(run.executionId, attempt)
    this.#capacity.take(shareHolderOf(run.scope))
    if (run.ending) this.#stops.allowUndo(attempt)
    else if (attempt.timeLeftMs > 0)
      attempt.timer = setTimeout(() => this.#stops.stop(attempt, 'timeout'), attempt.timeLeftMs)
    const code = this.#options.codeVersions.get(run.codeVersion)
    if (code instanceof Promise) void this.#handOverRead(attempt, code)
    else this.#handOver(attempt, code)
  }

  /** Tries again while the database is unavailable, as long as the run has time. */
  async #handOverRead(attempt: Attempt, reading: ReturnType<CodeVersions['get']>): Promise<void> {
    const { codeVersion } = attempt.run
    let read: ReturnType<CodeVersions['get']> | null = reading
    const code = await this.#retryWhileUnavailable(attempt, async () => {
      const now = read ?? this.#options.codeVersions.get(codeVersion)
      read = null
      return attempt.ended ? null : await now
    })
    if (!this.#stopping) this.#handOver(attempt, code)
  }

  #handOver(attempt: Attempt, code: Awaited<ReturnType<CodeVersions['get']>>): void {
    const { run } = attempt
    if (attempt.ended) return
    const executable = code?.executables.find((one) => one.name === run.workflowName)
    if (!code || !executable) {
      void this.#end(attempt, attempt.loadFailed(missingCode(run)), false)
      return
    }
    attempt.codePath = code.path
    attempt.isInline = isInlinePath(code.path)
    const events = this.#events(attempt, () => this.#options.pool.runElsewhere(poolRun))
    attempt.queue(events)
    const poolRun = {
      orgId: run.scope.orgId,
      shareHolder: shareHolderOf(run.scope),
      code,
      message: attempt.message(code, executable, this.#options.publicUrl()),
      events,
    }
    this.#options.pool.run(poolRun)
  }

  #events(attempt: Attempt, runElsewhere: () => void): PoolRun['events'] {
    return {
      notBegun: () => {
        if (attempt.ended) return
        attempt.returnToQueue()
        if (attempt.stopping && !attempt.run.ending) void this.#endStopped(attempt)
        else if (this.#stopping) void this.#resume(attempt, SERVER_STOPPED)
        else runElsewhere()
      },
      silent: () => {
        if (!attempt.stopping) return
        this.#retire(attempt)
        void this.#endStopped(attempt)
      },
      started: (child, number) => {
        // Let go while it waited for a child: its code must not begin any more.
        if (attempt.ended) return child.forget(number)
        attempt.begin(child, number)
        if (attempt.stopping && !attempt.run.ending) child.cancel(number, attempt.stopping)
      },
      log: (line) => writeLog(this.#engine, this.id, attempt, line),
      call: (message) => this.#calls.answer(attempt, message),
      stepStarted: (message) => attempt.journal?.started(message),
      stepEnded: (message) => attempt.journal?.ended(message),
      wait: (message) => attempt.journal?.wait(message),
      undoing: () => this.#stops.beginUndo(attempt),
      suspended: (message) => {
        // It was told to stop, and does not wait its way out of that.
        if (attempt.run.ending) void this.#end(attempt, attempt.stopped(null), false)
        else if (attempt.stopping) void this.#endStopped(attempt)
        else void this.#suspend(attempt, message)
      },
      done: (message) => {
        if (message.logsDropped > 0) this.#logDropped(attempt, message.logsDropped)
        if (attempt.stopping) void this.#end(attempt, attempt.stopped(null), false)
        else this.#done(attempt, message)
      },
      failed: (message) => {
        if (message.logsDropped > 0) this.#logDropped(attempt, message.logsDropped)
        // Code of a run that failed from the side may still be continuing.
        if (attempt.child && ['exit', 'unhandled', 'stopped'].includes(message.failure.kind))
          this.#options.pool.retire(attempt.child)
        // The child keeps the run's time as well, and may be the first to see it pass.
        if (message.failure.kind === 'stopped') attempt.stop('timeout')
        if (attempt.stopping) void this.#end(attempt, attempt.stopped(message), false)
        else if (message.failure.mismatch) void this.#park(attempt, message, message.failure.mismatch)
        else void this.#end(attempt, attempt.failed(message), message.failure.retry)
      },
      columns: (message) => this.#writeColumns(attempt, message),
      // This run was not asked for a check.
      checked: () => this.#lost(attempt, { code: 'protocol', message: 'The child broke the protocol.' }),
      loadFailed: (failure) => void this.#end(attempt, attempt.loadFailed(failure), failure.retry),
      lost: (reason) => this.#lost(attempt, reason),
    }
  }

  /** A large result is searched for secrets first, while the server does other things. */
  #done(attempt: Attempt, message: DoneMessage): void {
    const result = this.#redaction.json(attempt.redactor, message.result)
    if (typeof result === 'string') return void this.#end(attempt, attempt.done(message, result), false)
    result.then(
      (shown) => this.#end(attempt, attempt.done(message, shown), false),
      (error: unknown) => {
        this.#engine.log.error({ err: error }, 'hiding the secrets of a result failed')
        return this.#end(attempt, attempt.loadFailed(RESULT_NOT_SEARCHED), false)
      },
    )
  }

  /** The run waits: it leaves the worker, which has room for another. */
  async #suspend(attempt: Attempt, message: SuspendMessage): Promise<void> {
    if (message.logsDropped > 0) this.#logDropped(attempt, message.logsDropped)
    if (!this.#finish(attempt)) return
    await attempt.settled()
    const suspend = (variables: string) =>
      suspendRun(this.#engine, this.id, attempt.run, {
        waiting: message.waiting,
        variables,
        logCount: attempt.logCount,
        durationMs: performance.now() - attempt.startedMs,
      })
    const suspended = await this.#retryWhileUnavailable(attempt, () =>
      suspend(attempt.redactor.json(message.variables)).catch((error: unknown) => {
        // A child that speaks for itself can send anything as variables.
        if (isDataError(error)) return suspend('{}')
        throw error
      }),
    )
    if (suspended === 'suspended') this.#engine.notifier.publish('due')
    if (suspended === 'stuck') this.#retire(attempt)
    const end =
      suspended === 'stuck' ? await this.#record(attempt, attempt.loadFailed(ALWAYS_WAITS), false) : null
    this.#remove(attempt, end)
  }

  /** What it says of itself is not true, so its process serves no further runs. */
  #retire({ child, runNumber }: Attempt): void {
    if (!child) return
    child.forget(runNumber)
    this.#options.pool.retire(child)
  }

  /** Its code does not fit its journal: it waits until a developer continues it on a version that does. */
  async #park(attempt: Attempt, message: FailedMessage, mismatch: Mismatch): Promise<void> {
    if (!this.#finish(attempt)) return
    await attempt.settled()
    const { redactor } = attempt
    const park = (variables: string) =>
      parkRun(this.#engine, this.id, attempt.run, redactor.text(mismatchText(mismatch)), {
        variables,
        logCount: attempt.logCount,
        durationMs: performance.now() - attempt.startedMs,
      })
    await this.#retryWhileUnavailable(attempt, () =>
      park(redactor.json(message.variables)).catch((error: unknown) => {
        if (isDataError(error)) return park('{}')
        throw error
      }),
    )
    this.#remove(attempt, null)
  }

  /** The run is no longer ours, or its journal could not be written: whatever it still does is not heard. */
  #abandon(attempt: Attempt): void {
    if (attempt.ended) return
    const { child, runNumber } = attempt
    if (child) {
      child.end(runNumber)
      child.forget(runNumber)
      this.#options.pool.retire(child)
    } else if (attempt.events) this.#options.pool.withdraw(attempt.events)
    this.#lost(attempt, { code: 'killed', message: JOURNAL_NOT_WRITTEN })
  }

  #remove(attempt: Attempt, end: AttemptEnd | null): void {
    const { executionId } = attempt.run
    // A later claim of the same run may be here already.
    if (this.#attempts.get(executionId) === attempt) this.#attempts.delete(executionId)
    this.#outcomes.get(executionId)?.resolve(end)
    this.#outcomes.delete(executionId)
    const { concurrencyKey, scope } = attempt.run
    // Others of an organization that may have only so many at once were passed over for this one.
    const runsMax = this.#engine.quotas.limit(scope.orgId, 'concurrent_runs')
    if (runsMax !== null && this.#capacity.mayReach(runsMax)) this.#capacity.claim()
    if (concurrencyKey !== null)
      void this.#guarded('admit', () => this.#engine.admissions.add({ freed: concurrencyKey }))
    this.#capacity.leave(shareHolderOf(scope))
  }

  #lost(attempt: Attempt, reason: LostReason): void {
    if (attempt.stopping) void this.#endStopped(attempt)
    else if (attempt.run.durable) void this.#resume(attempt, reason)
    else void this.#end(attempt, attempt.lost(reason), true)
  }

  /** What a durable run has done is stored; another process recovers it. */
  async #resume(attempt: Attempt, reason: LostReason): Promise<void> {
    if (!this.#finish(attempt)) return
    await attempt.settled()
    const resumed = await this.#retryWhileUnavailable(attempt, () =>
      resumeRun(this.#engine, this.id, attempt.run, attempt.logCount, performance.now() - attempt.startedMs),
    )
    const end = resumed === false ? await this.#record(attempt, attempt.lost(reason), false) : null
    this.#remove(attempt, end)
  }

  /** Written in turn with the log, which the end waits for. */
  #writeColumns(attempt: Attempt, { columns }: ColumnsMessage): void {
    if (attempt.ended) return
    // Of several that wait for their turn the last says it all.
    const waits = attempt.newColumns !== null
    attempt.newColumns = columns
    if (waits) return
    const write = () => {
      const text = attempt.redactor.json(JSON.stringify(attempt.newColumns))
      attempt.newColumns = null
      return writeColumns(this.#engine, this.id, attempt.run, text)
    }
    attempt.logsWritten = attempt.logsWritten.then(write).catch((error: unknown) => {
      this.#engine.log.error({ err: error }, 'writing display columns failed')
    })
  }

  #logDropped(attempt: Attempt, dropped: number): void {
    void writeLog(this.#engine, this.id, attempt, { ...droppedLine(dropped), at: Date.now() })
  }

  /** It was stopped and cannot say so itself. Another process undoes its steps, if they have an `undo`. */
  async #endStopped(attempt: Attempt): Promise<void> {
    const { run } = attempt
    if (!run.durable || attempt.undoIsOver) return this.#end(attempt, attempt.stopped(null), false)
    if (!this.#finish(attempt)) return
    await attempt.settled()
    const ending = attempt.stopping === 'timeout' ? 'TIMEOUT' : 'CANCELLED'
    const left = await this.#retryWhileUnavailable(attempt, () =>
      leaveForUndo(this.#engine, this.id, run, { ending, logCount: attempt.logCount }),
    )
    const end = left === false ? await this.#record(attempt, attempt.stopped(null), false) : null
    this.#remove(attempt, end)
  }

  async #cancelRequested(): Promise<void> {
    for (const executionId of await cancelRequests(this.#engine, this.id)) {
      const attempt = this.#attempts.get(executionId)
      if (attempt) this.#stops.stop(attempt, 'cancelled')
    }
  }

  async #end(attempt: Attempt, end: AttemptEnd, mayRetry: boolean): Promise<void> {
    if (!this.#finish(attempt)) return
    await attempt.settled()
    const stored = await this.#record(attempt, end, mayRetry)
    if (!stored) this.#engine.notifier.publish('due')
    this.#remove(attempt, stored)
  }

  /** From now on nothing of the attempt is heard; false when it was over before. */
  #finish(attempt: Attempt): boolean {
    if (attempt.ended) return false
    attempt.end()
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.journal?.close()
    attempt.child?.cutConnections(attempt.runNumber)
    this.#waits.forget(attempt)
    return true
  }

  #record({ run, journal }: Attempt, end: AttemptEnd, mayRetry: boolean): Promise<AttemptEnd | null> {
    return recordEnd(this.#engine, run, end, {
      workerId: this.id,
      retry: mayRetry && run.attempt < run.maxAttempts,
      mayWait: run.claim > 1 || journal?.hasWaited === true,
      stopping: () => this.#stopping,
    })
  }

  #retryWhileUnavailable<T>({ run }: Attempt, write: () => Promise<T>): Promise<T | null> {
    const options = { executionId: run.executionId, stopping: () => this.#stopping }
    return retryWhileUnavailable(this.#engine, options, write)
  }

  /** Who tells us of what was asked or answered may not have been heard. */
  #look(): void {
    this.#waits.look()
    this.#capacity.claim()
    if (this.#attempts.size > 0) void this.#guarded('cancel', () => this.#cancelRequested())
  }

  async #guarded(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!this.#stopping) this.#engine.log.error({ err: error }, `${what} failed`)
    }
  }
}
