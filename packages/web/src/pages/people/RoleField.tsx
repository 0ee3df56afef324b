import type { AccountRole } from '@bifrost/contract'
import { Field } from '../../components/Field.tsx'
import { roleHelp, roleNames } from '../../role-names.ts'

/** The choice of an account's role, with what it allows. */
export function RoleField({
  value,
  choices,
  disabled = false,
  onChange,
}: {
  value: AccountRole
  choices: readonly AccountRole[]
  disabled?: boolean
  onChange: (role: AccountRole) => void
}) {
  const shown = choices.includes(value) ? choices : [value, ...choices]
  return (
    <Field label="Role" help={roleHelp[value]}>
      {({ id, describedBy }) => (
        <select
          id={id}
          aria-describedby={describedBy}
          className="control w-auto"
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value as AccountRole)}
        >
          {shown.map((role) => (
            <option key={role} value={role}>
              {roleNames[role]}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
