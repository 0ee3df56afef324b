import { AsyncLocalStorage } from 'node:async_hooks'
import type {
  CallError,
  FromChild,
  JournalEntry,
  StepAttempt,
  StepKind,
  StepPlace,
  StepRoi,
  WaitFor,
} from '@bifrost/contract'
import type { DurableRun, StepOutcome } from '../durable.ts'
import { Journal } from './journal.ts'
import { NonDeterministicWorkflowError } from './nondeterministic.ts'
import { platformTimers } from './platform-timers.ts'

/** For this long a run does nothing but wait before it leaves the child: a turn in which the code may still ask for more. */
const QUIET_MS = 20

/** Stopped code that has learned all it will, and does not end: so long it may clean up. */
const STOP_IDLE_MS = 400
const STOP_LOOK_MS = 5
/** Code that replays asks for its next entry in the turn in which it got the last; a few more are for what it awaits between. */
const REPLAY_QUIET_TURNS = 20

const never = new Promise<never>(() => {})

export interface DurableCallsOptions {
  run: number
  executionId: string
  isDurable: boolean
  signal: AbortSignal
  journal: readonly JournalEntry[]
  send(message: FromChild): void
  /** The run has ended or was stopped: nothing is sent any more. */
  hasEnded(): boolean
  /** The code does not fit its journal: the run is over here, whatever the code does with the error. */
  onNondeterministic(error: NonDeterministicWorkflowError): void
  /** The code knows the outcome of this call from now on. */
  onLearned(kind: StepKind, name: string, output: string | null): void
  /** What a step added, or takes off again. */
  addRoi?(roi: StepRoi): void
  /** The run does nothing but wait, at these keys. */
  onQuiet(waiting: string[]): void
}

/** The durable calls of one run: its journal, what is under way, what it waits for. */
export class DurableCalls implements DurableRun {
  readonly executionId: string
  readonly isDurable: boolean
  readonly signal: AbortSignal
  readonly #options: DurableCallsOptions
  readonly #journal: Journal
  readonly #inside = new AsyncLocalStorage<{ step: string; roi: StepRoi | null }>()
  readonly #records = new Map<number, { resolve(): void; reject(error: Error): void }>()
  readonly #waits = new Map<
    string,
    { place: StepPlace; resolve(entry: JournalEntry): void; reject(error: Error): void }
  >()
  #stopped: Error | null = null
  #undoing = false
  readonly undos: { place: StepPlace; undo(): unknown }[] = []
  #nextRecord = 1
  #working = 0
  #quiet: NodeJS.Timeout | null = null

  constructor(options: DurableCallsOptions) {
    this.#options = options
    this.#journal = new Journal(options.journal)
    this.executionId = options.executionId
    this.isDurable = options.isDurable
    this.signal = options.signal
  }

  get insideStep(): string | null {
    return this.#inside.getStore()?.step ?? null
  }

  /** The code repeats what an earlier claim of the run did. */
  get isReplaying(): boolean {
    return this.#journal.isReplaying
  }

  next(kind: StepKind, name: string) {
    try {
      const next = this.#journal.next(kind, name)
      const isOver = next.known?.status === 'completed' || next.known?.status === 'failed'
      if (this.#stopped && kind !== 'undo' && !isOver && !this.#standsStill) throw this.#stopped
      return next
    } catch (error) {
      if (error instanceof NonDeterministicWorkflowError) this.#options.onNondeterministic(error)
      throw error
    }
  }

  /**
   * It was stopped while it repeats what it did. What it had not done by then neither begins nor fails yet: a race that
   * something else had won would be lost to that failure, and the code would not reach the steps that must be undone.
   */
  get #standsStill(): boolean {
    return this.#stopped !== null && this.isReplaying && !this.#undoing
  }

  inBranch<T>(name: string, work: () => T): T {
    return this.#journal.inBranch(name, work)
  }

  async work<T>(step: string, body: () => Promise<T>): Promise<T> {
    // The code may have caught what ended it, and continued.
    if (this.#options.hasEnded() || this.#standsStill) return never
    this.#working++
    const inside: { step: string; roi: StepRoi | null } = { step, roi: null }
    try {
      return await this.#inside.run(inside, body)
    } catch (thrown) {
      // The next attempt adds it again.
      if (inside.roi) this.#options.addRoi?.({ timeSaved: -inside.roi.timeSaved, value: -inside.roi.value })
      throw thrown
    } finally {
      this.#working--
      this.#lookQuiet()
    }
  }

  /** The code of a step, if it is one, has added this to what the run saves. */
  addRoiInStep({ timeSaved, value }: StepRoi): void {
    const inside = this.#inside.getStore()
    if (!inside) return
    inside.roi ??= { timeSaved: 0, value: 0 }
    inside.roi.timeSaved += timeSaved
    inside.roi.value += value
  }

  takeRoi(): StepRoi | undefined {
    return this.#inside.getStore()?.roi ?? undefined
  }

  started(place: StepPlace, attempt: number): void {
    if (!this.#options.hasEnded() && !this.#standsStill)
      this.#options.send({ type: 'step_started', run: this.#options.run, ...place, attempt, at: Date.now() })
  }

  record(place: StepPlace, { attempts, output, error, hasUndo, reads, writes }: StepOutcome): Promise<void> {
    if (this.#options.hasEnded() || (this.#undoing && place.kind !== 'undo')) return never
    const order = this.#journal.takeOrder()
    const record = this.#nextRecord++
    this.#options.send({
      type: 'step_ended',
      run: this.#options.run,
      record,
      ...place,
      order,
      attempts,
      output,
      error,
      hasUndo,
      ...(reads && writes ? { transaction: { reads, writes } } : {}),
    })
    return this.#committed(record)
      .then(
        () => this.#inTurn(order),
        (refused: unknown) => {
          this.#journal.release(order)
          throw refused
        },
      )
      .then(() => this.#options.onLearned(place.kind, place.name, output))
  }

  replay(entry: JournalEntry): Promise<void> {
    return this.#inTurn(entry.order ?? 0).then(() => {
      const roi = entry.status === 'completed' ? entry.attempts.at(-1)?.roi : undefined
      if (roi) this.#options.addRoi?.(roi)
      this.#options.onLearned(entry.kind, entry.name, entry.output)
    })
  }

  async wait(place: StepPlace, wait: WaitFor, attempts: StepAttempt[]): Promise<JournalEntry> {
    if (this.#options.hasEnded() || this.#standsStill) return never
    const record = this.#nextRecord++
    if (this.#stopped) throw this.#stopped
    const come = new Promise<JournalEntry>((resolve, reject) =>
      this.#waits.set(place.key, { place, resolve, reject }),
    )
    // It may be stopped while its record is on its way, before anybody listens.
    come.catch(() => {})
    const known = this.#journal.takeWaiting(place.key)
    this.#options.send({ type: 'wait', run: this.#options.run, record, ...place, attempts, wait, known })
    await this.#committed(record)
    this.#lookQuiet()
    return come
  }

  onUndo(place: StepPlace, undo: () => unknown): void {
    this.undos.push({ place, undo })
  }

  async sleepInProcess(ms: number): Promise<void> {
    this.#working++
    await new Promise((resolve) => platformTimers.setTimeout(resolve, ms))
    this.#working--
    this.#lookQuiet()
  }

  /** Whether it has steps that must be undone, or is replaying and may still find some. */
  get mayNeedUndo(): boolean {
    return this.undos.length > 0 || this.isReplaying
  }

  /** Nothing new begins and no wait continues; calls that have begun may end. */
  stop(error: Error): void {
    this.#stopped = error
    if (this.#standsStill) return
    for (const [key, { reject }] of this.#waits) {
      this.#waits.delete(key)
      reject(error)
    }
  }

  /** Resolves when the stopped code has come to its end, or does nothing more for a while. From then on only undoing counts. */
  async settled(code: Promise<unknown>): Promise<void> {
    let over = false
    const end = () => {
      over = true
    }
    code.then(end, end)
    for (let idleMs = 0; !over && idleMs < STOP_IDLE_MS; idleMs += STOP_LOOK_MS) {
      await new Promise((resolve) => platformTimers.setTimeout(resolve, STOP_LOOK_MS))
      if (this.#journal.deliveries > 0) idleMs = 0
    }
    this.#undoing = true
  }

  /** Resolves when the code has learned again all that it did. Calls after that are not awaited. */
  async replayed(): Promise<void> {
    let quietTurns = 0
    while (quietTurns < REPLAY_QUIET_TURNS) {
      await new Promise((resolve) => platformTimers.setImmediate(resolve))
      quietTurns = this.#journal.deliveries > 0 ? 0 : quietTurns + 1
    }
    this.#undoing = true
  }

  get isUndoing(): boolean {
    return this.#undoing
  }

  committed(records: readonly number[]): void {
    for (const record of records) {
      this.#records.get(record)?.resolve()
      this.#records.delete(record)
    }
  }

  /** The record was not stored, for a reason that lies in it: the step may do something else instead. */
  refused(record: number, { code, message }: CallError): void {
    this.#records.get(record)?.reject(Object.assign(new Error(message), { name: 'BifrostError', code }))
    this.#records.delete(record)
    this.#lookQuiet()
  }

  /** What the run waits for came while it is still here. Its place in the order is taken now, and stored before the code knows. */
  async resolved(entry: JournalEntry): Promise<void> {
    const wait = this.#waits.get(entry.key)
    if (!wait || this.#options.hasEnded()) return
    this.#waits.delete(entry.key)
    if (entry.status === 'completed' || entry.status === 'failed')
      await this.record(wait.place, {
        attempts: entry.attempts,
        output: entry.output,
        error: entry.error,
        hasUndo: false,
      })
    wait.resolve(entry)
  }

  #committed(record: number): Promise<void> {
    return new Promise((resolve, reject) => this.#records.set(record, { resolve, reject }))
  }

  #inTurn(order: number): Promise<void> {
    return new Promise((resolve) =>
      this.#journal.deliver(order, () => {
        resolve()
        this.#lookQuiet()
      }),
    )
  }

  #lookQuiet(): void {
    if (this.#quiet) platformTimers.clearTimeout(this.#quiet)
    this.#quiet = null
    if (!this.#isQuiet()) return
    this.#quiet = platformTimers.setTimeout(() => {
      this.#quiet = null
      if (this.#isQuiet() && !this.#options.hasEnded()) this.#options.onQuiet([...this.#waits.keys()])
    }, QUIET_MS)
  }

  #isQuiet(): boolean {
    return (
      this.#waits.size > 0 &&
      this.#working === 0 &&
      this.#records.size === 0 &&
      this.#journal.deliveries === 0
    )
  }
}
