import { z } from 'zod'
import type { ClosedPort } from './egress.ts'
import { ColumnCell, LogLevel } from './execution.ts'
import { type JournalEntry, StepAttempt, StepFailure, StepPlace, WaitFor } from './journal.ts'
import { limits } from './limits.ts'
import { CallArgument, Json, Parameter } from './parameters.ts'
import { StepTransaction } from './table.ts'

/**
 * Everything that the server and a child process say to each other. One line of text is one JSON array of messages.
 * File descriptor 3 of the child carries both directions. The same for TypeScript and Python children.
 */
export const PROTOCOL_VERSION = 2

/** What a run sees as `context`. */
export const RunContext = z.object({
  executionId: z.string(),
  workflowId: z.string().nullable(),
  workflowName: z.string(),
  orgId: z.string(),
  orgName: z.string(),
  organization: z.object({
    slug: z.string(),
    isProvider: z.boolean(),
    parent: z.object({ id: z.string(), name: z.string() }).nullable(),
  }),
  userId: z.string().nullable(),
  email: z.string().nullable(),
  name: z.string().nullable(),
  isPlatformAdmin: z.boolean(),
  isGlobalScope: z.boolean(),
  /** Where people reach the platform, without a slash at its end. */
  publicUrl: z.string(),
  attempt: z.int(),
  timeSaved: z.number(),
  value: z.number(),
  /** The form that the run comes from; absent or null when none. */
  form: z
    .object({
      id: z.string(),
      name: z.string(),
      answers: z.record(z.string(), Json),
      startup: Json,
    })
    .nullish(),
})
export type RunContext = z.infer<typeof RunContext>

/** What of a definition the child needs to call the function, and to fill in its `executableMetadata`. */
export const RunTarget = z.object({
  exportName: z.string(),
  arguments: z.array(CallArgument),
  parameters: z.array(Parameter),
  metadata: z.record(z.string(), z.unknown()),
  /** Not the function is called, but the `map` of its `startOn`, with the event. */
  part: z.literal('map').optional(),
})
export type RunTarget = z.infer<typeof RunTarget>

/** What the server says. `run` is a number that the server gives out per child; it is never used twice. */
export type ToChild =
  | {
      type: 'load'
      version: string
      source: string
      path: string
      env: Record<string, string>
      /** What its connections may reach beside the public internet. */
      egressAllow: readonly string[]
      /** The platform's own port, which they may not reach whatever is allowed. */
      egressClosed: ClosedPort | null
    }
  | {
      type: 'run'
      run: number
      target: RunTarget
      input: Record<string, unknown>
      context: RunContext
      timeoutMs: number
      /** After a crash it continues by replay. */
      durable: boolean
      /** No attempt follows this one: when it fails, its finished steps are undone. */
      lastAttempt: boolean
      /** It was stopped: the steps in the journal are undone, and nothing else is done. */
      undo: boolean
      /** What the run has done before, in the order in which its code learned of it. */
      journal: JournalEntry[]
      /**
       * Its code may begin until then, by the monotonic clock of the machine in milliseconds, and says `begun` first; the
       * server gives a run that has not begun by then to another child.
       */
      beginBy: number
    }
  /** Leads the function along a history, to see whether it still goes that way; nothing of it is done. */
  | {
      type: 'check'
      run: number
      /** The methods of the platform that it may call: those that only read. */
      reads: readonly string[]
      target: RunTarget
      input: Record<string, unknown>
      context: RunContext
      timeoutMs: number
      journal: JournalEntry[]
    }
  /** These records (numbers that the child gave) are committed. */
  | { type: 'recorded'; run: number; records: number[] }
  /** This record was not stored, for a reason that lies in it: a transaction that conflicts. */
  | { type: 'refused'; run: number; record: number; error: CallError }
  /** What the run waits for has come while it is still in the child. */
  | { type: 'resolved'; run: number; entry: JournalEntry }
  | { type: 'cancel'; run: number; reason: 'cancelled' | 'timeout' }
  /** Nothing of the run counts any more, and nothing of it may act; answered by `silent`. */
  | { type: 'end'; run: number }
  | { type: 'reply'; call: number; value?: unknown; error?: CallError }
  | { type: 'ping' }

/** Why a platform call failed, as data. */
export const CallError = z.object({ code: z.string(), message: z.string() })
export type CallError = z.infer<typeof CallError>

/** Why user code failed. `kind` separates the author's fault from a value that could not be used. */
export const RunFailure = z.object({
  /** `stopped`: it was told to stop, and did or continued in the background. */
  kind: z.enum([
    'error',
    'result_invalid',
    'load_failed',
    'exit',
    'unhandled',
    'stopped',
    'nondeterministic',
  ]),
  type: z.string(),
  message: z.string(),
  stack: z.string(),
  /** UserError: its text is meant for the person who started the run; and it is not retried. */
  forUser: z.boolean(),
  retry: z.boolean(),
  /** Of `nondeterministic`: what the journal has, and what the code asked for. */
  mismatch: z.object({ expected: z.string(), asked: z.string() }).optional(),
})
export type RunFailure = z.infer<typeof RunFailure>

/** More than anybody tries a step; each attempt is told with all that were before it. */
const ATTEMPTS_MAX = 10_000

const usage = { cpuMs: z.number(), rssBytes: z.number() }

/** What a child says. Everything is checked on arrival: a child runs code that the platform cannot trust. */
export const FromChild = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), protocol: z.int() }),
  z.object({ type: z.literal('loaded') }),
  z.object({ type: z.literal('load_failed'), failure: RunFailure }),
  z.object({ type: z.literal('log'), run: z.int(), level: LogLevel, message: z.string(), at: z.number() }),
  z.object({
    type: z.literal('call'),
    run: z.int(),
    call: z.int(),
    method: z.string().max(100),
    args: z.record(z.string(), z.unknown()),
  }),
  z.object({
    type: z.literal('done'),
    run: z.int(),
    /** The result as JSON text. */
    result: z.string(),
    /** The variables as the text of a JSON object. */
    variables: z.string(),
    logsDropped: z.int(),
    timeSaved: z.number(),
    value: z.number(),
    ...usage,
  }),
  z.object({
    type: z.literal('failed'),
    run: z.int(),
    failure: RunFailure,
    variables: z.string(),
    logsDropped: z.int(),
    ...usage,
  }),
  /** The display columns of a run, as they are now. */
  z.object({
    type: z.literal('columns'),
    run: z.int(),
    columns: z
      .record(z.string().max(limits.columnNameLengthMax), ColumnCell)
      .refine((columns) => Object.keys(columns).length <= limits.columnsMax),
  }),
  /** How a check ended. */
  z.object({
    type: z.literal('checked'),
    run: z.int(),
    /** `breaks`: the code asks for another entry than the history has. `fails`: it throws. `unknown`: it could not be decided. */
    outcome: z.enum(['fits', 'breaks', 'fails', 'unknown']),
    /** The first durable call that the history does not answer. */
    next: z.string().nullable(),
    expected: z.string().nullable(),
    asked: z.string().nullable(),
    message: z.string().nullable(),
  }),
  /** A step began. For those who watch; nothing waits for it. */
  StepPlace.extend({ type: z.literal('step_started'), run: z.int(), attempt: z.int(), at: z.number() }),
  /** A step has its outcome. The code continues when this is committed. */
  StepPlace.extend({
    type: z.literal('step_ended'),
    run: z.int(),
    record: z.int(),
    order: z.int(),
    attempts: z.array(StepAttempt).max(ATTEMPTS_MAX),
    /** JSON text; null when it failed. */
    output: z.string().max(limits.stepOutputBytesMax).nullable(),
    error: StepFailure.nullable(),
    hasUndo: z.boolean(),
    /** Stored together with the step, or not at all. */
    transaction: StepTransaction.optional(),
  }),
  /** The run waits here. */
  StepPlace.extend({
    type: z.literal('wait'),
    run: z.int(),
    record: z.int(),
    attempts: z.array(StepAttempt).max(ATTEMPTS_MAX),
    wait: WaitFor,
    /** The journal said that it waits here; events that have come meanwhile resolve the wait at once. */
    known: z.boolean(),
  }),
  /** Everything in the run is waiting: it may leave the child. */
  z.object({
    type: z.literal('suspend'),
    run: z.int(),
    waiting: z.array(z.string()).min(1),
    variables: z.string(),
    logsDropped: z.int(),
    ...usage,
  }),
  /** The run was told to stop, and undoes what it did before it reports that it has stopped. */
  z.object({ type: z.literal('undoing'), run: z.int() }),
  /** The code of the run begins. Written past the channel, so that it is heard when the code does not yield. */
  z.object({ type: z.literal('begun'), run: z.int() }),
  /** It came too late to the run, and does not begin it. */
  z.object({ type: z.literal('not_begun'), run: z.int() }),
  /** Nothing of the run acts any more. */
  z.object({ type: z.literal('silent'), run: z.int() }),
  /** A run of this child is in a long synchronous stretch; sent by the loop guard from inside it. */
  z.object({ type: z.literal('busy'), run: z.int() }),
  z.object({ type: z.literal('pong'), rssBytes: z.number() }),
])
export type FromChild = z.infer<typeof FromChild>
