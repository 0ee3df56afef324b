import { type Json, routes } from '@bifrost/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { api } from '../../app/api.ts'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { Field } from '../../components/Field.tsx'
import { notify } from '../../components/notices.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
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
  const [name, setName] = useState(preset?.name ?? '')
  const [payload, setPayload] = useState(preset ? JSON.stringify(preset.payload, null, 2) : '{\n  \n}')
  const [id, setId] = useState('')
  const [key, setKey] = useState(preset?.key ?? '')
  const read = readPayload(payload)
  const emit = useMutation({
    mutationFn: (value: Json) =>
      api(routes.emitEvent, {
        body: {
          name: name.trim(),
          payload: value,
          ...(id.trim() ? { id: id.trim() } : {}),
          ...(key.trim() ? { key: key.trim() } : {}),
        },
      }),
    onSuccess: async ({ event_id, duplicate, started, woken }) => {
      void client.invalidateQueries({ queryKey: ['events'] })
      if (duplicate) notify.error('An event with this ID already exists; nothing happened')
      else notify.done(`Emitted: ${started.length} started, ${woken} resumed`)
      onClose()
      await navigate({ to: '/events/$id', params: { id: event_id } })
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (read.ok) emit.mutate(read.payload as Json)
  }
  return (
    <Dialog title="Emit an event" onClose={onClose} className="w-[min(36rem,calc(100vw-2rem))]">
      <form onSubmit={submit} className="grid gap-4">
        {emit.isError && <InlineProblem>{explain(emit.error).message}</InlineProblem>}
        <Field label="Name" required help="Such as order.created.">
          {({ id: inputId, describedBy }) => (
            <input
              id={inputId}
              aria-describedby={describedBy}
              className="control font-mono text-sm"
              value={name}
              required
              maxLength={200}
              data-autofocus
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Payload" help="JSON." problem={read.ok ? undefined : read.problem}>
          {({ id: inputId, describedBy, invalid }) => (
            <textarea
              id={inputId}
              aria-describedby={describedBy}
              aria-invalid={invalid}
              className="control h-44 py-2 font-mono text-sm leading-[1.55]"
              value={payload}
              spellCheck={false}
              onChange={(event) => setPayload(event.target.value)}
            />
          )}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="ID" help="An event with this name and ID is processed once.">
            {({ id: inputId, describedBy }) => (
              <input
                id={inputId}
                aria-describedby={describedBy}
                className="control"
                value={id}
                maxLength={200}
                autoComplete="off"
                onChange={(event) => setId(event.target.value)}
              />
            )}
          </Field>
          <Field label="Key" help="Events with the same key are processed in order.">
            {({ id: inputId, describedBy }) => (
              <input
                id={inputId}
                aria-describedby={describedBy}
                className="control"
                value={key}
                maxLength={200}
                autoComplete="off"
                onChange={(event) => setKey(event.target.value)}
              />
            )}
          </Field>
        </div>
        <div className="mt-1 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={emit.isPending} disabled={!read.ok}>
            Emit
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
