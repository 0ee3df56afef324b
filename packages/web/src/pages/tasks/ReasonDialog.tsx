import { type ReactNode, useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'

/** Asks why, before something is refused. */
export function ReasonDialog({
  title,
  children,
  confirm,
  busy,
  required = false,
  onConfirm,
  onClose,
}: {
  title: string
  children: ReactNode
  confirm: string
  busy: boolean
  required?: boolean
  onConfirm: (reason: string) => void
  onClose: () => void
}) {
  const [reason, setReason] = useState('')
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          onConfirm(reason.trim())
        }}
      >
        <div className="mb-4 text-muted">{children}</div>
        <Field label="Reason" required={required} aside={required ? undefined : 'optional'}>
          {({ id }) => (
            <textarea
              id={id}
              rows={3}
              maxLength={4000}
              required={required}
              data-autofocus
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              className="control block resize-y"
            />
          )}
        </Field>
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="danger" busy={busy} disabled={required && reason.trim() === ''}>
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
