import type { ComponentProps, ReactNode } from 'react'
import { Field } from '../../ui/Field.tsx'

/** A line of text with its label. */
export function TextField({
  label,
  help,
  problem,
  aside,
  value,
  onChange,
  ...rest
}: {
  label: string
  help?: ReactNode
  problem?: string | undefined
  aside?: ReactNode
  value: string
  onChange: (text: string) => void
} & Omit<ComponentProps<'input'>, 'value' | 'onChange'>) {
  return (
    <Field label={label} required={rest.required ?? false} problem={problem} help={help} aside={aside}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          className="control"
          autoComplete="off"
          spellCheck={false}
          {...rest}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}
