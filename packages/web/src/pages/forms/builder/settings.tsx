import { Field } from '../../../ui/Field.tsx'

// Parts of the builder, whose draft is no form: each shows one value and says what it becomes.

export function TextSetting({
  label,
  value,
  onChange,
  help,
  problem,
  placeholder,
  required = false,
  mono = false,
  autoFocus = false,
}: {
  label: string
  value: string
  onChange: (value: string) => void
  help?: string | undefined
  problem?: string | undefined
  placeholder?: string
  required?: boolean
  mono?: boolean
  autoFocus?: boolean
}) {
  return (
    <Field label={label} help={help} problem={problem} required={required}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          className={mono ? 'control font-mono text-sm' : 'control'}
          autoComplete="off"
          data-autofocus={autoFocus || undefined}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export function Check({
  label,
  checked,
  onChange,
}: {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  return (
    <label className="flex min-h-7 items-center gap-2">
      <input
        type="checkbox"
        className="size-4"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}
