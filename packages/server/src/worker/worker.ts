import { limits, type RunFailure, type StepTransaction } from '@bifrost/contract'
import { cancelRequests } from '../engine/cancel.ts'
import { writeColumns } from '../engine/columns.ts'
import type { AttemptEnd, ClaimedRun, Engine, LocalWorker } from '../engine/engine.ts'
import { heldRuns } from '../engine/give-back.ts'
import { type Mismatch, mismatchText, parkRun } from '../engine/park.ts'
import { resumeRun } from '../engine/record.ts'
import type { SdkMethod } from '../engine/sdk-method.ts'
import { leaveForUndo } from '../engine/undo.ts'
import { suspendRun } from '../engine/wait.ts'
import { isDataError, type Query } from '../platform/database.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { CodeVersions } from '../workspace/code-versions.ts'
import { Attempt, droppedLine } from './attempt.ts'
import { AttemptJournal } from './attempt-journal.ts'
import type { ColumnsMessage, FailedMessage, LostReason, SuspendMessage } from './child.ts'
import { PlatformCalls } from './platform-calls.ts'
import type { Pool, PoolRun } from './pool.ts'
import { recordEnd } from './record-end.ts'
import { ResidentWaits } from './resident-waits.ts'
import { Slots } from './slots.ts'
import { untilAnswered } from './until-answered.ts'
import { WorkerLease } from './worker-lease.ts'

export interface WorkerOptions {
  engine: Engine
  pool: Pool
  codeVersions: Pick<CodeVersions, 'get'>
  sdkMethods: Readonly<Record<string, SdkMethod>>
  /** Does to tables what a step.tx asks for; an AppError refuses it. */
  applyTransaction(query: Query, scope: OrgScope, transaction: StepTransaction): Promise<void>
  workerId: string
}

/** How often it looks by itself for what it should have been told. */
const LOOK_MS = 1000
/** How often it looks for runs that it was given and does not have. */
const GIVE_BACK_MS = 3000
/** After so long a child that was told to stop a run and does not answer is taken for blocked. */
const STOP_GRACE_MS = 500
const SHUTDOWN_GRACE_MS = 5000
/** So long a stopped run may take back what it did. */
const UNDO_TIME_MS = 5 * 60_000
const UNDO_LOOK_MS = 1000
/** The child keeps the run's time as well, and its timer may be a little early. */
const CLOCKS_DIFFER_MS = 50
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
  readonly #slots: Slots
  readonly #waits: ResidentWaits
  readonly #calls: PlatformCalls
  #stopping = false

  constructor(options: WorkerOptions) {
    this.#options = options
    this.#engine = options.engine
    this.id = options.workerId
    this.#lease = new WorkerLease(options.engine, this.id, () => this.#letOthersGo())
    options.pool.goAhead = (go) => this.#lease.whenValid(go)
    this.#slots = new Slots({
      ...options,
      lease: this.#lease,
      begin: (run) => this.#begin(run),
      has: (id) => this.#attempts.has(id),
    })
    this.#waits = new ResidentWaits(options.engine)
    this.#calls = new PlatformCalls(options.engine, options.sdkMethods)
  }

  async start(): Promise<void> {
    const { notifier } = this.#engine
    await this.#lease.take()
    this.#engine.localWorker = this
    this.#unsubscribe.push(notifier.subscribe('queue', () => this.#slots.claim()))
    this.#unsubscribe.push(
      notifier.subscribe('cancel', () => void this.#guarded('cancel', () => this.#cancelRequested())),
    )
    this.#timers.push(setInterval(() => this.#look(), LOOK_MS))
    this.#timers.push(
      setInterval(() => void this.#guarded('giving back', () => this.#slots.giveBackUnknown()), GIVE_BACK_MS),
    )
    this.#slots.claim()
  }

  /** Takes no more work, lets runs finish for a while, then gives the rest back as if the worker were lost. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#slots.stop()
    this.#engine.localWorker = null
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    const deadline = performance.now() + SHUTDOWN_GRACE_MS
    // What is reserved is being claimed at this moment: it would begin after the end.
    while (this.#slots.taken > 0 && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 20))
    for (const timer of this.#timers) clearInterval(timer)
    for (const attempt of this.#attempts.values()) if (attempt.timer) clearTimeout(attempt.timer)
    await this.#options.pool.stop()
    await this.#engine.ends.idle()
    await this.#guarded('leave', () => this.#lease.leave())
  }

  get activeRuns(): number {
    return this.#attempts.size
  }

  reserve(executionId: string): boolean {
    return this.#slots.reserve(executionId)
  }

  release(executionId: string): void {
    this.#slots.release(executionId)
  }

  begin(run: ClaimedRun): void {
    if (this.#slots.release(run.executionId)) this.#begin(run)
  }

  outcome(executionId: string): Promise<AttemptEnd | null> {
    if (!this.#attempts.has(executionId)) return Promise.resolve(null)
    const outcome = this.#outcomes.get(executionId) ?? Promise.withResolvers<AttemptEnd | null>()
    this.#outcomes.set(executionId, outcome)
    return outcome.promise
  }

  /** After a lapse of the lease: runs that others have taken, or will, are none of ours. */
  async #letOthersGo(): Promise<void> {
    const held = await heldRuns(this.#engine, this.id)
    for (const attempt of [...this.#attempts.values()])
      if (held.get(attempt.run.executionId) !== attempt.run.claim) this.#abandon(attempt)
  }

  #begin(run: ClaimedRun): void {
    const before = this.#attempts.get(run.executionId)
    if (before) this.#abandon(before)
    const attempt = new Attempt(run)
    attempt.journal = new AttemptJournal(this.#engine, this.id, attempt, {
      waiting: (key, answered) => this.#waits.add(attempt, key, answered),
      apply: (query, transaction) => this.#options.applyTransaction(query, attempt.run.scope, transaction),
      fenced: () => this.#abandon(attempt),
    })
    this.#attempts.set(run.executionId, attempt)
    this.#slots.take()
    if (run.ending) this.#allowUndo(attempt)
    else if (run.timeoutMs > 0)
      attempt.timer = setTimeout(() => this.#stopRun(attempt, 'timeout'), run.timeoutMs)
    const code = this.#options.codeVersions.get(run.codeVersion)
    if (code instanceof Promise) void this.#handOverRead(attempt, code)
    else this.#handOver(attempt, code)
  }

  /** A database that is away is waited for, as long as the run has time. */
  async #handOverRead(attempt: Attempt, reading: ReturnType<CodeVersions['get']>): Promise<void> {
    const { codeVersion } = attempt.run
    let read: ReturnType<CodeVersions['get']> | null = reading
    const code = await this.#untilAnswered(attempt, async () => {
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
        // Let go while it waited for a child: its code must not begin any more.
        if (attempt.ended) return child.forget(number)
        attempt.child = child
        attempt.redactor = child.redactor
        attempt.runNumber = number
        if (attempt.stopping && !attempt.run.ending) child.cancel(number, attempt.stopping)
      },
      log: ({ level, message, at }) => this.#log(attempt, level, message, at),
      call: (message) => void this.#calls.answer(attempt, message),
      stepStarted: (message) => attempt.journal?.started(message),
      stepEnded: (message) => attempt.journal?.ended(message),
      wait: (message) => attempt.journal?.wait(message),
      undoing: () => this.#beginUndo(attempt),
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
        else if (message.failure.mismatch) void this.#park(attempt, message, message.failure.mismatch)
        else void this.#end(attempt, attempt.failed(message), message.failure.retry)
      },
      columns: (message) => this.#writeColumns(attempt, message),
      // Nobody asked this run for a check.
      checked: () => this.#lost(attempt, { code: 'protocol', message: 'The child broke the protocol.' }),
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
    if (suspended === 'suspended') this.#engine.notifier.publish('due')
    this.#remove(attempt, null)
  }

  /** Its code does not fit its journal: it waits for somebody to continue it on a version that does. */
  async #park(attempt: Attempt, message: FailedMessage, mismatch: Mismatch): Promise<void> {
    if (!this.#finish(attempt)) return
    await attempt.logsWritten
    const { redactor } = attempt
    const park = (variables: string) =>
      parkRun(this.#engine, this.id, attempt.run, redactor.text(mismatchText(mismatch)), {
        variables,
        logCount: attempt.logCount,
        durationMs: performance.now() - attempt.startedMs,
      })
    await this.#untilAnswered(attempt, () =>
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
      child.cancel(runNumber, 'cancelled')
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
    const { slotKey, scope } = attempt.run
    // Others of an organisation that may have only so many at once were passed over for this one.
    if (this.#engine.quotas.limit(scope.orgId, 'concurrent_runs') !== null) this.#slots.claim()
    if (slotKey !== null) void this.#guarded('admit', () => this.#engine.admissions.add({ freed: slotKey }))
    this.#slots.leave()
  }

  #lost(attempt: Attempt, reason: LostReason): void {
    if (attempt.stopping) void this.#endStopped(attempt)
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
    const { run } = attempt
    const quota = this.#engine.quotas.limit(run.scope.orgId, 'log_lines_per_run') ?? limits.logLinesMax
    if (attempt.ended || attempt.logCount > Math.min(quota, limits.logLinesMax)) return
    if (attempt.logCount === quota && quota < limits.logLinesMax) {
      level = 'warning'
      message = `Further log lines are not kept: your organisation may have ${quota} per run.`
    }
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
    const { level, message } = droppedLine(dropped)
    this.#log(attempt, level, message, Date.now())
  }

  /** Tells the child, gives it a moment, and kills it when it is this run that holds it. */
  #stopRun(attempt: Attempt, reason: 'cancelled' | 'timeout'): void {
    if (attempt.ended || attempt.stopping) return
    attempt.stopping = reason
    const { child, runNumber } = attempt
    if (!child) {
      // Not in a child yet: nothing of it runs, nor shall when a child is free.
      if (attempt.events) this.#options.pool.withdraw(attempt.events)
      void this.#endStopped(attempt)
      return
    }
    child.cancel(runNumber, reason)
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.timer = setTimeout(() => {
      if (attempt.ended) return
      const guilty = child.busyRun === null || child.busyRun === runNumber
      void this.#endStopped(attempt)
      child.forget(runNumber)
      if (guilty) child.kill({ code: 'killed', message: OTHER_RUN_BLOCKED })
      else this.#options.pool.retire(child)
    }, STOP_GRACE_MS)
  }

  /** It gives further time, once, and only to a run that was told to stop or has seen its time pass. */
  #beginUndo(attempt: Attempt): void {
    const { run, startedMs } = attempt
    const isOver = run.timeoutMs > 0 && performance.now() - startedMs > run.timeoutMs - CLOCKS_DIFFER_MS
    if (attempt.isUndoing || !(attempt.stopping || isOver)) return
    attempt.isUndoing = true
    this.#allowUndo(attempt)
  }

  /** The child takes back what the run did; that has a time limit of its own, and must not hold the process. */
  #allowUndo(attempt: Attempt, until = performance.now() + UNDO_TIME_MS): void {
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.timer = setTimeout(() => {
      const { child, runNumber } = attempt
      const holds = child?.blocked && (child.busyRun === null || child.busyRun === runNumber)
      if (holds) child.kill({ code: 'killed', message: OTHER_RUN_BLOCKED })
      else if (performance.now() < until) this.#allowUndo(attempt, until)
      else {
        if (child) this.#options.pool.retire(child)
        void this.#end(attempt, attempt.stopped(null), false)
      }
    }, UNDO_LOOK_MS)
  }

  /** It was stopped and cannot say so itself. What it did is taken back by another process, if it said how. */
  async #endStopped(attempt: Attempt): Promise<void> {
    const { run } = attempt
    if (!run.durable) return this.#end(attempt, attempt.stopped(null), false)
    if (!this.#finish(attempt)) return
    await attempt.logsWritten
    const ending = attempt.stopping === 'timeout' ? 'TIMEOUT' : 'CANCELLED'
    const left = await this.#untilAnswered(attempt, () =>
      leaveForUndo(this.#engine, this.id, run, { ending, logCount: attempt.logCount }),
    )
    const end = left === false ? await this.#record(attempt, attempt.stopped(null), false) : null
    this.#remove(attempt, end)
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
    if (!stored) this.#engine.notifier.publish('due')
    this.#remove(attempt, stored)
  }

  /** From now on nothing of the attempt is heard; false when it was over before. */
  #finish(attempt: Attempt): boolean {
    if (attempt.ended) return false
    attempt.ended = true
    if (attempt.timer) clearTimeout(attempt.timer)
    attempt.journal?.close()
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

  #untilAnswered<T>({ run }: Attempt, write: () => Promise<T>): Promise<T | null> {
    const options = { executionId: run.executionId, stopping: () => this.#stopping }
    return untilAnswered(this.#engine, options, write)
  }

  /** Who tells us of what was asked or answered may not have been heard. */
  #look(): void {
    this.#waits.look()
    this.#slots.claim()
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
