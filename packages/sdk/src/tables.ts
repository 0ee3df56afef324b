import type {
  Json,
  RowData,
  TableColumn,
  TableDetail,
  TableIndex,
  TableRead,
  TableRow,
  TableWrite,
  Where,
} from '@bifrost/contract'
import { callPlatform } from './call-platform.ts'
import { requireJsonMembers } from './json.ts'
import { anything, requireOptions } from './options.ts'

/** A document as it is stored: your fields, and its id. */
export type Document = Record<string, Json> & { id: string }

/** Which documents, in which order, how many: 100 when `limit` is absent, 1,000 at most. */
export interface TableQuery extends TableScope {
  /** `{ status: 'open', 'customer.city': { startsWith: 'Ber' } }`: all of them hold. */
  where?: Where
  /** `'total'`, or `'-total'` for descending; several count one after the other. */
  orderBy?: string | string[]
  limit?: number
  offset?: number
}

/** For people of the provider: whose tables are meant, `global` or the id of an organization. */
export interface TableScope {
  scope?: string
}

/** What a table is, beside its name. */
export interface TableOptions extends TableScope {
  description?: string
  /** Declared fields: documents that do not fit them are refused. Others hold anything. */
  columns?: TableColumn[]
  /** Fields that queries filter or order by; unique ones for upserts by a key. */
  indexes?: { fields: string[]; unique?: boolean }[]
}

const write = async (writes: TableWrite[], options: TableScope = {}) => {
  requireOptions('this function of tables', options, { scope: anything })
  const { scope } = options
  return await callPlatform('tables.write', scope === undefined ? { writes } : { writes, scope })
}

const QUERY = {
  where: anything,
  orderBy: anything,
  limit: anything,
  offset: anything,
  scope: anything,
} satisfies Record<keyof TableQuery, unknown>

/**
 * Tables of JSON documents: of the run's organization, of those above it, and of all. A document is an object with an
 * `id`: yours, or one that is made. Use `step.tx` where a write and a step must happen both or not at all.
 */
export const tables = {
  /**
   * Makes a table; one that is there stays as it is.
   * @example await tables.create('orders', { indexes: [{ fields: ['number'], unique: true }] })
   */
  async create(name: string, options: TableOptions = {}): Promise<void> {
    const { indexes = [], ...rest } = options
    await callPlatform('tables.create', {
      table: name,
      ...rest,
      indexes: indexes.map(({ fields, unique = false }) => ({ fields, is_unique: unique })),
    })
  },
  /** Lists the tables with the number of their rows, which is an estimate for large ones. */
  async list(options: TableScope = {}): Promise<{ name: string; description: string; rows: number }[]> {
    const items = await callPlatform('tables.list', { ...options })
    return items.map(({ name, description, rows }) => ({ name, description, rows }))
  },
  /**
   * Tells what a table is: its columns, indexes and policies.
   * @example const { indexes } = await tables.describe('orders')
   */
  async describe(name: string, options: TableScope = {}): Promise<TableDetail> {
    return await callPlatform('tables.describe', { table: name, ...options })
  },
  /** Gives a table another name. Code that uses the old one does not find it any more. */
  async rename(name: string, to: string, options: TableScope = {}): Promise<void> {
    await callPlatform('tables.rename', { table: name, name: to, ...options })
  },
  /**
   * Declares an index: of one field, or a unique one of up to three. That of a large table is built in the background.
   * @example await tables.createIndex('orders', ['customer.id'])
   */
  async createIndex(
    name: string,
    fields: string[],
    options: { unique?: boolean } & TableScope = {},
  ): Promise<TableIndex> {
    const { unique = false, ...rest } = options
    return await callPlatform('tables.createIndex', {
      table: name,
      index: { fields, is_unique: unique },
      ...rest,
    })
  },
  /** Deletes a table with all its rows; true when it was there. */
  async drop(name: string, options: TableScope = {}): Promise<boolean> {
    return await callPlatform('tables.drop', { table: name, ...options })
  },
  /**
   * Adds a document; one with this id must not be there.
   * @example const { id } = await tables.insert('orders', { id: order.number, total: 99.5 })
   */
  async insert(table: string, document: Record<string, Json>, options?: TableScope): Promise<Document> {
    const [id, data] = split(document)
    await write([{ kind: 'insert', table, id, data }], options)
    return { ...data, id }
  },
  /** Adds many documents, all of them or none; up to 1,000. */
  async insertMany(
    table: string,
    documents: Record<string, Json>[],
    options?: TableScope,
  ): Promise<Document[]> {
    const rows = documents.map(split)
    if (rows.length > 0)
      await write(
        rows.map(([id, data]) => ({ kind: 'insert', table, id, data })),
        options,
      )
    return rows.map(([id, data]) => ({ ...data, id }))
  },
  /**
   * Writes a document, whether or not one with its id is there. Doing it twice is like doing it once. With `key`, the
   * fields of a unique index, one that has the same values is replaced, and keeps its id.
   * @example await tables.upsert('orders', { number: 'A-17', total: 99.5 }, { key: ['number'] })
   */
  async upsert(
    table: string,
    document: Record<string, Json>,
    options: { key?: string[] } & TableScope = {},
  ): Promise<Document> {
    const [id, data] = split(document)
    const { key, ...rest } = options
    const [written = id] = await write([{ kind: 'upsert', table, id, data, ...(key ? { key } : {}) }], rest)
    return { ...data, id: written }
  },
  /** Reads one document; undefined when it is not there. */
  async get(table: string, id: string, options: TableScope = {}): Promise<Document | undefined> {
    const row = await callPlatform('tables.get', { table, id, ...options })
    return row ? documentOf(row) : undefined
  },
  /** Changes these fields of a document; the others stay. Fails when it is not there. */
  async update(table: string, id: string, fields: Record<string, Json>, options?: TableScope): Promise<void> {
    await write([{ kind: 'update', table, id, data: fields }], options)
  },
  /**
   * Changes these fields of all documents that match; answers how many there were.
   * @example await tables.updateWhere('orders', { status: 'open', due: { lt: today } }, { status: 'late' })
   */
  async updateWhere(
    table: string,
    where: Where,
    fields: Record<string, Json>,
    options: TableScope = {},
  ): Promise<number> {
    return await callPlatform('tables.updateWhere', { table, where, data: fields, ...options })
  },
  /** Deletes a document; one that is not there is deleted already. */
  async delete(table: string, id: string, options?: TableScope): Promise<void> {
    await write([{ kind: 'delete', table, id }], options)
  },
  /** Deletes all documents that match; answers how many there were. */
  async deleteWhere(table: string, where: Where, options: TableScope = {}): Promise<number> {
    return await callPlatform('tables.deleteWhere', { table, where, ...options })
  },
  /**
   * Finds documents.
   * @example await tables.query('orders', { where: { total: { gte: 100 } }, orderBy: '-total', limit: 10 })
   */
  async query(table: string, query: TableQuery = {}): Promise<Document[]> {
    const rows = await callPlatform('tables.query', { table, ...queryOf(query) })
    return rows.map(documentOf)
  },
  /**
   * Finds documents page by page: give `cursor` back to get the next page, until there is none. However deep, a page
   * takes no longer, and what is added or deleted meanwhile moves nothing.
   * @example const { items, cursor } = await tables.page('orders', { orderBy: '-total', limit: 1000, cursor: before })
   */
  async page(
    table: string,
    query: Omit<TableQuery, 'offset'> & { cursor?: string | undefined } = {},
  ): Promise<{ items: Document[]; cursor: string | undefined }> {
    const { cursor, ...rest } = query
    const wanted = queryOf(rest)
    if (cursor !== undefined) Object.assign(wanted.query, { cursor })
    const page = await callPlatform('tables.page', { table, ...wanted })
    return { items: page.items.map(documentOf), cursor: page.next_cursor ?? undefined }
  },
  /** Counts documents. */
  async count(table: string, where: Where = {}, options: TableScope = {}): Promise<number> {
    return await callPlatform('tables.count', { table, where, ...options })
  },
} as const

function queryOf(query: TableQuery) {
  requireOptions('this function of tables', query, QUERY)
  const { orderBy = [], scope, ...rest } = query
  const order_by = [orderBy].flat().map((field) => {
    const descending = field.startsWith('-')
    return { field: descending ? field.slice(1) : field, descending }
  })
  return { query: { ...rest, order_by }, ...(scope === undefined ? {} : { scope }) }
}

/** What `step.tx` gives its function: reads see what is stored, writes are done together with the step. */
export class TableTransaction {
  readonly reads: TableRead[] = []
  readonly writes: TableWrite[] = []

  /**
   * Reads one document; undefined when it is not there. When it changes before the step is stored, the
   * function is called again.
   */
  async get(table: string, id: string): Promise<Document | undefined> {
    const row = await callPlatform('tables.get', { table, id })
    this.reads.push({ table, id, version: row?.version ?? null })
    return row ? documentOf(row) : undefined
  }

  /** Adds a document; one with this id must not be there. Answers it with its id. */
  insert(table: string, document: Record<string, Json>): Document {
    const [id, data] = split(document)
    this.#write({ kind: 'insert', table, id, data }, data)
    return { ...data, id }
  }

  /** Writes a document, whether or not one with its id is there. */
  upsert(table: string, document: Record<string, Json>): Document {
    const [id, data] = split(document)
    this.#write({ kind: 'upsert', table, id, data }, data)
    return { ...data, id }
  }

  /** Changes these fields of a document; the others stay. */
  update(table: string, id: string, fields: Record<string, Json>): void {
    this.#write({ kind: 'update', table, id, data: fields }, fields)
  }

  /** Deletes a document. */
  delete(table: string, id: string): void {
    this.writes.push({ kind: 'delete', table, id })
  }

  /** It leaves with the step, past where calls are looked at. */
  #write(write: TableWrite, document: Record<string, Json>): void {
    requireJsonMembers(document)
    this.writes.push(write)
  }
}

const documentOf = (row: TableRow): Document => ({ ...row.data, id: row.id }) as Document

function split(document: Record<string, Json>): [id: string, data: RowData] {
  const { id = crypto.randomUUID(), ...data } = document
  if (typeof id !== 'string' && typeof id !== 'number')
    throw new TypeError('The id of a document must be text or a number.')
  return [String(id), data]
}
