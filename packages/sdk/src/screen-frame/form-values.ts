import type { Parameter } from '@bifrost/contract'

/** What a control holds: text for whatever is typed. */
export type FormValue = string | boolean | string[] | FormValues
/** The controls of a form by field. */
export interface FormValues {
  [field: string]: FormValue
}

/** How a field is shown. */
export function controlOf(
  field: Parameter,
): 'check' | 'choice' | 'choices' | 'group' | 'lines' | 'json' | 'long' | 'text' {
  if (field.type === 'list') return field.options ? 'choices' : isPlain(field.items) ? 'lines' : 'json'
  if (field.options) return 'choice'
  if (field.type === 'boolean') return 'check'
  if (field.type === 'object') return field.fields ? 'group' : 'json'
  if (field.type === 'json' || field.type === 'file') return 'json'
  return /^(comments?|notes?|description|reason|message|text|body)$/i.test(field.name) ? 'long' : 'text'
}

const isPlain = (type: Parameter['items']) => type === 'string' || type === 'integer' || type === 'number'

export function startValues(
  fields: readonly Parameter[],
  given: { readonly [field: string]: unknown },
): FormValues {
  return Object.fromEntries(
    fields.map((field) => [field.name, startValue(field, given[field.name] ?? field.default)]),
  )
}

function startValue(field: Parameter, given: unknown): FormValue {
  switch (controlOf(field)) {
    case 'check':
      return given === true
    case 'group':
      return startValues(field.fields ?? [], (given ?? {}) as { [field: string]: unknown })
    case 'choices':
      return Array.isArray(given) ? given.map((one) => JSON.stringify(one)) : []
    case 'choice':
      return given === null || given === undefined ? '' : JSON.stringify(given)
    case 'lines':
      return Array.isArray(given) ? given.join('\n') : ''
    case 'json':
      return given === null || given === undefined ? '' : JSON.stringify(given, null, 2)
    default:
      if (given === null || given === undefined) return ''
      return field.type === 'datetime' ? toLocal(String(given)) : String(given)
  }
}

/** The answer that the controls say, and what is missing or cannot be read. Whether it fits is for the server to say. */
export function readAnswer(fields: readonly Parameter[], values: FormValues) {
  const problems: { [field: string]: string } = {}
  return { answer: readMembers(fields, values, '', problems), problems }
}

function readMembers(
  fields: readonly Parameter[],
  values: FormValues,
  path: string,
  problems: { [field: string]: string },
): { [field: string]: unknown } {
  const answer: { [field: string]: unknown } = {}
  for (const field of fields) {
    const at = path + field.name
    const value = readValue(field, values[field.name] ?? '', at, problems)
    if (value !== undefined) answer[field.name] = value
    else if (field.required && problems[at] === undefined) problems[at] = 'Is required'
  }
  return answer
}

function readValue(
  field: Parameter,
  value: FormValue,
  path: string,
  problems: { [field: string]: string },
): unknown {
  if (typeof value === 'boolean') return value
  if (Array.isArray(value)) return value.map((one) => JSON.parse(one) as unknown)
  if (typeof value === 'object') return readMembers(field.fields ?? [], value, `${path}.`, problems)
  const text = value.trim()
  if (text === '') return field.type === 'list' && field.required ? [] : undefined
  switch (controlOf(field)) {
    case 'choice':
      return JSON.parse(text) as unknown
    case 'lines': {
      const lines = text
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
      return field.items === 'string' ? lines : lines.map((line) => number(line))
    }
    case 'json':
      try {
        return JSON.parse(text) as unknown
      } catch {
        problems[path] = 'Not valid JSON'
        return undefined
      }
    default:
      if (field.type === 'datetime') return toZoned(text)
      return field.type === 'integer' || field.type === 'number' ? number(text) : value
  }
}

/** What is no number goes to the server as it is, which says so. */
const number = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text)

function toLocal(iso: string): string {
  const at = new Date(iso)
  if (Number.isNaN(at.getTime())) return ''
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}

function toZoned(text: string): string {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? text : at.toISOString()
}
