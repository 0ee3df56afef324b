import { type FormEvent, useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { InlineProblem } from '../../components/states.tsx'
import { explain } from '../../errors.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'

/** Asks for a path within the workspace. */
export function PathDialog({
  title,
  label = 'Path',
  help = 'Such as onboarding/new-user.ts. Missing folders are created.',
  confirm,
  initial,
  busy,
  error,
  onSubmit,
  onClose,
}: {
  title: string
  label?: string
  help?: string
  confirm: string
  initial: string
  busy: boolean
  error: Error | null
  onSubmit: (path: string) => void
  onClose: () => void
}) {
  const [path, setPath] = useState(initial)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (path.trim() && path.trim() !== initial) onSubmit(path.trim())
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        {error && <InlineProblem>{explain(error).message}</InlineProblem>}
        <Field label={label} help={help}>
          {({ id, describedBy }) => (
            <input
              id={id}
              data-autofocus
              aria-describedby={describedBy}
              className="control font-mono"
              value={path}
              required
              maxLength={1000}
              spellCheck={false}
              autoComplete="off"
              onChange={(event) => setPath(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {confirm}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
