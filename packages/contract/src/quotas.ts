import { limits } from './limits.ts'

/**
 * What one organisation may use, where an administrator of the platform has set nothing else; null: as much as it
 * likes. More is refused with `quota_exceeded` (429), and the answer says when to try again.
 */
export const quotaDefaults = {
  /** Runs that start within a minute, but for those that a schedule or an event starts. Counted by each process. */
  runs_per_minute: limits.runsPerMinuteDefault,
  /** Runs at work at once; further ones wait. */
  concurrent_runs: null,
  /** Events that are emitted within a minute. Counted by each process. */
  events_per_minute: limits.eventsPerMinuteDefault,
  /** Log lines that are kept of a run; further ones are dropped. */
  log_lines_per_run: limits.logLinesMax,
  /** All files of the organisation, in bytes. */
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
