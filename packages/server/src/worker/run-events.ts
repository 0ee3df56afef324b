import type { FromChild } from '@bifrost/contract'
import type { StepEnded, StepStarted, WaitMessage } from './attempt-journal.ts'

export type CheckedMessage = Extract<FromChild, { type: 'checked' }>
export type ColumnsMessage = Extract<FromChild, { type: 'columns' }>
export type DoneMessage = Extract<FromChild, { type: 'done' }>
export type SuspendMessage = Extract<FromChild, { type: 'suspend' }>
export type FailedMessage = Extract<FromChild, { type: 'failed' }>

/** What a child tells of one run. Exactly one of done, failed, lost and notBegun ends it. */
export interface RunEvents {
  /** Nothing of it has begun here, nor will: it may be given to another child. */
  notBegun?(): void
  /** As it was told: nothing of the run acts any more. */
  silent?(): void
  /** A promise, where there is one, resolves when the line is stored. */
  log(message: Extract<FromChild, { type: 'log' }>): unknown
  call(message: Extract<FromChild, { type: 'call' }>): void
  /** It was told to stop, and undoes what it did. */
  undoing(): void
  stepStarted(message: StepStarted): void
  stepEnded(message: StepEnded): void
  wait(message: WaitMessage): void
  suspended(message: SuspendMessage): void
  done(message: DoneMessage): void
  columns(message: ColumnsMessage): void
  /** Ends a check, and nothing else. */
  checked(message: CheckedMessage): void
  failed(message: FailedMessage): void
  /** The process ended under it. */
  lost(reason: LostReason): void
}

export interface LostReason {
  code: 'out_of_memory' | 'child_exited' | 'killed' | 'protocol' | 'worker_lost'
  message: string
}
