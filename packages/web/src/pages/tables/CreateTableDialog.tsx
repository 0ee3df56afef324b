import { routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { tableQueries } from './queries.ts'

export function CreateTableDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const [description, setDescription] = useState('')
  const create = useMutation({
    mutationFn: () =>
      api(routes.createTable, { body: { name: name.trim(), description: description.trim() } }),
    onSuccess: async (table) => {
      await client.invalidateQueries({ queryKey: tableQueries.list().queryKey })
      onClose()
      await navigate({ to: '/tables/$table', params: { table: table.name } })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  return (
    <Dialog title="Create a table" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {create.isError && <InlineProblem>{explain(create.error).message}</InlineProblem>}
        <Field label="Name" required help="Begins with a letter; letters, digits, _ and -">
          {({ id, describedBy }) => (
            <input
              id={id}
              className="control font-mono"
              aria-describedby={describedBy}
              value={name}
              required
              maxLength={100}
              pattern="[A-Za-z][\w\-]*"
              data-autofocus
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Description" help="What its rows are.">
          {({ id, describedBy }) => (
            <input
              id={id}
              className="control"
              aria-describedby={describedBy}
              value={description}
              maxLength={500}
              onChange={(event) => setDescription(event.target.value)}
            />
          )}
        </Field>
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={create.isPending}>
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
