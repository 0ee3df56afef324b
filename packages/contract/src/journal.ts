import { z } from 'zod'
import { limits } from './limits.ts'
import { TaskSpec } from './task.ts'

/** What kind of durable call an entry of the journal stands for. `run`: another run. `fan_out`: many of them. */
export const StepKind = z.enum(['step', 'sleep', 'undo', 'event', 'emit', 'screen', 'run', 'fan_out', 'tx'])
export type StepKind = z.infer<typeof StepKind>

/**
 * `retrying`: waits for its next attempt. `waiting`: waits for a timer, an event, a person, another run.
 * `resumed`: it was suspended and has its answer; its code is called again with it.
 */
export const StepStatus = z.enum([
  'running',
  'completed',
  'failed',
  'retrying',
  'waiting',
  'resumed',
  'cancelled',
])
export type StepStatus = z.infer<typeof StepStatus>

/** Why a step failed, as data: replay gives the author's code the same error again. */
export const StepFailure = z.object({ type: z.string(), message: z.string(), stack: z.string() })
export type StepFailure = z.infer<typeof StepFailure>

/** What a step has added to what its run saves: minutes, and money. */
export const StepRoi = z.object({ timeSaved: z.number(), value: z.number() })
export type StepRoi = z.infer<typeof StepRoi>

/** One attempt at a step. Times are milliseconds since 1970. */
export const StepAttempt = z.object({
  attempt: z.int(),
  started_at: z.number(),
  ended_at: z.number(),
  error: StepFailure.nullable(),
  /** Absent when it changed nothing of what the run saves. */
  roi: StepRoi.optional(),
})
export type StepAttempt = z.infer<typeof StepAttempt>

/** Where in the code a durable call stands; the same at every replay. */
export const StepPlace = z.object({
  /** Name and occurrence within its branch: `send#2`, `each[order-7]/send#1`. Unique in the run. */
  key: z.string().max(1000),
  name: z.string().max(200),
  occurrence: z.int(),
  branch: z.string().max(800),
  /**
   * Which durable call of its branch it is, from 0. Replay compares it with what the code asks for; -1, of a step that an
   * earlier attempt of the run finished, is not compared.
   */
  position: z.int(),
  kind: StepKind,
})
export type StepPlace = z.infer<typeof StepPlace>

/** An entry of the journal as a child needs it for replay. */
export const JournalEntry = StepPlace.extend({
  status: StepStatus,
  /** In which order the code learned of it; null while it has not. */
  order: z.int().nullable(),
  attempt: z.int(),
  attempts: z.array(StepAttempt),
  /** JSON text; null when there is none. */
  output: z.string().nullable(),
  error: StepFailure.nullable(),
  /** When a retry is due, in milliseconds since 1970. */
  dueAt: z.number().nullable(),
  /** What a step that suspended itself was answered: JSON text, or null when its time ran out. Null while it was not. */
  resume: z.object({ data: z.string().nullable() }).nullable(),
})
export type JournalEntry = z.infer<typeof JournalEntry>

/** What a run waits for. Times are milliseconds since 1970. */
export const WaitFor = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('timer'), dueAt: z.number() }),
  z.object({ kind: z.literal('retry'), dueAt: z.number() }),
  /** An event whose payload has these values at these dotted paths. */
  z.object({
    kind: z.literal('event'),
    dueAt: z.number().nullable(),
    name: z.string().min(1).max(limits.eventNameLengthMax),
    match: z
      .record(z.string().max(200), z.union([z.string().max(10_000), z.number(), z.boolean(), z.null()]))
      .refine((match) => Object.keys(match).length <= limits.eventMatchFieldsMax),
  }),
  /** A step suspended itself until an answer comes through the API. */
  z.object({
    kind: z.literal('resume'),
    dueAt: z.number().nullable(),
    reason: z.string().max(500).nullable(),
  }),
  /** Another run; the platform gave its id when it was started. */
  z.object({ kind: z.literal('child'), dueAt: z.number().nullable(), childId: z.uuid() }),
  /** A person; null for the task that is there already, when a replay comes here again. */
  z.object({ kind: z.literal('task'), dueAt: z.number().nullable(), task: TaskSpec.nullable() }),
])
export type WaitFor = z.infer<typeof WaitFor>
