import type { Task } from '@bifrost/contract'
import { useState } from 'react'
import { ReasonDialog } from './ReasonDialog.tsx'

/** Asks which screen the run should go back to, and what to tell the person there. */
export function SendBackDialog({
  task,
  onConfirm,
  onClose,
}: {
  task: Task
  onConfirm: (to: string, comment: string) => Promise<unknown>
  onClose: () => void
}) {
  const [to, setTo] = useState(task.earlier.at(-1)?.key ?? '')
  return (
    <ReasonDialog
      title={`Send ${task.title} back?`}
      confirm="Send back"
      required
      onConfirm={(comment) => onConfirm(to, comment)}
      onClose={onClose}
    >
      <p>
        The run goes back to an earlier screen and repeats everything after it. Its effects in other systems
        are not undone.
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
