import { routes, type TableDetail, type TableIndex } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ListTree, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../app/api.ts'
import { Button, IconButton } from '../../ui/Button.tsx'
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx'
import { notify } from '../../ui/notices.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { Tag } from '../../ui/Tag.tsx'
import { AddIndexDialog } from './AddIndexDialog.tsx'

/** The declared indexes: which there are, whether they are ready, one more. */
export function IndexesTab({ table, canWrite }: { table: TableDetail; canWrite: boolean }) {
  const client = useQueryClient()
  const [adding, setAdding] = useState(false)
  const [removing, setRemoving] = useState<TableIndex | null>(null)
  const remove = useMutation({
    mutationFn: (index: TableIndex) =>
      api(routes.dropTableIndex, { params: { table: table.id, id: index.id } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['tables'] }),
    onError: notify.failure,
    onSettled: () => setRemoving(null),
  })
  const add = canWrite && (
    <Button look="primary" icon={Plus} onClick={() => setAdding(true)}>
      Add an index
    </Button>
  )
  return (
    <div className="max-w-3xl">
      {table.indexes.length === 0 ? (
        <EmptyState icon={ListTree} title="No indexes" action={add}>
          An index makes filtering and sorting by its fields fast in a large table. A unique index rejects
          duplicate values.
        </EmptyState>
      ) : (
        <>
          <ul className="divide-y divide-line border-y border-line">
            {table.indexes.map((index) => (
              <li key={index.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 py-2">
                <span className="font-mono text-sm font-medium break-all">{index.fields.join(', ')}</span>
                {index.is_unique && <Tag tone="accent">Unique</Tag>}
                <State index={index} rows={table.rows} />
                {canWrite && (
                  <IconButton
                    size="sm"
                    icon={Trash2}
                    className="ml-auto"
                    label={`Remove the index of ${index.fields.join(', ')}`}
                    onClick={() => setRemoving(index)}
                  />
                )}
                {index.error && <p className="w-full text-sm text-bad">{index.error}</p>}
              </li>
            ))}
          </ul>
          <div className="mt-4">{add}</div>
        </>
      )}
      {adding && <AddIndexDialog table={table} onClose={() => setAdding(false)} />}
      {removing && (
        <ConfirmDialog
          title={`Remove the index of ${removing.fields.join(', ')}?`}
          confirm="Remove"
          busy={remove.isPending}
          onConfirm={() => remove.mutate(removing)}
          onClose={() => setRemoving(null)}
        >
          Rows stay as they are. Queries that use it become slow in a large table
          {removing.is_unique && ', and duplicate values become possible'}.
        </ConfirmDialog>
      )}
    </div>
  )
}

function State({ index: { state, rows_done: done }, rows }: { index: TableIndex; rows: number }) {
  if (state === 'ready') return <Tag>Ready</Tag>
  if (state === 'failed') return <Tag tone="bad">Failed</Tag>
  const share = rows > 0 ? Math.min(99, Math.floor((100 * done) / rows)) : 0
  return (
    <span className="flex items-center gap-2" role="status">
      <Tag tone="warn">Being built</Tag>
      <span className="tabular text-sm text-muted">{share} %</span>
    </span>
  )
}
