import type { ReactNode } from 'react'
import { words } from './words.ts'

/** One column of a table. */
export interface TableColumn<Row> {
  /** Member of the row, unless `show` says another content. */
  name: string
  label?: string
  align?: 'right'
  show?: (row: Row) => ReactNode
}

/** Rows, and which of their members are shown. */
export interface TableProps<Row> {
  rows: readonly Row[]
  /** All members of the first row when absent. */
  columns?: readonly (string | TableColumn<Row>)[]
  caption?: string
}

/**
 * Rows and columns; numbers stand to the right.
 * @example <Table rows={props.lines} columns={['article', 'count', { name: 'price', show: (line) => euro(line.price) }]} />
 */
export function Table<Row extends object>({ rows, columns, caption }: TableProps<Row>) {
  const shown: TableColumn<Row>[] = (columns ?? Object.keys(rows[0] ?? {})).map((column) =>
    typeof column === 'string' ? { name: column } : column,
  )
  const isRight = ({ align, name }: TableColumn<Row>) =>
    align === 'right' || rows.some((row) => typeof memberOf(row, name) === 'number')
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by the keyboard
    <section className="table" tabIndex={0} aria-label={caption ?? 'Table'}>
      <table>
        {caption && <caption>{caption}</caption>}
        <thead>
          <tr>
            {shown.map((column) => (
              <th key={column.name} scope="col" className={isRight(column) ? 'right' : undefined}>
                {column.label ?? words(column.name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity
            <tr key={at}>
              {shown.map((column) => (
                <td key={column.name} className={isRight(column) ? 'right' : undefined}>
                  {column.show ? column.show(row) : textOf(memberOf(row, column.name))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

const memberOf = (row: object, name: string): unknown => (row as Record<string, unknown>)[name]

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '–'
  if (typeof value === 'boolean') return value ? 'Yes' : 'No'
  if (typeof value === 'number') return value.toLocaleString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
