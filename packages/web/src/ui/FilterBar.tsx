import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button } from '../components/Button.tsx'
import { ColumnMenu } from './ColumnMenu.tsx'
import type { AnyColumn } from './columns.ts'
import type { AnyListState } from './use-list-state.ts'

/** What stands above each list: its filters, and on the right what is the same for all lists. */
export function FilterBar({
  list,
  columns,
  canClear = true,
  children,
}: {
  list: AnyListState
  columns?: readonly AnyColumn[]
  /** Not where one of its choices always holds. */
  canClear?: boolean
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
      {/* What every list has goes here: it gets the list's name and filter, and `applyFilter`. */}
      <span className="ml-auto flex items-center gap-2">
        {columns && <ColumnMenu list={list} columns={columns} />}
      </span>
    </search>
  )
}
