import { defaultOf, type FormOption, type Json, type ShownField } from '@bifrost/contract'
import type { ControlKind, DrawnParameter } from '../../../parameter-form/control-kinds.ts'

const controls: Partial<Record<ShownField['type'], ControlKind>> = {
  text: 'text',
  email: 'text',
  textarea: 'multiline',
  number: 'number',
  checkbox: 'toggle',
  select: 'choice',
  radio: 'choice',
  multi_select: 'choices',
  date: 'date',
  datetime: 'datetime',
  file: 'file',
}

const types: Partial<Record<ShownField['type'], DrawnParameter['type']>> = {
  number: 'number',
  checkbox: 'boolean',
  multi_select: 'list',
  datetime: 'datetime',
  file: 'file',
}

/** A field of a designed form as the controls of run forms draw it. */
export function parameterOf(
  field: ShownField,
  context: Readonly<Record<string, Json>>,
  loaded?: readonly FormOption[],
): DrawnParameter {
  const { name, label, help, placeholder, type, required = false, integer, loads } = field
  const choices = ['select', 'radio', 'multi_select'].includes(type)
  return {
    name,
    type: integer ? 'integer' : (types[type] ?? 'string'),
    label: label ?? name,
    required,
    default: defaultOf(field, context),
    options: choices ? [...(field.options ?? loaded ?? [])] : null,
    help: help ?? null,
    placeholder: placeholder ?? '',
    control: controls[type] ?? 'text',
    ...(type === 'email' && { inputType: 'email' }),
    ...(type === 'multi_select' && { items: 'string' }),
    ...(choices && { choice: type === 'radio' ? 'radio' : 'select' }),
    ...(choices && !placeholder && { placeholder: undefined }),
    ...(loads && !loaded && { loading: true }),
    accept: field.accept ?? undefined,
  }
}
