import type { IntegrationField } from '@bifrost/contract'
import { Plus, Trash2 } from 'lucide-react'
import { Button, IconButton } from '../../components/Button.tsx'

const types: { value: IntegrationField['type']; label: string }[] = [
  { value: 'string', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'boolean', label: 'Yes or no' },
  { value: 'json', label: 'JSON' },
]

/** Which values each organization sets for itself. */
export function ConfigFieldRows({
  fields,
  onChange,
  problem,
}: {
  fields: readonly IntegrationField[]
  onChange: (fields: IntegrationField[]) => void
  problem: (field: string) => string | undefined
}) {
  const change = (index: number, changes: Partial<IntegrationField>) =>
    onChange(fields.map((field, place) => (place === index ? { ...field, ...changes } : field)))
  return (
    <fieldset>
      <legend className="mb-1 font-medium">Values per organization</legend>
      <div className="grid gap-2">
        {fields.map((field, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
          <div key={index}>
            <div className="flex items-center gap-2">
              <input
                aria-label={`Name of value ${index + 1}`}
                aria-invalid={problem(`config_fields.${index}.name`) !== undefined}
                className="control min-w-0 flex-1 font-mono text-sm"
                placeholder="region"
                required
                value={field.name}
                onChange={(event) => change(index, { name: event.target.value })}
              />
              <select
                aria-label={`Type of value ${index + 1}`}
                className="control w-auto"
                value={field.type}
                onChange={(event) => change(index, { type: event.target.value as IntegrationField['type'] })}
              >
                {types.map(({ value, label }) => (
                  <option key={value} value={value}>
                    {label}
                  </option>
                ))}
              </select>
              <label className="flex items-center gap-1.5 text-sm text-muted">
                <input
                  type="checkbox"
                  checked={field.required ?? false}
                  onChange={(event) => change(index, { required: event.target.checked })}
                />
                required
              </label>
              <IconButton
                size="sm"
                icon={Trash2}
                label={`Remove value ${index + 1}`}
                onClick={() => onChange(fields.filter((_, place) => place !== index))}
              />
            </div>
            {problem(`config_fields.${index}.name`) && (
              <p className="mt-1 text-sm text-bad">{problem(`config_fields.${index}.name`)}</p>
            )}
          </div>
        ))}
        <div>
          <Button size="sm" icon={Plus} onClick={() => onChange([...fields, { name: '', type: 'string' }])}>
            Add a value
          </Button>
        </div>
      </div>
    </fieldset>
  )
}
