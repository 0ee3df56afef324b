import { type Permission, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm, useWatch } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { keyQueries } from './queries.ts'
import { ShownOnce } from './ShownOnce.tsx'

const lifetimes = [
  { value: 30, label: 'in 30 days' },
  { value: 90, label: 'in 90 days' },
  { value: 365, label: 'in a year' },
  { value: 0, label: 'never' },
]
const accesses = [
  { value: 'all', label: 'Full access' },
  { value: 'limited', label: 'Selected permissions' },
]

/** Makes a key and shows it, this once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const client = useQueryClient()
  const { permissions } = useMe()
  const [chosen, setChosen] = useState<ReadonlySet<Permission>>(new Set())
  const [made, setMade] = useState<string | null>(null)
  const form = useForm({ defaultValues: { name: '', days: 90, access: 'all' } })
  const { control } = form
  const isLimited = useWatch({ control, name: 'access' }) === 'limited'
  if (made !== null) return <ShownOnce title="Copy the key now" secret={made} onClose={onClose} />
  return (
    <FormDialog
      form={form}
      title="Create a key"
      confirm="Create"
      disabled={isLimited && chosen.size === 0}
      save={({ name, days }) =>
        api(routes.createKey, {
          body: {
            name: name.trim(),
            ...(days > 0 ? { expires_in_days: days } : {}),
            ...(isLimited ? { permissions: [...chosen, 'signed_in' as const] } : {}),
          },
        })
      }
      onSaved={async ({ key }) => {
        await client.invalidateQueries({ queryKey: keyQueries.list().queryKey })
        setMade(key)
      }}
      onClose={onClose}
    >
      <TextField
        control={control}
        name="name"
        label="Name"
        help="What will use it, such as “nightly export”."
        required
        maxLength={100}
        focus
      />
      <SelectField control={control} name="days" label="Expires" options={lifetimes} />
      <SelectField control={control} name="access" label="Access" options={accesses} />
      {isLimited && (
        <fieldset className="grid max-h-56 gap-x-4 gap-y-1 overflow-y-auto rounded-md border border-line p-3 sm:grid-cols-2">
          <legend className="sr-only">Permissions</legend>
          {permissions
            .filter((permission) => permission.includes(':'))
            .map((permission) => (
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
    </FormDialog>
  )
}

function toggled(chosen: ReadonlySet<Permission>, permission: Permission): ReadonlySet<Permission> {
  const next = new Set(chosen)
  if (!next.delete(permission)) next.add(permission)
  return next
}
