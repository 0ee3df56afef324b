import { routes, type SavedView } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../app/api.ts'
import { useMe } from '../app/session.ts'
import { explain } from '../errors.ts'
import { Button } from '../ui/Button.tsx'
import { ConfirmDialog } from '../ui/ConfirmDialog.tsx'
import { FormDialog } from '../ui/Form.tsx'
import { CheckField, TextField } from '../ui/fields.tsx'
import { InlineProblem } from '../ui/states.tsx'
import type { AnyListState } from '../ui/use-list-state.ts'
import { viewQueries } from './queries.ts'
import { filterOf, isSame } from './view-filter.ts'

/** Saves what a list shows as a view, or changes one. */
export function ViewDialog({
  list,
  view,
  onClose,
}: {
  list: AnyListState
  /** Null: a new one. */
  view: SavedView | null
  onClose: () => void
}) {
  const client = useQueryClient()
  const { permissions } = useMe()
  const form = useForm({
    defaultValues: {
      name: view?.name ?? '',
      shared: view?.shared ?? false,
      default: view?.default ?? false,
      replace: false,
    },
  })
  const { control } = form
  const read = () => client.invalidateQueries({ queryKey: viewQueries.of(list.id).queryKey })
  const [isAsking, setAsking] = useState(false)
  const remove = useMutation({
    mutationFn: (id: string) => api(routes.deleteView, { params: { id } }),
    onSuccess: async () => {
      await read()
      onClose()
    },
    onError: () => setAsking(false),
  })
  if (view && isAsking)
    return (
      <ConfirmDialog
        title={`Delete ${view.name}?`}
        confirm="Delete view"
        busy={remove.isPending}
        onConfirm={() => remove.mutate(view.id)}
        onClose={() => setAsking(false)}
      >
        {view.shared
          ? 'Everyone in the organization loses the view. The data that it shows is kept.'
          : 'Only the view is deleted. The data that it shows is kept.'}
      </ConfirmDialog>
    )
  return (
    <FormDialog
      form={form}
      title={view ? 'Edit view' : 'Save view'}
      confirm="Save"
      save={({ name, replace, ...values }) => {
        const filter = filterOf(list.search)
        return view
          ? api(routes.updateView, {
              params: { id: view.id },
              body: { name, ...values, ...(replace ? { filter } : {}) },
            })
          : api(routes.createView, { body: { list: list.id, name, filter, ...values } })
      }}
      onSaved={async () => {
        await read()
        onClose()
      }}
      onClose={onClose}
    >
      {remove.error && <InlineProblem>{explain(remove.error).message}</InlineProblem>}
      <TextField control={control} name="name" label="Name" required maxLength={100} focus />
      {permissions.includes('view:share') && (
        <CheckField control={control} name="shared" label="Share with everyone in the organization" />
      )}
      <CheckField control={control} name="default" label="Open this list with it, for me" />
      {view && !isSame(list.search, view.filter) && (
        <CheckField
          control={control}
          name="replace"
          label="Replace its filters, sorting and columns with the current ones"
        />
      )}
      {view && (
        <Button look="quiet" icon={Trash2} className="justify-self-start" onClick={() => setAsking(true)}>
          Delete view
        </Button>
      )}
    </FormDialog>
  )
}
