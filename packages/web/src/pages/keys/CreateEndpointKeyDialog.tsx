import { limits, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { ShownOnce } from '../../components/ShownOnce.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { keyQueries } from './queries.ts'

/** Makes a key for one endpoint, or for all of them, and shows it this once. */
export function CreateEndpointKeyDialog({
  workflow,
  onClose,
}: {
  workflow: string | null
  onClose: () => void
}) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [days, setDays] = useState('365')
  const [calls, setCalls] = useState(String(limits.endpointCallsPerMinuteDefault))
  const create = useMutation({
    mutationFn: () =>
      api(routes.createEndpointKey, {
        body: {
          name: name.trim(),
          ...(workflow === null ? {} : { workflow }),
          ...(days === '' ? {} : { expires_in_days: Number(days) }),
          calls_per_minute: Number(calls),
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keyQueries.endpointKeys().queryKey.slice(0, 1) }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  if (create.data) return <ShownOnce title="Copy the key now" secret={create.data.key} onClose={onClose} />
  return (
    <Dialog
      title={workflow === null ? 'Create a global key' : `Create a key for ${workflow}`}
      onClose={onClose}
    >
      <form onSubmit={submit} className="grid gap-4">
        {create.isError && <InlineProblem>{explain(create.error).message}</InlineProblem>}
        <Field label="Name" required help="What will call with it, such as “shop webhook”.">
          {({ id, describedBy }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              className="control"
              value={name}
              required
              maxLength={100}
              data-autofocus
              autoComplete="off"
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Expires">
          {({ id }) => (
            <select
              id={id}
              className="control w-auto"
              value={days}
              onChange={(event) => setDays(event.target.value)}
            >
              <option value="30">in 30 days</option>
              <option value="365">in a year</option>
              <option value="">never</option>
            </select>
          )}
        </Field>
        <Field label="Calls per minute" help="Requests above this are rejected with 429.">
          {({ id, describedBy }) => (
            <input
              id={id}
              aria-describedby={describedBy}
              className="control w-32"
              type="number"
              min={1}
              max={limits.endpointCallsPerMinuteMax}
              required
              value={calls}
              onChange={(event) => setCalls(event.target.value)}
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
