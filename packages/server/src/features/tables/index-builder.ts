import { AppError } from '@bifrost/contract'
import { type Database, isDataError, isDeadlock, isUnavailable, type Query } from '../../platform/database.ts'
import type { Log } from '../../platform/log.ts'
import type { StoredIndex, Table } from '../rows/rows.ts'
import { keyRows } from './indexes.ts'

const BATCH = 2000
/** Told from all other locks of that kind. */
const LOCK = 0x7ab1e5
const RETRY_MS = 1000
/** Of a table with so many rows, an index is there at once. */
const AT_ONCE_MAX = 5000
const INDEX = `select id, table_id, fields, is_unique, state, error, rows_done, key_place, unique_place, created_at::text
  from table_indexes`

type BuiltIndex = StoredIndex & { table_id: string }

/** Indexes of one table that are built, or taken away, together. */
interface Work {
  table: string
  state: StoredIndex['state']
  indexes: BuiltIndex[]
}

/**
 * Gives the rows of tables the keys of indexes that were declared, and takes those away that are not declared any more: a
 * batch at a time, so that no caller waits for it. What a stopped server left is done by the next one.
 */
export class IndexBuilder {
  readonly #db: Database
  readonly #log: Log
  #running: Promise<void> | null = null
  #again = false
  #stopped = false

  constructor(db: Database, log: Log) {
    this.#db = db
    this.#log = log
  }

  /** There may be something to do. */
  wake(): void {
    this.#again = true
    if (this.#stopped) return
    this.#running ??= this.#run().finally(() => {
      this.#running = null
      if (this.#again && !this.#stopped) this.wake()
    })
  }

  /** When nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.idle()
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      this.#again = false
      try {
        for (let work = await this.#next(); work && !this.#stopped; work = await this.#next())
          await this.#do(work)
      } catch (error) {
        this.#log[isUnavailable(error) ? 'warn' : 'error']({ err: error }, 'an index was not built')
        this.#again = true
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS).unref())
      }
    }
  }

  /** All indexes of one table that want the same: its rows are read once for them. */
  async #next(): Promise<Work | null> {
    const [first] = await this.#db.query<BuiltIndex>(
      `${INDEX} where state in ('building', 'dropping') order by created_at limit 1`,
    )
    if (!first) return null
    const indexes = await this.#db.query<BuiltIndex>(`${INDEX} where table_id = $1 and state = $2`, [
      first.table_id,
      first.state,
    ])
    return { table: first.table_id, state: first.state, indexes }
  }

  async #do(work: Work): Promise<void> {
    let after = ''
    for (let done = false; !done && !this.#stopped; ) {
      try {
        const batch = await this.#db.transaction((query) => this.#batch(query, work, after))
        // What is left to do has changed, and is found again.
        if (batch === 'another') return
        if (batch) after = batch.last
        else done = true
      } catch (error) {
        // Another write to the same rows was first.
        if (isDeadlock(error)) continue
        if (!isDataError(error) || work.state !== 'building') throw error
        // The others are found again, and start over.
        return this.#fail(culprit(work.indexes, error), error)
      }
    }
    if (this.#stopped) return
    const ids = work.indexes.map(({ id }) => id)
    if (work.state === 'dropping') {
      await this.#db.query('delete from table_indexes where id = any($1::uuid[])', [ids])
      return
    }
    // So that the planner knows how many values there are.
    if (after !== '') await this.#db.query(`analyze table_rows`)
    await this.#db.query(
      `update table_indexes set state = 'ready' where id = any($1::uuid[]) and state = 'building'`,
      [ids],
    )
  }

  /** One of several servers at a time; null at the end, `another` when an index is not wanted any more. */
  async #batch(query: Query, { table, state, indexes }: Work, after: string) {
    await query('select pg_advisory_xact_lock($1)', [LOCK])
    const ids = indexes.map(({ id }) => id)
    const still = await query(
      'select from table_indexes where id = any($1::uuid[]) and state = $2 for share',
      [ids, state],
    )
    if (still.length < ids.length) return 'another'
    const batch = await keyRows(query, table, indexes, { after, limit: BATCH })
    if (batch)
      await query('update table_indexes set rows_done = rows_done + $2 where id = any($1::uuid[])', [
        ids,
        batch.count,
      ])
    return batch
  }

  /** A unique index of values that are not unique: its keys are taken away again, and it says why. */
  async #fail(index: BuiltIndex | undefined, error: unknown): Promise<void> {
    if (!index) throw error
    const message = isTaken(error) ? sameValues(index.fields) : 'A value of a row is too large for an index.'
    await this.#db.transaction(async (query) => {
      // Transactions that write with its keys at this moment end first.
      await query('select from tables where id = $1 for update', [index.table_id])
      await query(`update table_indexes set error = $2, state = 'failed' where id = $1`, [index.id, message])
      await query(`update table_indexes set rows_done = 0 where table_id = $1 and state = 'building'`, [
        index.table_id,
      ])
    })
    let after = ''
    for (;;) {
      const batch = await this.#db.transaction((query) =>
        keyRows(query, index.table_id, [{ ...index, state: 'dropping' }], { after, limit: BATCH }),
      )
      if (!batch) return
      after = batch.last
    }
  }
}

/** Which index a statement that fills several has failed for. */
function culprit(indexes: readonly BuiltIndex[], error: unknown): BuiltIndex | undefined {
  const { constraint = '' } = error as { constraint?: string }
  const place = Number(/^table_rows_u(\d)$/.exec(constraint)?.[1])
  const named = indexes.find(({ unique_place: unique }) => unique === place)
  return named ?? (indexes.length === 1 ? indexes[0] : indexes.find(({ is_unique: unique }) => unique))
}

/** Builds the index of a small table within the transaction that declares it; the others are left to the builder. */
export async function buildAtOnce(query: Query, table: Table, id: string): Promise<void> {
  const [{ count = 0 } = {}] = await query<{ count: number }>(
    'select count(*)::int as count from (select from table_rows where table_id = $1 limit $2) as few',
    [table.id, AT_ONCE_MAX + 1],
  )
  if (count > AT_ONCE_MAX) return
  const [index] = await query<BuiltIndex>(`${INDEX} where id = $1`, [id])
  if (!index) return
  try {
    await keyRows(query, table.id, [index], { after: '', limit: AT_ONCE_MAX })
  } catch (error) {
    throw isTaken(error) ? new AppError('already_exists', sameValues(index.fields)) : error
  }
  await query(`update table_indexes set state = 'ready', rows_done = $2 where id = $1`, [id, count])
}

const isTaken = (error: unknown) => (error as { code?: string }).code === '23505'
const sameValues = (fields: readonly string[]) => `Rows of the table have the same ${fields.join(', ')}.`
