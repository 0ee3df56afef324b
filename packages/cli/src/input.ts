import type { Json, Parameter, ParameterType } from '@bifrost/contract'
import { CommandError, exitCodes } from './exit-codes.ts'

/** Values that the command line gave: one entry per mention, in order. `null` is a flag without a value. */
export interface Given {
  name: string
  value: string | null
}

/** A local file that a `FileRef` parameter names; it is uploaded before the run. */
export class LocalFile {
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
}
export type InputValue = Json | LocalFile | InputValue[]

/**
 * Reads `--name value`, `--name=value`, `--flag` and `--no-flag`. Whether a word after an option is its value depends on
 * the parameter's type: a boolean takes none.
 */
export function readFlags(words: readonly string[], parameters: readonly Parameter[]): Given[] {
  const given: Given[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    if (!word.startsWith('--') || word === '--')
      throw usage(`"${word}" does not belong to an option; write --name value${example(parameters)}.`)
    const equals = word.indexOf('=')
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals)
    const positive = name.replace(/^no-/, '')
    if (equals >= 0) given.push({ name, value: word.slice(equals + 1) })
    else if (name !== positive && !find(name, parameters) && find(positive, parameters)?.type === 'boolean')
      given.push({ name: positive, value: 'false' })
    else if (find(name, parameters)?.type === 'boolean' && !isBoolean(words[i + 1]))
      given.push({ name, value: null })
    else {
      const value = words[++i]
      if (value === undefined) throw usage(`--${name} needs a value.`)
      given.push({ name, value })
    }
  }
  return given
}

/** Makes the input: the JSON of `--input` first, then what options say, each by the type of its parameter. */
export function makeInput(
  base: Record<string, Json>,
  given: readonly Given[],
  parameters: readonly Parameter[],
): Record<string, InputValue> {
  const input: Record<string, InputValue> = { ...base }
  const mentioned = Map.groupBy(given, ({ name }) => name.split('.')[0] ?? name)
  for (const [name, mentions] of mentioned) {
    const parameter = find(name, parameters)
    if (!parameter) throw usage(unknown(name, parameters))
    input[parameter.name] = readValue(parameter, mentions, input[parameter.name])
  }
  return input
}

function readValue(
  parameter: Parameter,
  mentions: readonly Given[],
  before: InputValue | undefined,
): InputValue {
  const nested = mentions.filter(({ name }) => name.includes('.'))
  if (nested.length > 0) {
    if (parameter.type !== 'object') throw usage(`--${nested[0]?.name}: ${parameter.name} has no members.`)
    const members = nested.map(({ name, value }) => ({ name: name.slice(name.indexOf('.') + 1), value }))
    const start = isRecord(before) ? before : {}
    return makeInput(start, members, parameter.fields ?? []) as InputValue
  }
  const texts = mentions.map(({ value }) => value)
  if (parameter.type === 'list') return listOf(parameter, texts)
  if (texts.length > 1)
    throw usage(`--${parameter.name} is given ${texts.length} times, and takes one value.`)
  return one(parameter, parameter.type, texts[0] ?? null)
}

/** A list is one option repeated, or one JSON array. */
function listOf(parameter: Parameter, texts: readonly (string | null)[]): InputValue {
  const [only] = texts
  if (texts.length === 1 && only?.trimStart().startsWith('[')) return json(parameter, only)
  return texts.map((text) => one(parameter, parameter.items ?? 'json', text))
}

function one(parameter: Parameter, type: ParameterType, text: string | null): InputValue {
  if (text === null) {
    if (type === 'boolean') return true
    throw usage(`--${parameter.name} needs a value.`)
  }
  if (parameter.options) return choice(parameter, text)
  if (text === 'null' && parameter.nullable && type !== 'string') return null
  switch (type) {
    case 'string':
    case 'datetime':
      return text
    case 'integer':
    case 'number':
      return number(parameter, type, text)
    case 'boolean':
      if (!isBoolean(text)) throw usage(`--${parameter.name} is "${text}", and must be true or false.`)
      return text === 'true'
    case 'file':
      return text.startsWith('{') ? json(parameter, text) : new LocalFile(text)
    case 'object':
    case 'list':
      return json(parameter, text)
    case 'json':
      return jsonOrText(text)
  }
}

function choice(parameter: Parameter, text: string): Json {
  const found = parameter.options?.find(({ value, label }) => String(value) === text || label === text)
  if (found) return found.value
  const known = parameter.options?.map(({ value }) => String(value)).join(', ')
  throw usage(`--${parameter.name} is "${text}", and must be one of ${known}.`)
}

function number(parameter: Parameter, type: 'integer' | 'number', text: string): number {
  const value = Number(text)
  const fits =
    text.trim() !== '' && (type === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value))
  if (!fits)
    throw usage(
      `--${parameter.name} is "${text}", and must be a ${type === 'integer' ? 'whole number' : 'number'}.`,
    )
  return value
}

function json(parameter: Parameter, text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw usage(`--${parameter.name} must be JSON: ${(cause as Error).message}.`)
  }
}

function jsonOrText(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}

/** A parameter by its own name, or by the same in kebab-case. */
function find(name: string, parameters: readonly Parameter[]): Parameter | undefined {
  const [first = name] = name.split('.')
  const wanted = plainName(first)
  return (
    parameters.find((one) => one.name === first) ?? parameters.find((one) => plainName(one.name) === wanted)
  )
}

const plainName = (name: string): string => name.replace(/[-_]/g, '').toLowerCase()

/**
 * The option of a parameter, as help and hints write it.
 * @example optionName('apiKey') // 'api-key'
 */
export const optionName = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1-$2').toLowerCase()

function unknown(name: string, parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return `--${name} is unknown: this workflow takes no parameters.`
  const known = parameters.map((one) => `--${optionName(one.name)}`).join(', ')
  return `--${name} is unknown; this workflow takes ${known}.`
}

function example(parameters: readonly Parameter[]): string {
  const [first] = parameters
  return first ? `, such as --${optionName(first.name)} …` : ''
}

const isBoolean = (text: string | undefined): boolean => text === 'true' || text === 'false'
const isRecord = (value: unknown): value is Record<string, Json> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LocalFile)
const usage = (message: string): CommandError => new CommandError(exitCodes.usage, message)
