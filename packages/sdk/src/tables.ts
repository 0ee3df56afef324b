import type { Json, RowData, TableRead, TableRow, TableWrite, Where } from '@bifrost/contract'
import { requireRun } from './current-run.ts'

/** A document as it is stored: your fields, and its id. */
export type Document = Record<string, Json> & { id: string }

/** Which documents, in which order, how many: 100 when `limit` is absent, 1,000 at most. */
export interface TableQuery {
  /** `{ status: 'open', 'customer.city': { startsWith: 'Ber' } }`: all of them hold. */
  where?: Where
  /** `'total'`, or `'-total'` for descending; several count one after the other. */
  orderBy?: string | string[]
  limit?: number
  offset?: number
}

const call = (method: string, args: Record<string, unknown>) =>
  requireRun(`tables.${method}`).call(`tables.${method}`, args)
const write = (writes: TableWrite[]) => call('write', { writes })

/**
 * Tables of JSON documents, of the run's organisation. A document is an object with an `id`: yours, or one that is made.
 * Use `step.tx` where a write and a step must happen both or not at all.
 */
export const tables = {
  /**
   * Makes a table; one that is there stays as it is.
   * @example await tables.create('orders', { description: 'Orders of the web shop' })
   */
  async create(name: string, options: { description?: string } = {}): Promise<void> {
    await call('create', { table: name, description: options.description ?? '' })
  },
  /** Lists the tables with the number of their rows. */
  async list(): Promise<{ name: string; description: string; rows: number }[]> {
    return (await call('list', {})) as { name: string; description: string; rows: number }[]
  },
  /** Deletes a table with all its rows; true when it was there. */
  async drop(name: string): Promise<boolean> {
    return (await call('drop', { table: name })) as boolean
  },
  /**
   * Adds a document; one with this id must not be there.
   * @example const { id } = await tables.insert('orders', { id: order.number, total: 99.5 })
   */
  async insert(table: string, document: Record<string, Json>): Promise<Document> {
    const [id, data] = split(document)
    await write([{ kind: 'insert', table, id, data }])
    return { ...data, id }
  },
  /** Adds many documents, all of them or none; up to 1,000. */
  async insertMany(table: string, documents: Record<string, Json>[]): Promise<Document[]> {
    const rows = documents.map(split)
    if (rows.length > 0) await write(rows.map(([id, data]) => ({ kind: 'insert', table, id, data })))
    return rows.map(([id, data]) => ({ ...data, id }))
  },
  /** Writes a document, whether or not one with its id is there. Doing it twice is like doing it once. */
  async upsert(table: string, document: Record<string, Json>): Promise<Document> {
    const [id, data] = split(document)
    await write([{ kind: 'upsert', table, id, data }])
    return { ...data, id }
  },
  /** Reads one document; undefined when it is not there. */
  async get(table: string, id: string): Promise<Document | undefined> {
    const row = (await call('get', { table, id })) as TableRow | null
    return row ? documentOf(row) : undefined
  },
  /** Changes these fields of a document; the others stay. Fails when it is not there. */
  async update(table: string, id: string, fields: Record<string, Json>): Promise<void> {
    await write([{ kind: 'update', table, id, data: fields }])
  },
  /** Deletes a document; one that is not there is deleted already. */
  async delete(table: string, id: string): Promise<void> {
    await write([{ kind: 'delete', table, id }])
  },
  /**
   * Finds documents.
   * @example await tables.query('orders', { where: { total: { gte: 100 } }, orderBy: '-total', limit: 10 })
   */
  async query(table: string, query: TableQuery = {}): Promise<Document[]> {
    const { orderBy = [], ...rest } = query
    const order_by = [orderBy].flat().map((field) => {
      const descending = field.startsWith('-')
      return { field: descending ? field.slice(1) : field, descending }
    })
    const rows = (await call('query', { table, query: { ...rest, order_by } })) as TableRow[]
    return rows.map(documentOf)
  },
  /** Counts documents. */
  async count(table: string, where: Where = {}): Promise<number> {
    return (await call('count', { table, where })) as number
  },
} as const

/** What `step.tx` gives its function: reads see what is stored, writes are done together with the step. */
export class TableTransaction {
  readonly reads: TableRead[] = []
  readonly writes: TableWrite[] = []

  /**
   * Reads one document; undefined when it is not there. When somebody changes it before the step is stored, the
   * function is called again.
   */
  async get(table: string, id: string): Promise<Document | undefined> {
    const row = (await call('get', { table, id })) as TableRow | null
    this.reads.push({ table, id, version: row?.version ?? null })
    return row ? documentOf(row) : undefined
  }

  /** Adds a document; one with this id must not be there. Answers it with its id. */
  insert(table: string, document: Record<string, Json>): Document {
    const [id, data] = split(document)
    this.writes.push({ kind: 'insert', table, id, data })
    return { ...data, id }
  }

  /** Writes a document, whether or not one with its id is there. */
  upsert(table: string, document: Record<string, Json>): Document {
    const [id, data] = split(document)
    this.writes.push({ kind: 'upsert', table, id, data })
    return { ...data, id }
  }

  /** Changes these fields of a document; the others stay. */
  update(table: string, id: string, fields: Record<string, Json>): void {
    this.writes.push({ kind: 'update', table, id, data: fields })
  }

  /** Deletes a document. */
  delete(table: string, id: string): void {
    this.writes.push({ kind: 'delete', table, id })
  }
}

const documentOf = (row: TableRow): Document => ({ ...row.data, id: row.id }) as Document

function split(document: Record<string, Json>): [id: string, data: RowData] {
  const { id = crypto.randomUUID(), ...data } = document
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new TypeError('The id of a document must be text or a number.')
  return [String(id), data]
}
