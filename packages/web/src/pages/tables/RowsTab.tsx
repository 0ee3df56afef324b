import { routes, type TableDetail, type TableRow } from '@bifrost/contract'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { Download, Plus, Table2, Upload } from 'lucide-react'
import { useMemo, useState } from 'react'
import { addressOf } from '../../app/acting.ts'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { notify } from '../../components/notices.tsx'
import { EmptyState, ErrorState, SkeletonRows } from '../../components/states.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { columnsOf } from './cell-value.ts'
import { FilterBuilder } from './FilterBuilder.tsx'
import { ImportDialog } from './ImportDialog.tsx'
import { tableQueries } from './queries.ts'
import { RowDialog } from './RowDialog.tsx'
import { RowGrid } from './RowGrid.tsx'
import { nextOrder, readFilters, readOrder, toWhere, writeFilters } from './row-filter.ts'
import { rowCount } from './table-words.ts'

const route = getRouteApi('/shell/tables/$table')

/** The rows of a table: found, ordered, changed in place, in and out as files. */
export function RowsTab({ table, canWrite }: { table: TableDetail; canWrite: boolean }) {
  const search = route.useSearch()
  const params = route.useParams()
  const navigate = useNavigate()
  const client = useQueryClient()
  const filters = readFilters(search.f)
  const where = toWhere(filters)
  const rows = useInfiniteQuery(tableQueries.rows(table.id, { where, order_by: readOrder(search.sort) }))
  const items = useMemo(() => rows.data?.pages.flatMap((page) => page.items) ?? [], [rows.data])
  const columns = useMemo(() => columnsOf(table.columns, items), [table.columns, items])
  const [open, setOpen] = useState<TableRow | 'new' | null>(null)
  const [importing, setImporting] = useState(false)
  const [removing, setRemoving] = useState<TableRow | null>(null)
  const [first] = rows.data?.pages ?? []
  const go = (next: { f?: string | undefined; sort?: string | undefined }) =>
    void navigate({
      to: '/tables/$table',
      params,
      search: Object.fromEntries(Object.entries({ ...search, ...next }).filter(([, value]) => value)),
      replace: true,
    })
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
      <div className="mb-3 flex flex-wrap items-start gap-2">
        <FilterBuilder
          filters={filters}
          columns={['id', ...columns]}
          onChange={(next) => go({ f: writeFilters(next) })}
        />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <span className="text-sm text-muted" role="status">
            {first && `${rowCount(first.total, first.total_estimated)} ${first.total === 1 ? 'row' : 'rows'}`}
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
        </div>
      </div>
      {rows.isPending ? (
        <SkeletonRows rows={10} />
      ) : rows.isError && items.length === 0 ? (
        <ErrorState error={rows.error} onRetry={() => void rows.refetch()} />
      ) : items.length === 0 ? (
        <EmptyState
          icon={Table2}
          title={filters.length > 0 ? 'No rows match' : 'No rows yet'}
          action={
            filters.length > 0 ? (
              <Button onClick={() => go({ f: undefined })}>Clear the filter</Button>
            ) : (
              canWrite && add
            )
          }
        >
          {filters.length > 0
            ? 'Numbers match only numbers, and text only text: 7 is not "7".'
            : table.policies.length > 0
              ? 'Or the policies of the table hide all rows from you.'
              : 'Workflows write rows; you can add some by hand, or import a file.'}
        </EmptyState>
      ) : (
        <RowGrid
          table={table}
          rows={items}
          columns={columns}
          order={search.sort}
          canWrite={canWrite}
          busy={rows.isPlaceholderData}
          hasMore={rows.hasNextPage}
          onMore={() => !rows.isFetchingNextPage && void rows.fetchNextPage()}
          onOrder={(field) => go({ sort: nextOrder(field, search.sort) })}
          onOpen={setOpen}
          onRemove={setRemoving}
        />
      )}
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
