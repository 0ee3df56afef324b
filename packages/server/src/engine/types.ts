import type {
  ExecutionStatus,
  JournalEntry,
  Json,
  LogLevel,
  ResultKind,
  RetryPolicy,
  Trigger,
  WorkflowType,
} from '@bifrost/contract'
import type { Batcher } from '../platform/batcher.ts'
import type { Database } from '../platform/database.ts'
import type { Log } from '../platform/log.ts'
import type { Notifier } from '../platform/notify.ts'
import type { OrgScope } from '../platform/scope.ts'
import type { Quotas } from '../tenancy/quotas.ts'
import type { EventMatch } from './events/match.ts'
import type { RunFlow } from './flow-control/flow.ts'
import type { StepWrite } from './run/journal.ts'
import type { Ending } from './run/undo.ts'
import type { ForkSpec } from './start/fork.ts'
import type { RunOrigin } from './start/run-origin.ts'

/** What the engine works with. Chance and ids are arguments, so that a simulation can choose them. */
export interface EngineDeps {
  db: Database
  notifier: Notifier
  newId(): string
  random(): number
  log: Log
}

/** An event that cancels a run, and what it must say. */
export interface CancelOnEvent {
  event: string
  match: EventMatch
}

/** Everything about a new run that is decided before it is accepted. */
export interface ExecutionSpec {
  workflowId: string | null
  workflowName: string
  /** `mapping`: asks a workflow's code for the input that an event makes. */
  type: WorkflowType | 'code' | 'mapping'
  trigger: Trigger
  codeVersion: string
  input: Record<string, Json>
  timeoutMs: number
  retryPolicy: RetryPolicy | null
  timeSaved: number
  value: number
  /** Null: now. */
  scheduledAt: Date | null
  idempotencyKey: string | null
  /** Its code has durable calls. */
  durable: boolean
  /** The run that starts it; with the place in its journal where that waits for the end, none without. */
  parent: { executionId: string; key: string | null } | null
  /** What of the platform it comes from; null or absent when a request alone started it. */
  origin?: RunOrigin | null
  /** The quotas on starts do not hold it up: there is no caller who could be told to come again. */
  exemptFromQuotas?: boolean
  /** Events that cancel it while it lives. */
  cancelOn?: readonly CancelOnEvent[]
  /** It begins with a part of another run's journal. */
  fork?: ForkSpec
  /** What holds it back; absent or null for most. */
  flow?: RunFlow | null
}

/** A run that a worker holds under its lease. Whatever it sends carries the claim, and that of an old one is refused. */
export interface ClaimedRun {
  executionId: string
  /** Which attempt of the retry policy it is. */
  attempt: number
  /** How often it was taken from the queue: an attempt that waits comes back under a further claim. */
  claim: number
  /** Its code has durable calls: after a crash it recovers by replay. */
  durable: boolean
  scope: OrgScope
  /** Who started it, also when they no longer have an account here and the scope has no person. */
  startedBy: string | null
  workflowId: string | null
  workflowName: string
  type: string
  codeVersion: string
  input: Record<string, Json>
  timeoutMs: number
  /** So long it was at work under earlier claims since it last did something. */
  spentMs: number
  maxAttempts: number
  retryPolicy: RetryPolicy | null
  timeSaved: number
  value: number
  origin: RunOrigin | null
  /** It was stopped: it is claimed only to undo its steps, and then ends. */
  ending: Ending | null
  /** Another run waits for its end. */
  hasParent: boolean
  /** The concurrency key that it counts for while it runs; null when its workflow has no limit. */
  concurrencyKey: string | null
  /** What the run did under earlier claims. */
  journal: JournalEntry[]
}

/** How an attempt ended, as the history keeps it. */
export interface AttemptEnd {
  executionId: string
  claim: number
  status: Extract<ExecutionStatus, 'SUCCESS' | 'COMPLETED_WITH_ERRORS' | 'FAILED' | 'TIMEOUT' | 'CANCELLED'>
  durationMs: number
  error: { code: string; type: string; message: string; stack: string; forUser: boolean } | null
  /** JSON text. */
  result: string | null
  resultKind: ResultKind | null
  /** Text of a JSON object. */
  variables: string
  logCount: number
  cpuMs: number
  rssBytes: number
  timeSaved: number
  value: number
}

export interface LogEntry {
  executionId: string
  claim: number
  orgId: string
  seq: number
  level: LogLevel
  /** Milliseconds since 1970. */
  at: number
  message: string
}

/**
 * The worker of this same process, if it has one: with free capacity and nothing waiting before it, a run is accepted and
 * claimed in one transaction.
 */
export interface LocalWorker {
  readonly id: string
  /**
   * Keeps capacity for a run that is about to be accepted; false when its customer (`shareHolderOf`) may have no more,
   * others wait, or the `runsMax` that its organization may have in all processes may be reached.
   */
  reserve(executionId: string, shareHolder: string, runsMax: number | null): boolean
  /** Gives back what was reserved. */
  release(executionId: string): void
  /** Starts a run for which capacity was reserved. */
  begin(run: ClaimedRun): void
  /** Whether this worker has the run, and it waits for its first process: none of its code has begun. */
  waitsForProcess(executionId: string): boolean
  /** How a run of this worker ends; null when it is not here (any more), leaves to wait, or another attempt follows. */
  outcome(executionId: string): Promise<AttemptEnd | null>
}

export interface Engine extends EngineDeps {
  /** What organizations may use. */
  quotas: Quotas
  localWorker: LocalWorker | null
  accepts: Batcher<AcceptItem, void>
  ends: Batcher<AttemptEndItem, boolean>
  logs: Batcher<LogItem, void>
  steps: Batcher<StepWrite, boolean>
  /** Concurrency keys that runs have left, and runs that came back and may have to wait for theirs. */
  admissions: Batcher<Admission, void>
}

export type Admission = { freed: string } | { woken: string }

export interface AcceptItem {
  id: string
  scope: OrgScope
  spec: ExecutionSpec
  status: ExecutionStatus
  workerId: string | null
  /** The call of `workflows.startMany` that starts it, as its place in the parent's journal. */
  fanOut?: string
}
export type AttemptEndItem = AttemptEnd & { workerId: string }
export type LogItem = LogEntry & { workerId: string }
