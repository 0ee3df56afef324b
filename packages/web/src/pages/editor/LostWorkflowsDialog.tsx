import type { DroppedWorkflows } from '@bifrost/contract'
import { type FormEvent, useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { formatCount } from '../../format.ts'
import { Dialog } from '../../ui/Dialog.tsx'
import { Field } from '../../ui/Field.tsx'

/** Asks what becomes of workflows that the new text no longer defines. */
export function LostWorkflowsDialog({
  dropped,
  busy,
  onSave,
  onClose,
}: {
  dropped: DroppedWorkflows
  busy: boolean
  /** By the id of a workflow, its new name; the others are removed. */
  onSave: (replacements: Record<string, string>) => void
  onClose: () => void
}) {
  const { workflows, candidates } = dropped
  const [chosen, setChosen] = useState<Record<string, string>>(() => likely(dropped))
  const replacements = Object.fromEntries(Object.entries(chosen).filter(([, name]) => name !== ''))
  const lost = workflows.filter(({ id }) => !(id in replacements))
  const isTwice = new Set(Object.values(replacements)).size < Object.keys(replacements).length
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isTwice) onSave(replacements)
  }
  return (
    <Dialog title="Workflows that this file no longer defines" onClose={onClose}>
      <form onSubmit={submit} className="grid gap-4">
        <p className="text-muted">
          A renamed workflow keeps its forms, schedules, keys and history. Choose its new name.
        </p>
        {workflows.map(({ id, name }, at) => (
          <Field key={id} label={<span className="font-mono">{name}</span>}>
            {({ id: control }) => (
              <select
                id={control}
                data-autofocus={at === 0 || undefined}
                className="control"
                value={chosen[id] ?? ''}
                onChange={(event) => setChosen({ ...chosen, [id]: event.target.value })}
              >
                {candidates.map((candidate) => (
                  <option key={candidate} value={candidate}>
                    renamed to {candidate}
                  </option>
                ))}
                <option value="">removed</option>
              </select>
            )}
          </Field>
        ))}
        {isTwice && <p className="text-sm text-bad">Two workflows can’t have the same new name.</p>}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Keep editing</Button>
          <Button type="submit" look={lost.length > 0 ? 'danger' : 'primary'} busy={busy} disabled={isTwice}>
            {lost.length > 0 ? `Save and remove ${formatCount(lost.length, 'workflow')}` : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

/** One that is gone and one that is new: most likely it was renamed. */
function likely({ workflows, candidates }: DroppedWorkflows): Record<string, string> {
  const [workflow] = workflows
  const [candidate] = candidates
  return workflow && candidate && workflows.length === 1 && candidates.length === 1
    ? { [workflow.id]: candidate }
    : {}
}
