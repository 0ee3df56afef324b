import { AppError, limits } from '@bifrost/contract'
import { isDataError } from '../../platform/database.ts'
import type { Table } from './table.ts'

/** What the database said about rows of a table, as an error that says what to do. */
export function rowError(error: unknown, table: Table | null): unknown {
  if (error instanceof AppError) return error
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string }
  const place = /^table_rows_u(\d)$/.exec(constraint ?? '')?.[1]
  if (code === '23505' && place) {
    const index = table?.indexes.find((one) => one.unique_place === Number(place))
    const fields = index?.fields.join(', ') ?? 'its unique fields'
    return new AppError('already_exists', `A row with the same ${fields} already exists; it must be unique.`)
  }
  // canceling statement due to statement timeout
  if (code === '57014')
    return new AppError(
      'validation_failed',
      `The query took longer than ${limits.tableQueryTimeMs / 1000} seconds (${limits.tableQueryContendedTimeMs / 1000} while other organizations run large queries): narrow it, or declare an index on a field that it filters or orders by.`,
    )
  // lock_timeout
  if (code === '55P03')
    return new AppError('conflict', 'The table is in use by an import or another change. Try again later.')
  if (isDataError(error))
    return new AppError('bad_request', 'A value of a row cannot be stored in the database.')
  return error
}
