import { useNavigate } from '@tanstack/react-router'
import {
  type ColumnDef,
  columnVisibilityFeature,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import clsx from 'clsx'
import { ChevronRight } from 'lucide-react'
import {
  Fragment,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  useMemo,
  useRef,
  useState,
} from 'react'
import { IconButton } from './Button.tsx'
import { type Column, isShown } from './columns.ts'
import { nextOrder } from './list-search.ts'
import { isTyping } from './SearchInput.tsx'
import { SortHeading } from './SortHeading.tsx'
import type { AnyListState } from './use-list-state.ts'
import { useMediaQuery } from './use-media-query.ts'

const features = tableFeatures({
  columnVisibilityFeature,
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
})
type Features = typeof features

/**
 * The rows of a list. Arrow keys or j and k move between the links that carry `data-row-link`; on a phone each row is a
 * card.
 */
export function DataTable<Row extends object>({
  list,
  label,
  rows,
  columns,
  rowId,
  href,
  group,
  details,
}: {
  /** Its order and columns. Without one, both are as given. */
  list?: AnyListState | undefined
  /** What the rows are, for who cannot see them. */
  label: string
  rows: readonly Row[]
  columns: readonly Column<Row>[]
  rowId: (row: Row) => string
  /** Where a click on a row leads; a link in the row leads there, too. */
  href?: (row: Row) => string
  /** A heading stands where it differs from that of the row before. Rows in another order have no headings. */
  group?: ((row: Row) => string) | undefined
  /** What a row opens to show, and the name of the button that opens it. */
  details?: { label: (row: Row) => string; view: (row: Row) => ReactNode }
}) {
  const body = useRef<HTMLTableElement>(null)
  const [open, setOpen] = useState<string | null>(null)
  const isNarrow = useMediaQuery('(max-width: 639px)')
  const order = columns.find(({ id, sortBy }) => sortBy && id === list?.order?.column) ? list?.order : null
  const table = useTable({
    features,
    columns: useMemo(() => columns.map(definitionOf), [columns]),
    data: rows,
    getRowId: rowId,
    state: {
      sorting: order ? [{ id: order.column, desc: order.isDescending }] : [],
      columnVisibility: Object.fromEntries(
        columns.map((column) => [column.id, isShown(column, list?.columns)]),
      ),
    },
  })
  const shown = table
    .getVisibleLeafColumns()
    .flatMap(({ id }) => columns.find((column) => column.id === id) ?? [])
  const columnCount = shown.length + (details ? 1 : 0)
  const groupOf = order ? undefined : group
  let heading = ''
  return (
    <table
      ref={body}
      onKeyDown={(event) => moveBetweenRows(event, body.current)}
      className="w-full table-fixed border-collapse text-left max-sm:block"
    >
      <caption className="sr-only">{label}</caption>
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-xs text-faint">
          {details && (
            <th scope="col" className="w-9">
              <span className="sr-only">Details</span>
            </th>
          )}
          {shown.map((column, at) => (
            <SortHeading
              key={column.id}
              label={column.label}
              align={column.align}
              className={clsx(
                column.width,
                column.align === 'end' && 'text-right',
                at < shown.length - 1 && 'pr-3',
              )}
              isLabelHidden={column.isLabelHidden ?? false}
              sorted={
                order?.column === column.id ? (order.isDescending ? 'descending' : 'ascending') : 'none'
              }
              // On a phone the headings are there for screen readers alone, and the column menu sorts.
              onSort={
                list && column.sortBy && !isNarrow
                  ? () => list.setOrder(nextOrder(column.id, list.order))
                  : undefined
              }
            />
          ))}
        </tr>
      </thead>
      <tbody className="max-sm:block">
        {table.getRowModel().rows.map(({ id, original: row }) => {
          const thisHeading = groupOf?.(row) ?? ''
          const hasHeading = thisHeading !== heading
          heading = thisHeading
          return (
            <Fragment key={id}>
              {hasHeading && (
                <tr className="max-sm:block">
                  <th
                    colSpan={columnCount}
                    scope="colgroup"
                    className="pt-5 pb-1.5 text-left text-sm font-semibold text-muted max-sm:block"
                  >
                    {thisHeading}
                  </th>
                </tr>
              )}
              <BodyRow
                row={row}
                columns={shown}
                href={href?.(row)}
                toggle={
                  details && (
                    <IconButton
                      size="sm"
                      icon={ChevronRight}
                      label={details.label(row)}
                      aria-expanded={open === id}
                      className={open === id ? 'rotate-90' : ''}
                      onClick={() => setOpen(open === id ? null : id)}
                    />
                  )
                }
              />
              {details && open === id && (
                <tr className="border-b border-line bg-sunken max-sm:block">
                  <td colSpan={columnCount} className="px-3 py-3 max-sm:block sm:pl-9">
                    {details.view(row)}
                  </td>
                </tr>
              )}
            </Fragment>
          )
        })}
      </tbody>
    </table>
  )
}

function BodyRow<Row>({
  row,
  columns,
  href,
  toggle,
}: {
  row: Row
  columns: readonly Column<Row>[]
  href: string | undefined
  toggle: ReactNode
}) {
  const navigate = useNavigate()
  const follow = ({ target }: MouseEvent) => {
    const isControl = target instanceof Element && target.closest('a, button, input, select, label')
    // Who marks text in a row does not want to leave.
    if (href !== undefined && !isControl && window.getSelection()?.isCollapsed !== false)
      void navigate({ href })
  }
  return (
    <tr
      className={clsx(
        'border-b border-line align-baseline transition-colors hover:bg-sunken max-sm:flex max-sm:flex-wrap max-sm:items-baseline max-sm:gap-x-3 max-sm:gap-y-1 max-sm:py-2.5',
        href !== undefined && 'cursor-pointer',
      )}
      onClick={follow}
    >
      {toggle && <td className="max-sm:order-first">{toggle}</td>}
      {columns.map((column, at) => {
        const cell = column.cell(row)
        const isEmpty = cell === null || cell === ''
        return (
          <td
            key={column.id}
            className={clsx(
              'py-2 max-sm:p-0',
              at < columns.length - 1 && 'pr-3',
              column.align === 'end' && 'text-right',
              column.narrow && narrowClasses[column.narrow],
              column.narrow === 'labeled' && isEmpty && 'max-sm:hidden',
              column.className,
            )}
          >
            {column.narrow === 'labeled' && (
              <span aria-hidden className="mr-1 text-faint sm:hidden">
                {column.label}
              </span>
            )}
            {isEmpty ? <span className="text-faint">–</span> : cell}
          </td>
        )
      })}
    </tr>
  )
}

const narrowClasses = {
  line: 'max-sm:min-w-0 max-sm:basis-full',
  first: 'max-sm:order-first max-sm:min-w-0 max-sm:basis-full',
  rest: 'max-sm:min-w-0 max-sm:flex-1',
  end: 'max-sm:ml-auto',
  labeled: 'max-sm:max-w-full',
  hidden: 'max-sm:hidden',
}

function definitionOf<Row extends object>({ id, label, sortBy }: Column<Row>): ColumnDef<Features, Row> {
  if (!sortBy) return { id, header: label, enableSorting: false }
  return {
    id,
    header: label,
    accessorFn: (row) => sortBy(row) ?? undefined,
    sortFn: (one, other, column) => compareValues(one.getValue(column), other.getValue(column)),
    sortUndefined: 'last',
  }
}

const compareValues = (one: unknown, other: unknown): number =>
  typeof one === 'string' && typeof other === 'string'
    ? one.localeCompare(other, undefined, { numeric: true, sensitivity: 'base' })
    : Number(one) - Number(other)

function moveBetweenRows(event: KeyboardEvent, table: HTMLElement | null): void {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
  if (!step || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return
  const links = [...(table?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
  const next = links[links.indexOf(document.activeElement as HTMLElement) + step]
  if (!next) return
  event.preventDefault()
  next.focus()
  next.scrollIntoView({ block: 'nearest' })
}
