import { asksFor, checkFields, type FieldError, type FormField, parseExpression } from '@bifrost/contract'
import { useEffect, useRef } from 'react'
import { type Control, useController, useForm, useWatch } from 'react-hook-form'
import { FieldProblems } from '../../../errors.ts'
import { FormDialog, useShownField } from '../../../ui/Form.tsx'
import { CheckField, TextAreaField, TextField } from '../../../ui/fields.tsx'
import { ChoiceSettings } from './ChoiceSettings.tsx'
import { type Choice, type FieldValues, fieldOf, nameOf, valuesOf } from './field-form.ts'
import { boundsOf, hasChoices, hasText, typeLabels } from './field-types.ts'

/** Everything about one field, by its type. */
export function FieldDialog({
  field: given,
  at,
  fields,
  onSave,
  onClose,
}: {
  field: FormField
  /** Its place; the number of fields for a new one. */
  at: number
  fields: readonly FormField[]
  onSave: (field: FormField) => void
  onClose: () => void
}) {
  const form = useForm<FieldValues>({ defaultValues: valuesOf(given), mode: 'onChange' })
  const { control } = form
  const label = useWatch({ control, name: 'label' })
  const made = useRef(given.name)
  // Until the name is typed, it follows the label of a new field.
  useEffect(() => {
    if (given.label !== '' || form.getValues('name') !== made.current) return
    made.current = nameOf(label, given.name)
    form.setValue('name', made.current)
  }, [label, given, form])
  const asks = asksFor(given)
  const { type } = given
  const bounds = boundsOf(type)

  const save = async (values: FieldValues) => {
    const field = fieldOf(values, given)
    const checked = checkFields(fields.toSpliced(at, 1, field))
    const own = checked.ok ? [] : checked.errors.filter((error) => isAbout(error, at))
    if (own.length > 0)
      throw new FieldProblems(
        own.map(({ field, message }) => ({ field: field.replace(`fields.${at}.`, ''), message })),
      )
    return field
  }
  return (
    <FormDialog
      form={form}
      title={typeLabels[type]}
      confirm="Apply"
      className="w-[min(40rem,calc(100vw-2rem))]"
      hasOwnChecks
      save={save}
      onSaved={onSave}
      onClose={onClose}
    >
      {asks && <TextField control={control} name="label" label="Label" required focus />}
      <TextField
        control={control}
        name="name"
        label="Name"
        help={asks ? 'The workflow parameter that the field sets.' : undefined}
        required
      />
      {!asks && <TextAreaField control={control} name="content" label="Content" required rows={8} />}
      {asks && (
        <>
          <CheckField control={control} name="required" label="Required" />
          {hasChoices(type) && (
            <ChoiceField
              control={control}
              given={given}
              others={fields.filter((one, place) => place !== at && asksFor(one))}
            />
          )}
          {type === 'number' && <CheckField control={control} name="integer" label="Whole numbers only" />}
          <TextField control={control} name="help" label="Help" />
          {!['checkbox', 'file', 'radio', 'multi_select', 'date', 'datetime'].includes(type) && (
            <TextField control={control} name="placeholder" label="Placeholder" />
          )}
          {type === 'checkbox' ? (
            <CheckField control={control} name="isChecked" label="Checked by default" />
          ) : (
            type !== 'file' && (
              <TextField
                control={control}
                name="default"
                label="Default"
                help={type === 'multi_select' ? 'Comma-separated values.' : undefined}
              />
            )
          )}
          {bounds && (
            <div className="grid gap-4 sm:grid-cols-2">
              {(['min', 'max'] as const).map((name) => (
                <TextField
                  key={name}
                  control={control}
                  name={`validation.${name}`}
                  label={`${name === 'min' ? 'At least' : 'At most'} (${bounds})`}
                  placeholder={bounds === 'day' ? '2026-01-31' : ''}
                />
              ))}
            </div>
          )}
          {hasText(type) && (
            <TextField
              control={control}
              name="validation.pattern"
              label="Pattern"
              help="A regular expression that the whole text must match."
              look="font-mono text-sm"
            />
          )}
          {type === 'file' && (
            <TextField
              control={control}
              name="accept"
              label="Accepted file types"
              placeholder=".pdf, image/*"
            />
          )}
        </>
      )}
      <TextField
        control={control}
        name="visible_if"
        label="Show only if"
        placeholder="fields.country == 'DE'"
        check={expressionProblem}
        look="font-mono text-sm"
      />
    </FormDialog>
  )
}

function ChoiceField({
  control,
  given,
  others,
}: {
  control: Control<FieldValues>
  given: FormField
  others: readonly FormField[]
}) {
  const { field, fieldState } = useController({ control, name: 'options' })
  useShownField('options')
  const choice = field.value as Choice
  return (
    <ChoiceSettings
      field={{ ...given, ...choice }}
      others={others}
      onChange={(change) => field.onChange({ ...choice, ...change })}
      problem={fieldState.error?.message}
    />
  )
}

const isAbout = ({ field }: FieldError, at: number) => field.startsWith(`fields.${at}.`) || field === 'fields'

const expressionProblem = (source: string): string | undefined => {
  if (source === '') return undefined
  const read = parseExpression(source)
  return read.ok ? undefined : `${read.message} (at ${read.position + 1})`
}
