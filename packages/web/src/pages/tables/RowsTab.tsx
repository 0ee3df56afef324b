import { routes, type TableDetail, type TableRow } from '@bifrost/contract'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { Download, Plus, Table2, Upload } from 'lucide-react'
import { useMemo, useState } from 'react'
import { addressOf } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { Button } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { type AnyColumn, isShown } from '../../ui/columns.ts'
import { EmptyList } from '../../ui/EmptyList.tsx'
import { FilterBar } from '../../ui/FilterBar.tsx'
import { nextOrder, writeOrder } from '../../ui/list-search.ts'
import { notify } from '../../ui/notices.tsx'
import { useItems } from '../../ui/PagedView.tsx'
import { QueryView } from '../../ui/QueryView.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { useListState } from '../../ui/use-list-state.ts'
import { columnsOf } from './cell-value.ts'
import { FilterBuilder } from './FilterBuilder.tsx'
import { ImportDialog } from './ImportDialog.tsx'
import { tableQueries } from './queries.ts'
import { RowDialog } from './RowDialog.tsx'
import { RowGrid } from './RowGrid.tsx'
import { readFilters, readOrder, rowList, toWhere, writeFilters } from './row-filter.ts'
import { rowCount } from './table-words.ts'

/** The rows of a table: found, ordered, changed in place, in and out as files. */
export function RowsTab({ table, canWrite }: { table: TableDetail; canWrite: boolean }) {
  const list = useListState(useMemo(() => rowList(table.id), [table.id]))
  const sort = writeOrder(list.order)
  const client = useQueryClient()
  const filters = readFilters(list.filter.f)
  const where = toWhere(filters)
  const rows = useInfiniteQuery(tableQueries.rows(table.id, { where, order_by: readOrder(sort) }))
  const items = useItems(rows)
  const columns = useMemo(() => columnsOf(table.columns, items), [table.columns, items])
  const choices = columns.map((field): AnyColumn & { field: string } => ({
    // Commas separate columns in the address.
    id: encodeURIComponent(field),
    label: field,
    field,
  }))
  const [open, setOpen] = useState<TableRow | 'new' | null>(null)
  const [importing, setImporting] = useState(false)
  const [removing, setRemoving] = useState<TableRow | null>(null)
  const [first] = rows.data?.pages ?? []
  const refresh = () => client.invalidateQueries({ queryKey: ['tables'] })
  const remove = useMutation({
    mutationFn: (row: TableRow) => api(routes.deleteTableRow, { params: { table: table.id, id: row.id } }),
    onSuccess: async (_, row) => {
      await refresh()
      notify.done(`Row ${row.id} deleted`)
    },
    onError: notify.failure,
    onSettled: () => setRemoving(null),
  })
  const file = (format: 'csv' | 'json') =>
    addressOf(
      routes.exportTable,
      { table: table.id },
      { format, where: filters.length > 0 ? JSON.stringify(where) : undefined },
    )
  const add = (
    <Button look="primary" icon={Plus} onClick={() => setOpen('new')}>
      Add a row
    </Button>
  )
  return (
    <>
      <FilterBar
        list={list}
        columns={choices}
        canClear={false}
        aside={
          <>
            <span className="text-sm text-muted" role="status">
              {first &&
                `${rowCount(first.total, first.total_estimated)} ${first.total === 1 ? 'row' : 'rows'}`}
            </span>
            {canWrite && (
              <Button icon={Upload} onClick={() => setImporting(true)}>
                Import
              </Button>
            )}
            <a
              href={file('csv')}
              download
              className="inline-flex h-[34px] items-center gap-2 rounded-md border border-line bg-surface px-3 font-medium shadow-lift hover:bg-hover"
            >
              <Download size={15} aria-hidden /> CSV
            </a>
            <a
              href={file('json')}
              download
              className="inline-flex h-[34px] items-center gap-2 rounded-md border border-line bg-surface px-3 font-medium shadow-lift hover:bg-hover"
            >
              <Download size={15} aria-hidden /> JSON
            </a>
            {canWrite && add}
          </>
        }
      >
        <FilterBuilder
          filters={filters}
          columns={['id', ...columns]}
          onChange={(next) => list.set('f', writeFilters(next))}
        />
      </FilterBar>
      <QueryView
        query={{ ...rows, data: rows.data && items, isPlaceholderData: false }}
        rows={10}
        empty={
          <EmptyList
            list={list}
            icon={Table2}
            noMatch="No rows match"
            hint="Numbers match only numbers, and text only text: 7 is not &quot;7&quot;."
          >
            <EmptyState icon={Table2} title="No rows yet" action={canWrite && add}>
              {table.policies.length > 0
                ? 'Or the policies of the table hide all rows from you.'
                : 'Workflows write rows. You can also add rows by hand or import a file.'}
            </EmptyState>
          </EmptyList>
        }
      >
        {(items) => (
          <RowGrid
            table={table}
            rows={items}
            columns={choices.filter((one) => isShown(one, list.columns)).map(({ field }) => field)}
            order={sort}
            canWrite={canWrite}
            busy={rows.isPlaceholderData}
            hasMore={rows.hasNextPage}
            onMore={() => !rows.isFetchingNextPage && void rows.fetchNextPage()}
            onOrder={(field) => list.setOrder(nextOrder(field, list.order))}
            onOpen={setOpen}
            onRemove={setRemoving}
          />
        )}
      </QueryView>
      {open && (
        <RowDialog
          table={table}
          row={open === 'new' ? null : open}
          canWrite={canWrite}
          onClose={() => setOpen(null)}
        />
      )}
      {importing && <ImportDialog table={table} onClose={() => setImporting(false)} />}
      {removing && (
        <ConfirmDialog
          title={`Delete the row ${removing.id}?`}
          confirm="Delete"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(null)}
        >
          The row is deleted for everyone, and workflows no longer find it.
        </ConfirmDialog>
      )}
    </>
  )
}
