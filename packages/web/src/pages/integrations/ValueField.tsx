import type { IntegrationField, Json } from '@bifrost/contract'
import { type Control, type FieldPath, type FieldValues, useWatch } from 'react-hook-form'
import { SelectField, TextField } from '../../ui/fields.tsx'
import { fromFieldText, toFieldText } from './field-text.ts'

/** One value of the organization, by its type; what it inherits stands in the empty field. */
export function ValueField<Values extends FieldValues>({
  control,
  name,
  field,
  inherited,
  stored = false,
}: {
  control: Control<Values>
  name: FieldPath<Values>
  field: IntegrationField
  inherited: Json | undefined
  /** Of a secret: there is a value, which is never shown. */
  stored?: boolean
}) {
  const text: string = useWatch({ control, name })
  const shownInherited = toFieldText(inherited)
  const shared = {
    control,
    name,
    label: field.name,
    help: field.description,
    required: field.required === true && shownInherited === '',
    aside: shownInherited !== '' && text === '' ? 'inherited' : undefined,
  }
  if (field.type === 'secret')
    return (
      <TextField
        {...shared}
        type="password"
        autoComplete="new-password"
        spellCheck={false}
        required={field.required === true && !stored}
        aside={stored ? 'stored' : undefined}
        help={stored ? 'Leave empty to keep the stored value.' : field.description}
      />
    )
  if (field.type === 'boolean')
    return (
      <SelectField
        {...shared}
        options={[
          {
            value: '',
            label:
              shownInherited === '' ? 'not set' : `as inherited: ${shownInherited === 'true' ? 'yes' : 'no'}`,
          },
          { value: 'true', label: 'Yes' },
          { value: 'false', label: 'No' },
        ]}
      />
    )
  return (
    <TextField
      {...shared}
      spellCheck={false}
      inputMode={field.type === 'number' ? 'decimal' : 'text'}
      placeholder={shownInherited}
      check={(given: string) => {
        const read = fromFieldText(field.type, given)
        return read.ok ? undefined : read.problem
      }}
    />
  )
}
