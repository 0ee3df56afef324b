import clsx from 'clsx'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'

/** The heading of a column; where it sorts, a button that says how. */
export function SortHeading({
  label,
  isLabelHidden,
  className,
  sorted,
  onSort,
}: {
  label: string
  isLabelHidden: boolean
  className: string
  sorted: 'ascending' | 'descending' | 'none'
  onSort: (() => void) | undefined
}) {
  const Arrow = sorted === 'ascending' ? ArrowUp : sorted === 'descending' ? ArrowDown : ChevronsUpDown
  return (
    <th
      scope="col"
      className={clsx('truncate py-2 font-medium', className)}
      {...(onSort ? { 'aria-sort': sorted } : {})}
    >
      {isLabelHidden ? (
        <span className="sr-only">{label}</span>
      ) : onSort ? (
        <button
          type="button"
          className="group inline-flex max-w-full items-center gap-1 rounded-sm hover:text-ink"
          onClick={onSort}
        >
          <span className="truncate">{label}</span>
          <Arrow
            size={12}
            aria-hidden
            className={clsx(
              'shrink-0',
              sorted === 'none' && 'opacity-0 group-hover:opacity-100 group-focus-visible:opacity-100',
            )}
          />
        </button>
      ) : (
        label
      )}
    </th>
  )
}
