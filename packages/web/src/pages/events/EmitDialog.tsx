import { type Json, routes } from '@bifrost/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useForm, useWatch } from 'react-hook-form'
import { api } from '../../app/api.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { TextAreaField, TextField } from '../../ui/fields.tsx'
import { notify } from '../../ui/notices.tsx'
import { readPayload } from './event-words.ts'

export interface EmitPreset {
  name: string
  payload: Json
  key: string | null
}

/** Emits an event, a new one or one like another, and goes to what it did. */
export function EmitDialog({ preset, onClose }: { preset?: EmitPreset; onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const form = useForm({
    defaultValues: {
      name: preset?.name ?? '',
      payload: preset ? JSON.stringify(preset.payload, null, 2) : '{\n  \n}',
      id: '',
      key: preset?.key ?? '',
    },
    // What is wrong with the payload shows while it is typed.
    mode: 'onChange',
  })
  const { control } = form
  const isReadable = readPayload(useWatch({ control, name: 'payload' })).ok
  return (
    <FormDialog
      form={form}
      title="Emit an event"
      confirm="Emit"
      className="w-[min(36rem,calc(100vw-2rem))]"
      disabled={!isReadable}
      save={({ name, payload, id, key }) =>
        api(routes.emitEvent, {
          body: {
            name: name.trim(),
            payload: JSON.parse(payload) as Json,
            ...(id.trim() ? { id: id.trim() } : {}),
            ...(key.trim() ? { key: key.trim() } : {}),
          },
        })
      }
      onSaved={async ({ event_id, duplicate, started, woken }) => {
        void client.invalidateQueries({ queryKey: ['events'] })
        if (duplicate) notify.error('An event with this ID already exists; nothing happened')
        else notify.done(`Emitted: ${started.length} started, ${woken} resumed`)
        onClose()
        await navigate({ to: '/events/$id', params: { id: event_id } })
      }}
      onClose={onClose}
    >
      <TextField
        control={control}
        name="name"
        label="Name"
        help="Such as order.created."
        look="font-mono text-sm"
        required
        maxLength={200}
        spellCheck={false}
        focus
      />
      <TextAreaField
        control={control}
        name="payload"
        label="Payload"
        help="JSON."
        look="h-44 py-2 font-mono text-sm leading-[1.55]"
        check={(text: string) => {
          const read = readPayload(text)
          return read.ok ? undefined : read.problem
        }}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          control={control}
          name="id"
          label="ID"
          help="An event with this name and ID is processed once."
          maxLength={200}
        />
        <TextField
          control={control}
          name="key"
          label="Key"
          help="Events with the same key are processed in order."
          maxLength={200}
        />
      </div>
    </FormDialog>
  )
}
