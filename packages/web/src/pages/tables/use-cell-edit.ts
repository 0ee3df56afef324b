import { ApiError, type Json, routes, type TableDetail, TableRow } from '@bifrost/contract'
import { type InfiniteData, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { z } from 'zod'
import { api } from '../../app/api.ts'
import { notify } from '../../ui/notices.tsx'

/** A field of a row, and what it becomes; undefined takes it away. */
export interface CellEdit {
  row: TableRow
  field: string
  value: Json | undefined
}

/** Another person changed it first: what they saved, and what this one wanted. */
export interface EditConflict {
  edit: CellEdit
  /** The row as it is now; null when it was deleted. */
  current: TableRow | null
}

const Details = z.object({ current: TableRow.nullable() })

/** The row that a refused change met; undefined when it was refused for another reason. */
export function metRow(error: unknown): TableRow | null | undefined {
  if (!(error instanceof ApiError) || error.code !== 'conflict') return undefined
  const details = Details.safeParse(error.details)
  return details.success ? details.data.current : undefined
}

/** Changes cells: shown at once, reverted when the server refuses. */
export function useCellEdit(table: TableDetail) {
  const client = useQueryClient()
  const [conflict, setConflict] = useState<EditConflict | null>(null)
  const show = (row: TableRow) =>
    client.setQueriesData<InfiniteData<{ items: TableRow[] }>>(
      { queryKey: ['tables', 'rows', table.id] },
      (data) =>
        data
          ? {
              ...data,
              pages: data.pages.map((page) => ({
                ...page,
                items: page.items.map((one) => (one.id === row.id ? row : one)),
              })),
            }
          : data,
    )
  const change = useMutation({
    mutationFn: ({ row, field, value }: CellEdit) =>
      api(routes.changeTableRow, {
        params: { table: table.id, id: row.id },
        body: {
          ...(value === undefined ? { unset: [field] } : { data: { [field]: value } }),
          if_version: row.version,
        },
      }),
    onMutate: ({ row, field, value }) => {
      const { [field]: _, ...rest } = row.data
      show({ ...row, data: value === undefined ? rest : { ...row.data, [field]: value } })
    },
    onSuccess: show,
    onError: (error, edit) => {
      show(edit.row)
      const current = metRow(error)
      if (current === undefined) notify.failure(error)
      else setConflict({ edit, current })
    },
  })
  return {
    save: (edit: CellEdit) => change.mutate(edit),
    conflict,
    /** What one wanted, over what they left. */
    overwrite: () => {
      if (conflict?.current) change.mutate({ ...conflict.edit, row: conflict.current })
      setConflict(null)
    },
    giveUp: () => {
      if (conflict?.current) show(conflict.current)
      else void client.invalidateQueries({ queryKey: ['tables'] })
      setConflict(null)
    },
  }
}
