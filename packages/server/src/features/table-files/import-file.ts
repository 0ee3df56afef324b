import { createInterface } from 'node:readline'
import { Readable, Transform } from 'node:stream'
import { AppError, limits, type TableFileEncoding } from '@bifrost/contract'
import { CsvError, parse } from 'csv-parse'
import { streamArray } from 'stream-json/streamers/stream-array.js'

/** A row of a file, as it was written. */
export interface FileRow {
  /** The line of a CSV or of a file with an object per line, else the row, from 1. */
  line: number
  value: unknown
}

/** A line of a CSV. */
export interface CsvRow {
  line: number
  cells: string[]
}

/** So much may come between two rows; a file that has more has none. */
const BETWEEN_ROWS_MAX = 16 * limits.tableRowBytesMax
const mega = (bytes: number) => bytes / 1024 / 1024

/** Counts what is read: of the file, and since the last row. */
class Meter {
  #total = 0
  #sinceRow = 0

  readonly stream: Transform = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      this.#total += chunk.byteLength
      this.#sinceRow += chunk.byteLength
      if (this.#total > limits.tableImportBytesMax)
        done(
          new AppError('body_too_large', `A file may have at most ${mega(limits.tableImportBytesMax)} MB.`),
        )
      else if (this.#sinceRow > BETWEEN_ROWS_MAX)
        done(new AppError('body_too_large', `A row may have at most ${mega(limits.tableRowBytesMax)} MB.`))
      else done(null, chunk)
    },
  })

  row(): void {
    this.#sinceRow = 0
  }
}

/** Sends the body through others; an error of any of them ends all. */
function through(body: Readable, ...others: NodeJS.ReadWriteStream[]): Readable {
  let last: NodeJS.ReadableStream = body
  for (const next of others) {
    last.on('error', (error) => (next as Transform).destroy(error))
    last.pipe(next)
    last = next
  }
  return last as Readable
}

/** Text as UTF-8, whatever the file was written in; what is no text in that encoding is refused with its line. */
function decoding(encoding: TableFileEncoding): Transform {
  const decoder = new TextDecoder(encoding, { fatal: true })
  let line = 1
  const pass = (chunk: Buffer | undefined, done: (error: Error | null, text?: string) => void) => {
    let text: string
    try {
      text = decoder.decode(chunk, { stream: chunk !== undefined })
    } catch {
      return done(new AppError('bad_request', notInEncoding(line + linesBeforeBad(chunk), encoding)))
    }
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) line++
    done(null, text)
  }
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => pass(chunk, done),
    flush: (done) => pass(undefined, done),
  })
}

/** Lines of a chunk before its first bytes that are no UTF-8. */
function linesBeforeBad(chunk: Buffer = Buffer.alloc(0)): number {
  const text = chunk.toString('utf8')
  return text.slice(0, Math.max(0, text.indexOf('\ufffd'))).split('\n').length - 1
}

const notInEncoding = (line: number, encoding: TableFileEncoding) =>
  `Line ${line} is not text in ${encoding.toUpperCase()}: save the file as UTF-8, or import it with another encoding, such as windows-1252 (spreadsheets of Windows).`

/** The cells of a CSV, line by line; the first row is the header. */
export async function* csvRows(
  body: Readable,
  delimiter: string,
  encoding: TableFileEncoding = 'utf-8',
): AsyncGenerator<CsvRow> {
  const meter = new Meter()
  const parser = parse({
    bom: true,
    delimiter,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: 4 * limits.tableRowBytesMax,
  })
  try {
    for await (const { info, record } of through(body, meter.stream, decoding(encoding), parser)) {
      meter.row()
      yield { line: info.lines as number, cells: record as string[] }
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { lines } = error as unknown as { lines?: number }
    throw new AppError('bad_request', `Line ${lines ?? '?'} is not valid CSV: ${error.message}`)
  }
}

/** The objects of a JSON array, or one per line. */
export async function* jsonRows(body: Readable): AsyncGenerator<FileRow> {
  const meter = new Meter()
  const source = through(body, meter.stream)
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let begin = Buffer.alloc(0)
  while (begin.toString('utf8').trim() === '') {
    const { value, done } = await chunks.next()
    if (done) return
    begin = Buffer.concat([begin, value])
  }
  const again = Readable.from(
    (async function* () {
      yield begin
      for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value
    })(),
  )
  const first = begin
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart()[0]
  try {
    yield* first === '[' ? ofArray(again, meter) : ofLines(again, meter)
  } finally {
    source.destroy()
  }
}

async function* ofArray(source: Readable, meter: Meter): AsyncGenerator<FileRow> {
  const rows = through(source, streamArray.withParserAsStream())
  try {
    for await (const { key, value } of rows) {
      meter.row()
      yield { line: (key as number) + 1, value }
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    throw new AppError('json_invalid', `The file is not valid JSON: ${(error as Error).message}`)
  }
}

async function* ofLines(source: Readable, meter: Meter): AsyncGenerator<FileRow> {
  let line = 0
  for await (const text of createInterface({ input: source, crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    meter.row()
    if (text.trim() === '') continue
    let value: unknown
    try {
      value = JSON.parse(line === 1 ? text.replace(/^\ufeff/, '') : text)
    } catch (error) {
      throw new AppError('json_invalid', `Line ${line} is not valid JSON: ${(error as Error).message}`)
    }
    yield { line, value }
  }
}
