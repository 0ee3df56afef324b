import { limits } from './limits.ts'

/**
 * What one organization may use, where an administrator of the platform has set nothing else; null: as much as it
 * likes. More is refused with `quota_exceeded` (429), and the answer says when to try again.
 */
export const quotaDefaults = {
  /** Runs that start within a minute, but for those that a schedule or an event starts; the provider's have no limit. */
  runs_per_minute: limits.runsPerMinuteDefault,
  /** Runs at work at once, in all processes; further ones wait. The provider's have no limit but the share of each worker. */
  concurrent_runs: limits.concurrentRunsDefault,
  /** Runs that wait to start; further ones are refused, and so are events. */
  queued_runs: limits.queuedRunsDefault,
  /** Events that are emitted within a minute; the provider's have no limit. */
  events_per_minute: limits.eventsPerMinuteDefault,
  /** Log lines that are kept of a run; further ones are dropped. */
  log_lines_per_run: limits.logLinesMax,
  /** All files of the organization, in bytes. */
  file_bytes: limits.fileQuotaBytesDefault,
  /** Rows of one table. */
  table_rows: limits.tableRowsMax,
} as const satisfies Record<string, number | null>

/** The name of a quota, as routes and refusals have it. */
export type QuotaName = keyof typeof quotaDefaults

/**
 * Every quota there is.
 * @example quotaNames.includes('runs_per_minute') // true
 */
export const quotaNames = Object.keys(quotaDefaults) as [QuotaName, ...QuotaName[]]
