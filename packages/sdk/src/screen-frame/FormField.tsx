import type { Parameter } from '@bifrost/contract'
import { useId } from 'react'
import { controlOf, type FormValue, type FormValues } from './form-values.ts'

/** One field of a form: label, control, help and problem. */
export function FormField({
  field,
  path,
  value,
  problems,
  onChange,
}: {
  field: Parameter
  path: string
  value: FormValue
  problems: { readonly [field: string]: string }
  onChange: (value: FormValue) => void
}) {
  const id = useId()
  const control = controlOf(field)
  // A control that shows a whole value also shows what is wrong inside it.
  const problem =
    problems[path] ??
    (control === 'group'
      ? undefined
      : Object.entries(problems).find(([at]) => at.startsWith(`${path}.`))?.[1])
  const shared = {
    id,
    'aria-invalid': problem !== undefined,
    'aria-describedby': problem || field.help ? `${id}-note` : undefined,
  }
  const notes = (problem || field.help) && (
    <p id={`${id}-note`} className={problem ? 'problem' : 'note'}>
      {problem ? problem.charAt(0).toUpperCase() + problem.slice(1) : field.help}
    </p>
  )
  if (control === 'group')
    return (
      <fieldset>
        <legend>{field.label}</legend>
        {(field.fields ?? []).map((member) => (
          <FormField
            key={member.name}
            field={member}
            path={`${path}.${member.name}`}
            value={(value as FormValues)[member.name] ?? ''}
            problems={problems}
            onChange={(next) => onChange({ ...(value as FormValues), [member.name]: next })}
          />
        ))}
        {notes}
      </fieldset>
    )
  if (control === 'choices')
    return (
      <fieldset>
        <legend>{field.label}</legend>
        {(field.options ?? []).map((option) => {
          const key = JSON.stringify(option.value)
          const chosen = value as string[]
          return (
            <label key={key} className="check">
              <input
                type="checkbox"
                checked={chosen.includes(key)}
                onChange={({ target }) =>
                  onChange(target.checked ? [...chosen, key] : chosen.filter((one) => one !== key))
                }
              />
              {option.label}
            </label>
          )
        })}
        {notes}
      </fieldset>
    )
  if (control === 'check')
    return (
      <div className="field">
        <label className="check">
          <input
            type="checkbox"
            {...shared}
            checked={value === true}
            onChange={({ target }) => onChange(target.checked)}
          />
          {field.label}
        </label>
        {notes}
      </div>
    )
  const text = typeof value === 'string' ? value : ''
  return (
    <div className="field">
      <label htmlFor={id}>
        {field.label}
        {!field.required && <span className="note"> optional</span>}
      </label>
      {control === 'choice' ? (
        <select {...shared} value={text} onChange={({ target }) => onChange(target.value)}>
          <option value="" />
          {(field.options ?? []).map((option) => (
            <option key={JSON.stringify(option.value)} value={JSON.stringify(option.value)}>
              {option.label}
            </option>
          ))}
        </select>
      ) : control === 'text' ? (
        <input
          {...shared}
          type={field.type === 'datetime' ? 'datetime-local' : 'text'}
          inputMode={field.type === 'integer' ? 'numeric' : field.type === 'number' ? 'decimal' : undefined}
          value={text}
          onChange={({ target }) => onChange(target.value)}
        />
      ) : (
        <textarea
          {...shared}
          rows={control === 'long' ? 3 : 5}
          className={control === 'json' ? 'code' : undefined}
          value={text}
          onChange={({ target }) => onChange(target.value)}
        />
      )}
      {control === 'lines' && !notes && <p className="note">One per line</p>}
      {notes}
    </div>
  )
}
