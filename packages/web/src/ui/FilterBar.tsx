import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { ViewsMenu } from '../views/ViewsMenu.tsx'
import { Button } from './Button.tsx'
import { ColumnMenu } from './ColumnMenu.tsx'
import type { AnyColumn } from './columns.ts'
import type { AnyListState } from './use-list-state.ts'

/** What stands above each list: its filters, and on the right what is the same for all lists. */
export function FilterBar({
  list,
  columns,
  canClear = true,
  aside,
  children,
}: {
  list: AnyListState
  columns?: readonly AnyColumn[]
  /** Not where one of its choices always holds. */
  canClear?: boolean
  /** On the right, before what all lists have. */
  aside?: ReactNode
  children?: ReactNode
}) {
  return (
    <search className="mb-4 flex flex-wrap items-center gap-2">
      {children}
      {canClear && list.isFiltered && (
        <Button look="quiet" size="sm" icon={X} onClick={() => list.applyFilter({})}>
          Clear
        </Button>
      )}
      <span className="ml-auto flex flex-wrap items-center justify-end gap-2">
        {aside}
        {/* What every list has goes here. */}
        <ViewsMenu list={list} />
        {columns && <ColumnMenu list={list} columns={columns} />}
      </span>
    </search>
  )
}
