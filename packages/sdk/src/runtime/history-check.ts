import type { JournalEntry, StepKind } from '@bifrost/contract'
import type { DurableRun } from '../durable.ts'
import { Journal } from './journal.ts'
import { NonDeterministicWorkflowError } from './nondeterministic.ts'
import { platformTimers } from './platform-timers.ts'

/** So long nothing happens before it is clear that the code has come to where its history ends. */
const QUIET_MS = 30
/** The history has more, so the code may be at something that is no durable call. */
const PATIENCE_MS = 1000

const never = new Promise<never>(() => {})

export interface HistoryCheckOptions {
  executionId: string
  signal: AbortSignal
  journal: readonly JournalEntry[]
  /** Methods of the platform that only read. */
  reads: readonly string[]
  onMismatch(error: NonDeterministicWorkflowError): void
  /** The code fits all of its history that it came to; `stuckAt` is a call outside of steps that no check makes. */
  onFits(outcome: { next: string | null; stuckAt: string | null }): void
}

/**
 * The durable calls of a run that only looks whether code fits a history: what is known is handed over as in any replay,
 * and code that asks for more waits for ever. No body of a step runs and nothing is written.
 */
export class HistoryCheck implements DurableRun {
  readonly executionId: string
  readonly signal: AbortSignal
  readonly insideStep = null
  readonly isDurable = true
  /** What the code says, it has said. */
  readonly isReplaying = true
  readonly #options: HistoryCheckOptions
  readonly #journal: Journal
  #reading = 0
  #next: string | null = null
  #stuckAt: string | null = null
  #quiet: NodeJS.Timeout | null = null

  constructor(options: HistoryCheckOptions) {
    this.#options = options
    this.#journal = new Journal(options.journal)
    this.executionId = options.executionId
    this.signal = options.signal
    this.#stir()
  }

  next(kind: StepKind, name: string) {
    this.#stir()
    try {
      const found = this.#journal.next(kind, name)
      if (found.known?.status !== 'completed' && found.known?.status !== 'failed')
        this.#next ??= found.place.key
      return found
    } catch (error) {
      if (error instanceof NonDeterministicWorkflowError) this.#options.onMismatch(error)
      throw error
    }
  }

  inBranch<T>(name: string, work: () => T): T {
    return this.#journal.inBranch(name, work)
  }

  replay(entry: JournalEntry): Promise<void> {
    return new Promise((resolve) =>
      this.#journal.deliver(entry.order ?? 0, () => {
        this.#stir()
        resolve()
      }),
    )
  }

  started(): void {}
  onUndo(): void {}

  work(): Promise<never> {
    return never
  }

  record(): Promise<never> {
    return never
  }

  wait(): Promise<never> {
    return never
  }

  sleepInProcess(): Promise<never> {
    return never
  }

  /** A call to the platform outside of steps: reads are made, since the code may decide by them; anything else would happen once more. */
  async call(method: string, ask: () => Promise<unknown>): Promise<unknown> {
    this.#stir()
    if (!this.#options.reads.includes(method)) {
      // After the history it is what comes next; before its end it is unknown what would follow.
      if (this.#next === null) this.#stuckAt ??= method
      return never
    }
    this.#reading++
    try {
      return await ask()
    } finally {
      this.#reading--
      this.#stir()
    }
  }

  /** The check is over. */
  close(): void {
    if (this.#quiet) platformTimers.clearTimeout(this.#quiet)
  }

  #stir(): void {
    if (this.#quiet) platformTimers.clearTimeout(this.#quiet)
    const patience = this.#journal.isReplaying || this.#next === null ? PATIENCE_MS : QUIET_MS
    this.#quiet = platformTimers.setTimeout(() => this.#look(), patience)
  }

  #look(): void {
    if (this.#reading > 0 || this.#journal.deliveries > 0) this.#stir()
    else this.#options.onFits({ next: this.#next, stuckAt: this.#journal.isReplaying ? this.#stuckAt : null })
  }
}
