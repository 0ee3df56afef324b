import type {
  JournalEntry,
  StepAttempt,
  StepFailure,
  StepKind,
  StepPlace,
  StepRoi,
  TableRead,
  TableWrite,
  WaitFor,
} from '@bifrost/contract'
import { requireRun } from './current-run.ts'

/** What the durable calls of the SDK need of a run; the child runtime implements it. */
export interface DurableRun {
  next(kind: StepKind, name: string): { place: StepPlace; known: JournalEntry | null }
  inBranch<T>(name: string, work: () => T): T
  /** Whether the caller is inside a step, where durable calls have no place. */
  readonly insideStep: string | null
  /** Runs a step's body: counted, so that the run is not suspended under it. */
  work<T>(step: string, body: () => Promise<T>): Promise<T>
  /** What the step that the caller is in has added to `context.roi`; undefined for nothing. Asked at its end. */
  takeRoi?(): StepRoi | undefined
  started(place: StepPlace, attempt: number): void
  /** Stores an outcome; resolves when it is committed and its turn has come. */
  record(place: StepPlace, outcome: StepOutcome): Promise<void>
  /** Gives a stored outcome to the code when its turn has come. */
  replay(entry: JournalEntry): Promise<void>
  /** Waits; resolves with the entry when what it waits for has come. */
  wait(place: StepPlace, wait: WaitFor, attempts: StepAttempt[]): Promise<JournalEntry>
  onUndo(place: StepPlace, undo: () => unknown): void
  readonly executionId: string
  /** After a crash the run continues by replay: what it did to the outside is kept, so that it is not done again. */
  readonly isDurable: boolean
  readonly signal: AbortSignal
  sleepInProcess(ms: number): Promise<void>
}

export interface StepOutcome {
  attempts: StepAttempt[]
  output: string | null
  error: StepFailure | null
  hasUndo: boolean
  /** What a step.tx read and wrote: stored with it, or refused with it. */
  reads?: TableRead[]
  writes?: TableWrite[]
}

/** The run of the caller, for a durable call; inside a step there is none. */
export function requireDurable(what: string): DurableRun {
  const run = requireRun(what).durable
  if (run.insideStep !== null)
    throw new Error(
      `${what} is inside the step "${run.insideStep}"; steps cannot hold other durable calls. Call it before or after.`,
    )
  return run
}
