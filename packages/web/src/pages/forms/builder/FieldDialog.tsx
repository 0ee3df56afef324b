import { asksFor, checkFields, type FieldError, type FormField, parseExpression } from '@bifrost/contract'
import { type FormEvent, useState } from 'react'
import { Button } from '../../../ui/Button.tsx'
import { Dialog } from '../../../ui/Dialog.tsx'
import { Field } from '../../../ui/Field.tsx'
import { InlineProblem } from '../../../ui/states.tsx'
import { ChoiceSettings } from './ChoiceSettings.tsx'
import { boundsOf, defaultText, hasChoices, hasText, readDefault, typeLabels } from './field-types.ts'

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
  const [field, setField] = useState(given)
  const [preset, setPreset] = useState(defaultText(given.default))
  const [problems, setProblems] = useState<FieldError[]>([])
  const set = (change: Partial<FormField>) => setField((before) => ({ ...before, ...change }))
  const asks = asksFor(field)
  const problemOf = (member: string) =>
    problems.find((problem) => problem.field === `fields.${at}.${member}`)?.message
  const bounds = boundsOf(field.type)

  const save = (event: FormEvent) => {
    event.preventDefault()
    const done = tidied({ ...field, default: asks ? readDefault(field, preset) : null })
    const checked = checkFields(fields.toSpliced(at, 1, done))
    const own = checked.ok ? [] : checked.errors.filter((error) => isAbout(error, at))
    if (own.length > 0) return setProblems(own)
    onSave(done)
  }
  const shown = ['name', 'label', 'content', 'default', 'visible_if', 'options']
  const others = problems.filter(({ field: path }) => !shown.includes(path.split('.')[2] ?? ''))
  return (
    <Dialog title={typeLabels[field.type]} onClose={onClose} className="w-[min(40rem,calc(100vw-2rem))]">
      <form noValidate onSubmit={save} className="flex flex-col gap-4">
        {asks && (
          <TextSetting
            label="Label"
            value={field.label ?? ''}
            onChange={(label) =>
              set(
                given.label === '' && field.name === nameOf(field.label ?? '', given.name)
                  ? { label, name: nameOf(label, given.name) }
                  : { label },
              )
            }
            problem={problemOf('label')}
            required
            autoFocus
          />
        )}
        <TextSetting
          label="Name"
          value={field.name}
          onChange={(name) => set({ name })}
          problem={problemOf('name')}
          help={asks ? 'The workflow parameter that it fills.' : undefined}
          required
        />
        {!asks && (
          <Field label="Content" required problem={problemOf('content')}>
            {({ id, describedBy, invalid }) => (
              <textarea
                id={id}
                aria-describedby={describedBy}
                aria-invalid={invalid}
                className="control block font-mono text-sm"
                rows={8}
                value={field.content ?? ''}
                onChange={(event) => set({ content: event.target.value })}
              />
            )}
          </Field>
        )}
        {asks && (
          <>
            <Check
              label="Required"
              checked={field.required ?? false}
              onChange={(required) => set({ required })}
            />
            {hasChoices(field.type) && (
              <ChoiceSettings
                field={field}
                others={fields.filter((one, place) => place !== at && asksFor(one))}
                onChange={set}
                problem={problemOf('options')}
              />
            )}
            {field.type === 'number' && (
              <Check
                label="Whole numbers only"
                checked={field.integer ?? false}
                onChange={(integer) => set({ integer })}
              />
            )}
            <TextSetting
              label="Help"
              value={field.help ?? ''}
              onChange={(help) => set({ help: help || null })}
            />
            {!['checkbox', 'file', 'radio', 'multi_select', 'date', 'datetime'].includes(field.type) && (
              <TextSetting
                label="Placeholder"
                value={field.placeholder ?? ''}
                onChange={(placeholder) => set({ placeholder: placeholder || null })}
              />
            )}
            {field.type === 'checkbox' ? (
              <Check
                label="Checked by default"
                checked={preset === 'true'}
                onChange={(on) => setPreset(on ? 'true' : '')}
              />
            ) : (
              field.type !== 'file' && (
                <TextSetting
                  label="Default"
                  value={preset}
                  onChange={setPreset}
                  problem={problemOf('default')}
                  help={field.type === 'multi_select' ? 'Comma-separated values.' : undefined}
                />
              )
            )}
            {bounds && (
              <div className="grid gap-4 sm:grid-cols-2">
                {(['min', 'max'] as const).map((name) => (
                  <TextSetting
                    key={name}
                    label={`${name === 'min' ? 'At least' : 'At most'} (${bounds})`}
                    value={String(field.validation?.[name] ?? '')}
                    onChange={(text) =>
                      set({ validation: { ...field.validation, [name]: readBound(text, bounds === 'day') } })
                    }
                    placeholder={bounds === 'day' ? '2026-01-31' : ''}
                  />
                ))}
              </div>
            )}
            {hasText(field.type) && (
              <TextSetting
                label="Pattern"
                value={field.validation?.pattern ?? ''}
                onChange={(pattern) => set({ validation: { ...field.validation, pattern: pattern || null } })}
                help="A regular expression that the whole text must match."
                mono
              />
            )}
            {field.type === 'file' && (
              <TextSetting
                label="Accepted file types"
                value={(field.accept ?? []).join(', ')}
                onChange={(text) => set({ accept: text.split(',').map((part) => part.trim()) })}
                placeholder=".pdf, image/*"
              />
            )}
          </>
        )}
        <TextSetting
          label="Show only if"
          value={field.visible_if ?? ''}
          onChange={(source) => set({ visible_if: source || null })}
          placeholder="fields.country == 'DE'"
          problem={problemOf('visible_if') ?? expressionProblem(field.visible_if)}
          mono
        />
        {others.length > 0 && (
          <InlineProblem>
            {others.map(({ field: path, message }) => (
              <p key={path}>
                {path.split('.').slice(2).join('.') || path} {message}
              </p>
            ))}
          </InlineProblem>
        )}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Apply
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

const isAbout = ({ field }: FieldError, at: number) => field.startsWith(`fields.${at}.`) || field === 'fields'

/** A name that code can have, made from a label. */
const nameOf = (label: string, otherwise: string): string => {
  const name = label
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^[\d_]+|_+$/g, '')
    .toLowerCase()
  return name.slice(0, 60) || otherwise
}

const readBound = (text: string, isDay: boolean): string | number | null =>
  text.trim() === '' ? null : isDay || Number.isNaN(Number(text)) ? text.trim() : Number(text)

const expressionProblem = (source: string | null | undefined): string | undefined => {
  if (!source) return undefined
  const read = parseExpression(source)
  return read.ok ? undefined : `${read.message} (at ${read.position + 1})`
}

/** Without what says nothing. */
function tidied(field: FormField): FormField {
  const { validation, accept, ...rest } = field
  const bounds = Object.fromEntries(
    Object.entries(validation ?? {}).filter(([, value]) => value !== null && value !== undefined),
  )
  const kinds = (accept ?? []).filter((one) => one !== '')
  return {
    ...rest,
    ...(Object.keys(bounds).length > 0 && { validation: bounds }),
    ...(kinds.length > 0 && { accept: kinds }),
  }
}

export function TextSetting({
  label,
  value,
  onChange,
  help,
  problem,
  placeholder,
  required = false,
  mono = false,
  autoFocus = false,
}: {
  label: string
  value: string
  onChange: (value: string) => void
  help?: string | undefined
  problem?: string | undefined
  placeholder?: string
  required?: boolean
  mono?: boolean
  autoFocus?: boolean
}) {
  return (
    <Field label={label} help={help} problem={problem} required={required}>
      {({ id, describedBy, invalid }) => (
        <input
          id={id}
          aria-describedby={describedBy}
          aria-invalid={invalid}
          className={mono ? 'control font-mono text-sm' : 'control'}
          autoComplete="off"
          data-autofocus={autoFocus || undefined}
          placeholder={placeholder}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  )
}

export function Check({
  label,
  checked,
  onChange,
}: {
  label: string
  checked: boolean
  onChange: (checked: boolean) => void
}) {
  return (
    <label className="flex min-h-7 items-center gap-2">
      <input
        type="checkbox"
        className="size-4"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      {label}
    </label>
  )
}
