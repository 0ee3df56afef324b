import type { Readable } from 'node:stream'
import {
  AppError,
  limits,
  type NewTable,
  type NewTableIndex,
  type RowData,
  type RowQuery,
  type StepTransaction,
  type TableChange,
  type TableDetail,
  type TableFileFormat,
  type TableImport,
  type TableIndex,
  type TablePolicy,
  type TableRow,
  type TableSummary,
  type TableWrite,
  type Where,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import { type Database, isDeadlock, type Query } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import { listScope, type OrgScope } from '../../platform/scope.ts'
import { requireOfKey } from '../../tenancy/limited-keys.ts'
import { deleteWhere, updateWhere } from './bulk.ts'
import { changeTable, createTable, dropTable, setPolicies } from './declare.ts'
import type { ImportOptions } from './import-rows.ts'
import { buildAtOnce, IndexBuilder } from './index-builder.ts'
import { declareIndex, indexesOf, indexIn } from './indexes.ts'
import { Denied } from './policies.ts'
import { countRows, getRow, queryRows, type RowPage } from './read-rows.ts'
import { rowError } from './row-errors.ts'
import { RowQuota, type RowsMax } from './row-quota.ts'
import { findOwnTable, findTable, type Table } from './table.ts'
import { listTables, summaryOf } from './table-list.ts'
import { applyTransaction } from './transaction.ts'
import { createTransfers } from './transfers.ts'

export interface CountOptions {
  skip?: boolean | undefined
  estimate?: boolean | undefined
}

export type CountedPage = RowPage & { total: number; total_estimated: boolean }

/** Tables of documents; every function takes the scope first. */
export interface TableStore {
  list(scope: OrgScope, asked?: string): Promise<TableSummary[]>
  create(scope: OrgScope, table: NewTable): Promise<TableDetail>
  describe(scope: OrgScope, ref: string): Promise<TableDetail>
  change(scope: OrgScope, ref: string, change: TableChange): Promise<TableDetail>
  drop(scope: OrgScope, ref: string, force?: boolean): Promise<boolean>
  setPolicies(scope: OrgScope, ref: string, policies: TablePolicy[]): Promise<TableDetail>
  createIndex(scope: OrgScope, ref: string, index: NewTableIndex): Promise<TableIndex>
  dropIndex(scope: OrgScope, ref: string, id: string): Promise<void>
  get(scope: OrgScope, ref: string, id: string): Promise<TableRow | null>
  query(scope: OrgScope, ref: string, query: RowQuery): Promise<RowPage>
  /** A page and how many there are in all, unless nobody wants to know. */
  page(scope: OrgScope, ref: string, query: RowQuery, count: CountOptions): Promise<CountedPage>
  count(scope: OrgScope, ref: string, where: Where): Promise<number>
  /** All of them, or none. Answers the ids. */
  write(scope: OrgScope, writes: TableWrite[]): Promise<string[]>
  /** All rows that match; answers how many. */
  updateWhere(scope: OrgScope, ref: string, where: Where, data: RowData): Promise<number>
  deleteWhere(scope: OrgScope, ref: string, where: Where): Promise<number>
  /** A file, all of its rows or none. */
  importFile(scope: OrgScope, ref: string, body: Readable, options: ImportOptions): Promise<TableImport>
  /** The text of a file, in parts. */
  exportFile(
    scope: OrgScope,
    ref: string,
    format: TableFileFormat,
    where: Where,
  ): Promise<AsyncIterable<string>>
  /** What a step.tx read and wrote, within its transaction. */
  apply(query: Query, scope: OrgScope, transaction: StepTransaction): Promise<void>
  /** Continues with indexes that a stopped server left. */
  start(): void
  /** When all declared indexes are built. */
  indexed(): Promise<void>
  stop(): Promise<void>
}

const DEADLOCKS_MAX = 5

export function createTableStore(
  db: Database,
  log: Log,
  rowsMax: RowsMax = () => limits.tableRowsMax,
): TableStore {
  const builder = new IndexBuilder(db, log)
  const quota = new RowQuota(db, rowsMax)

  /** Errors of the database in words of tables; what a policy refused leaves a row in the audit log. */
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
  /** Changes what a table is. It does not wait long for a transaction that holds the table. */
  const declaring = <T>(scope: OrgScope, ref: string, work: (query: Query, table: Table) => Promise<T>) =>
    guarded(scope, () =>
      db.heavy(scope).transaction(async (query) => {
        await query(`set local lock_timeout = '3s'`)
        return work(query, await findOwnTable(query, scope, ref, 'update'))
      }, limits.statementTimeMs),
    )
  const detail = async (query: Query, scope: OrgScope, ref: string): Promise<TableDetail> => {
    const table = await findTable(query, scope, ref)
    const summary = await summaryOf(query, scope, table)
    return { ...summary, columns: table.columns, indexes: indexesOf(table), policies: table.policies }
  }
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

  const transfers = createTransfers({ db, quota, guarded, reading })

  return {
    list: (scope, asked) => {
      const list = listScope(scope, asked)
      return guarded(scope, () => db.as(scope, list).transaction((query) => listTables(query, scope, list)))
    },
    async create(scope, wanted) {
      const created = await guarded(scope, () =>
        db.as(scope).transaction(async (query) => {
          const id = await createTable(query, scope, wanted)
          return detail(query, scope, id)
        }),
      )
      builder.wake()
      return created
    },
    describe: (scope, ref) => reading(scope, ref, (query, table) => detail(query, scope, table.id)),
    change: (scope, ref, change) =>
      declaring(scope, ref, async (query, table) => {
        await changeTable(query, scope, table, change)
        return detail(query, scope, table.id)
      }),
    drop: (scope, ref, force = false) =>
      declaring(scope, ref, async (query, table) => {
        await dropTable(query, scope, table, force)
        return true
      }).catch((error: unknown) => {
        if (error instanceof AppError && error.code === 'not_found') return false
        throw error
      }),
    setPolicies: (scope, ref, policies) =>
      declaring(scope, ref, async (query, table) => {
        await setPolicies(query, scope, table, policies)
        return detail(query, scope, table.id)
      }),
    async createIndex(scope, ref, wanted) {
      const index = await declaring(scope, ref, async (query, table) => {
        const id = await declareIndex(query, scope, table, wanted)
        await buildAtOnce(query, table, id)
        const { is_unique: isUnique = false, fields } = wanted
        await audit(query, scope, {
          action: 'table.index',
          target: { type: 'table', id: table.id, name: table.name },
          after: { fields, is_unique: isUnique },
        })
        const { indexes } = await detail(query, scope, table.id)
        return indexes.find((one) => one.id === id)
      })
      if (!index) throw new AppError('not_found', 'The index was dropped meanwhile.')
      builder.wake()
      return index
    },
    async dropIndex(scope, ref, id) {
      await declaring(scope, ref, async (query, table) => {
        const index = await indexIn(query, scope, table, id)
        await query(`update table_indexes set state = 'dropping' where id = $1`, [index.id])
        await audit(query, scope, {
          action: 'table.unindex',
          target: { type: 'table', id: table.id, name: table.name },
          before: { fields: index.fields, is_unique: index.is_unique },
        })
      })
      builder.wake()
    },
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
    importFile: (scope, ref, body, options) => transfers.importFile(scope, ref, body, options),
    exportFile: (scope, ref, format, where) => transfers.exportFile(scope, ref, format, where),
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
    start: () => builder.wake(),
    indexed: () => builder.idle(),
    stop: () => builder.stop(),
  }
}
