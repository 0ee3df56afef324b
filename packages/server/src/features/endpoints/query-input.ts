import { AppError, type Json, type Parameter, type ParameterType } from '@bifrost/contract'
import { parseJsonBody } from '../../platform/http/json-body.ts'

type QueryValue = string | readonly string[]

/**
 * A query as inputs: each text becomes what its parameter is. What does not fit stays text, so that checking the input
 * says what is wrong with it. A list is given by repeating its name, or as JSON.
 */
export function queryInput(
  query: Readonly<Record<string, QueryValue>>,
  parameters: readonly Parameter[],
): Record<string, Json> {
  const byName = new Map(parameters.map((parameter) => [parameter.name, parameter]))
  const input: [string, Json][] = []
  for (const [name, value] of Object.entries(query)) {
    if (name === '__proto__') throw new AppError('bad_request', 'No parameter can have the name __proto__.')
    const parameter = byName.get(name)
    input.push([
      name,
      parameter ? valueFor(value, parameter) : typeof value === 'string' ? value : [...value],
    ])
  }
  return Object.fromEntries(input)
}

function valueFor(value: QueryValue, parameter: Parameter): Json {
  if (parameter.type !== 'list') {
    // Of a name that is given twice, the last counts, as in most servers.
    const text = typeof value === 'string' ? value : (value.at(-1) ?? '')
    return typed(text, parameter.type, parameter)
  }
  const texts = typeof value === 'string' ? [value] : value
  const [only = ''] = texts
  if (texts.length === 1 && only.trimStart().startsWith('[')) return json(only)
  return texts.map((text) => typed(text, parameter.items ?? 'json', parameter))
}

function typed(text: string, type: ParameterType, { options }: Parameter): Json {
  // The values of a closed set keep their own type, and each has one text.
  if (options) return options.find((option) => String(option.value) === text)?.value ?? text
  switch (type) {
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text
    case 'boolean':
      return BOOLEANS.get(text.toLowerCase()) ?? text
    case 'string':
    case 'datetime':
      return text
    default:
      return json(text)
  }
}

const BOOLEANS = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['on', true],
  ['', true],
  ['false', false],
  ['0', false],
  ['no', false],
  ['off', false],
])

/** As deep as a body may be, and no deeper. */
function json(text: string): Json {
  try {
    return parseJsonBody(text) as Json
  } catch (error) {
    if (error instanceof AppError && error.code === 'json_too_deep') throw error
    return text
  }
}
