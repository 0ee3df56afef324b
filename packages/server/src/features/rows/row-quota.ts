import { AppError, type TableWrite } from '@bifrost/contract'
import type { Database, Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { COUNTED_MAX, planned } from './read-rows.ts'

const KNOWN_MS = 30_000
/** It is unknown when there will be room. */
const RETRY_SECONDS = 3600

/** How many rows a table of the scope may have; null: as many as it likes. */
export type RowsMax = (scope: OrgScope) => number | null

interface Known {
  rows: number
  until: number
}

/**
 * Tables have an end. Far from it, what the planner thinks is good enough; near it, rows are counted. Rows that are
 * written again are taken for new ones until they are counted.
 */
export class RowQuota {
  readonly #db: Database
  readonly #rowsMaxOf: RowsMax
  readonly #known = new Map<string, Known>()

  constructor(db: Database, rowsMax: RowsMax) {
    this.#db = db
    this.#rowsMaxOf = rowsMax
  }

  /** Refuses writes that would make a table too large. */
  async requireRoom(scope: OrgScope, writes: readonly TableWrite[]): Promise<void> {
    const added = new Map<string, number>()
    for (const { kind, table } of writes)
      if (kind === 'insert' || kind === 'upsert') added.set(table, (added.get(table) ?? 0) + 1)
    for (const [table, rows] of added) await this.add(scope, table, rows)
  }

  /** `query` is that of a transaction that has written rows that are not visible to others yet. */
  async add(
    scope: OrgScope,
    table: string,
    rows: number,
    query: Query = this.#db.heavy(scope).query,
  ): Promise<void> {
    const rowsMax = this.#rowsMaxOf(scope)
    if (rowsMax === null) return
    const key = `${scope.owner}/${table}`
    const known = this.#known.get(key)
    if (known && known.until > Date.now() && known.rows + rows < rowsMax * 0.8) {
      known.rows += rows
      return
    }
    const there = await this.#rowsOf(query, scope, table, rowsMax)
    if (there + rows > rowsMax)
      throw new AppError(
        'quota_exceeded',
        `The table "${table}" has ${there.toLocaleString('en-US')} rows; ${rowsMax.toLocaleString('en-US')} is the maximum. Delete some, or ask an administrator to raise the limit.`,
        { quota: 'table_rows', limit: rowsMax, retry_after_seconds: RETRY_SECONDS },
      )
    if (this.#known.size > 1000) this.#known.clear()
    this.#known.set(key, { rows: there + rows, until: Date.now() + KNOWN_MS })
  }

  async #rowsOf(query: Query, scope: OrgScope, table: string, rowsMax: number): Promise<number> {
    const [found] = await query<{ id: string }>(
      'select id from tables where (name = $1 or id::text = $1) and org_id is not distinct from $2',
      [table, scope.owner],
    )
    if (!found) return 0
    const counted = async (limit: number) => {
      const [{ count = 0 } = {}] = await query<{ count: number }>(
        'select count(*)::int as count from (select from table_rows where table_id = $1 limit $2) as few',
        [found.id, limit],
      )
      return count
    }
    const few = await counted(COUNTED_MAX + 1)
    if (few <= COUNTED_MAX) return few
    const estimate = await planned(query, { values: [found.id], conditions: ['r.table_id = $1'] })
    return estimate < rowsMax / 2 ? Math.max(few, estimate) : counted(rowsMax + 1)
  }
}
