import { type AuditFilter, type AuditRow, limits, validationError } from '@bifrost/contract'
import { csvLines } from '../../platform/csv.ts'
import type { Database } from '../../platform/database.ts'
import { isUuid } from '../../platform/ids.ts'
import { listScope, type OrgScope } from '../../platform/scope.ts'
import { findAudit, type StoredAuditRow } from './queries.ts'

export { pruneAudit } from './prune.ts'

/** Who did what, for those who may know it. */
export interface AuditLog {
  list(
    scope: OrgScope,
    filter: AuditFilter,
    page: { cursor: string | undefined; limit: number },
  ): Promise<{ items: AuditRow[]; next_cursor: string | null }>
  /** The text of a file, in parts. */
  export(scope: OrgScope, filter: AuditFilter, format: 'csv' | 'json'): AsyncIterable<string>
}

const EXPORT_AT_ONCE = 1000

export function createAuditLog(db: Database): AuditLog {
  return {
    async list(scope, filter, { cursor, limit }) {
      if (cursor !== undefined && !isUuid(cursor))
        throw validationError([{ field: 'cursor', message: 'is not the next_cursor of a page' }])
      const list = listScope(scope, filter.scope)
      const page = { before: cursor, limit: limit + 1 }
      const found = await findAudit(scope, db.heavy(scope, list).query, list, filter, page)
      const items = found.slice(0, limit).map(shown)
      return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null }
    },
    async *export(scope, filter, format) {
      const list = listScope(scope, filter.scope)
      const { query } = db.heavy(scope, list)
      const { begin, rows, end } = writers[format]
      yield begin
      let before: string | undefined
      for (let written = 0; written < limits.auditExportRowsMax; written += EXPORT_AT_ONCE) {
        const found = await findAudit(scope, query, list, filter, { before, limit: EXPORT_AT_ONCE })
        if (found.length > 0) yield rows(found.map(shown), written === 0)
        if (found.length < EXPORT_AT_ONCE) break
        before = found.at(-1)?.id
      }
      yield end
    },
  }
}

const COLUMNS = [
  'at',
  'organization',
  'actor_id',
  'actor_email',
  'action',
  'target_type',
  'target_id',
  'target_name',
  'outcome',
  'address',
  'execution_id',
  'before',
  'after',
  'id',
] as const

interface Writer {
  begin: string
  rows(rows: AuditRow[], first: boolean): string
  end: string
}

const writers: Record<'csv' | 'json', Writer> = {
  csv: { begin: csvLines([COLUMNS]), rows: (rows) => csvLines(rows.map(cells)), end: '' },
  json: {
    begin: '[\n',
    rows: (rows, first) => (first ? '' : ',\n') + rows.map((row) => JSON.stringify(row)).join(',\n'),
    end: '\n]\n',
  },
}

const jsonText = (value: unknown) => (value === null ? null : JSON.stringify(value))

const cells = (row: AuditRow) => [
  row.at,
  row.organization?.name ?? null,
  row.actor.id,
  row.actor.email,
  row.action,
  row.target.type,
  row.target.id,
  row.target.name,
  row.outcome,
  row.address,
  row.execution_id,
  jsonText(row.before),
  jsonText(row.after),
  row.id,
]

const shown = (row: StoredAuditRow): AuditRow => ({
  id: row.id,
  at: row.at.toISOString(),
  organization: row.org_id === null ? null : { id: row.org_id, name: row.org_name ?? '' },
  actor: { id: row.actor_id, email: row.actor_email },
  action: row.action,
  target: { type: row.target_type, id: row.target_id, name: row.target_name },
  outcome: row.outcome,
  address: row.address,
  execution_id: row.execution_id,
  before: row.before,
  after: row.after,
})
