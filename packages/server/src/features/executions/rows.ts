import type {
  ColumnCell,
  Execution,
  ExecutionStatus,
  ExecutionSummary,
  Json,
  LogLevel,
  LogLine,
  ResultKind,
  Trigger,
  WaitFor,
} from '@bifrost/contract'
import type { OriginColumns, StoredFlow } from '../../engine/engine.ts'
import { may, type OrgScope } from '../../platform/scope.ts'
import { reasonOf, waitingFor } from './reasons.ts'

export interface SummaryRow extends Omit<OriginColumns, 'origin_data'> {
  id: string
  org_id: string
  workflow_id: string | null
  workflow_name: string
  type: ExecutionSummary['type']
  status: ExecutionStatus
  trigger: Trigger
  user_id: string | null
  user_name: string | null
  created_at: Date
  scheduled_at: Date | null
  started_at: Date | null
  ended_at: Date | null
  duration_ms: number | null
  attempt: number
  error_type: string | null
  error_message: string | null
  error_for_user: boolean | null
  columns: Record<string, ColumnCell> | null
}

export interface DetailRow extends SummaryRow, OriginColumns {
  error_code: string | null
  error_stack: string | null
  input: Json
  result: Json
  result_kind: ResultKind | null
  timeout_ms: number
  max_attempts: number
  code_version: string | null
  original_version: string | null
  forked_from: string | null
  event_id: string | null
  event_name: string | null
  durable: boolean
  idempotency_key: string | null
  parent_id: string | null
  log_count: number
  time_saved: number
  value: number
  cpu_ms: number | null
  peak_memory_bytes: number | null
  tokens_used: number
  due_at: Date | null
  /** The attempt that it is in the queue for. */
  next_attempt: number | null
  /** Of a run that a worker could take: how many go before it, and how many workers there are. */
  ahead: number | null
  workers: number | null
  /** How many runs its organization may have at work at once, and has; null: no limit. */
  quota: number | null
  running: number | null
  /** What flow control holds it back with, the rule, and how far it is. */
  gate: 'concurrency' | 'rate' | null
  flow: StoredFlow | null
  debounced: boolean | null
  taken: number | null
  allowed: number | null
  next_at: Date | null
  /** Of what it waits for, the one that comes first. */
  wait_kind: WaitFor['kind'] | 'parked' | null
  wait_until: Date | null
  wait_reason: string | null
  wait_child: string | null
  /** What a person is asked to do, and who. */
  wait_task: string | null
  wait_person: string | null
  wait_count: number | null
  /** The step that waits, how often it was tried, and what it failed with; the last only for those who may debug. */
  wait_step: string | null
  wait_attempts: number | null
  wait_error: string | null
}

export interface LogRow {
  seq: number
  created_at: Date
  level: LogLevel
  message: string
  /** How many lines were found; of fewer, the rest is for the next read. */
  found: number
}

const iso = (date: Date | null) => date?.toISOString() ?? null

export const summaryOf = (scope: OrgScope, row: SummaryRow): ExecutionSummary => ({
  id: row.id,
  org_id: row.org_id,
  workflow_id: row.workflow_id,
  workflow_name: row.workflow_name,
  type: row.type,
  status: row.status,
  trigger: row.trigger,
  started_by: row.user_id ? { id: row.user_id, name: row.user_name ?? 'Former user' } : null,
  created_at: row.created_at.toISOString(),
  scheduled_at: iso(row.scheduled_at),
  started_at: iso(row.started_at),
  ended_at: iso(row.ended_at),
  duration_ms: row.duration_ms,
  attempt: row.attempt,
  error: errorOf(scope, row),
  columns: row.columns,
  origin: originOf(row),
  form: formOf(row),
})

const originOf = ({ origin_kind: kind, origin_id: id, origin_name: name }: SummaryRow) =>
  kind === null || id === null ? null : { kind, id, name }

const formOf = ({ origin_kind: kind, origin_id: id, origin_name: name }: SummaryRow) =>
  kind !== 'form' || id === null ? null : { id, name: name ?? '' }

/** An error's text may hold what only developers should read, unless the author meant it for the person (UserError). */
export function errorOf(
  scope: OrgScope,
  row: Pick<SummaryRow, 'error_type' | 'error_message' | 'error_for_user'>,
): ExecutionSummary['error'] {
  if (row.error_type === null) return null
  if (row.error_for_user || may(scope, 'execution:debug'))
    return { type: row.error_type, message: row.error_message ?? '' }
  return { type: 'Error', message: 'The workflow failed; an administrator can see why.' }
}

/** `text`: the line at the place where it failed; see `placeOf`. */
export const detailOf = (scope: OrgScope, row: DetailRow, text: string | null): Execution => {
  const error = errorOf(scope, row)
  const stack = stackOf(scope, row)
  const place = placeOf(scope, row)
  return {
    ...summaryOf(scope, row),
    error: error && { ...error, code: row.error_code, stack, source: place && { ...place, text } },
    reason: reasonOf(row, error),
    input: row.input,
    result: row.result,
    result_kind: row.result_kind,
    timeout_seconds: row.timeout_ms / 1000,
    max_attempts: row.max_attempts,
    code_version: row.code_version,
    original_version: row.original_version,
    forked_from: row.forked_from,
    trigger_id: row.origin_kind === 'form' ? null : row.origin_id,
    event: row.event_id === null ? null : { id: row.event_id, name: row.event_name ?? '' },
    idempotency_key: row.idempotency_key,
    parent_id: row.parent_id,
    log_count: row.log_count,
    time_saved: row.time_saved,
    value: row.value,
    cpu_ms: row.cpu_ms,
    peak_memory_bytes: row.peak_memory_bytes,
    tokens_used: row.tokens_used,
    waiting_for: waitingFor(row, error),
  }
}

const stackOf = (scope: OrgScope, row: Pick<DetailRow, 'error_stack'>): string | null =>
  may(scope, 'execution:debug') ? row.error_stack || null : null

/** The first frame of the stack that lies in the author's files. */
export function placeOf(scope: OrgScope, row: Pick<DetailRow, 'error_stack'>) {
  const stack = stackOf(scope, row)
  const frame =
    stack && /(?:\(|at |async )((?:workspace\/)?([^\s():]+\.(?:ts|mts|tsx))):(\d+):(\d+)\)?/.exec(stack)
  if (!frame) return stack === null ? null : placeInTraceback(stack)
  return { path: frame[2] ?? '', line: Number(frame[3]), column: Number(frame[4]) }
}

/** Python names the innermost call last, and no column. */
function placeInTraceback(stack: string) {
  const frame = [...stack.matchAll(/^ *File "([^"\n]+\.py)", line (\d+)/gm)].at(-1)
  return frame ? { path: frame[1] ?? '', line: Number(frame[2]), column: 1 } : null
}

export const logOf = (row: LogRow): LogLine => ({
  seq: row.seq,
  timestamp: row.created_at.toISOString(),
  level: row.level,
  message: row.message,
})
