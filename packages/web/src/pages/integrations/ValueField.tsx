import type { IntegrationField, Json } from '@bifrost/contract'
import { Field } from '../../ui/Field.tsx'
import { toFieldText } from './field-text.ts'

/** One value of the organization, by its type; what it inherits stands in the empty field. */
export function ValueField({
  field,
  text,
  inherited,
  problem,
  onChange,
}: {
  field: IntegrationField
  text: string
  inherited: Json | undefined
  problem: string | undefined
  onChange: (text: string) => void
}) {
  const shownInherited = toFieldText(inherited)
  return (
    <Field
      label={field.name}
      required={field.required === true && shownInherited === ''}
      help={field.description}
      problem={problem}
      aside={shownInherited !== '' && text === '' ? 'inherited' : undefined}
    >
      {({ id, describedBy, invalid }) => {
        const shared = {
          id,
          'aria-describedby': describedBy,
          'aria-invalid': invalid,
          value: text,
          onChange: (event: { target: { value: string } }) => onChange(event.target.value),
        }
        if (field.type === 'boolean')
          return (
            <select className="control w-auto" {...shared}>
              <option value="">
                {shownInherited === ''
                  ? 'not set'
                  : `as inherited: ${shownInherited === 'true' ? 'yes' : 'no'}`}
              </option>
              <option value="true">Yes</option>
              <option value="false">No</option>
            </select>
          )
        return (
          <input
            className="control"
            autoComplete="off"
            spellCheck={false}
            inputMode={field.type === 'number' ? 'decimal' : 'text'}
            placeholder={shownInherited}
            {...shared}
          />
        )
      }}
    </Field>
  )
}
