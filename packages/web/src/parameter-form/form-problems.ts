import type { FieldError, InputCheck, Json, Parameter } from '@bifrost/contract'
import { type FieldValue, type Problems, toInput } from './form-values.ts'

/** What checking a form gave. `general` holds what no control can show. */
export interface FormCheck {
  input: Record<string, Json>
  problems: Problems
  general: FieldError[]
}

/** Checks the values with the same schema as the server, and says which control has which problem. */
export function checkForm(
  parameters: readonly Parameter[],
  values: readonly FieldValue[],
  checkInput: (input: unknown) => InputCheck,
): FormCheck {
  const { input, problems } = toInput(parameters, values)
  const checked = checkInput(input)
  if (checked.ok) return { input: checked.input, problems, general: [] }
  const found = placeErrors(parameters, checked.errors)
  return {
    input,
    problems: { ...withoutShadowed(found.problems, problems), ...problems },
    general: found.general,
  }
}

/** What cannot be read has its own message; that its stand-in does not fit is no news. */
function withoutShadowed(found: Problems, unreadable: Problems): Problems {
  const paths = Object.keys(unreadable)
  return Object.fromEntries(
    Object.entries(found).filter(
      ([path]) => !paths.some((one) => path === one || path.startsWith(`${one}.`)),
    ),
  )
}

/** Finds the control of each field that an error names. */
export function placeErrors(parameters: readonly Parameter[], errors: readonly FieldError[]) {
  const problems: Problems = {}
  const general: FieldError[] = []
  for (const error of errors) {
    const path = controlPath(parameters, error.field.replace(/^(body\.)?input\./, ''))
    if (path === null) general.push(error)
    else problems[path] ??= sentence(error.message)
  }
  return { problems, general }
}

/**
 * The path of the control that shows a field; `null` when none does. A JSON field shows what is wrong inside it.
 * @example controlPath(parameters, 'user.emails.0') // '1.3.0'
 */
export function controlPath(parameters: readonly Parameter[], field: string): string | null {
  for (const [at, parameter] of parameters.entries()) {
    const rest = restAfter(field, parameter.name)
    if (rest === null) continue
    if (rest === '') return String(at)
    const inner = innerPath(parameter, rest)
    return inner === '' ? String(at) : `${at}.${inner}`
  }
  return null
}

function innerPath(parameter: Parameter, rest: string): string {
  if (parameter.type === 'list') {
    const [row, ...deeper] = rest.split('.')
    if (parameter.options || !/^\d+$/.test(row ?? '')) return ''
    if (deeper.length === 0 || parameter.items !== 'object') return row ?? ''
    const inner = controlPath(parameter.fields ?? [], deeper.join('.'))
    return inner === null ? (row ?? '') : `${row}.${inner}`
  }
  return parameter.type === 'object' ? (controlPath(parameter.fields ?? [], rest) ?? '') : ''
}

const restAfter = (field: string, name: string): string | null =>
  field === name ? '' : field.startsWith(`${name}.`) ? field.slice(name.length + 1) : null

/** The contract says "is required" of a field; under the field it stands alone. */
export const sentence = (message: string) => message.charAt(0).toUpperCase() + message.slice(1)
