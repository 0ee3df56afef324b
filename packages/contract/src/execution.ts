import { z } from 'zod'
import { limits } from './limits.ts'
import { Json } from './parameters.ts'
import { ExecutionStatus } from './statuses.ts'
import { WorkflowType } from './workflow.ts'

/** What started a run. */
export const Trigger = z.enum([
  'api',
  'form',
  'schedule',
  'event',
  'endpoint',
  'tool',
  'workflow',
  'cli',
  'test',
  'code',
])
export type Trigger = z.infer<typeof Trigger>

/** debug is for developers and admins; the others are for everyone who runs the workflow (spec B6). */
export const LogLevel = z.enum(['debug', 'info', 'warning', 'error'])
export type LogLevel = z.infer<typeof LogLevel>

/** One log line. `seq` grows within the run without gaps of meaning: it orders, and resumes a stream. */
export const LogLine = z.object({
  seq: z.int(),
  timestamp: z.iso.datetime(),
  level: LogLevel,
  message: z.string(),
})
export type LogLine = z.infer<typeof LogLine>

/** The short form of an error, as everybody who may see the run sees it. */
export const ExecutionErrorSummary = z.object({ type: z.string(), message: z.string() })

/**
 * Why a run failed. `source` is the author's file and line in the code that ran, with the text of that line; null when it
 * was not kept. Stack and source only for developers and admins.
 */
export const ExecutionError = ExecutionErrorSummary.extend({
  /** A stable reason when the platform ended the run: `timeout`, `cancelled`, `worker_lost`, `load_failed`, `result_invalid` … */
  code: z.string().nullable(),
  stack: z.string().nullable(),
  source: z
    .object({ path: z.string(), line: z.int(), column: z.int(), text: z.string().nullable() })
    .nullable(),
})
export type ExecutionError = z.infer<typeof ExecutionError>

/** What a display column shows. */
export const ColumnCell = z.union([z.string().max(limits.columnLengthMax), z.number(), z.boolean(), z.null()])
export type ColumnCell = z.infer<typeof ColumnCell>

/** A run as lists show it. */
export const ExecutionSummary = z.object({
  id: z.uuid(),
  org_id: z.uuid(),
  workflow_id: z.uuid().nullable(),
  workflow_name: z.string(),
  type: z.union([WorkflowType, z.literal('code')]),
  status: ExecutionStatus,
  trigger: Trigger,
  started_by: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  created_at: z.iso.datetime(),
  scheduled_at: z.iso.datetime().nullable(),
  started_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
  /** From the start of the user's code to its end; null while it has not ended. */
  duration_ms: z.number().nullable(),
  attempt: z.int(),
  error: ExecutionErrorSummary.nullable(),
  /** The display columns of its workflow, by name; null without. */
  columns: z.record(z.string(), ColumnCell).nullable(),
  /** What of the platform it came from, as that was called then: `form`, `schedule`, `event`, `endpoint_key`, … */
  origin: z.object({ kind: z.string(), id: z.uuid(), name: z.string().nullable() }).nullable(),
  /** The form that it came from, as it was called then. */
  form: z.object({ id: z.uuid(), name: z.string() }).nullable(),
})
export type ExecutionSummary = z.infer<typeof ExecutionSummary>

/** How a result is shown (spec B5): text starting with `<` is HTML, other text is text, the rest JSON. */
export const ResultKind = z.enum(['json', 'html', 'text'])
export type ResultKind = z.infer<typeof ResultKind>

/** A run with all that is known of it, but for logs and variables. */
export const Execution = ExecutionSummary.extend({
  error: ExecutionError.nullable(),
  /** Where the run stands, in one sentence (spec B14). */
  reason: z.string(),
  input: Json,
  result: Json,
  result_kind: ResultKind.nullable(),
  timeout_seconds: z.number(),
  max_attempts: z.int(),
  code_version: z.string().nullable(),
  /** The version that it began with, when it was moved to another since. */
  original_version: z.string().nullable(),
  /** The run whose first steps this one took over. */
  forked_from: z.uuid().nullable(),
  /** The schedule, the event or the endpoint key that started it. */
  trigger_id: z.uuid().nullable(),
  /** The event that started it; null when none did. */
  event: z.object({ id: z.uuid(), name: z.string() }).nullable(),
  idempotency_key: z.string().nullable(),
  /** The run that started it. */
  parent_id: z.uuid().nullable(),
  log_count: z.int(),
  time_saved: z.number(),
  value: z.number(),
  /** CPU time of the child while the run was in it; runs that share a child share it. */
  cpu_ms: z.number().nullable(),
  peak_memory_bytes: z.number().nullable(),
  tokens_used: z.int(),
  waiting_for: z
    .object({ kind: z.string(), reason: z.string(), until: z.iso.datetime().nullable() })
    .nullable(),
})
export type Execution = z.infer<typeof Execution>

/** One attempt of the retry policy at a run. */
export const ExecutionAttempt = z.object({
  attempt: z.int(),
  /** That of the run for its latest attempt; FAILED for those before; PENDING for one that is planned. */
  status: ExecutionStatus,
  started_at: z.iso.datetime().nullable(),
  ended_at: z.iso.datetime().nullable(),
  /** When a planned attempt is due. */
  due_at: z.iso.datetime().nullable(),
  error: ExecutionErrorSummary.nullable(),
})
export type ExecutionAttempt = z.infer<typeof ExecutionAttempt>

/** What a synchronous run answers, whatever it ended with. */
export const ExecuteAnswer = z.object({
  execution_id: z.uuid(),
  status: ExecutionStatus,
  result: Json,
  error: ExecutionErrorSummary.nullable(),
  duration_ms: z.number().nullable(),
})
export type ExecuteAnswer = z.infer<typeof ExecuteAnswer>

/** A synchronous run whose logs and variables come with the answer. */
export const ExecuteWithDetails = ExecuteAnswer.extend({
  logs: z.array(LogLine),
  variables: z.record(z.string(), Json),
})
export type ExecuteWithDetails = z.infer<typeof ExecuteWithDetails>

/** What `GET /api/executions/{id}/stream` sends. The id of a `log` event is its `seq`. */
export type StreamEvent =
  | { event: 'status'; data: ExecutionSummary & { reason: string } }
  | { event: 'log'; data: LogLine }
  | { event: 'end'; data: ExecutionSummary & { reason: string } }
