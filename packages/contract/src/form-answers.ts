import { isDateTime, isDay } from './dates.ts'
import type { FieldError } from './errors.ts'
import { evaluateExpression } from './expression.ts'
import { asksFor, type FormField, type FormOption, type ShownField } from './form.ts'
import { storedExpression, visibleFields } from './form-graph.ts'
import { limits } from './limits.ts'
import { FileRef, type Json } from './parameters.ts'

type Field = FormField | ShownField

/** What answers are checked with besides the fields. */
export interface AnswerOptions {
  /** What the launch workflow answered. */
  context?: Readonly<Record<string, Json>>
  /** The options of fields that have a data provider, by field; those that are absent are not checked. */
  options?: Readonly<Record<string, readonly FormOption[]>>
  /** Whether a text matches a pattern; absent: patterns are not checked here. */
  matches?(pattern: string, text: string): boolean
}

/** What was answered, or what is wrong with it. */
export type AnswerCheck = { ok: true; answers: Record<string, Json> } | { ok: false; errors: FieldError[] }

/**
 * Checks what a person filled in, in the browser and on the server. A hidden field is neither required nor kept; what
 * was not given has its default; an optional field without either is null.
 * @example checkAnswers(form.fields, { name: 'Ada', seats: 3 })
 */
export function checkAnswers(
  fields: readonly Field[],
  given: Readonly<Record<string, unknown>>,
  { context = {}, options = {}, matches }: AnswerOptions = {},
): AnswerCheck {
  const errors: FieldError[] = []
  const asked = fields.filter(asksFor)
  const byName = new Map(fields.map((field) => [field.name, field]))
  for (const name of Object.keys(given)) {
    const field = byName.get(name)
    if (!field) errors.push({ field: name, message: 'is not a field of this form' })
    else if (!asksFor(field)) errors.push({ field: name, message: 'is for display only and takes no value' })
  }
  const values: Record<string, Json> = {}
  const wrong = new Map<string, string>()
  for (const field of asked) {
    const read = readValue(
      field,
      Object.hasOwn(given, field.name) ? given[field.name] : defaultOf(field, context),
    )
    if ('message' in read) wrong.set(field.name, read.message)
    else values[field.name] = read.value
  }
  const visible = visibleFields(fields, values, context)
  const answers: Record<string, Json> = {}
  for (const field of asked) {
    const { name } = field
    if (!visible.names.has(name)) continue
    const value = values[name] ?? null
    const message = wrong.get(name) ?? problemOf(field, value, field.options ?? options[name], matches)
    if (message) errors.push({ field: name, message })
    else answers[name] = value
  }
  return errors.length > 0
    ? { ok: false, errors: errors.slice(0, limits.fieldErrorsMax) }
    : { ok: true, answers }
}

/**
 * What a field holds when the form is opened.
 * @example defaultOf(field, launched) // 'ada@example.com'
 */
export function defaultOf(field: Field, context: Readonly<Record<string, Json>>): Json {
  const expression = field.default_expression ? storedExpression(field.default_expression) : null
  if (expression) {
    try {
      const value = evaluateExpression(expression, { fields: {}, context })
      if (value !== null) return value
    } catch {
      // As if it had said nothing.
    }
  }
  return field.default ?? null
}

type Read = { value: Json } | { message: string }

/** The value in the type of its field. Nothing is null: an empty text, and what was left out. */
export function readValue(field: Field, given: unknown): Read {
  if (given === null || given === undefined || given === '') return { value: null }
  switch (field.type) {
    case 'number':
      if (typeof given !== 'number' || !Number.isFinite(given)) return { message: 'must be a number' }
      if (field.integer && !Number.isInteger(given)) return { message: 'must be a whole number' }
      return { value: given }
    case 'checkbox':
      return typeof given === 'boolean' ? { value: given } : { message: 'must be true or false' }
    case 'multi_select': {
      const list = Array.isArray(given) ? given : [given]
      if (!list.every(isScalar)) return { message: 'must be a list of options' }
      return { value: list.length === 0 ? null : [...new Set(list)] }
    }
    case 'select':
    case 'radio':
      return isScalar(given) ? { value: given } : { message: 'must be one of the options' }
    case 'file': {
      const file = FileRef.safeParse(given)
      return file.success ? { value: file.data } : { message: 'must be a file, as returned by the upload' }
    }
    default:
      return typeof given === 'string' ? { value: given } : { message: 'must be text' }
  }
}

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value))

function problemOf(
  field: Field,
  value: Json,
  options: readonly FormOption[] | undefined,
  matches: AnswerOptions['matches'],
): string | null {
  if (value === null) return field.required ? 'is required' : null
  if (field.type === 'checkbox') return field.required && value !== true ? 'must be checked' : null
  return (
    optionProblem(value, options) ??
    shapeProblem(field, value) ??
    boundsProblem(field, value) ??
    patternProblem(field, value, matches)
  )
}

function optionProblem(value: Json, options: readonly FormOption[] | undefined): string | null {
  if (!options) return null
  const chosen = Array.isArray(value) ? value : [value]
  const outside = chosen.find((one) => !options.some((option) => option.value === one))
  return outside === undefined ? null : `${JSON.stringify(outside)} is not one of the options`
}

// One @, something before it, and a domain with a point; linear in the length of the text.
const EMAIL = /^[^\s@"(),:;<>[\\\]]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}$/

function shapeProblem(field: Field, value: Json): string | null {
  if (typeof value !== 'string') return null
  if (value.length > limits.formTextLengthMax)
    return `is longer than ${limits.formTextLengthMax.toLocaleString('en-US')} characters`
  switch (field.type) {
    case 'email':
      return EMAIL.test(value) ? null : 'must be an email address'
    case 'date':
      return isDay(value) ? null : 'must be a valid date, such as 2026-01-31'
    case 'datetime':
      return isDateTime(value) ? null : 'must be a valid date and time, such as 2026-01-31T09:00:00Z'
    default:
      return null
  }
}

/** What a bound is held against: the number, the length of a text, the number of choices, the bytes of a file, the day. */
function boundsProblem(field: Field, value: Json): string | null {
  const { min = null, max = null } = field.validation ?? {}
  if (min === null && max === null) return null
  const [size, unit] = measureOf(field, value)
  if (size === null) return null
  const under = min !== null && isBelow(size, min)
  const over = max !== null && isBelow(max, size)
  if (!under && !over) return null
  const bound = under ? `at least ${min}` : `at most ${max}`
  return unit === '' ? `must be ${bound}` : `must have ${bound} ${unit}`
}

function measureOf(field: Field, value: Json): [number | string | null, string] {
  if (field.type === 'file') return [(value as unknown as FileRef).size, 'bytes']
  if (Array.isArray(value)) return [value.length, 'choices']
  if (field.type === 'date' || field.type === 'datetime') return [value as string, '']
  if (typeof value === 'string') return [lengthOf(value), 'characters']
  return [typeof value === 'number' ? value : null, '']
}

/** What a person counts: a family emoji or a letter with an accent is one character. */
const lengthOf = (text: string): number => [...characters.segment(text)].length
const characters = new Intl.Segmenter('en', { granularity: 'grapheme' })

function isBelow(one: number | string, other: number | string): boolean {
  if (typeof one === 'number' || typeof other === 'number') return Number(one) < Number(other)
  // A bound that is a day is that whole day, as it is written in the answer.
  if (isDay(one) || isDay(other)) return one.slice(0, 10) < other.slice(0, 10)
  return Date.parse(one) < Date.parse(other)
}

function patternProblem(field: Field, value: Json, matches: AnswerOptions['matches']): string | null {
  const pattern = field.validation?.pattern
  if (!pattern || !matches || typeof value !== 'string' || matches(pattern, value)) return null
  return field.validation?.pattern_message ?? 'does not match the pattern'
}
