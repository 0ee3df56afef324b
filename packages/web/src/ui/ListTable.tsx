import type { ComponentProps, ReactNode } from 'react'
import { DataTable } from './DataTable.tsx'
import { FilterBar } from './FilterBar.tsx'
import type { AnyListState } from './use-list-state.ts'

/** A list that is here as a whole: what filters it, and what they leave. */
export function ListTable<Row extends object>({
  filters,
  noMatch,
  ...table
}: ComponentProps<typeof DataTable<Row>> & {
  list: AnyListState
  filters?: ReactNode
  /** What to say when the filter leaves nothing, such as `No matching keys.` */
  noMatch?: string
}) {
  return (
    <>
      <FilterBar list={table.list} columns={table.columns}>
        {filters}
      </FilterBar>
      {table.rows.length === 0 && noMatch !== undefined ? (
        <p role="status" className="py-6 text-muted">
          {noMatch}
        </p>
      ) : (
        <DataTable {...table} />
      )}
    </>
  )
}

/** Whether some of the texts has what is searched for. */
export const hasText = (search: string | undefined, ...texts: readonly string[]): boolean =>
  texts
    .join(' ')
    .toLowerCase()
    .includes((search ?? '').trim().toLowerCase())
