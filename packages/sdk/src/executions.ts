import type {
  ColumnCell,
  ExecutionStatus,
  Trigger as ExecutionTrigger,
  Json,
  LogLevel,
} from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'

/** A run as `executions.list` gives it. */
export interface ExecutionInfo {
  id: string
  workflowId: string | null
  workflowName: string
  status: ExecutionStatus
  /** How it was started: `manual`, `api`, `schedule`, `event`, `workflow` … */
  trigger: string
  /** Who started it; null when no person did. */
  startedBy: { id: string; name: string } | null
  /** ISO 8601, as all moments here: what a step gives is JSON. */
  createdAt: string
  startedAt: string | null
  endedAt: string | null
  durationMs: number | null
  attempt: number
  error: { type: string; message: string } | null
  /** The display columns of its workflow. */
  columns: Record<string, ColumnCell> | null
}

/** A run with its input and its result. */
export interface ExecutionDetails extends ExecutionInfo {
  input: Json
  result: Json
  /** Its current state, in one sentence. */
  reason: string
  /** The run that started it. */
  parentId: string | null
}

/** Which runs; without a member all that the person who started this run may see. */
export interface ExecutionQuery {
  /** Id or name of a workflow. */
  workflow?: string
  status?: ExecutionStatus | readonly ExecutionStatus[]
  trigger?: string
  /** Text in the name, the error, or a display column. */
  search?: string
  since?: Date | string
  until?: Date | string
  /** 50 when absent, 200 at most. */
  limit?: number
  /** `nextCursor` of the page before. */
  cursor?: string
}

/** One line of a run's log. */
export interface ExecutionLogLine {
  seq: number
  timestamp: string
  level: LogLevel
  message: string
}

const text = (moment: Date | string | undefined) =>
  moment === undefined ? undefined : moment instanceof Date ? moment.toISOString() : moment

/**
 * Runs of the organization, as far as the person who started this one may see them: their own, or all for those who build.
 * @example const { items } = await executions.list({ workflow: 'nightlyInvoices', status: 'FAILED', since: yesterday })
 */
export const executions = {
  /** Newest first. */
  async list(query: ExecutionQuery = {}): Promise<{ items: ExecutionInfo[]; nextCursor: string | null }> {
    const { status, trigger, since, until, ...rest } = query
    return await callPlatform('executions.list', {
      ...rest,
      // The platform says which ones there are.
      ...(trigger === undefined ? {} : { trigger: trigger as ExecutionTrigger }),
      ...(status === undefined ? {} : { status: typeof status === 'string' ? [status] : [...status] }),
      ...(since === undefined ? {} : { since: text(since) }),
      ...(until === undefined ? {} : { until: text(until) }),
    })
  },
  /** One run with its input and result; undefined when there is none that may be seen. */
  async get(id: string): Promise<ExecutionDetails | undefined> {
    const found = await callPlatform('executions.get', { id })
    return found ?? undefined
  },
  /**
   * Lines of the log, oldest first, 1,000 when no `limit` says otherwise. `after` is the `seq` of the last line that is
   * known. Debug lines only for those who may debug.
   */
  async logs(
    id: string,
    { level, ...rest }: { after?: number; level?: readonly LogLevel[]; search?: string; limit?: number } = {},
  ): Promise<ExecutionLogLine[]> {
    return await callPlatform('executions.logs', { id, ...rest, ...(level ? { level: [...level] } : {}) })
  },
} as const
