import type { Option } from '@bifrost/contract'
import { Field } from '../ui/Field.tsx'
import { type ControlProps, FieldGroup, helpText } from './FieldGroup.tsx'
import type { ChoicesValue } from './form-values.ts'
import { useFormState } from './use-parameter-form.ts'

const radiosMax = 3
const checkboxesMax = 12
const keyOf = (option: Option) => JSON.stringify(option.value)

/** One of a closed set: all in view while they are few, else a select. */
export function ChoiceControl({ parameter, path, value, onChange, label }: ControlProps<string>) {
  const form = useFormState()
  const options = parameter.options ?? []
  const radios = parameter.choice ? parameter.choice === 'radio' : options.length <= radiosMax
  if (radios)
    return (
      <FieldGroup parameter={parameter} path={path} {...(label ? { label } : {})}>
        <div className="flex flex-wrap gap-x-5 gap-y-1.5">
          {!parameter.required && parameter.default === null && (
            <Radio name={path} label="None" checked={value === ''} onChange={() => onChange('')} />
          )}
          {options.map((option) => (
            <Radio
              key={keyOf(option)}
              name={path}
              label={option.label}
              checked={value === keyOf(option)}
              onChange={() => onChange(keyOf(option))}
            />
          ))}
        </div>
      </FieldGroup>
    )
  return (
    <Field
      label={label ?? parameter.label}
      required={parameter.required}
      help={helpText(parameter)}
      problem={form.problemAt(path)}
      aside={parameter.required ? undefined : 'optional'}
    >
      {({ id, describedBy, invalid }) => (
        <select
          id={id}
          className="control max-w-96"
          aria-describedby={describedBy}
          aria-invalid={invalid}
          aria-required={parameter.required}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          onBlur={() => form.touch(path)}
        >
          <option value="">
            {parameter.loading
              ? 'Loading…'
              : (parameter.placeholder ?? (parameter.required ? 'Choose…' : 'None'))}
          </option>
          {options.map((option) => (
            <option key={keyOf(option)} value={keyOf(option)}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}

/** Any number of a closed set. */
export function ChoicesControl({ parameter, path, value, onChange, label }: ControlProps<ChoicesValue>) {
  const options = parameter.options ?? []
  const toggle = (key: string, on: boolean) =>
    onChange({
      // In the order of the options, whatever the order of the clicks.
      chosen: options.map(keyOf).filter((one) => (one === key ? on : value.chosen.includes(one))),
    })
  return (
    <FieldGroup
      parameter={parameter}
      path={path}
      {...(label ? { label } : {})}
      aside={value.chosen.length > 0 ? `${value.chosen.length} of ${options.length}` : 'any number'}
    >
      <div
        className={
          options.length > checkboxesMax
            ? 'grid max-h-56 gap-x-5 gap-y-1.5 overflow-y-auto rounded-md border border-edge p-3 sm:grid-cols-2'
            : 'flex flex-wrap gap-x-5 gap-y-1.5'
        }
      >
        {options.map((option) => (
          <label key={keyOf(option)} className="flex min-h-7 items-center gap-2">
            <input
              type="checkbox"
              className="size-4"
              checked={value.chosen.includes(keyOf(option))}
              onChange={(event) => toggle(keyOf(option), event.target.checked)}
            />
            {option.label}
          </label>
        ))}
      </div>
    </FieldGroup>
  )
}

/** A yes or no that may also be left open. */
export function YesNoControl({ parameter, path, value, onChange, label }: ControlProps<boolean | null>) {
  const choices = [
    { label: 'Not set', value: null },
    { label: 'Yes', value: true },
    { label: 'No', value: false },
  ]
  return (
    <FieldGroup parameter={parameter} path={path} {...(label ? { label } : {})}>
      <div className="flex flex-wrap gap-x-5 gap-y-1.5">
        {choices.map((choice) => (
          <Radio
            key={choice.label}
            name={path}
            label={choice.label}
            checked={value === choice.value}
            onChange={() => onChange(choice.value)}
          />
        ))}
      </div>
    </FieldGroup>
  )
}

function Radio(props: { name: string; label: string; checked: boolean; onChange: () => void }) {
  return (
    <label className="flex min-h-7 items-center gap-2">
      <input
        type="radio"
        className="size-4"
        name={`choice-${props.name}`}
        checked={props.checked}
        onChange={props.onChange}
      />
      {props.label}
    </label>
  )
}
