import { AppError } from '@bifrost/contract'
import type pg from 'pg'

/** What the driver reads from. Its types do not tell of it. */
interface Connection {
  readonly stream: { destroy(error: Error): void }
  on(event: 'dataRow', listener: (message: { length: number }) => void): void
  on(event: 'readyForQuery', listener: () => void): void
}

/**
 * Bounds what one statement brings into the process: rows are as large as their author made them, and all of them are in
 * memory before the first is looked at. Beyond the bound the connection is cut, and the statement fails with a sentence.
 */
export function boundRows(client: pg.ClientBase, bytesMax: number): void {
  const { connection } = client as unknown as { connection: Connection }
  let bytes = 0
  connection.on('readyForQuery', () => {
    bytes = 0
  })
  connection.on('dataRow', ({ length }) => {
    bytes += length
    if (bytes <= bytesMax) return
    bytes = Number.NEGATIVE_INFINITY
    connection.stream.destroy(
      new AppError(
        'body_too_large',
        `The response would have more than ${bytesMax / 1024 / 1024} MB. Request less at once, with a smaller "limit" or a narrower filter.`,
      ),
    )
  })
}
