import { asksFor, type FormField } from '@bifrost/contract'
import { boundsOf, defaultText, readDefault } from './field-types.ts'

/** A field as its dialog edits it: what is typed is text. */
export interface FieldValues {
  label: string
  name: string
  content: string
  required: boolean
  integer: boolean
  help: string
  placeholder: string
  default: string
  /** The default of a checkbox. */
  isChecked: boolean
  validation: { min: string; max: string; pattern: string }
  accept: string
  visible_if: string
  /** A `Choice`. Its type would make the type of all names in this form endless, since JSON can be in it. */
  options: unknown
}

/** Where the options come from. */
export type Choice = Pick<FormField, 'options' | 'provider'>

export const valuesOf = (field: FormField): FieldValues => ({
  label: field.label ?? '',
  name: field.name,
  content: field.content ?? '',
  required: field.required ?? false,
  integer: field.integer ?? false,
  help: field.help ?? '',
  placeholder: field.placeholder ?? '',
  default: defaultText(field.default),
  isChecked: field.default === true,
  validation: {
    min: String(field.validation?.min ?? ''),
    max: String(field.validation?.max ?? ''),
    pattern: field.validation?.pattern ?? '',
  },
  accept: (field.accept ?? []).join(', '),
  visible_if: field.visible_if ?? '',
  options: { options: field.options, provider: field.provider },
})

/** The field with what the dialog says of it, and without what says nothing. */
export function fieldOf(values: FieldValues, given: FormField): FormField {
  const { validation, accept, ...before } = given
  const field: FormField = {
    ...before,
    name: values.name,
    visible_if: text(values.visible_if, given.visible_if),
  }
  if (!asksFor(given)) return { ...field, content: values.content, default: null }
  const isDay = boundsOf(given.type) === 'day'
  const bounds = Object.entries({
    ...validation,
    min: readBound(values.validation.min, isDay),
    max: readBound(values.validation.max, isDay),
    pattern: values.validation.pattern,
  }).filter(([, value]) => value !== null && value !== undefined && value !== '')
  const kinds = values.accept
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
  const asked: FormField = {
    ...field,
    ...(values.options as Choice),
    label: values.label,
    required: choice(values.required, given.required),
    integer: choice(values.integer, given.integer),
    help: text(values.help, given.help),
    placeholder: text(values.placeholder, given.placeholder),
    ...(bounds.length > 0 && { validation: Object.fromEntries(bounds) }),
    ...(kinds.length > 0 && { accept: kinds }),
  }
  const preset = given.type === 'checkbox' ? (values.isChecked ? 'true' : '') : values.default
  return { ...asked, default: readDefault(asked, preset) }
}

/** What was not changed stays as it was, also where nothing and an empty text look the same. */
const text = (now: string, before: string | null | undefined) =>
  now === (before ?? '') ? before : now || null
const choice = (now: boolean, before: boolean | undefined) => (now === (before ?? false) ? before : now)

const readBound = (bound: string, isDay: boolean): string | number | null =>
  bound.trim() === '' ? null : isDay || Number.isNaN(Number(bound)) ? bound.trim() : Number(bound)

/** A name that code can have, made from a label. */
export const nameOf = (label: string, otherwise: string): string => {
  const name = label
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^[\d_]+|_+$/g, '')
    .toLowerCase()
  return name.slice(0, 60) || otherwise
}
