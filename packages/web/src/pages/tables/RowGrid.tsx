// A table of the browser cannot leave rows out and still be one: these elements say themselves what they are.
// biome-ignore-all lint/a11y/useSemanticElements: see above
// biome-ignore-all lint/a11y/useFocusableInteractive: the cells of the grid are, and what is in the headings
import type { TableDetail, TableRow } from '@bifrost/contract'
import { useVirtualizer } from '@tanstack/react-virtual'
import clsx from 'clsx'
import { ArrowDown, ArrowUp, Maximize2, Trash2 } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { IconButton } from '../../ui/Button.tsx'
import { CellEditor, type Leaving } from './CellEditor.tsx'
import { ConflictDialog } from './ConflictDialog.tsx'
import { cellText } from './cell-value.ts'
import { type CellEdit, useCellEdit } from './use-cell-edit.ts'

const rowHeightPx = 34
const nearEnd = 20

interface Place {
  row: number
  column: number
}

/**
 * The rows in a grid, of which only those in view exist. Arrows move within it, Enter and F2 edit the cell, Escape leaves
 * it as it was, Tab saves and moves to the next cell.
 */
export function RowGrid({
  table,
  rows,
  columns,
  order,
  canWrite,
  busy,
  hasMore,
  onMore,
  onOrder,
  onOpen,
  onRemove,
}: {
  table: TableDetail
  rows: readonly TableRow[]
  columns: readonly string[]
  order: string | undefined
  canWrite: boolean
  busy: boolean
  hasMore: boolean
  onMore: () => void
  onOrder: (field: string) => void
  onOpen: (row: TableRow) => void
  onRemove: (row: TableRow) => void
}) {
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<Place>({ row: 0, column: 0 })
  const [editing, setEditing] = useState<Place | null>(null)
  const edit = useCellEdit(table)
  const fields = ['id', ...columns]
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => rowHeightPx,
    overscan: 12,
  })
  const drawn = virtual.getVirtualItems()
  const lastDrawn = drawn.at(-1)?.index ?? 0
  // biome-ignore lint/correctness/useExhaustiveDependencies: it asks when the end comes near, not when it is another function
  useEffect(() => {
    if (hasMore && lastDrawn >= rows.length - nearEnd) onMore()
  }, [hasMore, lastDrawn, rows.length])

  const focusCell = ({ row, column }: Place) => {
    const place = {
      row: Math.max(0, Math.min(rows.length - 1, row)),
      column: Math.max(0, Math.min(fields.length - 1, column)),
    }
    setAt(place)
    virtual.scrollToIndex(place.row)
    const cell = () =>
      box.current?.querySelector<HTMLElement>(`[data-cell="${place.row}/${place.column}"]`) ?? null
    const drawn = cell()
    if (drawn) drawn.focus()
    // A row out of view is drawn in the next frame. By then the person may already edit a cell, and keeps the focus.
    else
      requestAnimationFrame(() => {
        if (!box.current?.querySelector('input')) cell()?.focus()
      })
  }
  const onKey = (event: KeyboardEvent) => {
    if (editing) return
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / rowHeightPx) - 2)
    const moves: Record<string, Place> = {
      ArrowUp: { ...at, row: at.row - 1 },
      ArrowDown: { ...at, row: at.row + 1 },
      ArrowLeft: { ...at, column: at.column - 1 },
      ArrowRight: { ...at, column: at.column + 1 },
      PageUp: { ...at, row: at.row - page },
      PageDown: { ...at, row: at.row + page },
      Home: { ...at, column: 0 },
      End: { ...at, column: fields.length - 1 },
    }
    const move = moves[event.key]
    const inCell = (event.target as HTMLElement).dataset['cell'] !== undefined
    if (!inCell) return
    if (move) {
      event.preventDefault()
      focusCell(move)
    } else if (event.key === 'Enter' || event.key === 'F2') {
      event.preventDefault()
      const row = rows[at.row]
      if (at.column === 0 && row) onOpen(row)
      else if (canWrite) setEditing(at)
    }
  }
  const leave = (from: Place, leaving: Leaving) => {
    // The editor goes first: taking the focus from it would save once more.
    flushSync(() => setEditing(null))
    if (leaving !== 'elsewhere')
      focusCell({ ...from, column: leaving === 'onward' ? from.column + 1 : from.column })
  }
  const save = (change: CellEdit, from: Place, leaving: Leaving) => {
    leave(from, leaving)
    edit.save(change)
  }
  return (
    <>
      <div
        ref={box}
        role="grid"
        aria-label={`Rows of ${table.name}`}
        aria-rowcount={hasMore ? -1 : rows.length + 1}
        aria-colcount={fields.length + 1}
        aria-busy={busy}
        onKeyDown={onKey}
        className={clsx(
          'max-h-[max(20rem,calc(100dvh-18rem))] overflow-auto rounded-lg border border-line bg-surface text-sm',
          busy && 'opacity-60',
        )}
      >
        <div className="w-max min-w-full" style={{ height: virtual.getTotalSize() + rowHeightPx }}>
          <div role="rowgroup" className="sticky top-0 z-20">
            <div role="row" aria-rowindex={1} className="flex border-b border-line bg-sunken">
              {fields.map((field, column) => (
                <Heading key={field} field={field} column={column} order={order} onOrder={onOrder} />
              ))}
              <div role="columnheader" aria-colindex={fields.length + 1} className="w-20 shrink-0 px-2 py-2">
                <span className="sr-only">Actions</span>
              </div>
            </div>
          </div>
          <div role="rowgroup" className="relative">
            {drawn.map(({ index, start }) => {
              const row = rows[index]
              return row ? (
                <div
                  key={row.id}
                  role="row"
                  aria-rowindex={index + 2}
                  className="group absolute top-0 left-0 flex w-full border-b border-line hover:bg-sunken"
                  style={{ transform: `translateY(${start}px)`, height: rowHeightPx }}
                >
                  {fields.map((field, column) => {
                    const value = field === 'id' ? row.id : row.data[field]
                    const isEdited = editing?.row === index && editing.column === column
                    return (
                      // biome-ignore lint/a11y/useKeyWithClickEvents: the grid listens for keys
                      <div
                        key={field}
                        role="gridcell"
                        aria-colindex={column + 1}
                        aria-readonly={!canWrite || column === 0}
                        data-cell={`${index}/${column}`}
                        tabIndex={at.row === index && at.column === column ? 0 : -1}
                        onClick={() => setAt({ row: index, column })}
                        onDoubleClick={() =>
                          column === 0 ? onOpen(row) : canWrite && setEditing({ row: index, column })
                        }
                        className={clsx(
                          'shrink-0 truncate px-2.5 py-1.5 focus-visible:outline-offset-[-2px]',
                          column === 0
                            ? 'sticky left-0 z-10 w-36 border-r border-line bg-surface font-mono text-xs leading-5 group-hover:bg-sunken max-sm:w-24'
                            : 'w-48',
                          typeof value === 'number' && 'tabular text-right',
                          (value === null || typeof value === 'object') &&
                            'font-mono text-xs leading-5 text-muted',
                        )}
                      >
                        {isEdited ? (
                          <CellEditor
                            field={field}
                            value={row.data[field]}
                            type={table.columns.find(({ name }) => name === field)?.type}
                            onSave={(next, leaving) =>
                              save({ row, field, value: next }, { row: index, column }, leaving)
                            }
                            onCancel={(leaving) => leave({ row: index, column }, leaving)}
                          />
                        ) : (
                          <span title={cellText(value)}>{cellText(value)}</span>
                        )}
                      </div>
                    )
                  })}
                  <div
                    role="gridcell"
                    aria-colindex={fields.length + 1}
                    className="w-20 shrink-0 px-1 py-0.5"
                  >
                    <IconButton
                      size="sm"
                      icon={Maximize2}
                      label={`Open the row ${row.id}`}
                      onClick={() => onOpen(row)}
                    />
                    {canWrite && (
                      <IconButton
                        size="sm"
                        icon={Trash2}
                        label={`Delete the row ${row.id}`}
                        onClick={() => onRemove(row)}
                      />
                    )}
                  </div>
                </div>
              ) : null
            })}
          </div>
        </div>
      </div>
      {canWrite && (
        <p className="mt-1.5 text-xs text-faint max-sm:hidden">
          Double-click or Enter edits a cell; Escape cancels. Clearing a cell removes its field.
        </p>
      )}
      {edit.conflict && (
        <ConflictDialog conflict={edit.conflict} onMine={edit.overwrite} onTheirs={edit.giveUp} />
      )}
    </>
  )
}

function Heading({
  field,
  column,
  order,
  onOrder,
}: {
  field: string
  column: number
  order: string | undefined
  onOrder: (field: string) => void
}) {
  const isUp = order === field
  const isDown = order === `-${field}`
  const Arrow = isDown ? ArrowDown : ArrowUp
  return (
    <div
      role="columnheader"
      aria-colindex={column + 1}
      aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}
      className={clsx(
        'shrink-0',
        column === 0 ? 'sticky left-0 z-10 w-36 border-r border-line bg-sunken max-sm:w-24' : 'w-48',
      )}
    >
      <button
        type="button"
        className="flex w-full items-center gap-1 px-2.5 py-2 text-left text-xs font-medium text-muted hover:text-ink focus-visible:outline-offset-[-2px]"
        onClick={() => onOrder(field)}
      >
        <span className="truncate">{field}</span>
        {(isUp || isDown) && <Arrow size={12} aria-hidden className="shrink-0" />}
      </button>
    </div>
  )
}
