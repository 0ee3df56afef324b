import type { FieldError } from '@bifrost/contract'
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'
import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { jsonSchema, lazily, PATTERN_WORDS } from './schemas.ts'

// Bodies are JSON and keep their types; a query is text, and becomes what the schema says.
// Errors come with the schema that they are about, which names the form that a text must have.
const options = { useDefaults: true, strict: false, verbose: true } as const
const strict = new Ajv.default({ ...options, coerceTypes: false, allErrors: true })
const strictFirst = new Ajv.default({ ...options, coerceTypes: false })
const fromText = new Ajv.default({ ...options, coerceTypes: 'array', allErrors: true })
for (const ajv of [strict, strictFirst, fromText]) formats.default(ajv)

/** No route names more members. Of a body that has more, one mistake is told: a million would be a million errors. */
const MEMBERS_MAX = 100

export const compileValidator: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) =>
  lazily(() => {
    const form = jsonSchema(schema, { target: 'draft-7', io: 'input' })
    const all: ValidateFunction = (httpPart === 'body' ? strict : fromText).compile(form)
    let first = httpPart === 'body' ? null : all
    return (data: unknown) => {
      const hasMany = memberCount(data) > MEMBERS_MAX
      if (hasMany) first ??= strictFirst.compile(form)
      const validate = hasMany && first ? first : all
      return validate(data) ? { value: data } : { error: new SchemaError(validate.errors ?? []) }
    }
  })

const memberCount = (data: unknown) =>
  typeof data === 'object' && data !== null ? Object.keys(data).length : 0

/** What a request did not fulfill, per field. */
export class SchemaError extends Error {
  readonly errors: FieldError[]

  constructor(errors: ErrorObject[]) {
    super('The request does not match its schema.')
    const seen = new Map<string, FieldError>()
    for (const error of errors) {
      const field = fieldError(error)
      if (!seen.has(field.field)) seen.set(field.field, field)
    }
    this.errors = [...seen.values()]
  }
}

const formatWords: Record<string, string> = {
  uuid: 'must be an ID (a UUID)',
  email: 'must be an email address',
  'date-time': 'must be a time such as 2026-01-31T12:00:00Z',
  date: 'must be a date such as 2026-01-31',
  uri: 'must be an address such as https://example.com',
}

function fieldError({ instancePath, keyword, params, message, parentSchema }: ErrorObject): FieldError {
  const path = instancePath
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const named = (name: unknown) => [...path, String(name)].join('.')
  if (keyword === 'required') return { field: named(params['missingProperty']), message: 'is required' }
  if (keyword === 'additionalProperties')
    return { field: named(params['additionalProperty']), message: 'is unknown' }
  if (keyword === 'enum') {
    const allowed = (params['allowedValues'] as unknown[]).map((value) => JSON.stringify(value)).join(', ')
    return { field: path.join('.') || 'body', message: `must be one of ${allowed}` }
  }
  const { format, [PATTERN_WORDS]: words } = (parentSchema ?? {}) as Record<string, unknown>
  // Ajv would show the regular expression, which says nothing to the reader.
  if (keyword === 'pattern' || keyword === 'format')
    return {
      field: path.join('.') || 'body',
      message:
        formatWords[String(format)] ??
        (typeof words === 'string' ? words : 'does not have the expected format'),
    }
  return {
    field: path.join('.') || 'body',
    message: limitWords(keyword, params) ?? message ?? 'is not valid',
  }
}

const typeWords: Record<string, string> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  null: 'null',
}

/** Ajv's texts are about JSON Schema; these are about what was sent. */
function limitWords(keyword: string, params: Record<string, unknown>): string | null {
  const limit = Number(params['limit'])
  switch (keyword) {
    case 'type':
      return `must be ${[params['type']]
        .flat()
        .map((type) => typeWords[String(type)] ?? String(type))
        .join(' or ')}`
    case 'const':
      return `must be ${JSON.stringify(params['allowedValue'])}`
    case 'minLength':
    case 'minItems':
    case 'minProperties':
      return limit === 1 ? 'must not be empty' : `must have at least ${limit} ${partWords(keyword)}`
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
      return `must have at most ${limit} ${partWords(keyword)}`
    case 'minimum':
      return `must be at least ${limit}`
    case 'maximum':
      return `must be at most ${limit}`
    case 'exclusiveMinimum':
      return `must be more than ${limit}`
    case 'exclusiveMaximum':
      return `must be less than ${limit}`
    default:
      return null
  }
}

const partWords = (keyword: string) => (keyword.endsWith('Length') ? 'characters' : 'entries')
