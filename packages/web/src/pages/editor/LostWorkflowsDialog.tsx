import type { DroppedWorkflows } from '@bifrost/contract'
import { useForm, useWatch } from 'react-hook-form'
import { formatCount } from '../../format.ts'
import { FormDialog } from '../../ui/Form.tsx'
import { SelectField } from '../../ui/fields.tsx'

/** Asks what becomes of workflows that the new text no longer defines. */
export function LostWorkflowsDialog({
  dropped,
  onSave,
  onClose,
}: {
  dropped: DroppedWorkflows
  /** By the id of a workflow, its new name; the others are removed. Says itself what failed. */
  onSave: (replacements: Record<string, string>) => Promise<unknown>
  onClose: () => void
}) {
  const { workflows, candidates } = dropped
  const form = useForm({ defaultValues: { names: likely(dropped) } })
  const names = useWatch({ control: form.control, name: 'names' })
  const replacements = Object.fromEntries(Object.entries(names).filter(([, name]) => name !== ''))
  const lost = workflows.filter(({ id }) => !(id in replacements))
  const isTwice = new Set(Object.values(replacements)).size < Object.keys(replacements).length
  return (
    <FormDialog
      form={form}
      title="Workflows that this file no longer defines"
      confirm={lost.length > 0 ? `Save and remove ${formatCount(lost.length, 'workflow')}` : 'Save'}
      look={lost.length > 0 ? 'danger' : 'primary'}
      disabled={isTwice}
      cancel="Keep editing"
      save={() => onSave(replacements)}
      explainError={() => null}
      onClose={onClose}
    >
      <p className="text-muted">
        A renamed workflow keeps its forms, schedules, keys and history. Choose its new name.
      </p>
      {workflows.map(({ id, name }, at) => (
        <SelectField
          key={id}
          control={form.control}
          name={`names.${id}`}
          label={<span className="font-mono">{name}</span>}
          wide
          focus={at === 0}
          options={[
            ...candidates.map((candidate) => ({ value: candidate, label: `renamed to ${candidate}` })),
            { value: '', label: 'removed' },
          ]}
        />
      ))}
      {isTwice && <p className="text-sm text-bad">Two workflows can’t have the same new name.</p>}
    </FormDialog>
  )
}

/** One that is gone and one that is new: most likely it was renamed. The others have no new name. */
function likely({ workflows, candidates }: DroppedWorkflows): Record<string, string> {
  const [candidate = ''] = candidates
  const isOne = workflows.length === 1 && candidates.length === 1
  return Object.fromEntries(workflows.map(({ id }) => [id, isOne ? candidate : '']))
}
