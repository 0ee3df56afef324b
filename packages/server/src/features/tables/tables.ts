import {
  AppError,
  limits,
  type NewTable,
  type NewTableIndex,
  type TableChange,
  type TableDetail,
  type TableIndex,
  type TablePolicy,
  type TableSummary,
} from '@bifrost/contract'
import { audit } from '../../platform/audit.ts'
import type { Database, Query } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import { listScope, type OrgScope } from '../../platform/scope.ts'
import { findOwnTable, findTable, type Rows, type Table } from '../rows/rows.ts'
import { changeTable, createTable, dropTable, setPolicies } from './declare.ts'
import { buildAtOnce, IndexBuilder } from './index-builder.ts'
import { declareIndex, indexesOf, indexIn } from './indexes.ts'
import { listTables, summaryOf } from './table-list.ts'

/** Tables of documents, without their rows; every function takes the scope first. */
export interface TableStore {
  list(scope: OrgScope, asked?: string): Promise<TableSummary[]>
  create(scope: OrgScope, table: NewTable): Promise<TableDetail>
  describe(scope: OrgScope, ref: string): Promise<TableDetail>
  change(scope: OrgScope, ref: string, change: TableChange): Promise<TableDetail>
  drop(scope: OrgScope, ref: string, force?: boolean): Promise<boolean>
  setPolicies(scope: OrgScope, ref: string, policies: TablePolicy[]): Promise<TableDetail>
  createIndex(scope: OrgScope, ref: string, index: NewTableIndex): Promise<TableIndex>
  dropIndex(scope: OrgScope, ref: string, id: string): Promise<void>
  /** Continues with indexes that a stopped server left. */
  start(): void
  /** When all declared indexes are built. */
  indexed(): Promise<void>
  stop(): Promise<void>
}

export function createTables(
  db: Database,
  log: Log,
  { guarded, reading }: Pick<Rows, 'guarded' | 'reading'>,
): TableStore {
  const builder = new IndexBuilder(db, log)

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
      if (!index) throw new AppError('not_found', 'The index was deleted in the meantime.')
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
    start: () => builder.wake(),
    indexed: () => builder.idle(),
    stop: () => builder.stop(),
  }
}
