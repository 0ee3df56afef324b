import type { Schedule } from '@bifrost/contract'
import { Field } from '../../ui/Field.tsx'
import { catchUpLabels, overlapLabels } from './schedule-words.ts'

export type Policies = Pick<Schedule, 'overlap' | 'catch_up'>

/** What happens when times meet a run, or when no server ran. */
export function PolicyFields({
  policies,
  onChange,
}: {
  policies: Policies
  onChange: (policies: Policies) => void
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Choice
        label="If a run is still in progress"
        value={policies.overlap}
        options={entries(overlapLabels)}
        onChange={(overlap) => onChange({ ...policies, overlap })}
      />
      <Choice
        label="After downtime"
        value={policies.catch_up}
        options={entries(catchUpLabels)}
        onChange={(catch_up) => onChange({ ...policies, catch_up })}
      />
    </div>
  )
}

const entries = <K extends string>(labels: Record<K, string>) => Object.entries(labels) as [K, string][]

/** One of a few, by name. */
export function Choice<T extends string>({
  label,
  value,
  options,
  onChange,
  autoFocus = false,
}: {
  label: string
  value: T
  options: readonly (readonly [T, string])[]
  onChange: (value: T) => void
  autoFocus?: boolean
}) {
  return (
    <Field label={label}>
      {({ id }) => (
        <select
          id={id}
          className="control"
          value={value}
          {...(autoFocus ? { 'data-autofocus': true } : {})}
          onChange={(event) => onChange(event.target.value as T)}
        >
          {options.map(([key, text]) => (
            <option key={key} value={key}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
