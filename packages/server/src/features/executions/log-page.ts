import type { LogLine } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { type LogFilter, listLogs } from './queries.ts'
import { logOf } from './rows.ts'

const LINES_DEFAULT = 1000

/** Lines of a run, as many as one answer may give. */
export async function logPage(
  scope: OrgScope,
  db: Database,
  id: string,
  { after = 0, limit = LINES_DEFAULT, ...filter }: Partial<LogFilter>,
): Promise<{ items: LogLine[]; next_after: number | null }> {
  const rows = await listLogs(scope, db, id, { ...filter, after, limit: limit + 1 })
  const items = rows.slice(0, limit).map(logOf)
  const isMore = (rows[0]?.found ?? 0) > items.length
  return { items, next_after: isMore ? (items.at(-1)?.seq ?? null) : null }
}
