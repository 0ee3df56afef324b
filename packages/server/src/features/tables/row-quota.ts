import { AppError, type TableWrite } from '@bifrost/contract'
import type { Database } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { COUNTED_MAX, planned } from './read-rows.ts'

const KNOWN_MS = 30_000

interface Known {
  rows: number
  until: number
}

/**
 * Tables have an end. Far from it, what the planner thinks is good enough; near it, rows are counted. Rows that are
 * written again are taken for new ones until somebody counts.
 */
export class RowQuota {
  readonly #db: Database
  readonly #rowsMax: number
  readonly #known = new Map<string, Known>()

  constructor(db: Database, rowsMax: number) {
    this.#db = db
    this.#rowsMax = rowsMax
  }

  /** Refuses writes that would make a table too large. */
  async demand(scope: OrgScope, writes: readonly TableWrite[]): Promise<void> {
    const added = new Map<string, number>()
    for (const { kind, table } of writes)
      if (kind === 'insert' || kind === 'upsert') added.set(table, (added.get(table) ?? 0) + 1)
    for (const [table, rows] of added) await this.add(scope, table, rows)
  }

  async add(scope: OrgScope, table: string, rows: number): Promise<void> {
    const key = `${scope.owner}/${table}`
    const known = this.#known.get(key)
    if (known && known.until > Date.now() && known.rows + rows < this.#rowsMax * 0.8) {
      known.rows += rows
      return
    }
    const there = await this.#rowsOf(scope, table)
    if (there + rows > this.#rowsMax)
      throw new AppError(
        'bad_request',
        `The table "${table}" has ${there.toLocaleString('en-US')} rows; ${this.#rowsMax.toLocaleString('en-US')} are the most.`,
      )
    if (this.#known.size > 1000) this.#known.clear()
    this.#known.set(key, { rows: there + rows, until: Date.now() + KNOWN_MS })
  }

  async #rowsOf(scope: OrgScope, table: string): Promise<number> {
    const { query } = this.#db.as(scope)
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
    return estimate < this.#rowsMax / 2 ? Math.max(few, estimate) : counted(this.#rowsMax + 1)
  }
}
