import type { ReactNode } from 'react'
import type { ColumnChoice } from './list-search.ts'

/** What a list can say about each of its rows. */
export interface Column<Row> extends AnyColumn {
  /** `null` or an empty text shows as a dash. */
  cell: (row: Row) => ReactNode
  /** Sorts in the browser. Only for lists that are here as a whole: part of a list has no order of its own. */
  sortBy?: (row: Row) => string | number | boolean | null
}

export interface AnyColumn {
  /** Its name in the address. */
  id: string
  label: string
  /** The label is for screen readers alone. */
  isLabelHidden?: boolean
  /** `always` cannot be hidden, `extra` is hidden until it is chosen. */
  show?: 'always' | 'extra'
  align?: 'end'
  /** Class names of the heading; columns without a width share what is left. */
  width?: string
  /** Class names of the cells. */
  className?: string
  /**
   * Where a phone shows it, on which a row is a card: on a line of its own, first of all, on what is left of its line, at
   * the end of its line, with its label before it, or not at all.
   */
  narrow?: 'line' | 'first' | 'rest' | 'end' | 'labeled' | 'hidden'
}

/** Whether a list shows a column, as it was chosen or by default. */
export const isShown = ({ id, show }: AnyColumn, choice?: ColumnChoice): boolean =>
  show === 'always' || (choice?.get(id) ?? show !== 'extra')
