import type { Readable } from 'node:stream'
import {
  AppError,
  ColumnType,
  type FieldError,
  type ImportProblem,
  type Json,
  type RowData,
  type TableFileEncoding,
  type TableImport,
  type TableWrite,
  validationError,
} from '@bifrost/contract'
import { z } from 'zod'
import type { Query } from '../../platform/database.ts'
import { newId } from '../../platform/ids.ts'
import type { OrgScope } from '../../platform/scope.ts'
import { checkedData, rowError, type Table, writeRows } from '../rows/rows.ts'
import { guessType, valueOfCell } from './cell-types.ts'
import { type CsvRow, csvRows, jsonRows } from './import-file.ts'

export interface ImportOptions {
  format: 'csv' | 'json'
  mode: 'insert' | 'upsert'
  key: string[] | undefined
  types: Record<string, ColumnType>
  delimiter: string
  encoding?: TableFileEncoding | undefined
  dryRun: boolean
  /** The body is the beginning of a file: its last row may be cut. */
  partial: boolean
}

/** What a person says about the types of columns. */
export function typesOf(text: string | undefined): Record<string, ColumnType> {
  if (text === undefined) return {}
  const parsed = z.record(z.string(), ColumnType).safeParse(jsonOrNull(text))
  if (parsed.success) return parsed.data
  throw validationError([{ field: 'types', message: 'must be JSON such as {"zip":"text","total":"number"}' }])
}

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const BATCH = 500
const GUESSED_ROWS = 1000
const PREVIEW_ROWS = 20
const PROBLEMS_MAX = 100

interface ReadRow {
  line: number
  id: string | null
  data: RowData
}

/** Reads a file and writes its rows, within the transaction of `query`: a caller that sees problems ends it. */
export class TableImporter {
  readonly result: TableImport = { rows: 0, inserted: 0, updated: 0, columns: [], preview: [], problems: [] }
  readonly #query: Query
  readonly #scope: OrgScope
  readonly #table: Table
  readonly #options: ImportOptions
  /** Asked before rows are added. */
  readonly #makeRoom: (rows: number) => Promise<void>
  #batch: ReadRow[] = []

  constructor(
    query: Query,
    scope: OrgScope,
    table: Table,
    options: ImportOptions,
    makeRoom: (rows: number) => Promise<void>,
  ) {
    this.#query = query
    this.#scope = scope
    this.#table = table
    this.#options = options
    this.#makeRoom = makeRoom
  }

  async read(body: Readable): Promise<void> {
    const { format, partial } = this.#options
    const rows = format === 'csv' ? this.#csv(body) : this.#json(body)
    try {
      for await (const row of rows) {
        if (row) await this.#add(row)
        if (this.result.problems.length >= PROBLEMS_MAX) break
      }
    } catch (error) {
      // The end of a part of a file may be anything.
      if (!partial || !(error instanceof AppError) || !['bad_request', 'json_invalid'].includes(error.code))
        throw error
    }
    await this.#write()
  }

  #problem(line: number, column: string | null, message: string): void {
    this.result.problems.push({ line, column, message })
  }

  async *#csv(body: Readable): AsyncGenerator<ReadRow | null> {
    const rows = csvRows(body, this.#options.delimiter, this.#options.encoding)
    const head = await rows.next()
    if (head.done) return
    const names = head.value.cells.map((name) => name.trim())
    requireHeader(names)
    const first = await this.#sample(rows)
    const types = names.map((name, index) =>
      this.#typeOf(
        name,
        first.map(({ cells }) => cells[index] ?? ''),
      ),
    )
    this.result.columns = names.flatMap((name, index) =>
      name === 'id'
        ? []
        : [{ name, type: types[index]?.type ?? 'text', declared: types[index]?.declared ?? false }],
    )
    for (const row of first) yield this.#rowOfCells(names, types, row)
    for (let next = await rows.next(); !next.done; next = await rows.next())
      yield this.#rowOfCells(names, types, next.value)
  }

  /** The rows by which types are guessed; of a part of a file without the last, which may be cut. */
  async #sample(rows: AsyncGenerator<CsvRow>): Promise<CsvRow[]> {
    const first: CsvRow[] = []
    try {
      for (let next = await rows.next(); !next.done; next = await rows.next()) {
        first.push(next.value)
        if (first.length >= GUESSED_ROWS) return first
      }
      if (this.#options.partial && first.length > 1) first.pop()
    } catch (error) {
      if (!this.#options.partial || first.length === 0) throw error
    }
    return first
  }

  #typeOf(name: string, values: string[]): { type: ColumnType; declared: boolean } {
    if (name === 'id') return { type: 'text', declared: true }
    const asked = Object.hasOwn(this.#options.types, name) ? this.#options.types[name] : undefined
    const declared = asked ?? this.#table.columns.find((column) => column.name === name)?.type
    return declared ? { type: declared, declared: true } : { type: guessType(values), declared: false }
  }

  #rowOfCells(
    names: readonly string[],
    types: readonly { type: ColumnType; declared: boolean }[],
    { line, cells }: CsvRow,
  ): ReadRow | null {
    if (cells.length > names.length) {
      this.#problem(line, null, `has ${cells.length} cells, and the header has ${names.length}`)
      return null
    }
    const data: [string, Json][] = []
    let isWhole = true
    cells.forEach((cell, index) => {
      const name = names[index] ?? ''
      if (cell === '' || name === 'id') return
      const { type = 'text', declared = false } = types[index] ?? {}
      const value = valueOfCell(cell, type)
      if (value !== undefined) {
        data.push([name, value])
        return
      }
      isWhole = false
      const shown = cell.length > 40 ? `${cell.slice(0, 40)}…` : cell
      this.#problem(
        line,
        name,
        declared
          ? `"${shown}" is not of the type ${type}`
          : `"${shown}" is not of the type ${type}, as all before it are; set the type of the column to text`,
      )
    })
    const id = names.includes('id') ? (cells[names.indexOf('id')] ?? '') : ''
    return isWhole ? { line, id: id === '' ? null : id, data: Object.fromEntries(data) } : null
  }

  async *#json(body: Readable): AsyncGenerator<ReadRow | null> {
    const seen = new Map<string, ColumnType>()
    for await (const { line, value } of jsonRows(body)) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        this.#problem(line, null, 'is not an object')
        yield null
        continue
      }
      const { id = null, ...data } = value as RowData
      if (id !== null && typeof id !== 'string' && typeof id !== 'number') {
        this.#problem(line, 'id', 'must be text or a number')
        yield null
        continue
      }
      if (seen.size < 200)
        for (const [name, one] of Object.entries(data))
          if (!seen.has(name)) seen.set(name, typeOfJson(one as Json))
      this.result.columns = [...seen].map(([name, type]) => ({ name, type, declared: false }))
      yield { line, id: id === null ? null : String(id), data }
    }
  }

  async #add(row: ReadRow): Promise<void> {
    this.result.rows++
    if (this.result.preview.length < PREVIEW_ROWS) this.result.preview.push(row)
    try {
      if (row.id !== null && row.id.length > 200)
        throw validationError([{ field: 'id', message: 'is too long' }])
      row.data = checkedData(this.#scope, this.#table, row.data, { id: row.id ?? '', partial: false })
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'forbidden') throw error
      const fields = (Array.isArray(error.details) ? error.details : []) as FieldError[]
      if (fields.length === 0) this.#problem(row.line, null, error.message)
      for (const { field, message } of fields) this.#problem(row.line, field, message)
      return
    }
    this.#batch.push(row)
    if (this.#batch.length >= BATCH) await this.#write()
  }

  async #write(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    const [first] = batch
    const last = batch.at(-1)
    if (!first || !last || this.#options.dryRun || this.result.problems.length > 0) return
    const { mode, key } = this.#options
    await this.#makeRoom(batch.length)
    const writes = batch.map(({ id, data }): TableWrite => {
      const write = { table: this.#table.id, id: id ?? newId(), data }
      return mode === 'insert'
        ? { kind: 'insert', ...write }
        : { kind: 'upsert', ...write, ...(key ? { key } : {}) }
    })
    try {
      await writeRows(this.#query, this.#scope, this.#table, writes, this.result)
    } catch (error) {
      const known = rowError(error, this.#table)
      if (!(known instanceof AppError) || known.code === 'forbidden') throw known
      throw new AppError(known.code, `${known.message} This is in lines ${first.line} to ${last.line}.`)
    }
  }
}

function requireHeader(names: readonly string[]): void {
  const problem = (message: string) => new AppError('bad_request', `The header ${message}.`)
  if (names.length > 500) throw problem('has more than 500 columns')
  names.forEach((name, index) => {
    if (name === '') throw problem(`has no name in column ${index + 1}`)
    if (name.length > 200) throw problem(`has a name of more than 200 characters in column ${index + 1}`)
    if (name === '__proto__') throw problem('has a column named __proto__, which is not allowed')
    if (names.indexOf(name) < index) throw problem(`names "${name}" twice`)
  })
}

function typeOfJson(value: Json): ColumnType {
  if (typeof value === 'number') return 'number'
  if (typeof value === 'boolean') return 'boolean'
  return typeof value === 'string' || value === null ? 'text' : 'json'
}

/** The answer to a file with problems. */
export function importRefused(problems: readonly ImportProblem[]): AppError {
  const [first] = problems
  const place = first
    ? `Line ${first.line}${first.column ? `, column ${first.column}` : ''}: ${first.message}`
    : ''
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new AppError('validation_failed', `${place}${more}. Nothing was imported.`, problems)
}
