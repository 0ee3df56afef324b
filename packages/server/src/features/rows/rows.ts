import {
  limits,
  type RowData,
  type RowQuery,
  type StepTransaction,
  type TableRow,
  type TableWrite,
  type Where,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { type Database, isDeadlock, type Query } from '../../platform/database.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { requireOfKey } from '../../tenancy/limited-keys.ts'
import { deleteWhere, updateWhere } from './bulk.ts'
import { Denied } from './policies.ts'
import { countRows, getRow, queryRows, type RowPage } from './read-rows.ts'
import { rowError } from './row-errors.ts'
import { RowQuota, type RowsMax } from './row-quota.ts'
import { findOwnTable, findTable, type Table } from './table.ts'
import { applyTransaction } from './transaction.ts'

export { checkedData, isDate } from './check-data.ts'
export { COUNTED_MAX, planned, queryRows, rowsOf } from './read-rows.ts'
export { rowError } from './row-errors.ts'
export type { RowQuota } from './row-quota.ts'
export { findOwnTable, findTable, isOwn, isoTime, keysOf, type StoredIndex, type Table } from './table.ts'
export { bitOf, NO_KEYS, pathOf, whereSql } from './where.ts'
export { uniqueSql, writeRows } from './write-rows.ts'

export interface CountOptions {
  skip?: boolean | undefined
  estimate?: boolean | undefined
}

export type CountedPage = RowPage & { total: number; total_estimated: boolean }

/** The rows of tables; every function takes the scope first. */
export interface Rows {
  get(scope: OrgScope, ref: string, id: string): Promise<TableRow | null>
  query(scope: OrgScope, ref: string, query: RowQuery): Promise<RowPage>
  /** A page and how many there are in all, unless the caller does not ask for it. */
  page(scope: OrgScope, ref: string, query: RowQuery, count: CountOptions): Promise<CountedPage>
  count(scope: OrgScope, ref: string, where: Where): Promise<number>
  /** All of them, or none. Answers the ids. */
  write(scope: OrgScope, writes: TableWrite[]): Promise<string[]>
  /** All rows that match; answers how many. */
  updateWhere(scope: OrgScope, ref: string, where: Where, data: RowData): Promise<number>
  deleteWhere(scope: OrgScope, ref: string, where: Where): Promise<number>
  /** What a step.tx read and wrote, within its transaction. */
  apply(query: Query, scope: OrgScope, transaction: StepTransaction): Promise<void>
  readonly quota: RowQuota
  /** Errors of the database in words of tables; what a policy refused leaves a row in the audit log. */
  guarded<T>(scope: OrgScope, work: () => Promise<T>): Promise<T>
  /** The same in a transaction, with the table, which the scope may read. */
  reading<T>(scope: OrgScope, ref: string, work: (query: Query, table: Table) => Promise<T>): Promise<T>
}

const DEADLOCKS_MAX = 5

export function createRows(db: Database, rowsMax: RowsMax = () => limits.tableRowsMax): Rows {
  const quota = new RowQuota(db, rowsMax)

  const guarded = async <T>(scope: OrgScope, work: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++)
      try {
        return await work()
      } catch (error) {
        if (isDeadlock(error) && attempt < DEADLOCKS_MAX) continue
        if (error instanceof Denied) await auditDenial(scope, error)
        throw rowError(error, null)
      }
  }
  const auditDenial = (scope: OrgScope, { table, verb, rows }: Denied) =>
    db.as(scope).transaction((query) =>
      audit(query, scope, {
        action: `table.${verb}`,
        target: { type: 'table', id: table.id, name: table.name },
        outcome: 'failure',
        after: { rows: rows.slice(0, 20), reason: 'policy' },
      }),
    )
  const reading = <T>(scope: OrgScope, ref: string, work: (query: Query, table: Table) => Promise<T>) =>
    guarded(scope, () =>
      db.heavy(scope).transaction(async (query) => work(query, await findTable(query, scope, ref))),
    )
  const bulk = (
    scope: OrgScope,
    ref: string,
    work: (query: Query, scope: OrgScope, table: Table) => Promise<number>,
  ) =>
    guarded(scope, () =>
      db.heavy(scope).transaction(async (query) => {
        const table = await findOwnTable(query, scope, ref)
        return work(query, scope, table).catch((error: unknown) => {
          throw rowError(error, table)
        })
      }, limits.tableQueryTimeMs),
    )

  return {
    get: (scope, ref, id) => reading(scope, ref, (query, table) => getRow(query, scope, table, id)),
    query: (scope, ref, wanted) =>
      reading(scope, ref, (query, table) => queryRows(query, scope, table, wanted)),
    page: (scope, ref, wanted, { skip = false, estimate = false }) =>
      reading(scope, ref, async (query, table) => {
        const page = await queryRows(query, scope, table, wanted)
        if (skip) return { ...page, total: -1, total_estimated: false }
        const { total, isEstimate } = await countRows(query, scope, table, wanted.where ?? {}, { estimate })
        return { ...page, total, total_estimated: isEstimate }
      }),
    count: (scope, ref, where) =>
      reading(
        scope,
        ref,
        async (query, table) => (await countRows(query, scope, table, where, { estimate: false })).total,
      ),
    write: (scope, writes) =>
      guarded(scope, async () => {
        await quota.requireRoom(scope, writes)
        return db.as(scope).transaction((query) => applyTransaction(query, scope, { reads: [], writes }))
      }),
    updateWhere: (scope, ref, where, data) =>
      bulk(scope, ref, (query, who, table) => updateWhere(query, who, table, where, data)),
    deleteWhere: (scope, ref, where) =>
      bulk(scope, ref, (query, who, table) => deleteWhere(query, who, table, where)),
    async apply(query, scope, transaction) {
      try {
        requireOfKey(scope, 'tables.write', 'table:write', true)
        await quota.requireRoom(scope, transaction.writes)
        await applyTransaction(query, scope, transaction)
      } catch (error) {
        if (error instanceof Denied) await auditDenial(scope, error)
        throw error
      }
    },
    quota,
    guarded,
    reading,
  }
}
