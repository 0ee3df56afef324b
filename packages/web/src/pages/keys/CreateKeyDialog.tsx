import { type Permission, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { ShownOnce } from '../../components/ShownOnce.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { keyQueries } from './queries.ts'

const lifetimes = [
  { days: 30, label: 'in 30 days' },
  { days: 90, label: 'in 90 days' },
  { days: 365, label: 'in a year' },
  { days: 0, label: 'never' },
]

/** Makes a key and shows it, this once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const [name, setName] = useState('')
  const [days, setDays] = useState(90)
  const { permissions } = useMe()
  const [limited, setLimited] = useState(false)
  const [chosen, setChosen] = useState<ReadonlySet<Permission>>(new Set())
  const choosable = permissions.filter((permission) => permission.includes(':'))
  const create = useMutation({
    mutationFn: () =>
      api(routes.createKey, {
        body: {
          name: name.trim(),
          ...(days > 0 ? { expires_in_days: days } : {}),
          ...(limited ? { permissions: [...chosen, 'signed_in' as const] } : {}),
        },
      }),
    onSuccess: () => client.invalidateQueries({ queryKey: keyQueries.list().queryKey }),
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate()
  }
  if (create.data) return <ShownOnce title="Copy the key now" secret={create.data.key} onClose={onClose} />
  return (
    <Dialog title="Create a key" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {create.isError && <InlineProblem>{explain(create.error).message}</InlineProblem>}
        <Field label="Name" required help="What will use it, such as “nightly export”.">
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
              onChange={(event) => setDays(Number(event.target.value))}
            >
              {lifetimes.map((lifetime) => (
                <option key={lifetime.days} value={lifetime.days}>
                  {lifetime.label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Access">
          {({ id }) => (
            <select
              id={id}
              className="control w-auto"
              value={limited ? 'limited' : 'all'}
              onChange={(event) => setLimited(event.target.value === 'limited')}
            >
              <option value="all">Full access</option>
              <option value="limited">Selected permissions</option>
            </select>
          )}
        </Field>
        {limited && (
          <fieldset className="grid max-h-56 gap-x-4 gap-y-1 overflow-y-auto rounded-md border border-line p-3 sm:grid-cols-2">
            <legend className="sr-only">Permissions</legend>
            {choosable.map((permission) => (
              <label key={permission} className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={chosen.has(permission)}
                  onChange={() => setChosen(toggled(chosen, permission))}
                />
                <code className="font-mono text-sm">{permission}</code>
              </label>
            ))}
          </fieldset>
        )}
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            look="primary"
            busy={create.isPending}
            disabled={limited && chosen.size === 0}
          >
            Create
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function toggled(chosen: ReadonlySet<Permission>, permission: Permission): ReadonlySet<Permission> {
  const next = new Set(chosen)
  if (!next.delete(permission)) next.add(permission)
  return next
}
