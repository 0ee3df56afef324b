import { isDateTime, isDay } from './dates.ts'
import type { FieldError } from './errors.ts'
import { expressionFields, parseExpression } from './expression.ts'
import { asksFor, type FormField } from './form.ts'
import { checkAnswers } from './form-answers.ts'
import { circleOf } from './form-graph.ts'
import { limits } from './limits.ts'
import type { Json } from './parameters.ts'

/** Fields as they are stored, or what is wrong with them. */
export type FieldsCheck = { ok: true; fields: FormField[] } | { ok: false; errors: FieldError[] }

const CHOOSES = ['select', 'radio', 'multi_select']
const HAS_TEXT = ['text', 'email', 'textarea']

/**
 * Checks the fields of a form before it is saved: what each type needs, names, expressions, defaults. Whether a data
 * provider exists is for the server to say.
 * @example checkFields([{ name: 'seats', type: 'number', label: 'Seats', required: true }])
 */
export function checkFields(given: readonly FormField[]): FieldsCheck {
  const errors: FieldError[] = []
  const fields = given.map(withPlainDefault)
  if (fields.length > limits.formFieldsMax)
    errors.push({ field: 'fields', message: `may be ${limits.formFieldsMax} at most` })
  const names = new Set<string>()
  const asked = new Set(fields.filter(asksFor).map((field) => field.name))
  for (const [at, field] of fields.entries()) {
    const say = (member: string, message: string) => errors.push({ field: `fields.${at}.${member}`, message })
    if (names.has(field.name)) say('name', `is taken by another field: ${field.name}`)
    names.add(field.name)
    checkType(field, say)
    checkValidation(field, say)
    checkExpressions(field, asked, say)
    checkDefault(field, say)
  }
  const circle = errors.length === 0 ? circleOf(fields) : null
  if (circle) errors.push({ field: 'fields', message: `depend on each other: ${circle.join(' → ')}` })
  return errors.length > 0
    ? { ok: false, errors: errors.slice(0, limits.fieldErrorsMax) }
    : { ok: true, fields }
}

/** The default of several choices may be written as a list with commas. */
function withPlainDefault(field: FormField): FormField {
  if (field.type !== 'multi_select' || typeof field.default !== 'string') return field
  const list = field.default.split(',').map((part) => part.trim())
  return { ...field, default: list.filter((part) => part !== '') }
}

type Say = (member: string, message: string) => void

function checkType(field: FormField, say: Say): void {
  if (!asksFor(field)) {
    if (!field.content?.trim()) say('content', 'is required')
    if (field.required) say('required', 'does not apply to a field for display only')
    if (field.options || field.provider) say('options', 'are for fields with choices')
    return
  }
  if (!field.label?.trim()) say('label', 'is required')
  if (field.content) say('content', 'is for markdown and html')
  if (!CHOOSES.includes(field.type)) {
    if (field.options) say('options', 'are for fields with choices')
    if (field.provider) say('provider', 'is for fields with choices')
    return
  }
  if (field.options && field.provider) say('options', 'give options or a provider, not both')
  if (!field.provider && !field.options?.length) say('options', 'are required, or a provider')
  const values = new Set<unknown>()
  for (const [at, option] of (field.options ?? []).entries()) {
    if (option.label.trim() === '') say(`options.${at}.label`, 'is required')
    if (option.value === null || option.value === '') say(`options.${at}.value`, 'is required')
    if (values.has(option.value)) say(`options.${at}.value`, 'is already used by another option')
    values.add(option.value)
  }
}

function checkValidation(field: FormField, say: Say): void {
  const { min = null, max = null, pattern } = field.validation ?? {}
  if (pattern && !HAS_TEXT.includes(field.type)) say('validation.pattern', 'is for text')
  const dates = field.type === 'date' || field.type === 'datetime'
  for (const [member, bound] of [
    ['min', min],
    ['max', max],
  ] as const) {
    if (bound === null) continue
    if (
      dates ? !(typeof bound === 'string' && (isDay(bound) || isDateTime(bound))) : typeof bound !== 'number'
    )
      say(`validation.${member}`, dates ? 'must be a date such as 2026-01-31' : 'must be a number')
  }
  const [low, high] = dates ? [Date.parse(String(min)), Date.parse(String(max))] : [Number(min), Number(max)]
  if (min !== null && max !== null && low > high) say('validation.min', 'is more than max')
}

function checkExpressions(field: FormField, asked: ReadonlySet<string>, say: Say): void {
  const check = (member: string, source: string | null | undefined, seesFields: boolean) => {
    if (!source) return
    const read = parseExpression(source)
    if (!read.ok) return say(member, `${read.message} (at ${read.position + 1})`)
    for (const name of expressionFields(read.expression)) {
      if (!seesFields) say(member, 'is evaluated before there are fields; it sees the context only')
      else if (name === field.name) say(member, 'refers to the field itself')
      else if (!asked.has(name)) say(member, `there is no field ${name}`)
    }
  }
  check('visible_if', field.visible_if, true)
  check('default_expression', field.default_expression, false)
  for (const [name, input] of Object.entries(field.provider?.inputs ?? {})) {
    const member = `provider.inputs.${name}`
    if ('expression' in input) check(member, input.expression, true)
    if (!('field' in input)) continue
    if (input.field === field.name) say(member, 'is the field itself')
    else if (!asked.has(input.field)) say(member, `there is no field ${input.field}`)
  }
}

function checkDefault(field: FormField, say: Say): void {
  const preset: Json = field.default ?? null
  if (preset === null) return
  if (!asksFor(field) || field.type === 'file') {
    say('default', 'does not apply here')
    return
  }
  const alone: FormField = { ...field, required: false, visible_if: null }
  const checked = checkAnswers([alone], { [field.name]: preset })
  if (!checked.ok) say('default', checked.errors[0]?.message ?? 'does not fit')
}
