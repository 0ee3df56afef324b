import { limits, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { keyQueries } from './queries.ts'
import { ShownOnce } from './ShownOnce.tsx'

const lifetimes = [
  { value: 30, label: 'in 30 days' },
  { value: 365, label: 'in a year' },
  { value: 0, label: 'never' },
]

/** Makes a key for one endpoint, or for all of them, and shows it this once. */
export function CreateEndpointKeyDialog({
  workflow,
  onClose,
}: {
  workflow: string | null
  onClose: () => void
}) {
  const client = useQueryClient()
  const [made, setMade] = useState<string | null>(null)
  const form = useForm({
    defaultValues: { name: '', days: 365, calls: String(limits.endpointCallsPerMinuteDefault) },
  })
  const { control } = form
  if (made !== null) return <ShownOnce title="Copy the key now" secret={made} onClose={onClose} />
  return (
    <FormDialog
      form={form}
      title={workflow === null ? 'Create a global key' : `Create a key for ${workflow}`}
      confirm="Create"
      names={{ calls_per_minute: 'calls', expires_in_days: 'days' }}
      save={({ name, days, calls }) =>
        api(routes.createEndpointKey, {
          body: {
            name: name.trim(),
            ...(workflow === null ? {} : { workflow }),
            ...(days > 0 ? { expires_in_days: days } : {}),
            calls_per_minute: Number(calls),
          },
        })
      }
      onSaved={async ({ key }) => {
        await client.invalidateQueries({ queryKey: keyQueries.endpointKeys().queryKey.slice(0, 1) })
        setMade(key)
      }}
      onClose={onClose}
    >
      <TextField
        control={control}
        name="name"
        label="Name"
        help="What will use it, such as “shop webhook”."
        required
        maxLength={100}
        focus
      />
      <SelectField control={control} name="days" label="Expires" options={lifetimes} />
      <TextField
        control={control}
        name="calls"
        label="Calls per minute"
        help="Requests above this are rejected with 429."
        look="w-32"
        type="number"
        min={1}
        max={limits.endpointCallsPerMinuteMax}
        required="unmarked"
      />
    </FormDialog>
  )
}
