import { z } from 'zod'
import { GraphNode } from './graph.ts'
import { Language } from './language.ts'
import { Parameter } from './parameters.ts'

/** What an executable is. A tool is a workflow that agents may call. */
export const WorkflowType = z.enum(['workflow', 'tool', 'data_provider'])
export type WorkflowType = z.infer<typeof WorkflowType>

/** `active`: can run. `error`: its file or its definition has an error. `missing`: its file no longer defines it. */
export const WorkflowStatus = z.enum(['active', 'error', 'missing'])
export type WorkflowStatus = z.infer<typeof WorkflowStatus>

/** Where in the workspace something is wrong, or worth knowing. Lines and columns start at 1. */
export const SourceNote = z.object({
  message: z.string(),
  path: z.string(),
  line: z.int().nullable(),
  column: z.int().nullable(),
})
export type SourceNote = z.infer<typeof SourceNote>

/** How often and after what pause a failed run is tried again (spec B9). Delay = delay × 2^(n-1) when exponential. */
export const RetryPolicy = z.object({
  max_retries: z.int().min(1).max(100),
  delay_seconds: z.number().min(0).max(86_400),
  backoff: z.enum(['fixed', 'exponential']),
  max_delay_seconds: z.number().min(0).max(86_400),
})
export type RetryPolicy = z.infer<typeof RetryPolicy>

/** What happens when a fire time comes while a run of the same schedule has not ended. */
export const ScheduleOverlap = z.enum(['skip', 'queue', 'cancel_previous'])
export type ScheduleOverlap = z.infer<typeof ScheduleOverlap>

/** What happens with fire times that came while no server ran. */
export const ScheduleCatchUp = z.enum(['none', 'latest', 'all'])
export type ScheduleCatchUp = z.infer<typeof ScheduleCatchUp>

/** A cron schedule as the author declared it. */
export const ScheduleOption = z.object({
  cron: z.string(),
  timezone: z.string(),
  overlap: ScheduleOverlap,
  catch_up: ScheduleCatchUp,
})
export type ScheduleOption = z.infer<typeof ScheduleOption>

/** How many runs of a workflow (of one key, within one organization) may be running at once; the others wait. */
export const ConcurrencyOption = z.object({
  limit: z.int().min(1).max(1000),
  /** Path into the input, such as `input.customerId`; null: all runs of the workflow share the limit. */
  key: z.string().nullable(),
})
export type ConcurrencyOption = z.infer<typeof ConcurrencyOption>

/**
 * Which runs of a workflow may start when (spec C11). Every member is null when its option is absent. A `key` is a path
 * into the input; what it leads to tells apart what is counted apart.
 */
export const FlowControl = z.object({
  concurrency: ConcurrencyOption.nullable(),
  /** At most `limit` runs start in any `per_seconds` seconds; the others wait. */
  rate: z
    .object({
      limit: z.int().min(1).max(1000),
      per_seconds: z.number().min(0.1).max(86_400),
      key: z.string().nullable(),
    })
    .nullable(),
  /** A start waits so long for further ones; a later one takes its place and restarts the time. */
  debounce: z
    .object({
      seconds: z.number().min(0.1).max(86_400),
      /** Not longer than this after the first start, however many follow. */
      max_seconds: z.number().min(0.1).max(86_400).nullable(),
      key: z.string().nullable(),
    })
    .nullable(),
  /** One run at a time: a further start is answered with the run that is there, or cancels it. */
  singleton: z
    .object({ key: z.string().nullable(), on_conflict: z.enum(['skip', 'cancel_running']) })
    .nullable(),
  /** What the idempotency key of a start is when it gives none. */
  idempotency: z.object({ key: z.string() }).nullable(),
  /** Runs with a higher one go first within their organization. */
  priority: z.int().min(-100).max(100),
})
export type FlowControl = z.infer<typeof FlowControl>

/** Which event starts a workflow. `map`: the input comes from its own code, from paths into the event, or (null) from the payload. */
export const StartOn = z.object({
  event: z.string(),
  map: z.union([z.literal('code'), z.record(z.string(), z.string())]).nullable(),
})
export type StartOn = z.infer<typeof StartOn>

/** Which event cancels a run: fields of the payload, and where in the run's input the value stands that they must have. */
export const CancelOn = z.object({ event: z.string(), match: z.record(z.string(), z.string()) })
export type CancelOn = z.infer<typeof CancelOn>

/** A workflow as lists show it. */
export const WorkflowSummary = z.object({
  id: z.uuid(),
  /** Whose it is; null: for all organizations. */
  org_id: z.uuid().nullable(),
  name: z.string(),
  description: z.string(),
  category: z.string(),
  tags: z.array(z.string()),
  type: WorkflowType,
  language: Language,
  /** Path of its file within the workspace. */
  path: z.string(),
  parameters: z.array(Parameter),
  execution_mode: z.enum(['sync', 'async']),
  schedule: ScheduleOption.nullable(),
  /** Names of its display columns. */
  columns: z.array(z.string()),
  is_tool: z.boolean(),
  endpoint_enabled: z.boolean(),
  status: WorkflowStatus,
  error: SourceNote.nullable(),
  warnings: z.array(SourceNote),
  last_execution: z.object({ id: z.uuid(), status: z.string(), created_at: z.iso.datetime() }).nullable(),
})
export type WorkflowSummary = z.infer<typeof WorkflowSummary>

/** A workflow with all its settings. */
export const Workflow = WorkflowSummary.extend({
  export_name: z.string(),
  line: z.int().nullable(),
  timeout_seconds: z.number(),
  retry_policy: RetryPolicy.nullable(),
  /** Null when no option says anything about it. */
  flow_control: FlowControl.nullable(),
  start_on: StartOn.nullable(),
  cancel_on: z.array(CancelOn),
  allowed_methods: z.array(z.string()),
  disable_global_key: z.boolean(),
  public_endpoint: z.boolean(),
  tool_description: z.string().nullable(),
  cache_ttl_seconds: z.number().nullable(),
  /** Minutes of work that one successful run saves. */
  time_saved: z.number(),
  /** Money that one successful run is worth. */
  value: z.number(),
  /** Content hash of the code that its next run uses; null while it cannot be built. */
  code_version: z.string().nullable(),
  /** The outline of a step graph; null for a function. */
  graph: z.array(GraphNode).nullable(),
  /** Whether the caller may read its source. */
  source_shown: z.boolean(),
  updated_at: z.iso.datetime(),
})
export type Workflow = z.infer<typeof Workflow>

/** A workspace file that could not be read as workflows, shown in place of them. */
export const WorkspaceProblem = SourceNote
export type WorkspaceProblem = SourceNote
