import {
  asksFor,
  type FormField,
  type FormFieldType,
  type Json,
  type Option,
  type Parameter,
} from '@bifrost/contract'

export const typeLabels: Record<FormFieldType, string> = {
  text: 'Text',
  email: 'Email',
  number: 'Number',
  select: 'Select',
  multi_select: 'Multi-select',
  checkbox: 'Checkbox',
  textarea: 'Text area',
  radio: 'Radio buttons',
  date: 'Date',
  datetime: 'Date and time',
  file: 'File',
  markdown: 'Markdown',
  html: 'HTML',
}

export const hasChoices = (type: FormFieldType) => ['select', 'radio', 'multi_select'].includes(type)
export const hasText = (type: FormFieldType) => ['text', 'email', 'textarea'].includes(type)

/** What `min` and `max` of a type count; null where they say nothing. */
export const boundsOf = (type: FormFieldType): string | null => {
  if (hasText(type)) return 'characters'
  if (type === 'number') return 'number'
  if (type === 'multi_select') return 'choices'
  if (type === 'file') return 'bytes'
  return type === 'date' || type === 'datetime' ? 'day' : null
}

/** Options as lines, `value | label`, or the value alone. */
export const optionLines = (options: readonly Option[] | null | undefined): string =>
  (options ?? [])
    .map(({ label, value }) => (String(value) === label ? label : `${String(value)} | ${label}`))
    .join('\n')

/** The lines as options; a value that was a number or a yes or no stays one. */
export function readOptions(lines: string, before: readonly Option[] | null | undefined): Option[] {
  const known = new Map((before ?? []).map(({ value }) => [String(value), value]))
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [value = '', label = value] = line.split('|').map((part) => part.trim())
      return { label, value: known.get(value) ?? value }
    })
}

/** A default as text, and back in the type of its field. */
export const defaultText = (value: Json | undefined): string =>
  value === null || value === undefined ? '' : Array.isArray(value) ? value.join(', ') : String(value)

export function readDefault(field: FormField, text: string): Json {
  if (text.trim() === '') return null
  if (field.type === 'number') return Number.isNaN(Number(text)) ? text : Number(text)
  if (field.type === 'checkbox') return text === 'true'
  if (!hasChoices(field.type)) return text
  const values = (field.options ?? []).map(({ value }) => value)
  const typed = (one: string) => values.find((value) => String(value) === one) ?? one
  if (field.type !== 'multi_select') return typed(text.trim())
  return text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(typed)
}

/** A field of that type with nothing said yet, under a name that is free. */
export function freshField(type: FormFieldType, taken: readonly FormField[]): FormField {
  const names = new Set(taken.map((field) => field.name))
  const base = asksFor({ type }) ? 'field' : type
  let name = base
  for (let at = 2; names.has(name); at += 1) name = `${base}_${at}`
  return asksFor({ type }) ? { name, type, label: '' } : { name, type, content: '' }
}

/** The field that a parameter of the workflow asks for. */
export function fieldOfParameter(parameter: Parameter): FormField {
  const { name, label, help, required, default: preset, options } = parameter
  const type = typeOfParameter(parameter)
  return {
    name,
    type,
    label,
    help,
    // A box that must be checked is for consent; a yes or no is neither.
    required: required && type !== 'checkbox',
    default: type === 'file' ? null : preset,
    ...(options && hasChoices(type) && { options }),
    ...(type === 'multi_select' && !options && { options: [{ label: 'Example', value: 'example' }] }),
    ...(parameter.type === 'integer' && !options && { integer: true }),
  }
}

function typeOfParameter({ name, type, options }: Parameter): FormFieldType {
  if (type === 'list') return 'multi_select'
  if (options) return 'select'
  if (type === 'integer' || type === 'number') return 'number'
  if (type === 'boolean') return 'checkbox'
  if (type === 'datetime' || type === 'file') return type
  if (type === 'object' || type === 'json') return 'textarea'
  return /e-?mail/i.test(name) ? 'email' : 'text'
}
