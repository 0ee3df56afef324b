import { type FormField, FormFieldType, limits } from '@bifrost/contract'
import { ArrowDown, ArrowUp, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { Button, IconButton } from '../../../ui/Button.tsx'
import { Tag } from '../../../ui/Tag.tsx'
import { FieldDialog } from './FieldDialog.tsx'
import { freshField, typeLabels } from './field-types.ts'
import { moved } from './form-draft.ts'

/** The fields of a form in their order: add, change, move, remove. */
export function FieldList({
  fields,
  onChange,
}: {
  fields: readonly FormField[]
  onChange: (fields: FormField[]) => void
}) {
  const [type, setType] = useState<FormFieldType>('text')
  const [open, setOpen] = useState<{ field: FormField; at: number } | null>(null)
  return (
    <>
      {fields.length === 0 ? (
        <p className="rounded-md border border-dashed border-edge px-4 py-6 text-center text-muted">
          No fields yet.
        </p>
      ) : (
        <ol aria-label="Fields" className="divide-y divide-line rounded-md border border-line">
          {fields.map((field, at) => {
            const name = field.label || field.name
            return (
              <li key={field.name} className="flex items-center gap-2 px-3 py-2">
                <button
                  type="button"
                  className="min-w-0 flex-1 text-left"
                  onClick={() => setOpen({ field, at })}
                >
                  <span className="flex items-center gap-2">
                    <span className="sr-only">Edit</span>
                    <span className="truncate font-medium hover:text-accent hover:underline">{name}</span>
                    {field.required && <span className="text-xs text-faint">required</span>}
                  </span>
                  <code className="block truncate font-mono text-xs text-faint">{field.name}</code>
                </button>
                <span className="max-sm:hidden">
                  <Tag>{typeLabels[field.type]}</Tag>
                </span>
                <IconButton
                  size="sm"
                  icon={ArrowUp}
                  label={`Move ${name} up`}
                  disabled={at === 0}
                  onClick={() => onChange(moved(fields, at, at - 1))}
                />
                <IconButton
                  size="sm"
                  icon={ArrowDown}
                  label={`Move ${name} down`}
                  disabled={at === fields.length - 1}
                  onClick={() => onChange(moved(fields, at, at + 1))}
                />
                <IconButton
                  size="sm"
                  icon={Trash2}
                  label={`Remove ${name}`}
                  onClick={() => onChange(fields.toSpliced(at, 1))}
                />
              </li>
            )
          })}
        </ol>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <select
          aria-label="Type of the new field"
          className="control w-auto"
          value={type}
          onChange={(event) => setType(event.target.value as FormFieldType)}
        >
          {FormFieldType.options.map((one) => (
            <option key={one} value={one}>
              {typeLabels[one]}
            </option>
          ))}
        </select>
        <Button
          icon={Plus}
          disabled={fields.length >= limits.formFieldsMax}
          onClick={() => setOpen({ field: freshField(type, fields), at: fields.length })}
        >
          Add a field
        </Button>
      </div>
      {open && (
        <FieldDialog
          {...open}
          fields={fields}
          onClose={() => setOpen(null)}
          onSave={(field) => {
            onChange(fields.toSpliced(open.at, 1, field))
            setOpen(null)
          }}
        />
      )}
    </>
  )
}
