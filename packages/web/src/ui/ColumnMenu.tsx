import { Columns3 } from 'lucide-react'
import { Popover } from 'radix-ui'
import { Button } from './Button.tsx'
import { type AnyColumn, isShown } from './columns.ts'
import { type Order, readOrder, writeOrder } from './list-search.ts'
import type { AnyListState } from './use-list-state.ts'

/** Chooses the columns of a list and, where a phone has no headings to press, its order. */
export function ColumnMenu({ list, columns }: { list: AnyListState; columns: readonly AnyColumn[] }) {
  const choices = columns.filter(({ show }) => show !== 'always')
  const sortable = columns.filter((column) => 'sortBy' in column)
  if (choices.length === 0) return null
  const choose = (column: AnyColumn, isChosen: boolean) => {
    const next = new Map(list.columns)
    if (isChosen === isShown(column)) next.delete(column.id)
    else next.set(column.id, isChosen)
    list.setColumns(next)
  }
  return (
    <Popover.Root>
      <Popover.Trigger className="inline-flex h-[34px] items-center gap-2 rounded-md px-2.5 font-medium text-muted transition-colors hover:bg-hover hover:text-ink">
        <Columns3 size={15} aria-hidden />
        Columns
      </Popover.Trigger>
      <Popover.Content
        align="end"
        sideOffset={6}
        collisionPadding={8}
        aria-label="Columns"
        className="z-30 max-h-[var(--radix-popover-content-available-height)] w-56 animate-pop overflow-y-auto rounded-lg bg-raised p-1.5 shadow-pop"
      >
        {sortable.length > 0 && <OrderSelect list={list} columns={sortable} />}
        {choices.map((column) => (
          <label
            key={column.id}
            className="flex h-8 cursor-pointer items-center gap-2.5 rounded-md px-2 hover:bg-hover has-focus-visible:bg-hover"
          >
            <input
              type="checkbox"
              className="size-4"
              checked={isShown(column, list.columns)}
              onChange={(event) => choose(column, event.target.checked)}
            />
            <span className="truncate">{column.label}</span>
          </label>
        ))}
        {list.columns.size > 0 && (
          <Button look="quiet" size="sm" className="mt-1 w-full" onClick={() => list.setColumns(new Map())}>
            Reset columns
          </Button>
        )}
      </Popover.Content>
    </Popover.Root>
  )
}

function OrderSelect({ list, columns }: { list: AnyListState; columns: readonly AnyColumn[] }) {
  const orders = columns.flatMap(({ id, label }): { order: Order; label: string }[] => [
    { order: { column: id, isDescending: false }, label: `${label}, ascending` },
    { order: { column: id, isDescending: true }, label: `${label}, descending` },
  ])
  return (
    <label className="mb-1.5 block border-b border-line px-2 pb-2 sm:hidden">
      <span className="mb-1 block text-xs text-faint">Sort by</span>
      <select
        className="control"
        value={writeOrder(list.order) ?? ''}
        onChange={(event) => list.setOrder(readOrder(event.target.value))}
      >
        <option value="">Default</option>
        {orders.map(({ order, label }) => (
          <option key={label} value={writeOrder(order)}>
            {label}
          </option>
        ))}
      </select>
    </label>
  )
}
