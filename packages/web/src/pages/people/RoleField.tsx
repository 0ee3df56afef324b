import type { AccountRole } from '@bifrost/contract'
import { type Control, type FieldPath, type FieldValues, useWatch } from 'react-hook-form'
import { roleHelp, roleNames } from '../../role-names.ts'
import { SelectField } from '../../ui/fields.tsx'

/** The choice of an account's role, with what it allows. */
export function RoleField<Values extends FieldValues>({
  control,
  name,
  choices,
  disabled = false,
}: {
  control: Control<Values>
  name: FieldPath<Values>
  choices: readonly AccountRole[]
  disabled?: boolean
}) {
  const role: AccountRole = useWatch({ control, name })
  const shown = choices.includes(role) ? choices : [role, ...choices]
  return (
    <SelectField
      control={control}
      name={name}
      label="Role"
      help={roleHelp[role]}
      disabled={disabled}
      options={shown.map((one) => ({ value: one, label: roleNames[one] }))}
    />
  )
}
