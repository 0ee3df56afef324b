import type { QuotaName } from '@bifrost/contract'
import { formatBytes, formatNumber } from '../../format.ts'

interface Words {
  name: string
  /** What happens beyond it. */
  about: string
  isBytes?: boolean
}

export const quotaWords: Record<QuotaName, Words> = {
  runs_per_minute: {
    name: 'Runs per minute',
    about: 'Additional runs are rejected. Runs that a schedule or an event starts do not count.',
  },
  concurrent_runs: { name: 'Runs at once', about: 'Additional runs are queued.' },
  queued_runs: { name: 'Queued runs', about: 'Anything above this is rejected.' },
  events_per_minute: { name: 'Events per minute', about: 'Anything above this is rejected.' },
  log_lines_per_run: { name: 'Log lines per run', about: 'Additional lines are not kept.' },
  table_rows: { name: 'Rows of one table', about: 'Anything above this is rejected.' },
  file_bytes: { name: 'Files', about: 'Anything above this is rejected.', isBytes: true },
}

export const formatQuota = (name: QuotaName, value: number | null): string =>
  value === null ? 'No limit' : quotaWords[name].isBytes ? formatBytes(value) : formatNumber(value)

/** How much of it is used, from 0 to 1; null when nothing can be said. */
export function shareOf({ used, limit }: { used: number | null; limit: number | null }): number | null {
  if (used === null || limit === null) return null
  return limit === 0 ? 1 : Math.min(1, used / limit)
}
