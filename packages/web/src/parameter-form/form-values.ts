import type { FileRef, Json, Parameter } from '@bifrost/contract'
import { controlKind, itemParameter } from './control-kinds.ts'
import { fromLocalText, toLocalText } from './local-time.ts'

/** What a control holds: text for whatever is typed, so that half-typed numbers and JSON survive. */
export type FieldValue = string | boolean | null | FileRef | ObjectValue | ListValue | ChoicesValue
export interface ObjectValue {
  /** One value per field of the object, in their order. */
  members: FieldValue[]
}
export interface ListValue {
  /** `key` tells rows apart while they move. */
  rows: { key: number; value: FieldValue }[]
}
export interface ChoicesValue {
  /** Option values as JSON text. */
  chosen: string[]
}

/** Problems by path; a path is the positions from the top, such as `2.0.1`. */
export type Problems = Record<string, string>

let lastRowKey = 0
export const newRow = (value: FieldValue) => ({ key: ++lastRowKey, value })

/** The values a form starts with: those of an earlier input, else the defaults. */
export function startValues(
  parameters: readonly Parameter[],
  input: Record<string, Json> = {},
): FieldValue[] {
  return parameters.map((parameter) =>
    Object.hasOwn(input, parameter.name)
      ? fromJson(parameter, input[parameter.name]!)
      : startValue(parameter),
  )
}

export const startValue = (parameter: Parameter): FieldValue =>
  parameter.default === null ? emptyValue(parameter) : fromJson(parameter, parameter.default)

export function emptyValue(parameter: Parameter): FieldValue {
  switch (controlKind(parameter)) {
    case 'toggle':
      return false
    case 'yes-no':
    case 'file':
      return null
    case 'choices':
      return { chosen: [] }
    case 'list':
      return { rows: [] }
    case 'object':
      return parameter.required ? { members: startValues(parameter.fields ?? []) } : null
    default:
      return ''
  }
}

function fromJson(parameter: Parameter, json: Json): FieldValue {
  const kind = controlKind(parameter)
  if (kind === 'choice') return JSON.stringify(json)
  if (kind === 'json') return JSON.stringify(json, null, 2)
  if (json === null) return emptyValue(parameter)
  switch (kind) {
    case 'toggle':
    case 'yes-no':
      return json === true
    case 'choices':
      return { chosen: Array.isArray(json) ? json.map((one) => JSON.stringify(one)) : [] }
    case 'list': {
      const item = itemParameter(parameter)
      return { rows: Array.isArray(json) ? json.map((one) => newRow(fromJson(item, one))) : [] }
    }
    case 'object':
      return isRecord(json) ? { members: startValues(parameter.fields ?? [], json) } : emptyValue(parameter)
    case 'file':
      return isRecord(json) ? (json as unknown as FileRef) : null
    case 'datetime':
      return typeof json === 'string' ? toLocalText(json) : ''
    default:
      return typeof json === 'string' ? json : JSON.stringify(json)
  }
}

const isRecord = (json: Json): json is { [key: string]: Json } =>
  typeof json === 'object' && json !== null && !Array.isArray(json)

/**
 * The input that the values say, and what cannot be read as a value at all. Whether it fits the parameters is for the
 * checker of the contract to say.
 */
export function toInput(parameters: readonly Parameter[], values: readonly FieldValue[]) {
  const problems: Problems = {}
  const input = membersToJson(parameters, values, '', problems)
  return { input, problems }
}

function membersToJson(
  parameters: readonly Parameter[],
  values: readonly FieldValue[],
  path: string,
  problems: Problems,
): Record<string, Json> {
  const input: Record<string, Json> = {}
  for (const [at, parameter] of parameters.entries()) {
    const json = toJson(parameter, values[at] ?? null, path + at, problems)
    if (json !== undefined) input[parameter.name] = json
  }
  return input
}

/** `undefined` leaves the member out, so that the function's own default applies. */
function toJson(parameter: Parameter, value: FieldValue, path: string, problems: Problems): Json | undefined {
  const absent = parameter.required && parameter.nullable ? null : undefined
  if (value === null) return absent
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') return textToJson(parameter, value, path, problems, absent)
  if ('rows' in value) {
    if (value.rows.length === 0) return emptyListToJson(parameter)
    const item = itemParameter(parameter)
    return value.rows.map((row, at) => {
      const json = toJson(item, row.value, `${path}.${at}`, problems)
      if (json === undefined) problems[`${path}.${at}`] ??= 'Fill this in, or remove the row'
      return json ?? null
    })
  }
  if ('chosen' in value)
    return value.chosen.length === 0
      ? emptyListToJson(parameter)
      : value.chosen.map((key) => JSON.parse(key) as Json)
  if ('members' in value) return membersToJson(parameter.fields ?? [], value.members, `${path}.`, problems)
  return { ...value }
}

/** An optional list that was not filled in is not given; one whose default was emptied is an empty list. */
const emptyListToJson = ({ required, default: preset }: Parameter): Json | undefined =>
  required || preset !== null ? [] : undefined

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i

function textToJson(
  parameter: Parameter,
  text: string,
  path: string,
  problems: Problems,
  absent: null | undefined,
): Json | undefined {
  const kind = controlKind(parameter)
  if (kind === 'text' || kind === 'multiline')
    return text === '' && !(typeof parameter.default === 'string' && parameter.default !== '') ? absent : text
  if (text.trim() === '') return absent
  switch (kind) {
    case 'number':
      return decimal.test(text.trim()) ? Number(text) : text
    case 'choice':
      return JSON.parse(text) as Json
    case 'datetime':
      return fromLocalText(text) ?? text
    default:
      try {
        return JSON.parse(text) as Json
      } catch (error) {
        problems[path] = `is not valid JSON: ${(error as Error).message}`
        return null
      }
  }
}
