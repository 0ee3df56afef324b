import type { QuotaName } from '@bifrost/contract'

interface Words {
  name: string
  /** What happens beyond it. */
  about: string
  isBytes?: boolean
}

export const quotaWords: Record<QuotaName, Words> = {
  runs_per_minute: {
    name: 'Runs per minute',
    about: 'Further ones are refused. Those that a schedule or an event starts do not count.',
  },
  concurrent_runs: { name: 'Runs at once', about: 'Further ones wait.' },
  events_per_minute: { name: 'Events per minute', about: 'Further ones are refused.' },
  log_lines_per_run: { name: 'Log lines per run', about: 'Further ones are not kept.' },
  table_rows: { name: 'Rows of one table', about: 'Further ones are refused.' },
  file_bytes: { name: 'Files', about: 'Further ones are refused.', isBytes: true },
}

const units = ['bytes', 'KB', 'MB', 'GB', 'TB']

/**
 * A size as people say it.
 * @example formatBytes(10 * 1024 ** 3) // '10 GB'
 */
export function formatBytes(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${size.toLocaleString('en', { maximumFractionDigits: size < 10 && unit > 0 ? 1 : 0 })} ${units[unit]}`
}

export const formatQuota = (name: QuotaName, value: number | null): string =>
  value === null ? 'No limit' : quotaWords[name].isBytes ? formatBytes(value) : value.toLocaleString('en')

/** How much of it is used, from 0 to 1; null when nothing can be said. */
export function shareOf({ used, limit }: { used: number | null; limit: number | null }): number | null {
  if (used === null || limit === null) return null
  return limit === 0 ? 1 : Math.min(1, used / limit)
}
