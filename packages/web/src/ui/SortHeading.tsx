import clsx from 'clsx'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'

/** The heading of a column; where it sorts, a button that says how. */
export function SortHeading({
  label,
  isLabelHidden,
  className,
  align,
  sorted,
  onSort,
}: {
  label: string
  isLabelHidden: boolean
  className: string
  align: 'end' | undefined
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
          className={clsx(
            'group inline-flex max-w-full items-center gap-1 rounded-sm hover:text-ink',
            // The text stands above the right edge of the numbers, whether an arrow shows or not.
            align === 'end' && 'flex-row-reverse',
          )}
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
