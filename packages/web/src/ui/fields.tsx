import { limits } from '@bifrost/contract'
import clsx from 'clsx'
import { type ComponentProps, type ReactNode, useId } from 'react'
import { type Control, type FieldPath, type FieldValues, useController } from 'react-hook-form'
import { Field, FieldNotes } from './Field.tsx'
import { useShownField } from './Form.tsx'
import { Switch } from './Switch.tsx'

// The fields of a form: each is wired to one value by its name.

interface Wired<Values extends FieldValues> {
  control: Control<Values>
  name: FieldPath<Values>
  label: ReactNode
  /** Says what is wrong with the value, before it is sent. */
  check?: (value: never) => string | undefined
}

interface More {
  help?: ReactNode
  aside?: ReactNode
  className?: string
  /** Unmarked where every field is required, and a mark at each would say nothing. */
  required?: boolean | 'unmarked'
}

function useField<Values extends FieldValues>({ control, name, check }: Omit<Wired<Values>, 'label'>) {
  const { field, fieldState } = useController({
    control,
    name,
    rules: check ? { validate: (value) => check(value as never) ?? true } : {},
  })
  useShownField(name)
  return { field, problem: fieldState.error?.message }
}

/** What gets the focus when the form appears, on a page and in a dialog. */
const focused = (focus: boolean | undefined) => (focus ? { autoFocus: true, 'data-autofocus': true } : {})

type Input = Omit<
  ComponentProps<'input'>,
  'name' | 'value' | 'onChange' | 'className' | 'autoFocus' | 'children' | 'required'
>

/** One line of text. */
export function TextField<Values extends FieldValues>({
  control,
  name,
  label,
  check,
  help,
  aside,
  className,
  focus,
  look,
  required = false,
  onLeave,
  ...input
}: Wired<Values> & More & { focus?: boolean; look?: string; onLeave?: (text: string) => void } & Input) {
  const { field, problem } = useField<Values>({ control, name, ...(check && { check }) })
  return (
    <Field
      label={label}
      required={required === true}
      help={help}
      aside={aside}
      problem={problem}
      {...(className && { className })}
    >
      {({ id, describedBy, invalid }) => (
        <input
          autoComplete="off"
          {...focused(focus)}
          {...input}
          required={required !== false}
          {...field}
          onBlur={() => {
            field.onBlur()
            onLeave?.(field.value)
          }}
          id={id}
          className={clsx('control', look)}
          aria-describedby={describedBy}
          aria-invalid={invalid}
        />
      )}
    </Field>
  )
}

/** Several lines of text. */
export function TextAreaField<Values extends FieldValues>({
  control,
  name,
  label,
  check,
  help,
  aside,
  className,
  focus,
  look = 'font-mono text-sm',
  required = false,
  ...area
}: Wired<Values> &
  More & { focus?: boolean; look?: string } & Omit<
    ComponentProps<'textarea'>,
    'name' | 'value' | 'onChange' | 'className' | 'autoFocus' | 'children' | 'required'
  >) {
  const { field, problem } = useField<Values>({ control, name, ...(check && { check }) })
  return (
    <Field
      label={label}
      required={required === true}
      help={help}
      aside={aside}
      problem={problem}
      {...(className && { className })}
    >
      {({ id, describedBy, invalid }) => (
        <textarea
          spellCheck={false}
          {...focused(focus)}
          {...area}
          required={required !== false}
          {...field}
          id={id}
          className={clsx('control block', look)}
          aria-describedby={describedBy}
          aria-invalid={invalid}
        />
      )}
    </Field>
  )
}

export interface Option {
  value: string | number
  label: string
}

/** One of a few; the value is that of the option, a number stays one. */
export function SelectField<Values extends FieldValues>({
  control,
  name,
  label,
  help,
  aside,
  className,
  options,
  wide = false,
  focus,
  disabled = false,
  required = false,
}: Omit<Wired<Values>, 'check'> &
  More & { options: readonly Option[]; wide?: boolean; focus?: boolean; disabled?: boolean }) {
  const { field, problem } = useField<Values>({ control, name })
  return (
    <Field
      label={label}
      required={required === true}
      help={help}
      aside={aside}
      problem={problem}
      {...(className && { className })}
    >
      {({ id, describedBy, invalid }) => (
        <select
          {...focused(focus)}
          {...field}
          onChange={(event) =>
            field.onChange(options.find(({ value }) => String(value) === event.target.value)?.value)
          }
          id={id}
          disabled={disabled}
          className={clsx('control', !wide && 'w-auto max-w-full')}
          aria-describedby={describedBy}
          aria-invalid={invalid}
        >
          {options.map(({ value, label: text }) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** On or off. */
export function SwitchField<Values extends FieldValues>({
  label,
  note,
  ...wired
}: Omit<Wired<Values>, 'check'> & { note?: string }) {
  const { field } = useField<Values>(wired)
  const id = useId()
  return (
    <div className="flex items-center gap-2.5">
      <Switch id={id} checked={field.value} onChange={field.onChange} onBlur={field.onBlur} />
      <label htmlFor={id}>
        {label} {note && <span className="text-sm text-faint">{note}</span>}
      </label>
    </div>
  )
}

/** A box to check. */
export function CheckField<Values extends FieldValues>({ label, ...wired }: Omit<Wired<Values>, 'check'>) {
  const { field } = useField<Values>(wired)
  return (
    <label className="flex min-h-7 items-center gap-2">
      <input
        type="checkbox"
        className="size-4"
        ref={field.ref}
        checked={field.value}
        onBlur={field.onBlur}
        onChange={(event) => field.onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}

/** Several of a few, as boxes; the value is the list of those that are checked. */
export function CheckGroupField<Values extends FieldValues>({
  control,
  name,
  label,
  check,
  options,
}: Wired<Values> & { options: readonly { value: string; label: ReactNode }[] }) {
  const { field, problem } = useField<Values>({ control, name, ...(check && { check }) })
  const chosen: readonly string[] = field.value
  const id = useId()
  return (
    <fieldset aria-describedby={problem && `${id}-problem`}>
      <legend className="mb-1 font-medium">{label}</legend>
      <div className="flex flex-wrap gap-x-4 gap-y-1.5">
        {options.map(({ value, label: text }) => (
          <label key={value} className="flex items-center gap-2">
            <input
              type="checkbox"
              checked={chosen.includes(value)}
              onBlur={field.onBlur}
              onChange={(event) =>
                field.onChange(
                  event.target.checked ? [...chosen, value] : chosen.filter((one) => one !== value),
                )
              }
            />
            {text}
          </label>
        ))}
      </div>
      <FieldNotes id={id} problem={problem} />
    </fieldset>
  )
}

/** A password that exists, or a new one, which says what it has to be like. */
export function PasswordField<Values extends FieldValues>({
  isNew = false,
  ...field
}: Wired<Values> & { isNew?: boolean; focus?: boolean }) {
  const {
    field: { value },
  } = useController({ control: field.control, name: field.name })
  const missing = limits.passwordLengthMin - String(value).length
  return (
    <TextField
      {...field}
      type="password"
      required="unmarked"
      {...(isNew
        ? {
            autoComplete: 'new-password',
            minLength: limits.passwordLengthMin,
            help: `At least ${limits.passwordLengthMin} characters. A few random words work well.`,
            aside: value !== '' && missing > 0 ? `${missing} more` : undefined,
          }
        : { autoComplete: 'current-password' })}
    />
  )
}
