import type { IntegrationField } from '@bifrost/contract'
import { Plus, Trash2 } from 'lucide-react'
import { type Control, useFieldArray, useFormState } from 'react-hook-form'
import { Button, IconButton } from '../../ui/Button.tsx'
import { useShownField } from '../../ui/Form.tsx'
import type { DefinitionForm } from './definition-form.ts'

const types: { value: IntegrationField['type']; label: string }[] = [
  { value: 'string', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'Yes or no' },
  { value: 'json', label: 'JSON' },
  { value: 'secret', label: 'Secret' },
]

/** Which values each organization sets for itself. */
export function ConfigFieldRows({ control }: { control: Control<DefinitionForm> }) {
  const { fields, append, remove } = useFieldArray({ control, name: 'config_fields' })
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Values per organization</legend>
      <div className="grid gap-2">
        {fields.map(({ id }, index) => (
          <ConfigFieldRow key={id} control={control} index={index} onRemove={() => remove(index)} />
        ))}
        <div>
          <Button
            size="sm"
            icon={Plus}
            onClick={() => append({ name: '', type: 'string', required: false }, { shouldFocus: false })}
          >
            Add a value
          </Button>
        </div>
      </div>
    </fieldset>
  )
}

function ConfigFieldRow({
  control,
  index,
  onRemove,
}: {
  control: Control<DefinitionForm>
  index: number
  onRemove: () => void
}) {
  const name = `config_fields.${index}.name` as const
  useShownField(name)
  const { errors } = useFormState({ control, name })
  const problem = errors.config_fields?.[index]?.name?.message
  return (
    <div>
      <div className="flex items-center gap-2">
        <input
          aria-label={`Name of value ${index + 1}`}
          aria-invalid={problem !== undefined}
          className="control min-w-0 flex-1 font-mono text-sm"
          placeholder="region"
          required
          {...control.register(name)}
        />
        <select
          aria-label={`Type of value ${index + 1}`}
          className="control w-auto"
          {...control.register(`config_fields.${index}.type`)}
        >
          {types.map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
        <label className="flex items-center gap-1.5 text-sm text-muted">
          <input type="checkbox" {...control.register(`config_fields.${index}.required`)} />
          required
        </label>
        <IconButton size="sm" icon={Trash2} label={`Remove value ${index + 1}`} onClick={onRemove} />
      </div>
      {problem && <p className="mt-1 text-sm text-bad">{problem}</p>}
    </div>
  )
}
