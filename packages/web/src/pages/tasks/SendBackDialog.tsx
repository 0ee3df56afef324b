import type { Task } from '@bifrost/contract'
import { useState } from 'react'
import { ReasonDialog } from './ReasonDialog.tsx'

/** Asks to which screen the run shall go back, and what its person shall know. */
export function SendBackDialog({
  task,
  busy,
  onConfirm,
  onClose,
}: {
  task: Task
  busy: boolean
  onConfirm: (to: string, comment: string) => void
  onClose: () => void
}) {
  const [to, setTo] = useState(task.earlier.at(-1)?.key ?? '')
  return (
    <ReasonDialog
      title={`Send ${task.title} back?`}
      confirm="Send back"
      busy={busy}
      required
      onConfirm={(comment) => onConfirm(to, comment)}
      onClose={onClose}
    >
      <p>
        The run goes back to an earlier screen. What it did from there on is done again; what it did outside
        is not taken back.
      </p>
      <fieldset className="mt-3">
        <legend className="mb-1 font-medium text-ink">To</legend>
        {task.earlier.map(({ key, title, closed_by }) => (
          <label key={key} className="flex items-center gap-2 py-1">
            <input type="radio" name="to" value={key} checked={key === to} onChange={() => setTo(key)} />
            <span className="text-ink">{title}</span>
            {closed_by && <span className="text-sm">answered by {closed_by.name}</span>}
          </label>
        ))}
      </fieldset>
    </ReasonDialog>
  )
}
